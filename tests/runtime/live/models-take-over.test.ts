/** An edited strategy that asks models on the journal of the one before it, and another model under the same strategy. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileProgram, encodePlan } from '../../../compiler/index.ts';
import type { Notice } from '../../../runtime/live/run.ts';
import { JournalDatabase } from '../../../runtime/live/store/database.ts';
import { directSink } from '../../../runtime/live/store/direct.ts';
import { venueDatabase } from '../../../runtime/live/store/venue-database.ts';
import { takeOver, takeOverModels } from '../../../runtime/live/take-over.ts';
import { Registry } from '../../../runtime/models/registry/registry.ts';
import { programOf } from '../models/pipeline/support.ts';
import {
  activationsOf,
  backtestWith,
  follow,
  inputsOf,
  liveWith,
  temporaryFolder,
  walkedSet,
} from './models-support.ts';

const PLAIN = `strategy "Plain"
instrument "AAA/USDT" on binance
every 1d
features x { a = close / close[3] - 1  b = stdev(returns(close), 8) }
label rise = forward_return(2) > 0
model m = logistic learn rise from x { max_iter: 20 }
train m walk_forward { window: 6mo  retrain: 1mo  min_rows: 40 }
state asked starts 0 then prev asked + (if predict(m) > 0.5 and drawdown >= 0 then 1 else 0)
when predict(m) > 0.5 and asked < 1000 enter long { size: 50% of equity  stop: entry * 0.8 }
when predict(m) < 0.45 exit
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`;
/** Another plan, which decides the same. */
const EDITED = `${PLAIN}risk { cap exposure at 300% of equity }\n`;
const TWO = PLAIN.replace(
  'state asked',
  `model n = logistic learn rise from x { max_iter: 5 }
train n walk_forward { window: 6mo  retrain: 1mo  min_rows: 40 }
state asked`,
).replace('when predict(m) < 0.45', 'when predict(m) < 0.45 and predict(n) < 2');
/** The same strategy, whose model is another. */
const OTHER = PLAIN.replace('max_iter: 20', 'max_iter: 3');

class Crash extends Error {}

const set = walkedSet(11, 300);
let folder = '';
let database: JournalDatabase;
beforeEach(() => {
  folder = temporaryFolder();
  database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
});
afterEach(() => database.close());

interface Life {
  readonly dieAt?: number;
  /** As a session does where a person asked for it. */
  readonly adopts?: boolean;
}

async function life(text: string, { dieAt = Number.POSITIVE_INFINITY, adopts = false }: Life = {}) {
  let writes = 0;
  const onWrite = () => {
    writes += 1;
    if (writes >= dieAt) throw new Crash();
  };
  const told: Notice[] = [];
  const memory = venueDatabase(join(folder, 'venue.sqlite'), { forced: false, onWrite });
  const known = database.binding();
  const live = await liveWith(programOf(text), set, new Registry(join(folder, 'models')), {
    fromTick: known?.fromTick ?? 0,
    models: { notice: notice => told.push(notice) },
    run: { memory, rows: directSink(database, onWrite), snapshotEvery: 90 },
  });
  if (known === undefined) database.bind(live.run.binding, encodePlan(compileProgram(programOf(text))));
  const taken =
    known && adopts ? takeOverModels(database, { path: folder }, known, 'keep', live.models.bound) : undefined;
  try {
    await live.run.recover(database.rows(), database.snapshots()[0]);
    await follow(live);
    database.commit();
    return { live, told, taken, result: live.run.result() };
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    database.commit();
    return { live, told, taken, result: undefined };
  } finally {
    await live.models.close();
    memory.close();
  }
}

function edit(text: string) {
  const known = database.binding();
  if (known === undefined) throw new Error('the journal is bound to nothing');
  const plan = compileProgram(programOf(text));
  const about = { plan, planBytes: encodePlan(plan), params: {}, strategy: plan.title };
  return takeOver(database, { path: folder }, known, { how: 'keep', ...about });
}

const rows = () => [...database.rows()];

/** By open of the bar, which version said what: the last word on each. */
function saidOf(model: string): ReadonlyMap<number, string> {
  const said = inputsOf(rows()).flatMap(input =>
    input.type === 'prediction' && input.model === model
      ? [[input.openMs, `${input.version} ${input.values[model]}`] as const]
      : [],
  );
  return new Map(said);
}

