/**
 * What may be written at a place of the text, told from the tokens before it alone: the statement around the caret is
 * usually half written, and no tree has it. Completion and signature help begin here.
 */
import { type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import { CLOSER, CLOSERS } from '../syntax/brackets.ts';
import { scan, tokenEnd } from '../syntax/scan.ts';
import {
  Colon,
  Comma,
  DateToken,
  Dot,
  DurationToken,
  Equals,
  isDeclarationKeyword,
  Name,
  Numeric,
  OpenBrace,
  OpenParen,
  Text,
  Word,
} from '../syntax/tokens.ts';
import type { Span } from '../syntax/tree.ts';
import { type Block, CLAUSES, MARKERS, type Named, NO_MARKERS, VERB_WORDS } from './clauses.ts';
import { type Key, keysOf, type Word as Vocable, type Wants } from './vocabulary.ts';

export interface CallAt {
  /** `sma`, `stops.wide`. */
  readonly callee: string;
  /** Number of the argument, and its name when it is given by name. */
  readonly index: number;
  readonly name?: string;
  /** Names given so far. */
  readonly given: readonly string[];
  /** Where the callee begins. */
  readonly start: number;
}

export interface ExpressionAt {
  readonly kind: 'expression';
  /** Whether a value is missing here, or an operator. */
  readonly expects: 'value' | 'operator';
  /** The word that the statement begins with: `let`, `label`, `column` … */
  readonly statement: string;
  readonly block: Block;
  readonly wants: Wants;
  /** What stands on the other side of the operator before the caret. */
  readonly beside?: string;
  /** The innermost call around the caret, and whether one further out is `latest`. */
  readonly call?: CallAt;
  readonly inLatest: boolean;
  /** Words that carry the statement on. */
  readonly words: readonly Vocable[];
  /** The caret begins a line, so that it may begin a statement as well. */
  readonly startsLine: boolean;
}

export type Cursor =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'statement'; readonly block: Block }
  | { readonly kind: 'key'; readonly keys: readonly Key[]; readonly present: readonly string[]; readonly block: string }
  | { readonly kind: 'value'; readonly key: Key; readonly expression: ExpressionAt }
  | { readonly kind: 'words'; readonly words: readonly Vocable[] }
  | { readonly kind: 'named'; readonly what: Named }
  | { readonly kind: 'path'; readonly typed: string }
  | { readonly kind: 'member'; readonly object: string; readonly in: ExpressionAt }
  | ExpressionAt;

export interface CursorAt {
  readonly cursor: Cursor;
  /** What has been typed of the word, to be replaced. */
  readonly prefix: Span;
}

const NOTHING: Cursor = { kind: 'nothing' };
const OPERAND_ENDS: readonly TokenType[] = [Name, Numeric, Text, DurationToken, DateToken, ...CLOSERS];

/** What a stretch of text is part of: a whole statement, or the value that a key of a YAML file holds. */
export interface Beginning {
  readonly statement: string;
  readonly block: Block;
  readonly wants: Wants;
}

/** `text` from the start of the statement around the caret up to it, `offset` the place of its beginning in the file. */
export function cursorIn(text: string, offset: number, beginning?: Beginning): CursorAt {
  const { tokens: all, comments, problems } = scan(text);
  const end = offset + text.length;
  const none = (cursor: Cursor): CursorAt => ({ cursor, prefix: { start: end, end } });
  const lastComment = comments.at(-1);
  if (lastComment !== undefined && lastComment.end === text.length) return none(NOTHING);
  const last = all.at(-1);
  const open = problems.at(-1);
  if (last !== undefined && tokenEnd(last) === text.length && last.image.startsWith('"')) {
    const isOpen = open?.token === last.startOffset || !/^"[^"]+"$/.test(last.image);
    if (!isOpen) return none(NOTHING);
    const typed = last.image.slice(1);
    return all[0]?.image === 'use' && all.length === 2
      ? { cursor: { kind: 'path', typed }, prefix: { start: end - typed.length, end } }
      : none(NOTHING);
  }
  const isTyping = last !== undefined && tokenEnd(last) === text.length && /^[A-Za-z_]\w*$/.test(last.image);
  const tokens = isTyping ? all.slice(0, -1) : all;
  const start = offset + (isTyping ? last.startOffset : text.length);
  // Behind a number a letter is its suffix, not a name.
  if (last !== undefined && !isTyping && tokenEnd(last) === text.length && /^\d/.test(last.image)) return none(NOTHING);
  const reader = new Reader(text, tokens, isTyping ? last.startOffset : text.length);
  const cursor = beginning ? reader.expressionOf(beginning, 0) : reader.statement();
  return { cursor, prefix: { start, end } };
}

