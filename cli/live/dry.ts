/**
 * `--dry`: what a run would find and do if it began now. It connects, reads, and sends nothing; neither journal nor candles
 * are written.
 */
import { existsSync } from 'node:fs';
import { evaluateFixed } from '../../compiler/bind.ts';
import { nodeOf } from '../../compiler/plan-warmup.ts';
import { DEFAULT_CAPITAL } from '../../runtime/engine/settings.ts';
import type { ClockMeasure } from '../../runtime/exchange/ccxt/clock.ts';
import { metaOf } from '../../runtime/lane.ts';
import { inabilities } from '../../runtime/live/abilities.ts';
import { bareHoldings } from '../../runtime/live/bare.ts';
import { ownerOf } from '../../runtime/live/client-id.ts';
import { LiveError } from '../../runtime/live/errors.ts';
import { isRunning, type RunFolder, readStatus, readStop, runFolder } from '../../runtime/live/folder.ts';
import { claimsFolder, refusedClaim } from '../../runtime/live/guard/claims.ts';
import { onlineSpan } from '../../runtime/live/online.ts';
import type { VenueBalance, VenueOrderState, VenuePosition } from '../../runtime/live/ports.ts';
import { JournalDatabase } from '../../runtime/live/store/database.ts';
import type { RunBinding } from '../../runtime/live/store/rows.ts';
import { monitorSettings, watchText } from '../../runtime/monitor/settings.ts';
import { formatInstant, formatLength, formatNumber, formatPercent } from '../../runtime/report/format.ts';
import type { Call } from '../command.ts';
import { isoInstant } from '../json.ts';
import type { Paint, Terminal } from '../terminal.ts';
import { said, type World } from './connect.ts';
import {
  changedFacts,
  claimOf,
  currencyOf,
  type Facts,
  factsOf,
  liveCapital,
  type Online,
  openOnline,
  tradedInstruments,
  warmupBarsOf,
} from './online.ts';
import type { OnlineRequest } from './request.ts';
import { type RunStrategy, strategyOf } from './strategy.ts';

export interface DryStart {
  readonly strategy: string;
  readonly mode: 'paper' | 'live';
  readonly venue: string;
  readonly redirect?: string;
  readonly account?: string;
  readonly clock: ClockMeasure;
  readonly venueMs: number;
  readonly capital: number;
  readonly currency: string;
  /** Of a live run: what lies in the account. */
  readonly held?: Held;
  readonly facts: Facts;
  readonly changed: ReturnType<typeof changedFacts>;
  readonly limits: readonly string[];
  /** Of a live run: what nothing protects at the venue while no process is there. */
  readonly unprotected?: string;
  readonly warmup: { readonly bars: number; readonly fromMs: number };
  /** The earliest close at which anything can be decided. */
  readonly firstDecisionMs: number;
  readonly journal: Journal | undefined;
  /** With `--new`: the run that is set aside. */
  readonly aside?: Pick<Journal, 'folder' | 'positions'>;
  /** Where no entry would be made until a person has said whose it is, and why. */
  readonly halted: readonly string[];
  /** Who is told of alerts, and where it can be asked how it is. */
  readonly watched: string;
  /** Why the run would be refused. */
  readonly refused: readonly string[];
}

interface Held {
  readonly balances: readonly VenueBalance[];
  readonly positions: readonly VenuePosition[];
  /** Orders in the strategy's markets, and whose they are. */
  readonly orders: readonly (VenueOrderState & { readonly owner: ReturnType<typeof ownerOf> })[];
}

interface Journal {
  readonly folder: string;
  readonly rows: number;
  readonly binding: RunBinding;
  readonly stoppedBy?: string;
  /** A process is running it now: which. */
  readonly pid?: number;
  /** Open of the last bar that it used; null: none. */
  readonly lastBarMs: number | null;
  /** As the run said of itself last. */
  readonly positions: Readonly<Record<string, number>>;
}

/** Undefined when the strategy has errors; they have been told by then. */
export async function dryStart(call: Call, request: OnlineRequest, world: World = {}): Promise<DryStart | undefined> {
  const strategy = await strategyOf(call, request);
  if (strategy === undefined) return undefined;
  const online = await openOnline(call, strategy, request, world);
  try {
    return await look(strategy, request, online, call.terminal.environment);
  } finally {
    await online.connection.close();
  }
}

