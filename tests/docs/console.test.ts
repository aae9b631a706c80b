/**
 * What the manual shows on the terminal is what the commands print. Each page has a folder of its own, in which its blocks
 * are run from top to bottom. `VELA_DOCS=write npx vitest run tests/docs` writes what they print now into the pages.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { vela } from '../cli/support.ts';
import { hasShared, sharedPath } from '../support/shared.ts';
import { type Block, type Page, readPage, wordsOf } from './page.ts';

const ROOT = new URL('../../', import.meta.url);
const NAMES = [
  'README.md',
  ...readdirSync(new URL('docs/', ROOT))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
];
const PAGES = NAMES.map(name => readPage(name, new URL(name, ROOT))).filter(page => page.blocks.some(isConsole));
const WRITES = process.env.VELA_DOCS === 'write';
const canReadShared = hasShared || process.env.CI === 'true';

function isConsole({ language }: Block): boolean {
  return language === 'console';
}

interface Step {
  readonly command: string;
  readonly shown: readonly string[];
}

/** Commands of a block, each with the lines under it. */
function stepsOf({ text }: Block): readonly Step[] {
  const steps: { command: string; shown: string[] }[] = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), shown: [] });
    else steps.at(-1)?.shown.push(line);
  }
  return steps.map(step => ({ ...step, shown: trimmed(step.shown) }));
}

function trimmed(lines: readonly string[]): readonly string[] {
  const isText = (line: string) => line.trim() !== '';
  return lines.slice(Math.max(0, lines.findIndex(isText)), lines.findLastIndex(isText) + 1);
}

/** Progress, which slow steps tell of. */
const PROGRESS = /^(compiling|loading candles|running): [\d.]+ s$/;

const sameTimes = (line: string) => line.replace(/\b\d+ ms\b/g, '0 ms');

/** What is the program's own affair, and changes with the compiler: hashes, sizes in memory, counts of operators. */
const OWN_AFFAIRS: readonly (readonly [RegExp, string])[] = [
  [/\b(plan|data|journal) [0-9a-f]{12}\b/g, '$1 hash'],
  [/\b[0-9a-f]{64}\b/g, 'hash'],
  [/\b\d+(\.\d+)? (bytes|[kM]B)/g, 'size'],
  [/\b\d+ operators a bar in \d+ stages?/g, 'work'],
];
const steady = (line: string) =>
  OWN_AFFAIRS.reduce((text, [pattern, name]) => text.replace(pattern, name), sameTimes(line));

/**
 * What is shown as it is printed today, where the two agree; `…` on a line of its own stands for any lines. Lines in which
 * only times differ stay: they differ at every run.
 */
function agreed(shown: readonly string[], printed: readonly string[]): readonly string[] | undefined {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0 ? [] : undefined;
  if (first.trim() === '…') {
    for (let left = 0; left <= printed.length; left++) {
      const after = agreed(rest, printed.slice(left));
      if (after !== undefined) return [first, ...after];
    }
    return undefined;
  }
  const [line, ...more] = printed;
  if (line === undefined || steady(first) !== steady(line)) return undefined;
  const after = agreed(rest, more);
  return after && [sameTimes(first) === sameTimes(line) ? first : line, ...after];
}

/** What is shown, brought up to date: the same lines left out, the rest as printed; all of it where that cannot be told. */
function renewed(shown: readonly string[], printed: readonly string[]): readonly string[] {
  const same = agreed(shown, printed);
  if (same !== undefined) return same;
  const gap = shown.findIndex(line => line.trim() === '…');
  if (gap < 0) return printed;
  const tail = shown.slice(gap + 1);
  if (tail.some(line => line.trim() === '…')) return printed;
  const end = tail.length === 0 ? [] : printed.slice(-tail.length);
  return [...printed.slice(0, gap), '…', ...end];
}

describe.each(PAGES)('$name', page => {
  const folder = mkdtempSync(join(tmpdir(), 'vela-manual-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const linkShared = (place: string): void => {
    if (!canReadShared) return;
    for (const [name, from] of page.shared) symlinkSync(sharedPath(from), join(place, name));
  };

  if (page.shared.size > 0 && !canReadShared) test.skip('prints what it shows of candles beside the repository');

  test('prints what it shows', async () => {
    const output = new Map<Block, string>();
    const wrong: object[] = [];
    let place = folder;
    linkShared(place);
    for (const block of page.blocks) {
      if (block.file !== undefined) {
        mkdirSync(join(place, dirname(block.file)), { recursive: true });
        writeFileSync(join(place, block.file), block.text);
      }
      if (!isConsole(block)) continue;
      const parts: string[] = [];
      for (const step of stepsOf(block)) {
        const [program, ...words] = wordsOf(step.command);
        if (program === 'cd') {
          place = join(place, words[0] ?? '.');
          linkShared(place);
        }
        const runs = program === 'vela' && (canReadShared || !needsShared(page, step));
        const printed = runs ? await print(place, words) : step.shown;
        // Never into a page, whoever asks for it to be written.
        expect(printed.filter(line => line.startsWith('this is a bug in Vela'))).toEqual([]);
        if (agreed(step.shown, printed) === undefined) wrong.push({ line: block.line, ...step, printed });
        parts.push([`$ ${step.command}`, ...renewed(step.shown, printed)].join('\n'));
      }
      output.set(block, parts.join('\n\n'));
    }
    if (WRITES) write(page, output);
    else expect(wrong).toEqual([]);
  }, 60_000);
});

function needsShared(page: Page, { command }: Step): boolean {
  return [...page.shared.keys()].some(name => command.includes(name));
}

async function print(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const { out, log } = await vela(folder, words);
  return trimmed(
    `${log}${out}`
      .split('\n')
      .map(line => line.trimEnd())
      .filter(line => !PROGRESS.test(line)),
  );
}

function write(page: Page, output: ReadonlyMap<Block, string>): void {
  const lines = page.text.split('\n');
  for (const [block, text] of [...output].reverse())
    lines.splice(block.line, block.text.split('\n').length - 1, ...text.split('\n'));
  writeFileSync(fileURLToPath(new URL(page.name, ROOT)), lines.join('\n'));
}
