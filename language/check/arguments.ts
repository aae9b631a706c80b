/** Which argument of a call is which parameter: positions first, then names. */
import type { Argument, Call, Span } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, report } from './context.ts';
import type { Place } from './scope.ts';
import { nearest } from './suggest.ts';

export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  /** The last one may be given any number of times. */
  readonly repeats?: boolean;
}

/** One entry a parameter (more when the last repeats); absent where an optional one is left out. */
export type Matched = readonly (Argument | undefined)[];

export function matchArguments(
  cx: Context,
  place: Place,
  call: Pick<Call, 'arguments' | 'span'>,
  name: string,
  parameters: readonly Parameter[],
): Matched | undefined {
  const matched: (Argument | undefined)[] = parameters.map(() => undefined);
  const signature = signatureOf(name, parameters);
  const repeats = parameters.at(-1)?.repeats ?? false;
  let position = 0;
  let sound = true;
  const complain = (code: string, span: Span, facts: Record<string, string | number | undefined>) => {
    report(cx, place.scope.file, { code, span, facts: { function: name, signature, ...facts } });
    sound = false;
  };
  for (const argument of call.arguments) {
    const wanted = argument.name;
    if (!wanted) {
      if (position < parameters.length || repeats) matched[position++] = argument;
      else {
        const facts = { most: parameters.length, given: call.arguments.length };
        if (sound) complain(EXPRESSION_CODE.tooManyArguments, argument.span, facts);
      }
      continue;
    }
    const index = parameters.findIndex(parameter => parameter.name === wanted.text);
    if (index < 0) {
      const known = parameters.map(parameter => parameter.name);
      const suggestion = nearest(wanted.text, known);
      complain(EXPRESSION_CODE.unknownArgument, wanted.span, { argument: wanted.text, suggestion });
    } else if (matched[index]) complain(EXPRESSION_CODE.argumentTwice, argument.span, { argument: wanted.text });
    else matched[index] = argument;
  }
  const missing = parameters.find((parameter, index) => !parameter.optional && !matched[index]);
  if (missing && sound) complain(EXPRESSION_CODE.missingArgument, call.span, { argument: missing.name });
  return sound ? matched : undefined;
}

/** `sma(src, n)`, `variance(x, n, [sample])`, `max(a, b, …)`. */
export function signatureOf(name: string, parameters: readonly Parameter[]): string {
  const words = parameters.map(parameter => (parameter.optional ? `[${parameter.name}]` : parameter.name));
  return `${name}(${words.join(', ')}${parameters.at(-1)?.repeats ? ', …' : ''})`;
}