interface Frame {
  readonly opener: number;
  readonly type: TokenType;
}

class Reader {
  private readonly text: string;
  private readonly tokens: readonly IToken[];
  private readonly caret: number;
  private readonly frames: readonly Frame[];

  constructor(text: string, tokens: readonly IToken[], caret: number) {
    this.text = text;
    this.tokens = tokens;
    this.caret = caret;
    const frames: Frame[] = [];
    tokens.forEach((token, index) => {
      if (CLOSER.has(token.tokenType)) frames.push({ opener: index, type: token.tokenType });
      else if (CLOSERS.has(token.tokenType)) frames.pop();
    });
    this.frames = frames;
  }

  private image(index: number): string {
    return this.tokens[index]?.image ?? '';
  }

  private endsOperand(index: number): boolean {
    const token = this.tokens[index];
    return token !== undefined && OPERAND_ENDS.some(type => tokenMatcher(token, type));
  }

  private get startsLine(): boolean {
    const previous = this.tokens.at(-1);
    return previous === undefined || /[\n\r]/.test(this.text.slice(tokenEnd(previous), this.caret));
  }

  /** Two blanks before the caret: how keys of one line are set apart. */
  private get isApart(): boolean {
    const previous = this.tokens.at(-1);
    return previous === undefined || /\s\s|[\n\r]/.test(this.text.slice(tokenEnd(previous), this.caret));
  }

  // ---------------------------------------------------------------- statements

  statement(): Cursor {
    const head = this.image(0);
    if (this.tokens.length === 0) return { kind: 'statement', block: 'file' };
    if (!isDeclarationKeyword(head)) return NOTHING;
    const brace = this.frames.find(({ type }) => type === OpenBrace);
    if (brace === undefined) {
      const cursor = this.clause(head, 0, 'file');
      if (this.startsLine && this.endsOperand(this.tokens.length - 1) && this.frames.length === 0) {
        return cursor.kind === 'expression' ? { ...cursor, startsLine: true } : { kind: 'statement', block: 'file' };
      }
      return cursor;
    }
    return this.inBlock(head, brace.opener);
  }

  private inBlock(head: string, brace: number): Cursor {
    if (head === 'at' || head === 'fn' || head === 'test' || head === 'risk' || head === 'features') {
      const item = this.lastItem(head, brace + 1);
      if (item === undefined) return { kind: 'statement', block: head };
      const word = head === 'features' && this.image(item) !== 'use' ? 'column' : this.image(item);
      const cursor = this.clause(word, item, head);
      const mayBegin = this.endsOperand(this.tokens.length - 1) && this.startsLine;
      if (mayBegin)
        return cursor.kind === 'expression' ? { ...cursor, startsLine: true } : { kind: 'statement', block: head };
      return cursor;
    }
    return this.inKeys(this.blockName(head, brace), brace);
  }

  private blockName(head: string, brace: number): { readonly block: string; readonly about?: string } {
    const before = this.tokens.slice(0, brace).map(({ image }) => image);
    if (head === 'when')
      return { block: before.find(word => ['enter', 'add', 'exit', 'reduce'].includes(word)) ?? 'when' };
    if (head === 'train') return { block: 'train', about: before[2] ?? '' };
    if (head === 'model') return { block: 'model', about: before[before.indexOf('=') + 1] ?? '' };
    return { block: head };
  }

  private lastItem(head: string, from: number): number | undefined {
    let found: number | undefined;
    let depth = 0;
    for (let at = from; at < this.tokens.length; at++) {
      const token = this.tokens[at];
      if (token === undefined) break;
      if (CLOSER.has(token.tokenType)) depth++;
      else if (CLOSERS.has(token.tokenType)) depth--;
      if (depth > 0) continue;
      const begins =
        head === 'features'
          ? token.image === 'use' || this.tokens[at + 1]?.tokenType === Equals
          : head === 'risk'
            ? token.image === 'cap' || token.image === 'pause'
            : head === 'test'
              ? token.image === 'given' || token.image === 'expect'
              : ['let', 'signal', 'state'].includes(token.image);
      if (begins && (at === from || this.endsOperand(at - 1))) found = at;
    }
    return found;
  }

  // ---------------------------------------------------------------- keys

