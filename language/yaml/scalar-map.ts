/**
 * Where each character of a decoded YAML scalar stands in the file: through escapes, doubled quotes, folded lines and
 * the indentation of block scalars, so that a message can point at the operator it is about.
 */
import { SCALAR_STYLE } from 'js-yaml';

export interface EncodedScalar {
  /** The whole file. */
  readonly source: string;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly style: number;
  /** The indentation of a block scalar's lines, -1 for the other styles. */
  readonly indent: number;
}

/**
 * The offset in the file of each UTF-16 unit of `decoded`, and of its end. Both texts are walked side by side; where
 * they differ, the difference is white space that folding dropped.
 */
export function scalarOffsets(scalar: EncodedScalar, decoded: string): number[] {
  const { source, valueEnd } = scalar;
  const offsets: number[] = [];
  let at = skipIndent(scalar, scalar.valueStart);
  let index = 0;
  while (index < decoded.length) {
    const units = escapedUnits(scalar, at);
    if (units !== undefined) {
      for (let unit = 0; unit < units.produced; unit++) offsets.push(at);
      index += units.produced;
      at += units.length;
      continue;
    }
    if (at >= valueEnd) {
      offsets.push(valueEnd);
      index++;
      continue;
    }
    const isBreak = source[at] === '\n' || source[at] === '\r';
    if (source[at] === decoded[index] || (isBreak && isFolded(decoded[index]))) {
      offsets.push(at);
      index++;
      at = step(scalar, at);
    } else at = isBreak || isBlank(source[at]) ? step(scalar, at) : at + 1;
  }
  offsets.push(offsets.length === 0 ? scalar.valueStart : Math.min(valueEnd, at));
  return offsets;
}

function isFolded(character: string | undefined): boolean {
  return character === ' ' || character === '\n';
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** Over one character; over a line break also over the indentation of the next line of a block scalar. */
function step(scalar: EncodedScalar, at: number): number {
  const { source } = scalar;
  if (source[at] === '\r' && source[at + 1] === '\n') return skipIndent(scalar, at + 2);
  if (source[at] === '\n' || source[at] === '\r') return skipIndent(scalar, at + 1);
  return at + 1;
}

function skipIndent({ source, indent, valueEnd }: EncodedScalar, at: number): number {
  let end = at;
  while (end < Math.min(valueEnd, at + Math.max(0, indent)) && source[end] === ' ') end++;
  return end;
}

/** How many characters of the file an escape takes, and how many units it stands for. */
function escapedUnits(
  scalar: EncodedScalar,
  at: number,
): { readonly length: number; readonly produced: number } | undefined {
  const { source, style } = scalar;
  if (style === SCALAR_STYLE.SINGLE_QUOTED && source.startsWith("''", at)) return { length: 2, produced: 1 };
  if (style !== SCALAR_STYLE.DOUBLE_QUOTED || source[at] !== '\\') return undefined;
  const digits = { x: 2, u: 4, U: 8 }[source[at + 1] ?? ''];
  if (digits !== undefined) {
    const code = Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
    return { length: 2 + digits, produced: code > 0xffff ? 2 : 1 };
  }
  const escapedBreak = /^\\[ \t]*(?:\r\n|\n|\r)[ \t]*/.exec(source.slice(at, scalar.valueEnd));
  if (escapedBreak !== null) return { length: escapedBreak[0].length, produced: 0 };
  return { length: 2, produced: 1 };
}
