/**
 * Another strategy on a journal that has one already: replays it with the strategy that wrote it, lets the new one inherit
 * what that left (inherit.ts), and binds the journal to the new one from here on. Nothing is sent; the next start finds a
 * snapshot of the new strategy as if it had run there always.
 */
import { serialize } from 'node:v8';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { TakenOver } from '../../compiler/kernel/run.ts';
import type { Plan } from '../../compiler/plan.ts';
import { decodePlan } from '../../compiler/plan-file.ts';
import { metaOf } from '../lane.ts';
import { boundFacts } from './bound-facts.ts';
import { decode, encode } from './codec.ts';
import { LiveError } from './errors.ts';
import { LiveGrid } from './grid.ts';
import { inherit } from './inherit.ts';
import { openTrader } from './open-trader.ts';
import { type Venue, VenueError } from './ports.ts';
import { replayRows, usableSnapshot } from './recovery.ts';
import { LiveRun } from './run.ts';
import type { JournalDatabase } from './store/database.ts';
import type { Input, Row, RunBinding } from './store/rows.ts';
import { Trader } from './trader.ts';
import { pendingWishes, writeWish } from './wishes.ts';

/** What becomes of a position that the old strategy holds: its bracket stays and the new rules end it, or it is closed. */
export type Adoption = 'keep' | 'flatten';

export interface Edited {
  readonly how: Adoption;
  readonly plan: Plan;
  readonly planBytes: Uint8Array;
  /** Values of its params that are not its own. */
  readonly params: Readonly<Record<string, number>>;
  readonly strategy: string;
}

export interface TakenJournal extends TakenOver {
  readonly binding: RunBinding;
  /** Signed base quantity that is held. */
  readonly position: number;
}

const HELP = 'stop it, close what it holds, and begin anew with `--new`';

/** Undefined when the journal is that of this strategy already. Throws a `LiveError` where it cannot be gone on with. */
export function takeOver(
  database: JournalDatabase,
  folder: { readonly path: string },
  known: RunBinding,
  edited: Edited,
): TakenJournal | undefined {
  const { plan } = edited;
  const params = paramsOf(plan, edited.params);
  const isSame = known.planHash === plan.planHash && JSON.stringify(known.params) === JSON.stringify(params);
  if (isSame) return undefined;
  const bytes = database.plan();
  if (bytes === undefined) throw new LiveError('damaged-journal', 'the journal has no plan', HELP);
  const before = decodePlan(bytes);
  refuseOtherMarkets(before, plan);

  const lastSeq = database.lastSeq();
  const old = traderOf(before, known, known.params, lastSeq);
  const run = runOf(known, old);
  replayRows(run, database.rows(), usableSnapshot(database.snapshots(), lastSeq, before.layoutHash));
  const ticks = old.live.length;
  const fromTick = Math.max(ticks, known.fromTick);
  const binding: RunBinding = { ...known, planHash: plan.planHash, params, strategy: edited.strategy, fromTick };
  const heir = traderOf(plan, binding, params, lastSeq);
  warm(heir, database.rows());
  const taken = ticks > known.fromTick ? inherit(heir, old) : { kept: [], anew: [] };

  if (edited.how === 'flatten' && !pendingWishes(folder).some(({ wish }) => wish.type === 'flatten')) {
    writeWish(folder, { id: crypto.randomUUID(), by: 'vela run --adopt', atMs: Date.now(), wish: { type: 'flatten' } });
  }
  const input: Input = { type: 'plan', planHash: plan.planHash, how: edited.how, ...taken };
  const seq = lastSeq + 1;
  const body = serialize({ ...run.snapshot(), layoutHash: plan.layoutHash, trader: heir.snapshot() });
  database.rebind(binding, edited.planBytes, { seq, kind: 'input', body: encode(input) }, { seq, body });
  return { binding, ...taken, position: old.position(old.traded[0]).quantity };
}

/** As a binding has them. */
function paramsOf({ params }: Plan, values: Readonly<Record<string, number>>): RunBinding['params'] {
  return { ...Object.fromEntries(params.map(({ name, value }) => [name, value])), ...values };
}

