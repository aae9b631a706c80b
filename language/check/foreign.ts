/**
 * Calls as other tools write them: `shift(close, 1)`, `close.shift(1)`, `ta.crossover(a, b)`. They are no functions here,
 * and the message says what is written instead. What would read the future in them is refused as such.
 */
import type { Call, Expression } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, report, textAt } from './context.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import type { Place } from './scope.ts';

type Say = (args: readonly string[]) => string | undefined;

const between =
  (sign: string): Say =>
  ([a, b]) =>
    a !== undefined && b !== undefined ? `${a} ${sign} ${b}` : undefined;
const named =
  (name: string): Say =>
  args =>
    `${name}(${args.join(', ')})`;

/** Values of earlier bars, and of later ones. */
const BACK = new Set(['shift', 'lag', 'ref', 'offset', 'delay', 'previous']);
const FORWARD = new Set(['lead', 'next', 'future', 'forward']);
/** Values of another time frame, which must be complete. */
const OTHER_CLOCK = new Set(['security', 'request', 'informative', 'timeframe']);

const INSTEAD: ReadonlyMap<string, Say> = new Map([
  ['crossover', between('crosses above')],
  ['crossed_above', between('crosses above')],
  ['cross_above', between('crosses above')],
  ['crossunder', between('crosses below')],
  ['crossed_below', between('crosses below')],
  ['cross_below', between('crosses below')],
  ['nz', ([x, otherwise = '0']) => (x === undefined ? undefined : `${x} or else ${otherwise}`)],
  ['fillna', ([x, otherwise = '0']) => (x === undefined ? undefined : `${x} or else ${otherwise}`)],
  ['na', ([x]) => (x === undefined ? undefined : `not present(${x})`)],
  ['isna', ([x]) => (x === undefined ? undefined : `not present(${x})`)],
  ['iff', ([c, a, b]) => (b === undefined ? undefined : `if ${c} then ${a} else ${b}`)],
  ['barssince', named('bars_since')],
  ['valuewhen', ([event, x]) => (x === undefined ? undefined : `value_when(${x}, ${event})`)],
  ['highestbars', named('since_highest')],
  ['lowestbars', named('since_lowest')],
  ['pct_change', named('returns')],
  ['diff', named('change')],
  ['std', named('stdev')],
  ['avg', named('mean')],
  ['ma', named('sma')],
  ['cum', ([x]) => `state total starts 0 then prev total + ${x ?? '…'}`],
  ['cumsum', ([x]) => `state total starts 0 then prev total + ${x ?? '…'}`],
  [
    'resample',
    ([x = '…', clock = 'day']) =>
      `state total starts 0 then prev total + ${x} reset when new(${clock})\` and \`sample(total, ${clock})`,
  ],
  ['cummax', ([x]) => `state top starts ${x ?? '…'} then max(prev top, ${x ?? '…'})`],
  ['cummin', ([x]) => `state bottom starts ${x ?? '…'} then min(prev bottom, ${x ?? '…'})`],
]);

/** Names that stand before other tools' functions. */
const FOREIGN_MODULES = new Set(['ta', 'talib', 'math', 'np', 'pd', 'qtpylib', 'request', 'self', 'df']);

/** True when the call is another tool's, which has then been reported. `known`: names of functions that exist here. */
export function reportForeign(cx: Context, place: Place, call: Call, known: (name: string) => boolean): boolean {
  const { callee } = call;
  const text = (expression: Expression) => textAt(cx, place.scope.file, expression.span);
  const isMethod = callee.kind === 'member';
  const owner = callee.kind === 'member' ? text(callee.object) : undefined;
  const isOfModule = owner !== undefined && FOREIGN_MODULES.has(owner);
  const name = (callee.kind === 'member' ? callee.property.text : callee.text).toLowerCase();
  const args = call.arguments.map(argument => text(argument.value));
  // `close.shift(1)`: what stands before the dot is the first argument.
  if (isMethod && !isOfModule && owner !== undefined) args.unshift(owner);
  const [x = 'close', k = '1'] = args;

  if (BACK.has(name) || FORWARD.has(name)) {
    const bars = k.replace(/^-\s*/, '');
    // `shift(x, -1)` and `lead(x, 1)` are one bar ahead, `lead(x, -1)` one back.
    if (k.startsWith('-') === BACK.has(name)) {
      const facts = { text: text(callee) };
      report(cx, place.scope.file, {
        code: ANALYSIS_CODE.aheadOutsideLabel,
        span: call.span,
        facts,
        ...written(call, `${x}[${bars}]`),
      });
    } else unknown(cx, place, call, `${x}[${bars}]`);
    return true;
  }
  if (OTHER_CLOCK.has(name) || (owner === 'request' && name === 'security')) {
    unknown(cx, place, call, undefined, 'at day { let trend = sma(close, 20) }` and then `latest(trend)');
    return true;
  }
  const instead = INSTEAD.get(name)?.(args);
  if (instead !== undefined) {
    // A state is a declaration of its own.
    unknown(cx, place, call, instead.startsWith('state ') ? undefined : instead, instead);
    return true;
  }
  if (isOfModule && callee.kind === 'member' && known(name)) {
    unknown(cx, place, call, `${name}(${args.join(', ')})`);
    return true;
  }
  return false;
}

function unknown(cx: Context, place: Place, call: Call, mended: string | undefined, instead = mended): void {
  const { span } = call.callee;
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span,
    facts: { name: textAt(cx, place.scope.file, span), wanted: 'a function', instead },
    ...(mended !== undefined && written(call, mended)),
  });
}

const written = (call: Call, text: string) => ({
  fix: { title: `Write \`${text}\``, safe: false, edits: [{ span: call.span, text }] },
});
