/** Streams of several clocks: what is combined tick by tick shares one, and crossings are written out. */
import type { Span } from '../syntax/tree.ts';
import { laterStage } from './builder.ts';
import { alignsWith } from './calendar.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, clockWords, periodWords, report, textAt } from './context.ts';
import type { ClockId, NodeId, Stage } from './node.ts';
import type { Period } from './program.ts';
import type { Place } from './scope.ts';
import { type Site, spanOfArgument } from './site.ts';

export interface Joined {
  readonly clock: ClockId;
  readonly stage: Stage;
  readonly axis: number | null;
}

/** Streams that are combined tick by tick share one clock and one universe. */
export function join(cx: Context, site: Site, streams: readonly NodeId[]): Joined | undefined {
  let joined: Joined = { clock: -1, stage: 'const', axis: null };
  for (const [index, id] of streams.entries()) {
    const node = cx.builder.node(id);
    if (node.clock >= 0 && joined.clock >= 0 && node.clock !== joined.clock) {
      reportClocks(cx, site, joined.clock, node.clock, index, streams);
      return undefined;
    }
    if (node.axis !== null && joined.axis !== null && node.axis !== joined.axis) {
      report(cx, site.place.scope.file, {
        code: EXPRESSION_CODE.universesMixed,
        span: site.span,
        facts: {
          left: cx.universes[joined.axis]?.name,
          right: cx.universes[node.axis]?.name,
          operation: site.operation,
        },
      });
      return undefined;
    }
    joined = {
      clock: Math.max(joined.clock, node.clock),
      stage: laterStage(joined.stage, node.stage),
      axis: node.axis ?? joined.axis,
    };
  }
  return joined;
}

function reportClocks(
  cx: Context,
  site: Site,
  left: ClockId,
  right: ClockId,
  index: number,
  streams: readonly NodeId[],
): void {
  const here = site.place.clock;
  // The one that is not of the place's clock is the one to bring over.
  const strange = right === here ? streams.findIndex(id => cx.builder.node(id).clock === left) : index;
  const span = spanOfArgument(site, strange);
  const text = textAt(cx, site.place.scope.file, span);
  const strangeClock = right === here ? left : right;
  const slower = isSlower(cx, strangeClock, here);
  const name = cx.clocks[here]?.name;
  const mended = slower ? `latest(${text})` : name === undefined ? undefined : `sample(${text}, ${name})`;
  report(cx, site.place.scope.file, {
    code: EXPRESSION_CODE.clocksMixed,
    span: site.span,
    facts: {
      operation: site.operation,
      left: clockWords(cx, left),
      right: clockWords(cx, right),
      strange: text,
      strangeClock: clockWords(cx, strangeClock),
      slower,
      mended,
    },
    ...(mended !== undefined && {
      fix: { title: `Write \`${mended}\``, safe: false, edits: [{ span, text: mended }] },
    }),
  });
}

/** Whether a clock's periods are longer than another's. */
export function isSlower(cx: Context, slow: ClockId, fast: ClockId): boolean {
  return meanMs(cx, slow) > meanMs(cx, fast);
}

const MONTH_MS = (365.2425 * 86_400_000) / 12;
function meanMs(cx: Context, clock: ClockId): number {
  const period = cx.clocks[clock]?.period;
  if (!period) return 0;
  return period.kind === 'fixed' ? period.ms : period.months * MONTH_MS;
}

/** The clock with this period: one that the file has, or a new one named after its length. Reports one that cannot be. */
export function clockOfPeriod(cx: Context, place: Place, period: Period, span: Span): ClockId | undefined {
  const known = cx.clocks.findIndex(clock => samePeriod(clock.period, period));
  if (known >= 0) return known;
  const base = cx.clocks[0]?.period;
  if (base && !alignsWith(period, base)) {
    const slower = period.kind === 'months' || (base.kind === 'fixed' && period.ms > base.ms);
    const text = textAt(cx, place.scope.file, span);
    const facts = { clock: text, period: periodWords(period), base: periodWords(base), slower };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.clockDoesNotAlign, span, facts });
    return undefined;
  }
  cx.clocks.push({ name: periodWords(period), period, span });
  return cx.clocks.length - 1;
}

function samePeriod(a: Period, b: Period): boolean {
  if (a.kind === 'months' || b.kind === 'months')
    return a.kind === b.kind && 'months' in a && 'months' in b && a.months === b.months;
  return a.ms === b.ms && a.anchorMs === b.anchorMs;
}
