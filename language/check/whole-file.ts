/** `mean(close)`, `max(close)`, `zscore(close)`: over all the data there is, which no bar can know (E0304). */
import type { OpSpec } from '../operators/operator.ts';
import { OPERATORS } from '../operators/table.ts';
import type { Call } from '../syntax/tree.ts';
import { signatureOf } from './arguments.ts';
import { type Context, report, textAt } from './context.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import type { FunctionEntry, Place } from './scope.ts';

/** What an extreme of two values is called over time. */
const OVER_TIME: Readonly<Record<string, string>> = { max: 'highest', min: 'lowest' };

/** Whether a stream stands alone where an operator looks through a window. */
export function isWholeFile(spec: OpSpec, call: Call): boolean {
  const isWindow = spec.time.kind === 'window' || spec.time.kind === 'recurrence' || spec.name in OVER_TIME;
  return isWindow && hasStreamAlone(call);
}

/** The same of a function of the library: a length is all that is missing. */
export function lacksLength({ declaration }: FunctionEntry, call: Call): boolean {
  const [, ...others] = declaration.parameters.filter(parameter => parameter.default === undefined);
  return others.length === 1 && others[0]?.type.text === 'bars' && hasStreamAlone(call);
}

function hasStreamAlone({ arguments: given }: Call): boolean {
  const [only] = given;
  return given.length === 1 && only !== undefined && !only.name && only.value.kind !== 'number';
}

export function reportWholeFile(cx: Context, place: Place, call: Call, name: string): undefined {
  const [only] = call.arguments;
  const text = textAt(cx, place.scope.file, only?.value.span ?? call.span);
  const mended = `${OVER_TIME[name] ?? name}(${text}, 20)`;
  const { arguments: parameters = [] } = OPERATORS.get(name) ?? {};
  const signature = signatureOf(
    name,
    parameters.map(parameter => ({ name: parameter.name, optional: parameter.default !== undefined })),
  );
  report(cx, place.scope.file, {
    code: ANALYSIS_CODE.wholeFileStatistic,
    span: call.span,
    facts: { function: name, text, mended, signature: parameters.length > 0 ? signature : `${name}(src, n)` },
    fix: { title: `Write \`${mended}\``, safe: false, edits: [{ span: call.span, text: mended }] },
  });
  return undefined;
}
