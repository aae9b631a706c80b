/** Exact tests of time: what a model may have seen, for strategies and markets of chance. */
import { describe, expect, test } from 'vitest';
import { HONEST } from '../../../../runtime/models/parts.ts';
import { CHECKS } from './checks.ts';
import { temporaryFolder } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
/** Some fixed ones, and a fresh one that is printed. */
const FRESH = Math.floor(Math.random() * 1e9);
const SEEDS = [...Array.from({ length: isDeep ? 40 : 2 }, (_, i) => 100 + i), FRESH];

const root = temporaryFolder();
let folders = 0;
const folder = () => `${root}/${folders++}`;

describe.each(CHECKS)('$name', ({ run }) => {
  test.each(SEEDS)('seed %i', async seed => {
    expect(await run(HONEST, seed, folder)).toBeUndefined();
  });
});
