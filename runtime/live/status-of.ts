/**
 * How a run is, read off it: what status.json holds each second. Only reads; what it tells was decided elsewhere.
 */
import { workingStop } from '../engine/bracket.ts';
import { sideOf } from '../engine/ledger.ts';
import { KIND, RECORD_BYTES } from '../journal/format.ts';
import { limitsOf } from '../risk/limits.ts';
import type { SessionView } from './companion.ts';
import { BARS_BACK, riskOf } from './exposure.ts';
import { SystemGauge } from './gauge.ts';
import type { LiveRun } from './run.ts';
import type { InstrumentStatus, LimitStatus, OrderStatus, Quantiles, RiskStatus, RunStatus } from './status.ts';
import type { Trader } from './trader.ts';

/** Points of the equity curve that are told. */
const CURVE_BARS = 240;
const DAY_MS = 86_400_000;

export interface StatusTeller {
  now(): RunStatus;
  stop(): void;
}

export function statusTeller(session: SessionView): StatusTeller {
  const { opened, folder, startedMs } = session;
  const { run, binding } = opened;
  const gauge = new SystemGauge(folder.path);
  const fills = fillCounter();
  const risk = riskReader();
  return {
    stop: () => gauge.stop(),
    now: () => {
      const { trader } = opened;
      const { state, settings } = trader;
      const { ledger } = state;
      const { why } = session;
      const nowMs = Date.now();
      return {
        pid: process.pid,
        strategy: binding.strategy,
        mode: binding.mode,
        venue: run.parts.venue.name,
        account: run.parts.account,
        state: session.state,
        ...(why !== undefined && { why }),
        degraded: opened.degraded?.() ?? [],
        startedMs,
        heartbeatMs: nowMs,
        bars: trader.live.length,
        lastBarMs: known(run.lastBarMs),
        currency: settings.currency,
        capital: settings.capital,
        equity: ledger.equity,
        peakEquity: ledger.peak,
        dayStartEquity: equityAtDayStart(trader),
        equityCurve: [...equities(trader, CURVE_BARS)],
        fees: ledger.totals.fees,
        funding: ledger.totals.funding,
        trades: state.trades.count,
        fills: fills(trader),
        slippage: { money: run.tally.slippage, bps: quantiles(run.tally.slippageBps) },
        risk: risk(trader),
        instruments: instrumentsOf(run, trader, opened.degraded?.() ?? []),
        orders: ordersOf(run, trader),
        signals: [...run.tally.signals],
        limits: limitStatuses(trader),
        models: opened.models?.() ?? [],
        counts: { ...run.tally.counts },
        orderLatencyMs: quantiles(run.latencies),
        system: gauge.read(),
      };
    },
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Equity at the closes of the latest traded bars, oldest first. */
function equities({ state, live }: Trader, bars: number): Float64Array {
  const traded = Math.max(0, live.length - state.fromTick);
  return state.equity.subarray(Math.max(0, traded - bars), traded);
}

/** At the last close before the UTC day of the bar that closed last. */
function equityAtDayStart({ state, live, settings }: Trader): number {
  const last = live.length - 1;
  if (last < state.fromTick) return settings.capital;
  const dayMs = Math.floor(live.openMs(last) / DAY_MS) * DAY_MS;
  const before = live.tickOf(dayMs) - 1 - state.fromTick;
  return before < 0 ? settings.capital : (state.equity[before] ?? settings.capital);
}

/** Of the whole run, also what an earlier process did: they stand in the engine's journal. */
function fillCounter(): (trader: Trader) => number {
  let readBytes = 0;
  let fills = 0;
  return ({ journal }) => {
    const records = journal.recordsFrom(readBytes);
    readBytes += records.length;
    for (let at = 0; at < records.length; at += RECORD_BYTES[1]) if (records[at] === KIND.fill) fills += 1;
    return fills;
  };
}

/** Looks back only when a bar has closed or the position is another one. */
function riskReader(): (trader: Trader) => RiskStatus {
  let last: { readonly bars: number; readonly position: number; readonly risk: RiskStatus } | undefined;
  return trader => {
    const { live, state } = trader;
    const { equity, position } = state.ledger;
    if (last?.bars === live.length && last.position === position) return last.risk;
    const closes = live.market.bars.close.subarray(Math.max(0, live.length - BARS_BACK), live.length);
    const symbol = trader.settings.instrument.symbol;
    const price = closes.at(-1) ?? Number.NaN;
    const risk = riskOf(equity, equities(trader, BARS_BACK), [{ symbol, quantity: position, price, closes }]);
    last = { bars: live.length, position, risk };
    return risk;
  };
}

function instrumentsOf(run: LiveRun, trader: Trader, degraded: RunStatus['degraded']): readonly InstrumentStatus[] {
  const { live, state, settings } = trader;
  const { ledger, bracket } = state;
  const { symbol } = settings.instrument;
  const side = sideOf(ledger.position);
  const price = known(live.market.bars.close[live.length - 1] ?? Number.NaN);
  const blocked = state.risk.blocked(ledger);
  return [
    {
      symbol,
      price,
      lastBarMs: known(run.lastBarMs),
      latenessMs: run.tally.latenessMs.get(0) ?? null,
      isStale: degraded.some(trouble => trouble.code === 'stale' && (trouble.symbol ?? symbol) === symbol),
      position: ledger.position,
      entry: known(ledger.entry),
      unrealised: side === 0 ? 0 : ledger.position * (ledger.mark - ledger.entry),
      stop: side === 0 ? null : known(workingStop(bracket, side)),
      targets: bracket.targets
        .filter(target => !target.filled && Number.isFinite(target.price))
        .map(({ price: at }) => at),
      foreign: 0,
      ...(blocked !== undefined && { halted: blocked }),
    },
  ];
}

function ordersOf(run: LiveRun, { state, settings }: Trader): readonly OrderStatus[] {
  return state.orders.map(({ order, status }) => ({
    id: order.id,
    symbol: settings.instrument.symbol,
    role: order.role,
    type: order.type,
    side: order.direction === 1 ? 'buy' : 'sell',
    price: known(order.price),
    quantity: order.quantity,
    status,
    clientId: run.clientIds.get(order.id) ?? '',
  }));
}

/** Where the account stands against each cap, as shares of equity (or of what it was). */
function limitStatuses(trader: Trader): readonly LimitStatus[] {
  const { state } = trader;
  const { equity, peak, position, mark } = state.ledger;
  const { orders, losses } = limitsOf(state.run);
  const halting = new Set(state.risk.snapshot().active.map(({ cap }) => cap));
  const exposure = position === 0 ? 0 : Math.abs(position * mark) / equity;
  const from = { day: equityAtDayStart(trader), peak };
  return [
    ...orders.map(({ refusal, limit }) => ({ name: refusal, value: exposure, bound: limit })),
    ...losses.map(cap => ({
      name: cap.refusal,
      value: Math.max(0, 1 - equity / from[cap.from]),
      bound: cap.limit,
    })),
  ].map((limit, i) => ({ ...limit, name: limit.name.replace(/^cap /, ''), isHalted: halting.has(i) }));
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { count: values.length, p50: at(0.5), p99: at(0.99) };
}
