/** How a run ended, for a person and for a program. */

import type { SessionOutcome } from '../../runtime/live/session.ts';
import type { RunStatus } from '../../runtime/live/status.ts';
import { formatInstant, formatNumber } from '../../runtime/report/format.ts';
import { isoInstant } from '../json.ts';
import type { Paint } from '../terminal.ts';

export function runDocument({ opened, status }: SessionOutcome, folder: string): object {
  const result = opened.result();
  const at = (tick: number) => isoInstant(opened.trader.live.openMs(tick));
  return {
    strategy: status.strategy,
    state: status.state,
    why: status.why,
    folder,
    planHash: opened.binding.planHash,
    journalHash: result.journalHash,
    span: { from: at(result.fromTick), to: at(result.toTick), bars: result.toTick - result.fromTick },
    equity: status.equity,
    currency: status.currency,
    dust: Object.fromEntries(
      opened.trader.traded.flatMap(instrument => {
        const { dust = 0 } = opened.trader.position(instrument);
        return dust === 0 ? [] : [[opened.binding.symbols[instrument], dust]];
      }),
    ),
    positions: Object.fromEntries(status.instruments.map(({ symbol, position }) => [symbol, position])),
    trades: result.trades.length,
    fills: result.fills.map(({ timeMs, side, price, quantity, fee, reason }) => ({
      time: isoInstant(timeMs),
      side,
      price,
      quantity,
      fee,
      reason,
    })),
    counts: result.counts,
    orderLatencyMs: status.orderLatencyMs,
  };
}

export function runText({ opened, status }: SessionOutcome, folder: string, paint: Paint): string {
  const result = opened.result();
  const { live } = opened.trader;
  const { p50, p99, count } = status.orderLatencyMs;
  const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(2)} ms`);
  const rows: readonly (readonly [string, string])[] = [
    [
      'Bars',
      `${formatNumber(result.toTick - result.fromTick, 0)}, ${formatInstant(live.openMs(result.fromTick))} to ${formatInstant(live.openMs(result.toTick))} UTC`,
    ],
    ['Equity', `${formatNumber(status.equity, 2)} ${status.currency}`],
    ...status.instruments.map(({ symbol, position }) => [`Position ${symbol}`, formatNumber(position, 8)] as const),
    ...leftRows(status),
    ...besideRows(opened, status),
    ['Trades', `${result.trades.length}, ${result.fills.length} fills`],
    ['Bar close → order sent', `p50 ${ms(p50)}, p99 ${ms(p99)} over ${count} orders`],
    ['State folder', folder],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
  const end = status.state === 'ended' ? 'all bars played' : (status.why ?? status.state);
  return [
    `${paint('bold', status.strategy)}  ${status.instruments.map(({ symbol }) => symbol).join(', ')}, ${end}`,
    ...lines,
    paint('dim', `plan ${opened.binding.planHash.slice(0, 12)}  journal ${result.journalHash.slice(0, 12)}`),
    '',
  ].join('\n');
}

/** What is at the venue and in no rule's view: too little for an order, or not the run's. */
function besideRows(
  { trader, binding }: SessionOutcome['opened'],
  { instruments }: RunStatus,
): readonly (readonly [string, string])[] {
  const dust = trader.traded.flatMap(instrument => {
    const { dust: left = 0 } = trader.position(instrument);
    const text = `${formatNumber(left, 8)}, too little for an order; the next position takes it in`;
    return left === 0 ? [] : [[`Dust ${binding.symbols[instrument]}`, text] as const];
  });
  const foreign = instruments.flatMap(({ symbol, foreign: quantity }) =>
    quantity === 0 ? [] : [[`Beside ${symbol}`, `${formatNumber(quantity, 8)} at the venue, not the run's`] as const],
  );
  return [...dust, ...foreign];
}

/** What stays at a real venue when the process has gone. */
function leftRows({ mode, instruments }: RunStatus): readonly (readonly [string, string])[] {
  if (mode !== 'live') return [];
  return instruments
    .filter(({ position }) => position !== 0)
    .map(({ symbol, stop }) => {
      const what =
        stop === null ? 'no stop' : `its stop at ${formatNumber(stop, 8).replace(/0+$/, '').replace(/[.,]$/, '')}`;
      return [`Left ${symbol}`, `${what} rests at the venue; nothing watches it until the run is started again`];
    });
}
