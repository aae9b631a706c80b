/**
 * How a run is, read off it: what status.json holds each second. Only reads; what it tells was decided elsewhere.
 */
import { KIND } from '../journal/format.ts';
import type { SessionView } from './companion.ts';
import { BARS_BACK, type Holding, riskOf } from './exposure.ts';
import { SystemGauge } from './gauge.ts';
import { limitStatuses } from './limit-status.ts';
import type { LiveTrader } from './live-trader.ts';
import type { LiveRun } from './run.ts';
import type { InstrumentStatus, OrderStatus, Quantiles, RiskStatus, RunStatus } from './status.ts';

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
      const { account, totals } = trader;
      const { why } = session;
      const degraded = opened.degraded?.() ?? [];
      const dayStartEquity = equityAtDayStart(trader);
      const riskNow = risk(trader);
      return {
        pid: process.pid,
        strategy: binding.strategy,
        mode: binding.mode,
        venue: run.parts.venue.name,
        account: run.parts.account,
        state: session.state,
        ...(why !== undefined && { why }),
        degraded,
        startedMs,
        heartbeatMs: Date.now(),
        bars: trader.live.length,
        lastBarMs: known(run.lastBarMs),
        currency: trader.currency,
        capital: trader.capital,
        equity: account.equity,
        peakEquity: account.peak,
        dayStartEquity,
        equityCurve: [...equities(trader, CURVE_BARS)],
        fees: totals.fees,
        funding: totals.funding,
        trades: trader.tradeCount,
        fills: fills(trader),
        slippage: { money: run.tally.slippage, bps: quantiles(run.tally.slippageBps) },
        risk: riskNow,
        instruments: trader.traded.map(instrument => instrumentStatus(run, trader, instrument, degraded)),
        orders: ordersOf(run, trader),
        signals: [...run.tally.signals],
        limits: limitStatuses(trader, riskNow, dayStartEquity),
        models: opened.models?.() ?? [],
        counts: { ...run.tally.counts },
        orderLatencyMs: quantiles(run.outbox.latencies),
        system: gauge.read(),
      };
    },
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Equity at the closes of the latest traded bars, oldest first. */
function equities({ equity, live, fromTick }: LiveTrader, bars: number): Float64Array {
  const traded = Math.max(0, live.length - fromTick);
  return equity.subarray(Math.max(0, traded - bars), traded);
}

/** At the last close before the UTC day of the bar that closed last. */
function equityAtDayStart({ equity, live, fromTick, capital }: LiveTrader): number {
  const last = live.length - 1;
  if (last < fromTick) return capital;
  const dayMs = Math.floor(live.openMs(last) / DAY_MS) * DAY_MS;
  const before = live.tickOf(dayMs) - 1 - fromTick;
  return before < 0 ? capital : (equity[before] ?? capital);
}

/** Of the whole run, also what an earlier process did: they stand in the engine's journal. */
function fillCounter(): (trader: LiveTrader) => number {
  let readBytes = 0;
  let fills = 0;
  return ({ journal }) => {
    const records = journal.recordsFrom(readBytes);
    readBytes += records.length;
    for (let at = 0; at < records.length; at += journal.recordBytes) if (records[at] === KIND.fill) fills += 1;
    return fills;
  };
}

/** Looks back only when a bar has closed or a position is another one. */
function riskReader(): (trader: LiveTrader) => RiskStatus {
  let last: { readonly of: string; readonly risk: RiskStatus } | undefined;
  return trader => {
    const { live, traded, account } = trader;
    const of = [live.length, ...traded.map(instrument => trader.position(instrument).quantity)].join(' ');
    if (last?.of === of) return last.risk;
    const risk = riskOf(
      account.equity,
      equities(trader, BARS_BACK),
      traded.map(instrument => holdingOf(trader, instrument)),
    );
    last = { of, risk };
    return risk;
  };
}

function holdingOf(trader: LiveTrader, instrument: number): Holding {
  const { live, run } = trader;
  const { bars } = live.market(instrument).market;
  const closes = bars.close.subarray(Math.max(0, live.length - BARS_BACK), live.length);
  const symbol = run.plan.instruments[instrument]?.symbol ?? '';
  return { symbol, quantity: trader.position(instrument).quantity, price: closes.at(-1) ?? Number.NaN, closes };
}

function instrumentStatus(
  run: LiveRun,
  trader: LiveTrader,
  instrument: number,
  degraded: RunStatus['degraded'],
): InstrumentStatus {
  const { symbol, price } = holdingOf(trader, instrument);
  const { quantity, entry, mark, stop, targets } = trader.position(instrument);
  const blocked = trader.risk.blocked(trader.account);
  const halt = run.books.halts.get(instrument);
  const lastTick = trader.live.market(instrument).length - 1;
  return {
    symbol,
    price: known(price),
    lastBarMs: lastTick < 0 ? null : trader.live.openMs(lastTick),
    latenessMs: run.tally.latenessMs.get(instrument) ?? null,
    isStale: degraded.some(trouble => trouble.code === 'stale' && (trouble.symbol ?? symbol) === symbol),
    position: quantity,
    entry: known(entry),
    unrealised: quantity === 0 || Number.isNaN(mark) ? 0 : quantity * (mark - entry),
    stop: quantity === 0 ? null : known(stop),
    targets: targets.filter(Number.isFinite),
    foreign: run.books.beside.get(instrument) ?? 0,
    ...(blocked !== undefined && { halted: blocked }),
    ...(halt !== undefined && { halted: halt.text }),
  };
}

function ordersOf(run: LiveRun, trader: LiveTrader): readonly OrderStatus[] {
  return trader.orders.map(({ order, status }) => ({
    id: order.id,
    symbol: trader.run.plan.instruments[trader.instrumentOf(order.id)]?.symbol ?? '',
    role: order.role,
    type: order.type,
    side: order.direction === 1 ? 'buy' : 'sell',
    price: known(order.price),
    quantity: order.quantity,
    status,
    clientId: run.clientIds.get(order.id) ?? '',
  }));
}

export function quantiles(values: readonly number[]): Quantiles {
  // Thousands of them each second: numbers in a typed array are sorted ten times as fast.
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { count: values.length, p50: at(0.5), p99: at(0.99) };
}
