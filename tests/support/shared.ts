/**
 * Where the tests find the candles and reference outputs that live beside the repository, in `../shared`.
 * A checkout without them skips those tests, visibly; in CI they must be there.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const root = fileURLToPath(new URL('../../../shared/', import.meta.url));

export const hasShared: boolean = existsSync(root);

const required = process.env.CI === 'true';

/** Absolute path of a file or folder in `../shared`, given with forward slashes: `data/spot-1h/x.csv.gz`. */
export function sharedPath(relative: string): string {
  return `${root}${relative}`;
}

/** `describe` for tests that read `../shared`: skipped where it is missing, except in CI, where they run and fail. */
export const describeWithShared = hasShared || required ? describe : describe.skip;