function refuseOtherMarkets(before: Plan, plan: Plan): void {
  const symbols = (of: Plan) => of.instruments.map(({ symbol }) => symbol).join(', ');
  const base = (of: Plan) => JSON.stringify(of.clocks[0]?.period);
  if (symbols(before) !== symbols(plan))
    throw new LiveError(
      'other-plan',
      `the journal is about ${symbols(before)}, the strategy about ${symbols(plan)}`,
      HELP,
    );
  if (base(before) !== base(plan))
    throw new LiveError('other-plan', 'the strategy has bars of another length than the journal', HELP);
  const asksModels = ({ stages }: Plan) =>
    stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'prediction'));
  if (asksModels(before) || asksModels(plan))
    throw new LiveError('other-plan', 'the journal of a strategy that asks models cannot go on with another one', HELP);
}

/** `rows` of its journal: an instrument has no more bars than those. */
function traderOf(plan: Plan, binding: RunBinding, params: RunBinding['params'], rows: number): Trader {
  const facts = Object.fromEntries(binding.symbols.map(symbol => [symbol, boundFacts(binding, symbol)]));
  const { firstMs, fromTick, capital, markets, ways } = binding;
  const capacity = Math.max(fromTick, rows) + 1;
  const live = new LiveGrid({
    clocks: plan.clocks,
    firstMs,
    capacity,
    markets: markets.map((market, i) => ({ ...market, gaps: plan.instruments[i]?.gaps ?? 'hold' })),
  });
  const metas = plan.instruments.map(({ symbol }) => metaOf(facts[symbol] ?? boundFacts(binding, symbol)));
  const own = Object.fromEntries(
    plan.params.flatMap(({ name }) => (name in params ? [[name, params[name] ?? 0]] : [])),
  );
  const kernel = openKernelRun(plan, own, live.data(), metas, { blockTicks: 1 });
  const config = { facts, fromTick, capital, params, ...(ways !== undefined && { ways }) };
  const trader = openTrader(kernel, live, config);
  if (trader instanceof Trader) return trader;
  throw new LiveError('other-plan', 'the journal of a portfolio cannot go on with another strategy', HELP);
}

/** The bars that the journal has, none of which is traded any more. */
function warm(heir: Trader, rows: Iterable<Row>): void {
  for (const { kind, body } of rows) {
    if (kind !== 'input') continue;
    const input = decode<Input>(body);
    if (input.type === 'funding') heir.live.market(input.instrument ?? 0).addFunding(input.timeMs, input.rate);
    if (input.type !== 'bar' && input.type !== 'missing') continue;
    const [bar, mark] = input.type === 'bar' ? [input.bar, input.bar.mark] : [undefined, input.mark];
    if (heir.live.append(input.instrument ?? 0, bar, mark)) heir.closeBar();
  }
}

/** Replaying sends nothing. */
function runOf(binding: RunBinding, trader: Trader): LiveRun {
  return new LiveRun({
    binding,
    // Ids of orders are made from it.
    account: binding.account?.split(' ').slice(1).join(' ') ?? 'simulated',
    trader,
    venue: NOWHERE,
    rows: { append: () => {}, snapshot: () => {}, durable: () => Promise.resolve(), close: () => Promise.resolve() },
    notice: () => {},
    clock: () => 0,
    sleep: () => Promise.resolve(),
  });
}

const no = () => Promise.reject(new VenueError('not sent', 'a journal is replayed'));

const NOWHERE: Venue = {
  name: 'nowhere',
  abilities: {
    clientIdRule: { pattern: /^$/, longest: 0 },
    orderTypes: new Set(),
    amends: false,
    reduceOnly: false,
    orderValidityMs: 0,
    tellsAgain: true,
  },
  now: () => 0,
  market: no,
  place: no,
  amend: no,
  cancel: no,
  lookup: no,
  openOrders: no,
  fills: no,
  positions: no,
  balances: no,
  listen: no,
  close: () => Promise.resolve(),
};