async function look(
  strategy: RunStrategy,
  request: OnlineRequest,
  online: Online,
  environment: Terminal['environment'],
): Promise<DryStart> {
  const watch = watchOf(strategy, environment);
  const { plan } = strategy;
  const { mode } = request;
  const { venue, place, connection } = online;
  const { redirect, account } = place.document;
  const folder = runFolder(request.state);
  const there = journalIn(folder);
  const journal = request.anew ? undefined : there;
  const facts = factsOf(strategy, online, journal?.binding);
  const { capital, refused } = await capitalOf(strategy, request, online, journal);
  const mayClaim = mode === 'live' && there?.pid === undefined;
  const claimed = mayClaim ? refusedClaim(claimOf(strategy, online, folder), claimsFolder(environment)) : undefined;
  const taken = [
    ...(there?.pid === undefined ? [] : [`another process is running ${there.folder} (process ${there.pid})`]),
    ...(claimed === undefined ? [] : [claimed.message]),
    ...(journal === undefined ? [] : refusedFor(journal, strategy, request, online)),
  ];
  const held = mode === 'live' ? await said(venue.name, () => heldAt(strategy, online, journal)) : undefined;
  const warmupBars = warmupBarsOf(strategy, facts);
  const span = onlineSpan({ clocks: plan.clocks, warmupBars, now: venue.now, known: undefined });
  const currency = currencyOf(plan);
  const bare = bareHoldings(plan);
  const abilities = { plan, venue: venue.name, abilities: venue.abilities, facts, capital, currency };
  return {
    strategy: plan.title,
    mode,
    venue: venue.name,
    ...(redirect !== undefined && { redirect }),
    ...(mode === 'live' && account !== undefined && { account }),
    clock: connection.time.last ?? { jumpMs: 0, offsetMs: Number.NaN, uncertaintyMs: Number.NaN },
    venueMs: venue.now(),
    capital,
    currency,
    ...(held !== undefined && { held }),
    facts,
    changed: changedFacts(facts, online),
    limits: limitsOf(strategy, facts),
    ...(mode === 'live' && bare !== undefined && { unprotected: bare }),
    warmup: { bars: warmupBars, fromMs: span.firstMs },
    firstDecisionMs: span.firstMs + (warmupBars + 1) * span.periodMs,
    journal,
    ...(request.anew && there !== undefined && { aside: { folder: there.folder, positions: there.positions } }),
    // What another run has there is its own, and the start is refused anyhow.
    halted: held === undefined || journal !== undefined || claimed !== undefined ? [] : haltedBy(strategy, held),
    watched: watch.text,
    refused: [...taken, ...refused, ...watch.refused, ...(mode === 'live' ? inabilities(abilities) : [])],
  };
}

/** A run that begins with what is not its own there waits for a person; coins from before are none of its business. */
function haltedBy({ plan }: RunStrategy, { positions, orders }: Held): readonly string[] {
  return tradedInstruments(plan).flatMap(({ symbol, market }) => {
    const quantity = market === 'spot' ? 0 : (positions.find(each => each.symbol === symbol)?.quantity ?? 0);
    const others = orders.filter(order => order.symbol === symbol).length;
    const what = [
      ...(quantity === 0 ? [] : [`${quantity} of it is held`]),
      ...(others === 0
        ? []
        : [`${others === 1 ? 'an order' : `${others} orders`} of it ${others === 1 ? 'is' : 'are'} open`]),
    ];
    if (what.length === 0) return [];
    return [
      `no entry in ${symbol} until \`vela release ${symbol}\` or \`vela adopt ${symbol}\`: ${what.join(' and ')}, and not this run's`,
    ];
  });
}

/** Why the run would not go on with its journal. */
function refusedFor(
  { binding }: Journal,
  { plan, values }: RunStrategy,
  { adopt, capital, mode }: OnlineRequest,
  { place, venue }: Online,
): readonly string[] {
  const isSame = ({ name, value }: (typeof plan.params)[number]) => binding.params[name] === (values[name] ?? value);
  const edited = [
    ...(binding.planHash === plan.planHash ? [] : ['strategy']),
    ...(plan.params.every(isSame) ? [] : ['params']),
  ];
  const others = [
    ...(binding.mode === mode ? [] : ['mode']),
    ...(binding.symbols.join() === plan.instruments.map(({ symbol }) => symbol).join() ? [] : ['instruments']),
    ...(capital === undefined || capital === binding.capital ? [] : ['capital']),
    ...(mode === 'paper' || binding.account === `${venue.name} ${place.document.account}` ? [] : ['account']),
  ];
  const parts = [...(adopt === undefined || others.length > 0 ? edited : []), ...others];
  const mend = others.length > 0 ? '`--new` sets it aside' : '`--adopt keep` or `--adopt flatten` goes on with it';
  return [
    ...(parts.length === 0 ? [] : [`the journal belongs to another run, of another ${parts.join(', ')}: ${mend}`]),
  ];
}