  private inKeys({ block, about }: { readonly block: string; readonly about?: string }, brace: number): Cursor {
    let keys = keysOf(block, about);
    let from = brace + 1;
    // `search { … }` inside `train`.
    const inner = this.frames.filter(({ type, opener }) => type === OpenBrace && opener > brace).at(-1);
    if (inner !== undefined) {
      keys = keys.find(({ name }) => name === this.image(inner.opener - 1))?.block ?? [];
      from = inner.opener + 1;
    }
    let last: number | undefined;
    const present: string[] = [];
    let depth = 0;
    for (let at = from; at < this.tokens.length; at++) {
      const token = this.tokens[at];
      if (token === undefined) break;
      if (CLOSER.has(token.tokenType)) depth++;
      else if (CLOSERS.has(token.tokenType)) depth--;
      else if (depth === 0 && tokenMatcher(token, Word) && this.tokens[at + 1]?.tokenType === Colon) {
        last = at;
        present.push(token.image);
      }
    }
    const atKey: Cursor = { kind: 'key', keys, present, block };
    if (last === undefined) return this.tokens.length === from ? atKey : NOTHING;
    const name = this.image(last);
    const key = keys.find(known => known.name === name);
    const isEmpty = this.tokens.length === last + 2;
    const isComplete = !isEmpty && this.endsOperand(this.tokens.length - 1) && this.frames.at(-1)?.opener === from - 1;
    if (isComplete && this.isApart) return atKey;
    const statement = block === 'enter' || block === 'add' || block === 'exit' ? 'when' : block;
    const expression = this.expressionOf({ statement, block: 'file', wants: key?.wants ?? 'any' }, last + 2);
    if (isEmpty && key !== undefined && expression.kind === 'expression') return { kind: 'value', key, expression };
    return expression;
  }

  // ---------------------------------------------------------------- clauses of a statement

  /** What the statement that begins at `start` allows at the caret. */
  private clause(head: string, start: number, block: Block): Cursor {
    const marker = this.lastMarker(head, start);
    const clause = CLAUSES[`${head} ${marker === start ? '' : this.image(marker)}`];
    if (clause === undefined || (clause.only !== undefined && clause.only !== block)) return NOTHING;
    if (clause.wants !== undefined) {
      const found = this.expressionOf({ statement: head, block, wants: clause.wants }, marker + 1);
      const isWhole = found.kind === 'expression' && found.expects === 'operator';
      return isWhole ? { ...found, words: clause.after ?? [] } : found;
    }
    const behind = this.tokens.length - 1 - marker;
    if (behind === 0) return clause.first ?? NOTHING;
    const isWhole =
      this.endsOperand(this.tokens.length - 1) && (clause.length === undefined || behind === clause.length);
    return clause.after !== undefined && isWhole ? { kind: 'words', words: clause.after } : NOTHING;
  }

  /** The last token outside brackets that begins a clause of the statement; its first word when there is none. */
  private lastMarker(head: string, start: number): number {
    const markers = MARKERS[head] ?? NO_MARKERS;
    let found = start;
    let depth = 0;
    // In the parentheses of a function's head, a colon asks for a kind.
    const insideHead = head === 'fn' && this.frames[0]?.type === OpenParen;
    for (let at = start + 1; at < this.tokens.length; at++) {
      const token = this.tokens[at];
      if (token === undefined) break;
      if (CLOSER.has(token.tokenType)) depth++;
      else if (CLOSERS.has(token.tokenType)) depth--;
      else if (
        (depth === 0 || (insideHead && depth === 1)) &&
        markers.has(token.image) &&
        this.isMarker(head, at, found)
      )
        found = at;
    }
    return found;
  }

  /** A verb is one only behind a whole condition; the first `=` of a binding is the one that counts. */
  private isMarker(head: string, at: number, found: number): boolean {
    const { image } = this.tokens[at] ?? {};
    if (head === 'when' && VERB_WORDS.has(image ?? ''))
      return this.endsOperand(at - 1) && !VERB_WORDS.has(this.image(found));
    if (image === '=' && this.image(found) === '=') return false;
    if (head === 'state' && image === 'then') return this.image(found) === 'starts';
    return true;
  }

  // ---------------------------------------------------------------- expressions

