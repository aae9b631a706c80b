/**
 * One run, one claim: whoever trades an instrument of an account holds a lock of the operating system on it, whatever folder
 * it keeps its journal in. The locks lie under the user's state directory and end with the process, however it ends. Two runs
 * share an account only on disjoint instruments, and on spot on disjoint coins: of BTC/USDT and BTC/USDC the account has one
 * balance, and nobody could say whose coins went. What runs on another machine is found by its orders (`guard.ts`).
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../data/cache-folder.ts';
import { LiveError } from '../errors.ts';
import { type Lock, tryLock } from '../folder.ts';

export interface Claim {
  readonly venue: string;
  /** Whatever tells accounts of the venue apart: never a key itself, for it is written down. */
  readonly account: string;
  readonly instruments: readonly Claimed[];
  /** Folder of the run that claims. */
  readonly folder: string;
}

export interface Claimed {
  readonly symbol: string;
  /** On spot: what is bought with it. */
  readonly coin?: string;
}

/** Who holds a claim: for the message to whoever comes second. */
interface Holder {
  readonly venue: string;
  readonly account: string;
  readonly symbol: string;
  readonly folder: string;
  readonly pid: number;
}

/** `XDG_STATE_HOME`, or where it lies by custom. */
export function claimsFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = env.XDG_STATE_HOME;
  return join(state === undefined || state === '' ? join(homedir(), '.local', 'state') : state, 'vela', 'claims');
}

/** Takes all instruments or none. Throws `claimed`, naming who has the first that is taken. */
export function claim({ venue, account, instruments, folder }: Claim, at = claimsFolder()): Lock {
  makeFolder(at);
  const held: Lock[] = [];
  const release = () => {
    for (const lock of held.splice(0)) lock.release();
  };
  for (const { symbol, name } of namesOf(instruments)) {
    const path = join(at, nameOf(venue, account, name));
    const lock = tryLock(`${path}.lock`);
    const holder: Holder = { venue, account, symbol, folder, pid: process.pid };
    if (lock === undefined) {
      release();
      throw taken(holder, holderOf(`${path}.json`));
    }
    held.push(lock);
    writeFileSync(`${path}.json`, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  }
  return { release };
}

/** Why such a claim would be refused now; it is not made, and nothing is written. */
export function refusedClaim(
  { venue, account, instruments, folder }: Claim,
  at = claimsFolder(),
): LiveError | undefined {
  for (const { symbol, name } of namesOf(instruments)) {
    const path = join(at, nameOf(venue, account, name));
    if (!existsSync(`${path}.lock`)) continue;
    const lock = tryLock(`${path}.lock`);
    if (lock === undefined)
      return taken({ venue, account, symbol, folder, pid: process.pid }, holderOf(`${path}.json`));
    lock.release();
  }
  return undefined;
}

/** What is locked, always in the same order. */
function namesOf(instruments: Claim['instruments']): readonly { readonly symbol: string; readonly name: string }[] {
  const names = instruments.flatMap(({ symbol, coin }) => [
    { symbol, name: symbol },
    ...(coin === undefined ? [] : [{ symbol, name: `coin ${coin}` }]),
  ]);
  return names.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Symbols hold characters that files cannot be named with. */
function nameOf(venue: string, account: string, what: string): string {
  return createHash('sha256')
    .update(JSON.stringify([venue, account, what]))
    .digest('hex')
    .slice(0, 32);
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // The lock is what counts; who has it may be being written down just now.
    const isUnreadable = error instanceof SyntaxError || (error instanceof Error && 'code' in error);
    if (!isUnreadable) throw error;
    return undefined;
  }
}

function taken({ venue, account, symbol }: Holder, holder: Holder | undefined): LiveError {
  const who = holder === undefined ? 'another run' : `the run in ${holder.folder} (process ${holder.pid})`;
  const end = 'end that process first (`vela stop FOLDER --flatten` closes what it holds)';
  if (holder !== undefined && holder.symbol !== symbol) {
    return new LiveError(
      'claimed',
      `${symbol} and ${holder.symbol}, which ${who} trades, are of one coin: account ${account} at ${venue} has one balance of it`,
      `${end}, or let one of the two trade in an account of its own: nobody could say whose coins are whose`,
    );
  }
  return new LiveError(
    'claimed',
    `${symbol} of account ${account} at ${venue} is traded by ${who}`,
    `${end}, or let this run trade other instruments: two runs share an account only on disjoint ones`,
  );
}