interface Watch {
  readonly text: string;
  readonly refused: readonly string[];
}

function watchOf({ configuration }: RunStrategy, environment: Terminal['environment']): Watch {
  const { monitoring, alerts } = configuration.system;
  try {
    return { text: watchText(monitorSettings(monitoring, alerts, environment)), refused: [] };
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    return { text: 'nobody: see below', refused: [error.message] };
  }
}

async function capitalOf(
  strategy: RunStrategy,
  request: OnlineRequest,
  online: Online,
  journal: Journal | undefined,
): Promise<{ readonly capital: number; readonly refused: readonly string[] }> {
  const stated = request.capital ?? strategy.plan.account.capital ?? DEFAULT_CAPITAL;
  if (request.mode === 'paper') return { capital: journal?.binding.capital ?? stated, refused: [] };
  try {
    return { capital: await liveCapital(strategy, request, online, journal?.binding), refused: [] };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'too-little-money')) throw error;
    return { capital: stated, refused: [error.message] };
  }
}

async function heldAt({ plan }: RunStrategy, { venue }: Online, journal: Journal | undefined): Promise<Held> {
  const symbols = plan.instruments.map(({ symbol }) => symbol);
  const orders: Held['orders'][number][] = [];
  for (const symbol of symbols) {
    for (const order of await venue.openOrders(symbol))
      orders.push({ ...order, owner: ownerOf(order.clientId, journal?.binding.runId ?? '') });
  }
  return { balances: await venue.balances(), positions: await venue.positions(symbols), orders };
}

/** Caps and pauses of the strategy and the configuration, in words. */
function limitsOf({ plan, values }: RunStrategy, facts: Facts): readonly string[] {
  const fixed = evaluateFixed(
    plan,
    values,
    plan.instruments.map(({ symbol }) => metaOf(facts[symbol] ?? NO_FACTS)),
  );
  const caps = plan.caps.map(({ name, limit, action }) => {
    const value = fixed[nodeOf(plan, limit) ?? -1] ?? Number.NaN;
    const size = name === 'leverage' ? `${formatNumber(value, 1)}×` : formatPercent(value, 1);
    return `${name.replaceAll('_', ' ')} ${size}, else ${action.kind}`;
  });
  return [...caps, ...plan.pauses.map(({ text }) => `pause when ${text}`)];
}

const NO_FACTS = { maintenance: Number.NaN, source: 'nothing' };

function journalIn(folder: RunFolder): Journal | undefined {
  if (!existsSync(folder.journal)) return undefined;
  const database = new JournalDatabase(folder.journal, { readOnly: true });
  try {
    const binding = database.binding();
    if (binding === undefined) return undefined;
    const stop = readStop(folder);
    const { instruments = [], lastBarMs = null, pid } = readStatus(folder) ?? {};
    return {
      folder: folder.path,
      rows: database.lastSeq(),
      binding,
      ...(stop !== undefined && { stoppedBy: stop.by }),
      ...(pid !== undefined && isRunning(folder) && { pid }),
      lastBarMs,
      positions: Object.fromEntries(instruments.map(({ symbol, position }) => [symbol, position])),
    };
  } finally {
    database.abandon();
  }
}

// ---------------------------------------------------------------- told

export function dryDocument(dry: DryStart): object {
  const { venueMs, warmup, firstDecisionMs, journal, ...rest } = dry;
  return {
    ...rest,
    venueTime: isoInstant(Math.round(venueMs)),
    warmup: { bars: warmup.bars, from: isoInstant(warmup.fromMs) },
    firstDecision: isoInstant(firstDecisionMs),
    ...(journal !== undefined && { journal }),
  };
}