  /** The caret in an expression whose tokens begin at `from`. */
  expressionOf({ statement, block, wants }: Beginning, from: number): Cursor {
    const previous = this.tokens.length - 1;
    const calls = this.frames.flatMap(({ opener, type }) => {
      const call = type === OpenParen && opener >= from ? this.callAt(opener) : undefined;
      return call === undefined ? [] : [call];
    });
    const innermost = this.frames.at(-1);
    const call = innermost !== undefined && innermost.opener >= from ? this.callAt(innermost.opener) : undefined;
    const isBegin = previous < from;
    const isOperator = !isBegin && this.endsOperand(previous);
    const beside = isBegin || isOperator ? undefined : this.operandBefore(previous, from);
    const at: ExpressionAt = {
      kind: 'expression',
      expects: isOperator ? 'operator' : 'value',
      statement,
      block,
      wants: this.wantsAfter(previous, from, wants, call !== undefined),
      ...(beside !== undefined && { beside }),
      ...(call !== undefined && { call }),
      inLatest: calls.some(({ callee, index }) => callee === 'latest' && index === 0),
      words: [],
      startsLine: false,
    };
    if (!isBegin && this.tokens[previous]?.tokenType === Dot) {
      return { kind: 'member', object: this.operandText(previous - 1, from), in: at };
    }
    return at;
  }

  private callAt(opener: number): CallAt | undefined {
    if (this.tokens[opener]?.tokenType !== OpenParen) return undefined;
    const callee = this.tokens[opener - 1];
    if (callee === undefined || !tokenMatcher(callee, Word) || !/^[a-z_]/i.test(callee.image)) return undefined;
    if (NO_CALLEES.has(callee.image)) return undefined;
    const isMember = this.tokens[opener - 2]?.tokenType === Dot;
    const owner = isMember ? `${this.image(opener - 3)}.` : '';
    let index = 0;
    let depth = 0;
    let argument = opener + 1;
    const given: string[] = [];
    for (let at = opener + 1; at < this.tokens.length; at++) {
      const type = this.tokens[at]?.tokenType;
      if (type === undefined) break;
      if (CLOSER.has(type)) depth++;
      else if (CLOSERS.has(type)) depth--;
      else if (depth === 0 && type === Comma) {
        index++;
        argument = at + 1;
      } else if (depth === 0 && type === Equals && at === argument + 1) given.push(this.image(argument));
    }
    const isNamed = this.tokens[argument + 1]?.tokenType === Equals;
    const start = this.tokens[isMember ? opener - 3 : opener - 1]?.startOffset ?? 0;
    return {
      callee: `${owner}${callee.image}`,
      index,
      ...(isNamed && { name: this.image(argument) }),
      given,
      start,
    };
  }

  private wantsAfter(previous: number, from: number, whole: Wants, inCall: boolean): Wants {
    const word = previous < from ? '' : this.image(previous);
    if (BEFORE_CONDITIONS.has(word)) return 'bool';
    if (BEFORE_NUMBERS.has(word)) return 'num';
    if (word === '') return whole;
    if (word === '(' || word === ',' || word === '=') return inCall ? 'any' : whole;
    return word === 'then' || word === 'else' || word === 'prev' || word === 'or else' ? whole : 'any';
  }

  /** The operand on the left of an operator, as text. */
  private operandBefore(operator: number, from: number): string | undefined {
    const words = ['above', 'below'].includes(this.image(operator)) ? 2 : 1;
    if (!COMPARES.has(this.image(operator))) return undefined;
    const text = this.operandText(operator - words, from);
    return text === '' ? undefined : text;
  }

  /** The name, member, call or parenthesis that ends at a token. */
  private operandText(end: number, from: number): string {
    let start = end;
    for (;;) {
      const type = this.tokens[start]?.tokenType;
      if (type !== undefined && CLOSERS.has(type)) {
        let depth = 0;
        for (; start >= from; start--) {
          const at = this.tokens[start]?.tokenType;
          if (at !== undefined && CLOSERS.has(at)) depth++;
          else if (at !== undefined && CLOSER.has(at) && --depth === 0) break;
        }
        const callee = this.tokens[start - 1];
        if (start - 1 >= from && callee !== undefined && tokenMatcher(callee, Name)) start--;
      }
      if (start - 2 < from || this.tokens[start - 1]?.tokenType !== Dot) break;
      start -= 2;
    }
    const first = this.tokens[Math.max(start, from)];
    const last = this.tokens[end];
    return first === undefined || last === undefined || start < from
      ? ''
      : this.text.slice(first.startOffset, tokenEnd(last));
  }
}

/** Words before a parenthesis that is no call's. */
const NO_CALLEES: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'if',
  'then',
  'else',
  'of',
  'mod',
  'between',
  'above',
  'below',
  'prev',
  'is',
  'when',
  'in',
  'step',
  'at',
  'limit',
  'stop',
  'require',
  'else',
  'by',
  'to',
]);
const BEFORE_CONDITIONS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'if']);
const BEFORE_NUMBERS: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '/',
  '^',
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  'mod',
  'of',
  'above',
  'below',
  'between',
]);
const COMPARES: ReadonlySet<string> = new Set([
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  '+',
  '-',
  'above',
  'below',
  'between',
]);
