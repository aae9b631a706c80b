/** A chapter that is lived with deaths in it: played step by step, each waited for, whichever process sees to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { decode } from '../../../../runtime/live/codec.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import type { Input, IntentRow } from '../../../../runtime/live/store/rows.ts';
import { number } from '../../../venue/amount.ts';
import { type Chapter, DUST, type Seen, type Step } from './histories.ts';
import { Judge } from './judge.ts';
import type { Life } from './life.ts';
import { type Death, LIVES } from './mortal.ts';
import { isOwn, type Stage } from './stage.ts';

export type OpenLife = (stage: Stage, strategy: string, death: Death) => Life;

export interface Lived {
  /** Writes of the first process. */
  readonly writes: number;
  /** Processes that it took. */
  readonly lives: number;
  readonly trades: readonly string[];
  /** After each step, by market. */
  readonly weights: readonly (readonly number[])[];
  readonly balance: number;
  readonly longestBareMs: number;
  /** What must not be. */
  readonly wrongs: readonly string[];
  /** What its processes said. */
  readonly story: string;
}

/** Of this machine: how long a step may take. */
const PATIENCE_MS = 40_000;
/** Of the run: whoever starts it again takes so long. */
const RESTART_MS = 1000;
/** Nothing has come or gone for so long, looked at so often. */
const QUIET_LOOKS = 3;
const LOOK_EVERY_MS = 6;
const MEANWHILE_EVERY_MS = 100;
/** Asked for all the time. */
const REGULAR = /fundingRate|listenKey|\/time$|markPriceKlines/;

/** `meanwhile`: what happens while no process is there. */
export async function live(
  stage: Stage,
  { strategy, steps }: Chapter,
  open: OpenLife,
  deaths: readonly Death[],
  meanwhile: (stage: Stage) => void = () => {},
): Promise<Lived> {
  const judge = new Judge(stage);
  const lives: Life[] = [];
  const begin = () => {
    judge.alive();
    const life = open(stage, strategy, deaths[lives.length] ?? LIVES);
    lives.push(life);
    return life;
  };
  let life = begin();
  const weights: (readonly number[])[] = [];
  let balance = Number.NaN;
  const bury = async () => {
    const how = await life.over;
    judge.dead();
    meanwhile(stage);
    if (how === 'ended') throw new Error(`it ended, and nobody had asked it to\n${told(life)}`);
    await sleep(RESTART_MS / stage.clock.speed);
    life = begin();
  };
  try {
    for (const step of steps) {
      step.act(stage);
      while (!(await settled(stage, judge, life, step))) await bury();
      weights.push(stage.weights);
    }
    balance = (await life.look())?.balance ?? Number.NaN;
    life.end();
    while ((await life.over) === 'killed') {
      await bury();
      life.end();
    }
  } finally {
    judge.close();
    life.end();
    await life.over;
  }
  return {
    writes: lives[0]?.writes ?? 0,
    lives: lives.length,
    trades: judge.trades,
    weights,
    balance,
    longestBareMs: judge.longestBareMs,
    wrongs: [...judge.wrongs, ...unjournaled(stage)],
    story: lives.map(told).join('\n---- killed\n'),
  };
}

/** No order came twice, and none that the journal did not ask for. */
function unjournaled({ folder, local }: Stage): readonly string[] {
  const wrongs: string[] = [];
  const asked = new Set<string>();
  const database = new JournalDatabase(folder.journal, { readOnly: true });
  for (const { kind, body } of database.rows()) {
    const row = decode<IntentRow | Input>(body);
    if (kind === 'intent' && 'number' in row && row.command.type === 'place') {
      if (asked.has(row.clientId)) wrongs.push(`order ${row.clientId} is asked for twice`);
      asked.add(row.clientId);
    }
    if ('type' in row && row.type === 'restored') asked.add(row.clientId);
  }
  database.abandon();
  const came = new Set<string>();
  for (const order of local.exchange.orders.filter(isOwn)) {
    const { clientId, type } = order;
    if (!asked.has(clientId)) wrongs.push(`order ${clientId} came, and nothing asks for it`);
    // What rests and is amended comes again.
    if (came.has(clientId) && type === 'market') wrongs.push(`order ${clientId} came twice`);
    came.add(clientId);
  }
  return wrongs;
}

/** Resolves when all that a step has brought about is done; false: the process has died before. */
async function settled(stage: Stage, judge: Judge, life: Life, step: Step): Promise<boolean> {
  const { exchange, server } = stage.local;
  const deeds = () => {
    const asked = server.requests.filter(({ name }) => !REGULAR.test(name)).length;
    return `${asked} ${exchange.trades.length} ${exchange.orders.length}`;
  };
  const until = performance.now() + PATIENCE_MS + stage.ground.longestDoubtMs / stage.clock.speed;
  let nextMs = performance.now() + MEANWHILE_EVERY_MS;
  for (let quiet = 0, before = ''; quiet < QUIET_LOOKS; await sleep(LOOK_EVERY_MS)) {
    judge.look();
    if (life.isOver) return false;
    const seen = await life.look();
    const missing = seen === undefined ? 'it has not recovered' : underWay(stage, judge, seen, step);
    const now = deeds();
    quiet = missing === undefined && life.isSafe && now === before ? quiet + 1 : 0;
    before = now;
    if (missing !== undefined && performance.now() > nextMs) {
      step.meanwhile?.(stage);
      nextMs = performance.now() + MEANWHILE_EVERY_MS;
    }
    if (performance.now() > until)
      throw new Error(`${step.name}: ${missing ?? 'it never comes to rest'}\n${told(life)}`);
  }
  return true;
}

function told({ notices }: Life): string {
  return notices.map(({ what, facts }) => (facts === undefined ? what : `${what} ${JSON.stringify(facts)}`)).join('\n');
}

/** What is still to come; undefined when the run stands as the venue has it, and as it wants to. */
function underWay(stage: Stage, judge: Judge, seen: Seen, { until }: Step): string | undefined {
  if (seen.consumedMs < stage.openMs) return 'a bar is not consumed';
  const open = seen.orders.find(({ status }) => status !== 'working');
  if (open !== undefined) return `${open.role} is ${open.status}`;
  if (seen.isClosing) return 'it has not left yet';
  if (seen.isDeciding) return 'what it has decided is not ordered yet';
  if (until?.(seen) === false) return `it is not as it should be: ${JSON.stringify(seen)}`;
  for (const [i, { id }] of stage.ground.markets.entries()) {
    const [held = Number.NaN, there] = [seen.positions[i], stage.ownOf(id)];
    if (!(Math.abs(held - there) <= DUST)) return `it holds ${held} of ${id}, and the venue has ${there} for it`;
  }
  if (judge.isBare) return 'its position is bare';
  for (const { clientId, role, price, quantity } of seen.orders) {
    const there = judge.openOrders.find(order => order.clientId === clientId);
    if (there === undefined) return `${role} does not work at the venue`;
    if (role !== 'stop') continue;
    const at = number(there.trigger ?? 0n);
    const left = number(there.quantity - there.filled);
    if (Math.abs(at - price) > 1e-6 || Math.abs(left - quantity) > 1e-6)
      return `the stop is ${left} at ${at}, and ${quantity} at ${price} is wanted`;
  }
  return judge.openOrders.length > seen.orders.length ? 'an order works that it does not want' : undefined;
}
