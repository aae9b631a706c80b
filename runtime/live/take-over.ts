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
import type { LiveTrader } from './live-trader.ts';
import { JournaledModels } from './models/journaled.ts';
import { openTrader } from './open-trader.ts';
import { type Venue, VenueError } from './ports.ts';
import { replayRows, usableSnapshot } from './recovery.ts';
import { LiveRun } from './run.ts';
import type { JournalDatabase } from './store/database.ts';
import type { BoundModel, Input, Row, RunBinding } from './store/rows.ts';
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
  /** By symbol, the signed base quantity of what is held. */
  readonly positions: Readonly<Record<string, number>>;
}

const HELP = 'stop it, close what it holds, and begin anew with `--new`';
const OTHER_TRADES =
  'let the strategy trade the same instruments (one that is to be left has the weight 0), or close what is held and begin anew with `--new`';

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
  const old = replayed(before, known, known.params, lastSeq);
  const run = runOf(known, old);
  replayRows(run, database.rows(), usableSnapshot(database.snapshots(), lastSeq, before.layoutHash));
  const { trader } = old;
  const ticks = trader.live.length;
  const fromTick = Math.max(ticks, known.fromTick);
  const binding: RunBinding = { ...known, planHash: plan.planHash, params, strategy: edited.strategy, fromTick };
  const heir = replayed(plan, binding, params, lastSeq);
  refuseOtherTrades(known, trader, heir.trader);
  warm(heir, database.rows());
  const taken = ticks > known.fromTick ? inherit(heir.trader, trader) : { kept: [], anew: [] };

  if (edited.how === 'flatten') wishFlat(folder);
  const input: Input = { type: 'plan', planHash: plan.planHash, how: edited.how, ...taken };
  const seq = lastSeq + 1;
  const body = serialize({ ...run.snapshot(), layoutHash: plan.layoutHash, trader: heir.trader.snapshot() });
  database.rebind(binding, edited.planBytes, { seq, kind: 'input', body: encode(input) }, { seq, body });
  const positions = Object.fromEntries(
    trader.traded.flatMap(instrument => {
      const { quantity } = trader.position(instrument);
      return quantity === 0 ? [] : [[run.symbolOf(instrument), quantity]];
    }),
  );
  return { binding, ...taken, positions };
}

/**
 * Other models answer from here on, under names that the strategy has or had; what was said before stands. Undefined when
 * the journal is bound to these already; otherwise what it is bound to now, and the names.
 */
export function takeOverModels(
  database: JournalDatabase,
  folder: { readonly path: string },
  known: RunBinding,
  how: Adoption,
  models: readonly BoundModel[] = [],
): { readonly binding: RunBinding; readonly others: readonly string[] } | undefined {
  const others = otherModels(known.models ?? [], models);
  if (others.length === 0) return undefined;
  const { models: _, ...rest } = known;
  const binding: RunBinding = models.length === 0 ? rest : { ...rest, models };
  if (how === 'flatten') wishFlat(folder);
  const input: Input = { type: 'plan', planHash: known.planHash, how, kept: [], anew: [], models: others };
  database.rebindModels(binding, { seq: database.lastSeq() + 1, kind: 'input', body: encode(input) });
  return { binding, others };
}

/** Names of those that are gone, new, or answered by something else. */
function otherModels(before: readonly BoundModel[], now: readonly BoundModel[]): readonly string[] {
  const textOf = (models: readonly BoundModel[], name: string) =>
    JSON.stringify(models.find(({ model }) => model === name));
  const names = new Set([...before, ...now].map(({ model }) => model));
  return [...names].filter(name => textOf(before, name) !== textOf(now, name));
}

function wishFlat(folder: { readonly path: string }): void {
  if (pendingWishes(folder).some(({ wish }) => wish.type === 'flatten')) return;
  writeWish(folder, { id: crypto.randomUUID(), by: 'vela run --adopt', atMs: Date.now(), wish: { type: 'flatten' } });
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
  const isPortfolio = ({ rebalances }: Plan) => rebalances.length > 0;
  if (isPortfolio(before) === isPortfolio(plan)) return;
  const [ran, is] = isPortfolio(before) ? ['a portfolio', 'one of rules'] : ['a strategy of rules', 'a portfolio'];
  throw new LiveError('other-plan', `the journal is that of ${ran}, the strategy is ${is}`, HELP);
}

/** What is held of an instrument is left by whoever trades it. */
function refuseOtherTrades({ symbols }: RunBinding, old: LiveTrader, heir: LiveTrader): void {
  const namesOf = ({ traded }: LiveTrader) => traded.map(instrument => symbols[instrument]).join(', ');
  const [before, now] = [namesOf(old), namesOf(heir)];
  if (before === now) return;
  throw new LiveError('other-plan', `the journal trades ${before}, the strategy ${now}`, OTHER_TRADES);
}

/** A trader that goes through a journal again, and who says again what its models said. */
interface Replayed {
  readonly trader: LiveTrader;
  readonly models: JournaledModels | undefined;
}

/** `rows` of its journal: an instrument has no more bars than those. */
function replayed(plan: Plan, binding: RunBinding, params: RunBinding['params'], rows: number): Replayed {
  const facts = Object.fromEntries(binding.symbols.map(symbol => [symbol, boundFacts(binding, symbol)]));
  const { firstMs, fromTick, capital, markets, ways } = binding;
  const listed = markets.map(({ firstTick = 0 }) => firstTick);
  const capacity = Math.max(fromTick, rows, ...listed) + 1;
  const live = new LiveGrid({
    clocks: plan.clocks,
    firstMs,
    capacity,
    markets: markets.map((market, i) => ({ ...market, gaps: plan.instruments[i]?.gaps ?? 'hold' })),
  });
  const asks = plan.stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'prediction'));
  const models = asks ? new JournaledModels(plan, live, binding.models ?? []) : undefined;
  const metas = plan.instruments.map(({ symbol }) => metaOf(facts[symbol] ?? boundFacts(binding, symbol)));
  const own = Object.fromEntries(
    plan.params.flatMap(({ name }) => (name in params ? [[name, params[name] ?? 0]] : [])),
  );
  const kernel = openKernelRun(plan, own, live.data(models?.columns), metas, { blockTicks: 1 });
  const config = { facts, fromTick, capital, params, ...(ways !== undefined && { ways }) };
  return { trader: openTrader(kernel, live, config), models };
}

/** The bars that the journal has, none of which is traded any more. */
function warm({ trader: heir, models }: Replayed, rows: Iterable<Row>): void {
  for (const { kind, body } of rows) {
    if (kind !== 'input') continue;
    const input = decode<Input>(body);
    models?.heard(input);
    if (input.type === 'funding') heir.live.market(input.instrument ?? 0).addFunding(input.timeMs, input.rate);
    if (input.type !== 'bar' && input.type !== 'missing') continue;
    const [bar, mark] = input.type === 'bar' ? [input.bar, input.bar.mark] : [undefined, input.mark];
    if (heir.live.append(input.instrument ?? 0, bar, mark)) heir.closeBar();
  }
}

/** Replaying sends nothing. */
function runOf(binding: RunBinding, { trader, models }: Replayed): LiveRun {
  return new LiveRun({
    binding,
    // Ids of orders are made from it.
    account: binding.account?.split(' ').slice(1).join(' ') ?? 'simulated',
    trader,
    ...(models !== undefined && { models }),
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