export function dryText(dry: DryStart, paint: Paint): string {
  const rows: readonly (readonly [string, string])[] = [
    row('Venue', dry.redirect === undefined ? dry.venue : `${dry.venue}, redirected to ${dry.redirect}`),
    ...(dry.account === undefined ? [] : [row('Account', dry.account)]),
    row("Venue's time", clockText(dry)),
    row('Capital', `${formatNumber(dry.capital, 2)} ${dry.currency}${dry.mode === 'paper' ? ', simulated' : ''}`),
    ...heldRows(dry),
    ...Object.entries(dry.facts).map(([symbol, facts]) => row(`Market ${symbol}`, factsText(facts, dry.currency))),
    ...dry.changed.map(({ symbol, fact, run, venue }) =>
      row('Changed', `${symbol}: ${fact} is ${venue} at the venue now, and ${run} in this run`),
    ),
    ...(dry.limits.length === 0 ? [row('Limits', 'none')] : dry.limits.map(limit => row('Limit', limit))),
    ...(dry.unprotected === undefined ? [] : [row('Unprotected', dry.unprotected)]),
    warmupRow(dry),
    row('First decision', `at the close of the bar under way, ${formatInstant(dry.firstDecisionMs)} UTC`),
    row('Watched by', dry.watched),
    row('Journal', journalText(dry.journal)),
    ...asideRows(dry),
    ...dry.halted.map(why => row(paint('yellow', 'Entries'), why)),
    ...dry.refused.map(why => row(paint('red', 'Refused'), why)),
  ];
  const width = Math.max(...rows.map(([label]) => plainLength(label)));
  const lines = rows.map(([label, value]) => `  ${label}${' '.repeat(width - plainLength(label))}  ${value}`);
  const head = `${paint('bold', dry.strategy)}  dry start of a ${dry.mode} run: nothing is sent`;
  return [head, ...lines, ''].join('\n');
}

function warmupRow({ warmup, journal }: DryStart): readonly [string, string] {
  const lastBarMs = journal?.lastBarMs ?? null;
  if (lastBarMs === null)
    return row('Warm-up', `${formatNumber(warmup.bars, 0)} bars, from ${formatInstant(warmup.fromMs)} UTC`);
  return row('Catches up', `the bars behind that of ${formatInstant(lastBarMs)} UTC; nothing is decided on them`);
}

function plainLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
  return text.replace(/\u001b\[\d+m/g, '').length;
}

function clockText({ venueMs, clock: { offsetMs, uncertaintyMs } }: DryStart): string {
  const whose = offsetMs < 0 ? 'ahead' : 'behind';
  const off = Math.abs(offsetMs) < 1000 ? `${Math.round(Math.abs(offsetMs))} ms` : formatLength(Math.abs(offsetMs));
  return `${formatInstant(venueMs)} UTC, known to ±${Math.max(1, Math.round(uncertaintyMs))} ms; this machine is ${off} ${whose}`;
}

const row = (label: string, value: string): readonly [string, string] => [label, value];

function heldRows({ held, journal }: DryStart): readonly (readonly [string, string])[] {
  if (held === undefined) return [];
  const { balances, positions, orders } = held;
  return [
    ...balances
      .filter(({ total }) => total !== 0)
      .map(({ currency, free, total }) => row('Balance', `${total} ${currency}, ${free} free`)),
    ...positions
      .filter(({ quantity }) => quantity !== 0)
      .map(({ symbol, quantity }) => {
        const own = journal?.positions[symbol] ?? 0;
        return row('Held', `${quantity} of ${symbol}, ${own} by this run; the rest is left alone`);
      }),
    ...(orders.length === 0 ? [row('Orders', 'none in these markets')] : []),
    ...orders.map(({ symbol, side, type, quantity, price, owner }) =>
      row(
        'Order',
        `${symbol}: ${side} ${type} ${quantity}${Number.isNaN(price) ? '' : ` at ${price}`}, ${WHOSE[owner]}`,
      ),
    ),
  ];
}

const WHOSE = {
  'this run': 'of this run',
  'another run': 'of another run of Vela: two runs may not share a market',
  foreign: 'not ours, left alone',
} as const;

function factsText({ tick, lot, minNotional, maintenance, source }: Facts[string], currency: string): string {
  const parts = [
    `price step ${tick ?? 'none'}`,
    `quantity step ${lot ?? 'none'}`,
    ...(minNotional === undefined ? [] : [`orders of at least ${minNotional} ${currency}`]),
    ...(maintenance > 0 ? [`maintenance ${formatPercent(maintenance)}`] : []),
  ];
  return `${parts.join(', ')} (${source})`;
}

function asideRows({ aside }: DryStart): readonly (readonly [string, string])[] {
  if (aside === undefined) return [];
  const held = Object.entries(aside.positions).filter(([, quantity]) => quantity !== 0);
  const words = held.map(([symbol, quantity]) => `${quantity} of ${symbol}`).join(', ');
  const left = words === '' ? '' : `, which holds ${words}: its stops stay at the venue, and nothing watches them`;
  return [row('Set aside', `${aside.folder}${left}`)];
}

function journalText(journal: Journal | undefined): string {
  if (journal === undefined) return 'none: a new run';
  const { folder, rows, stoppedBy } = journal;
  const stopped = stoppedBy === undefined ? '' : `; stopped by ${stoppedBy}, \`vela stop --reset\` lets it go on`;
  return `${folder}, ${formatNumber(rows, 0)} rows: goes on with them${stopped}`;
}
