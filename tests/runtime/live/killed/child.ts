/**
 * `vela run --live` in a process of its own that kills itself, by SIGKILL, at a write of its journal: just before the thread of
 * the journal is handed it, or when that has it safe on the disk and nothing has been done about it yet. Its parent holds the
 * venue, and asks it how it is.
 */
import { openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Call } from '../../../../cli/command.ts';
import { readRequestOfRun } from '../../../../cli/live/request.ts';
import { runStrategy } from '../../../../cli/live/run.ts';
import type { SessionView } from '../../../../runtime/live/companion.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import type { Row } from '../../../../runtime/live/store/rows.ts';
import type { ToWorker } from '../../../../runtime/live/store/worker.ts';
import { quietTerminal } from '../../../cli/quiet-terminal.ts';
import { QUICK } from '../../../venue/start.ts';
import { machineMs } from './clock.ts';
import type { LookAnswer, ToChild } from './process.ts';
import { seenOf } from './seen.ts';

const [home = '', at = '', kind = ''] = process.argv.slice(2);
const dieAt = at === '' ? Number.POSITIVE_INFINITY : Number(at);
const journal = join(home, 'run', 'run.sqlite');
/** The thread of the journal commits at the latest so long after it was handed a row. */
const COMMITTED_MS = 250;

let writes = 0;
let writtenMs = Number.NEGATIVE_INFINITY;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('it lives on');
}

/** This loop stands still until the thread has it on the disk. */
function waitUntilSafe(seq: number): void {
  const reader = new JournalDatabase(journal, { readOnly: true });
  const still = new Int32Array(new SharedArrayBuffer(4));
  while (reader.lastSeq() < seq) Atomics.wait(still, 0, 0, 1);
}

/** Of rows that are about to be written, whether the one to die at is among them. */
function counted(rows: readonly Row[]): boolean {
  writtenMs = performance.now();
  const before = writes;
  writes += rows.length;
  return before < dieAt && writes >= dieAt;
}

const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function post(this: Worker, message: ToWorker) {
  if (message.type !== 'rows' || !counted(message.rows)) return postMessage.call(this, message);
  if (kind === 'before') die();
  postMessage.call(this, message);
  postMessage.call(this, { type: 'durable', ticket: -1 } satisfies ToWorker);
  waitUntilSafe(message.rows.at(-1)?.seq ?? 0);
  die();
};

/** The start writes down what the journal is bound to: write 0. */
const { bind } = JournalDatabase.prototype;
JournalDatabase.prototype.bind = function bound(this: JournalDatabase, ...facts: Parameters<typeof bind>) {
  if (dieAt === 0 && kind === 'before') die();
  bind.apply(this, facts);
  if (dieAt === 0) die();
};

// Protection writes before that thread is there.
const { append, commit } = JournalDatabase.prototype;
const appended: Row[] = [];
JournalDatabase.prototype.append = function keep(this: JournalDatabase, row: Row) {
  appended.push(row);
  append.call(this, row);
};
JournalDatabase.prototype.commit = function safe(this: JournalDatabase) {
  const isLast = counted(appended.splice(0));
  if (isLast && kind === 'before') die();
  commit.call(this);
  if (isLast) die();
};

// -------------------------------------------------------------- the run

/** What is to be added to the machine's milliseconds is the venue's time: its parent writes it when it leaps. */
const clock = openSync(join(home, 'clock'), 'r');
const offset = new Float64Array(1);
const ticks = () => {
  readSync(clock, offset, 0, 8, 0);
  return machineMs() + (offset[0] ?? 0);
};

process.chdir(home);
const { VELA_KILLED_KEY, VELA_KILLED_SECRET } = process.env;
const { terminal, said } = quietTerminal({ XDG_STATE_HOME: join(home, 'state'), VELA_KILLED_KEY, VELA_KILLED_SECRET });
const texts: Readonly<Record<string, string>> = { capital: '10000', state: 'run' };
const call: Call = {
  terminal,
  arguments: ['s.vela'],
  json: true,
  flag: name => name === 'live',
  text: name => texts[name],
  list: () => [],
};
const leave = new AbortController();
let view: SessionView | undefined;

process.on('message', (ask: ToChild) => {
  if (ask === 'end') return leave.abort();
  const isSafe = performance.now() - writtenMs > COMMITTED_MS;
  const answer: LookAnswer = { seen: view && seenOf(view), isSafe, writes, said: said() };
  process.send?.(answer);
});

const request = readRequestOfRun(call);
const outcome = await runStrategy(
  call,
  request,
  { leave: leave.signal },
  {
    ticks,
    pace: { ...QUICK, pingEveryMs: 5000 },
    feed: { checkEveryMs: 10, confirmAfterMs: 30, fundingEveryMs: 100 },
    companion: {
      start: session => {
        view = session;
      },
    },
  },
);
if (outcome === undefined) throw new Error(said());
process.disconnect();