describe('an edited strategy that asks a model', () => {
  let calm = 0;
  afterAll(() => {
    expect(calm).toBeGreaterThan(1);
  });

  it.each([300, 360, 430, 470])('goes on with its versions, its position and its states (write %i)', async dieAt => {
    const whole = await backtestWith(programOf(PLAIN), set, new Registry(temporaryFolder()));
    await life(PLAIN, { dieAt });
    const began = activationsOf(rows());
    const taken = edit(EDITED);
    expect(taken).toMatchObject({ kept: ['asked'], anew: [] });
    const { result, told, taken: other } = await life(EDITED, { adopts: true });
    expect(other, 'its model is the same').toBeUndefined();
    const { fromTick = 0 } = taken?.binding ?? {};
    // An entry that waited when it was taken over is dropped.
    const isCalm = !whole.result.fills.some(({ tick }) => tick === fromTick);
    if (isCalm) expect([...(result?.equity ?? [])]).toEqual([...whole.result.equity.slice(fromTick)]);
    expect(result?.equity.length).toBe(300 - fromTick);
    if (isCalm) calm += 1;
    // No version begins twice, and none is another's.
    const after = activationsOf(rows());
    expect(after.slice(0, began.length)).toEqual(began);
    expect(new Set(after.map(({ version }) => version)).size).toBe(after.length);
    expect(told.filter(({ level }) => level === 'alert')).toEqual([]);
  });

  it('may do with fewer of them', async () => {
    await life(TWO, { dieAt: 500 });
    const before = saidOf('n');
    expect(before.size).toBeGreaterThan(20);
    edit(EDITED);
    // The journal speaks of one that is nobody's until it is said that it is gone.
    await expect(life(EDITED)).rejects.toMatchObject({ code: 'journal-diverges' });
    const { taken, result } = await life(EDITED, { adopts: true });
    expect(taken).toMatchObject({ others: ['n'], binding: { models: [{ model: 'm' }] } });
    expect(result?.fills.length).toBeGreaterThan(5);
    expect(saidOf('n')).toEqual(before);
  });
});

describe('another model under the same strategy', () => {
  it('answers from the change on; what was said before stands', async () => {
    await life(PLAIN, { dieAt: 320 });
    const [before, began] = [saidOf('m'), activationsOf(rows())];
    const held = inputsOf(rows()).length;
    expect(edit(OTHER), 'the plan is the same').toBeUndefined();
    const { taken, told, result, live } = await life(OTHER, { adopts: true });
    expect(taken).toMatchObject({ others: ['m'] });
    const versions = new Set(began.map(({ version }) => version));
    const later = inputsOf(rows()).slice(held);
    const answers = later.flatMap(input => (input.type === 'prediction' ? [input] : []));
    expect(answers.length).toBeGreaterThan(50);
    expect(answers.filter(({ version }) => versions.has(version))).toEqual([]);
    for (const [openMs, said] of before) expect(saidOf('m').get(openMs)).toBe(said);
    expect(told.filter(({ level }) => level === 'alert')).toEqual([]);
    expect(result?.fills.length).toBeGreaterThan(5);
    expect(live.run.run.books.halts.size).toBe(0);
  });

  it('is the same run however often it dies after that', async () => {
    await life(PLAIN, { dieAt: 320 });
    const whole = await (async () => {
      const kept = rows();
      await life(OTHER, { adopts: true, dieAt: 40 });
      expect(rows().length).toBeGreaterThan(kept.length);
      let lives = 0;
      for (let dieAt = 50; ; dieAt += 60) {
        const { result, taken } = await life(OTHER, { dieAt, adopts: true });
        expect(taken, 'once is enough').toBeUndefined();
        lives += 1;
        if (result !== undefined) return { lives, result };
      }
    })();
    expect(whole.lives).toBeGreaterThan(2);
    const died = { fills: whole.result.fills, equity: [...whole.result.equity], said: [...saidOf('m')] };
    database.close();
    folder = temporaryFolder();
    database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
    await life(PLAIN, { dieAt: 320 });
    const { result } = await life(OTHER, { adopts: true });
    expect(died).toEqual({ fills: result?.fills, equity: [...(result?.equity ?? [])], said: [...saidOf('m')] });
  });
});
