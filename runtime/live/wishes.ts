/**
 * What a person asks of a run that is going on, through its folder: each wish is a file that the run takes, journals and
 * answers. Wishes that nobody took wait for the next start. To stop and to go on are not among them: the `stop` file is
 * their wish, and it must work when nothing else does.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../report/write.ts';

export type Wish =
  /** What became of an order that the venue cannot tell of. */
  | { readonly type: 'resolve'; readonly clientId: string; readonly as: 'filled' | 'never'; readonly price?: number }
  /** What is held at the venue beside the ledger is this run's from now on. */
  | { readonly type: 'adopt'; readonly symbol: string }
  /** What is held is no longer this run's: it goes on flat in this instrument, and touches nothing. */
  | { readonly type: 'release'; readonly symbol: string }
  /** What is held is closed at market, once; nothing is halted. */
  | { readonly type: 'flatten' };

export interface WishFile {
  readonly id: string;
  readonly by: string;
  readonly atMs: number;
  readonly wish: Wish;
}

/** `refused`: nothing was done, and why. */
export interface WishAnswer {
  readonly id: string;
  readonly outcome: 'done' | 'refused';
  readonly text: string;
}

type Folder = { readonly path: string };

const FOLDER = 'wishes';
const ANSWERED = '.answer.json';

export function writeWish({ path }: Folder, file: WishFile): void {
  mkdirSync(join(path, FOLDER), { recursive: true, mode: 0o700 });
  writeWhole(join(path, FOLDER, `${file.id}.json`), `${JSON.stringify(file)}\n`);
}

/** Those that wait, oldest first. What is no wish is left where it is. */
export function pendingWishes({ path }: Folder): readonly WishFile[] {
  const folder = join(path, FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => name.endsWith('.json') && !name.endsWith(ANSWERED))
    .flatMap(name => {
      const file = readJson<WishFile>(join(folder, name));
      return file?.wish?.type === undefined || name !== `${file.id}.json` ? [] : [file];
    })
    .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

/** The wish is no longer one; who asked finds the answer. */
export function answerWish({ path }: Folder, answer: WishAnswer): void {
  writeWhole(join(path, FOLDER, `${answer.id}${ANSWERED}`), `${JSON.stringify(answer)}\n`);
  rmSync(join(path, FOLDER, `${answer.id}.json`), { force: true });
}

/** Undefined while there is none; once read, it is gone. */
export function takeAnswer({ path }: Folder, id: string): WishAnswer | undefined {
  const file = join(path, FOLDER, `${id}${ANSWERED}`);
  const answer = readJson<WishAnswer>(file);
  if (answer !== undefined) rmSync(file, { force: true });
  return answer;
}

/** Undefined when it is not there, or is being written just now. */
function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const isAway = error instanceof SyntaxError || (error instanceof Error && 'code' in error);
    if (!isAway) throw error;
    return undefined;
  }
}
