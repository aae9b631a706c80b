/**
 * Text → tokens and comments. Total: every character belongs to a token, a comment or white space, and what the
 * language does not have becomes a `Stray` token with a problem of its own, so that the parser always sees the whole
 * file in order.
 *
 * Hand-written around one regular expression, because a generated lexer costs more at start than reading a file does.
 */
import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import type { Problem } from './problem.ts';
import { type SyntaxCode, type SyntaxFacts, syntaxProblem } from './syntax-codes.ts';
import {
  BasisPoints,
  DateToken,
  DurationToken,
  Identifier,
  NumberToken,
  Percent,
  PUNCTUATION,
  Stray,
  Text,
  WORDS,
} from './tokens.ts';
import type { SourceFile, Span } from './tree.ts';

/** A `#` or `##` comment; `text` without the first `#` and one space, so a doc comment's text begins with `#`. */
export interface ScannedComment {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** End of the token before it, -1 when it is the first thing in the file. */
  readonly previousEnd: number;
  /** Whether that token is on the same line. */
  readonly sameLine: boolean;
  /** Start of the token behind it; the length of the text when there is none. */
  readonly nextStart: number;
}

/** A token-level mistake, placed by offsets into the scanned text. */
export interface LexicalProblem {
  /** Start of the token it is about. */
  readonly token: number;
  readonly span: Span;
  readonly report: (file: SourceFile, span: Span) => Problem;
}

export interface Scan {
  readonly text: string;
  readonly tokens: readonly IToken[];
  readonly comments: readonly ScannedComment[];
  readonly problems: readonly LexicalProblem[];
}

const PIECE = new RegExp(
  [
    /(?<space>\s+)/,
    /(?<comment>#[^\n\r]*)/,
    /(?<text>"(?:[^"\\\n\r]|\\[^\n\r])*")/,
    /(?<openText>"(?:[^"\\\n\r]|\\[^\n\r])*\\?)/,
    /(?<date>\d{4}-\d{2}-\d{2}(?![\w]))/,
    /(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[A-Za-z_0-9]*%?)/,
    /(?<word>[A-Za-z_][A-Za-z0-9_]*)/,
    /(?<mark>->|\.\.|<=|>=|==|!=(?!=)|[=:,.()[\]{}\-+*/^<>])/,
    /(?<foreign>&&|\|\||!==?|'[^'\n\r]*'|[\p{L}\p{N}_]+|[\s\S])/u,
  ]
    .map(part => part.source)
    .join('|'),
  'uy',
);

/** What a stray spelling most likely stands for in this language. */
const FOREIGN: Readonly<Record<string, string>> = {
  '&&': 'and',
  '&': 'and',
  '||': 'or',
  '|': 'or',
  '!': 'not',
  '!==': '!=',
  '%': 'mod',
  '−': '-',
  '–': '-',
  '×': '*',
  '÷': '/',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
  '→': '->',
  '“': '"',
  '”': '"',
};

export function scan(text: string): Scan {
  const tokens: IToken[] = [];
  const problems: LexicalProblem[] = [];
  const found: { start: number; end: number; text: string; afterToken: number; sameLine: boolean }[] = [];
  let offset = 0;
  let lineHasToken = false;

  const push = (type: TokenType, image: string) => {
    tokens.push(tokenAt(type, image, offset));
    lineHasToken = true;
  };
  const stray = <C extends SyntaxCode>(code: C, image: string, facts: SyntaxFacts[C], replacement?: string) => {
    const span = { start: offset, end: offset + image.length };
    problems.push({
      token: offset,
      span,
      report: (file, at) =>
        syntaxProblem(code, file, at, facts, replacement === undefined ? {} : replaceFix(at, replacement)),
    });
    push(Stray, image);
  };

  while (offset < text.length) {
    PIECE.lastIndex = offset;
    const groups = PIECE.exec(text)?.groups;
    if (groups === undefined) throw new Error('the scanner must accept every character');
    const { space, comment, date, number, word, mark } = groups;
    let length: number;
    if (space !== undefined) {
      if (/[\n\r]/.test(space)) lineHasToken = false;
      length = space.length;
    } else if (comment !== undefined) {
      const body = comment.startsWith('# ') ? comment.slice(2) : comment.slice(1);
      found.push({
        start: offset,
        end: offset + comment.length,
        text: body.trimEnd(),
        afterToken: tokens.length - 1,
        sameLine: lineHasToken,
      });
      length = comment.length;
    } else if (word !== undefined) {
      push(WORDS.get(word) ?? Identifier, word);
      length = word.length;
    } else if (mark !== undefined) {
      push(PUNCTUATION.get(mark) ?? Stray, mark);
      length = mark.length;
    } else if (number !== undefined) {
      const verdict = classifyNumber(number);
      if ('type' in verdict) push(verdict.type, number);
      else stray('E0109', number, verdict);
      length = number.length;
    } else if (groups.text !== undefined) {
      const wrong = wrongEscape(groups.text);
      if (wrong === undefined) push(Text, groups.text);
      else {
        const span = { start: offset + wrong, end: offset + wrong + 2 };
        const sequence = groups.text.slice(wrong, wrong + 2);
        problems.push({
          token: offset,
          span,
          report: (file, at) => syntaxProblem('E0107', file, at, { escape: sequence }),
        });
        push(Stray, groups.text);
      }
      length = groups.text.length;
    } else if (date !== undefined) {
      if (isCalendarDate(date)) push(DateToken, date);
      else stray('E0114', date, { text: date });
      length = date.length;
    } else if (groups.openText !== undefined) {
      const image = groups.openText.trimEnd();
      stray('E0106', image, { text: image });
      length = groups.openText.length;
    } else {
      const foreign = groups.foreign ?? text[offset] ?? '';
      const suggestion =
        FOREIGN[foreign] ?? (foreign.length > 2 && foreign.startsWith("'") ? doubleQuoted(foreign) : undefined);
      stray(
        'E0108',
        foreign,
        suggestion === undefined ? { found: foreign } : { found: foreign, suggestion },
        suggestion,
      );
      length = foreign.length;
    }
    offset += length;
  }
  const comments = found.map(({ afterToken, ...comment }) => ({
    ...comment,
    previousEnd: tokenEnd(tokens[afterToken]) ?? -1,
    nextStart: tokens[afterToken + 1]?.startOffset ?? text.length,
  }));
  return { text, tokens, comments, problems };
}

export function tokenAt(type: TokenType, image: string, offset: number): IToken {
  // Lines and columns are worked out from offsets where they are shown; the parser needs none.
  return createTokenInstance(
    type,
    image,
    offset,
    offset + image.length - 1,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  );
}

/** The offset behind a token. */
export function tokenEnd(token: IToken): number;
export function tokenEnd(token: IToken | undefined): number | undefined;
export function tokenEnd(token: IToken | undefined): number | undefined {
  return token === undefined ? undefined : token.startOffset + token.image.length;
}

type NumberVerdict = { readonly type: TokenType } | SyntaxFacts['E0109'];

function classifyNumber(image: string): NumberVerdict {
  const parts = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(.*)$/.exec(image);
  const [, digits = '', suffix = ''] = parts ?? [];
  const unknown = { found: image, reason: 'unknown suffix' } as const;
  if (!Number.isFinite(Number(digits))) return { found: image, reason: 'too large' };
  switch (suffix) {
    case '':
      return { type: NumberToken };
    case '%':
      return { type: Percent };
    case 'bp':
      return { type: BasisPoints };
    case 'ms':
    case 's':
    case 'm':
    case 'h':
    case 'd':
    case 'w':
    case 'mo':
    case 'y':
      if (!/^\d+$/.test(digits)) return { found: image, reason: 'duration must be whole' };
      if (!Number.isSafeInteger(Number(digits))) return { found: image, reason: 'too large' };
      return { type: DurationToken };
    case 'bps':
      return { ...unknown, suggestion: `${digits}bp` };
    case 'min':
      return { ...unknown, suggestion: `${digits}m` };
    case 'M':
      return { ...unknown, suggestion: `${digits}mo` };
    case 'H':
    case 'D':
    case 'W':
    case 'Y':
      return { ...unknown, suggestion: `${digits}${suffix.toLowerCase()}` };
    default:
      return isGrouped(image)
        ? { found: image, reason: 'digits grouped', suggestion: image.replaceAll('_', '') }
        : unknown;
  }
}

/** `1_000`: other languages read it. */
function isGrouped(image: string): boolean {
  return /^\d+(_+\d+)+(%|bp)?$/.test(image);
}

/** Where a text uses an escape that does not exist, as an offset into its image. */
function wrongEscape(image: string): number | undefined {
  for (let at = 1; at < image.length - 1; at++) {
    if (image[at] !== '\\') continue;
    if (!ESCAPES.has(image[at + 1] ?? '')) return at;
    at++;
  }
  return undefined;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** The value of a quoted text. */
export function unquote(image: string): string {
  return image.slice(1, -1).replace(/\\(.)/gu, (_, letter: string) => ESCAPES.get(letter) ?? letter);
}

/** The quoted spelling of a value, as the language writes it. */
export function quote(value: string): string {
  return `"${value.replace(/["\\\n\r\t]/g, character => {
    const letter = [...ESCAPES].find(([, meaning]) => meaning === character)?.[0];
    return `\\${letter ?? character}`;
  })}"`;
}

function doubleQuoted(foreign: string): string {
  return quote(foreign.slice(1, -1));
}

function isCalendarDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function replaceFix(span: Span, text: string): Pick<Problem, 'fix'> {
  return { fix: { title: `write \`${text}\``, safe: true, edits: [{ span, text }] } };
}
