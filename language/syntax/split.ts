/**
 * Tokens → pieces, one a declaration, before anything is parsed. Every declaration starts with a reserved word, so a
 * mistake inside one can never spread into the next: this is the whole of the language's error recovery.
 *
 * Blocks that hold statements of their own (`at`, `fn`, `test`, `features`, `risk`) are split the same way inside.
 */

import { type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import { type BracketProblem, CLOSER, CLOSERS, pairBrackets } from './brackets.ts';
import type { DeclarationKeyword } from './keywords.ts';
import { tokenAt, tokenEnd } from './scan.ts';
import {
  C,
  CloseBrace,
  Colon,
  DateToken,
  Dot,
  DurationToken,
  Equals,
  Identifier,
  isDeclarationKeyword,
  K,
  Name,
  Numeric,
  OpenBrace,
  OpenParen,
  Text,
} from './tokens.ts';

export interface Piece {
  /** `let`, `when` …; for a statement of a block also `cap`, `expect`, `column` …; absent for text nothing begins. */
  readonly keyword?: string;
  /** All tokens, or those before the `{` when there is a body. */
  readonly tokens: readonly IToken[];
  readonly body?: { readonly open: IToken; readonly items: readonly Piece[]; readonly close: IToken | undefined };
  readonly brackets: readonly BracketProblem[];
  readonly first: IToken;
  /** The last token, also of the body. */
  readonly last: IToken;
}

/** Blocks of statements: which words begin one, and where a word that begins a declaration is at home. */
const STATEMENT_BLOCKS: Readonly<Record<string, { readonly welcome: ReadonlySet<string> }>> = {
  at: { welcome: new Set(['let', 'signal', 'state', 'when']) },
  fn: { welcome: new Set(['let', 'state', 'when']) },
  test: { welcome: new Set(['let', 'param']) },
  features: { welcome: new Set(['use']) },
  risk: { welcome: new Set(['at', 'when']) },
};

/** Declarations whose first word is followed by the name they declare. */
export const NAMING_KEYWORDS: ReadonlySet<string> = new Set<DeclarationKeyword>([
  'clock',
  'features',
  'fn',
  'input',
  'instrument',
  'label',
  'let',
  'model',
  'param',
  'session',
  'signal',
  'state',
  'universe',
]);

export function split(text: string, tokens: readonly IToken[]): Piece[] {
  return new Splitter(text, tokens).pieces();
}

class Splitter {
  private readonly text: string;
  private readonly tokens: readonly IToken[];
  private readonly partner: ReadonlyMap<number, number>;
  private readonly strays: ReadonlySet<number>;

  constructor(text: string, tokens: readonly IToken[]) {
    this.text = text;
    this.tokens = tokens;
    const { partner, strays } = pairBrackets(tokens);
    this.partner = partner;
    this.strays = strays;
  }

  private typeAt(index: number): TokenType | undefined {
    return this.tokens[index]?.tokenType;
  }

  pieces(): Piece[] {
    const result: Piece[] = [];
    let start = 0;
    while (start < this.tokens.length) {
      const end = this.endOfDeclaration(start);
      result.push(this.piece(start, end));
      start = end;
    }
    return result;
  }

  /** The index behind the declaration that starts here. */
  private endOfDeclaration(start: number): number {
    const keyword = this.tokens[start]?.image ?? '';
    for (let at = start + 1; at < this.tokens.length; at++) {
      const partner = this.partner.get(at - 1);
      if (partner !== undefined && partner >= at) {
        at = partner;
        continue;
      }
      if (this.isUnclosed(at - 1)) return this.endOfUnclosed(start, at - 1);
      if (this.startsDeclaration(at, start, keyword)) return at;
    }
    const last = this.tokens.length - 1;
    return last > start && this.isUnclosed(last) ? this.endOfUnclosed(start, last) : this.tokens.length;
  }

  private isUnclosed(index: number): boolean {
    const type = this.typeAt(index);
    return type !== undefined && CLOSER.has(type) && !this.partner.has(index);
  }

  /** Where a declaration with an open bracket ends: at the first word that cannot stand inside that bracket. */
  private endOfUnclosed(start: number, opener: number): number {
    const keyword = this.tokens[start]?.image ?? '';
    const isBlock = this.typeAt(opener) === OpenBrace;
    const welcome = isBlock ? (STATEMENT_BLOCKS[keyword]?.welcome ?? NOTHING) : INSIDE_BRACKETS;
    for (let at = opener + 1; at < this.tokens.length; at++) {
      const partner = this.partner.get(at - 1);
      if (partner !== undefined && partner >= at) {
        at = partner;
        continue;
      }
      const token = this.tokens[at];
      if (token === undefined || !isDeclarationKeyword(token.image) || this.isKeyOrArgument(at)) continue;
      const flushLeft = isBlock && this.isFirstOnLine(at) && this.column(at) <= this.column(start);
      if (flushLeft || !welcome.has(token.image)) return at;
      if (isBlock && token.image === 'when' && keyword !== 'risk' && this.typeAt(at - 1) !== C.reset) return at;
    }
    return this.tokens.length;
  }

  private isKeyOrArgument(at: number): boolean {
    const next = this.typeAt(at + 1);
    return next === Colon || next === Equals || this.typeAt(at - 1) === Dot;
  }

  /** Whether a new declaration begins at a token outside all brackets. */
  private startsDeclaration(at: number, start: number, keyword: string): boolean {
    const { image, tokenType } = this.tokens[at] ?? {};
    if (image === undefined) return false;
    if (!isDeclarationKeyword(image)) {
      // Two names in a row make no sense inside a declaration, so a line that begins like this begins a new one.
      return tokenType === Identifier && this.isFirstOnLine(at) && this.endsOperand(at - 1);
    }
    const previous = this.tokens[at - 1];
    if (this.isNamePlace(at, previous)) return false;
    switch (image) {
      case 'when':
        if (previous?.tokenType === K.rebalance) return false;
        if (previous?.tokenType === C.reset) return keyword !== 'state' || !this.endsOperand(at - 2);
        return keyword !== 'model' || this.isRule(at) || this.contains(start, at, K.when);
      case 'every':
        return previous?.tokenType !== K.rebalance && (keyword !== 'input' || this.contains(start, at, K.every));
      case 'at': {
        const next = this.typeAt(at + 1);
        return keyword !== 'while' || (next !== C.limit && next !== C.stop);
      }
      default:
        return true;
    }
  }

  /** `let at = 5`: a reserved word where a name belongs, which is one mistake and not two broken declarations. */
  private isNamePlace(at: number, previous: IToken | undefined): boolean {
    if (previous === undefined || !NAMING_KEYWORDS.has(previous.image) || this.isFirstOnLine(at)) return false;
    const next = this.typeAt(at + 1);
    return next === Equals || next === Colon || next === C.starts || next === OpenParen;
  }

  private contains(start: number, end: number, type: TokenType): boolean {
    return this.tokens.slice(start, end).some(token => token.tokenType === type);
  }

  /** Whether this `when` has an action, so that it is a rule and not the condition of a model's rows. */
  private isRule(when: number): boolean {
    for (let at = when + 1; at < this.tokens.length; at++) {
      const token = this.tokens[at];
      if (token === undefined || token.tokenType === OpenBrace || isDeclarationKeyword(token.image)) return false;
      const followsValue = this.endsOperand(at - 1) && this.typeAt(at - 1) !== C.is;
      if (VERBS.has(token.tokenType) && followsValue) return true;
      const partner = this.partner.get(at);
      if (partner !== undefined && partner > at) at = partner;
    }
    return false;
  }

  private endsOperand(index: number): boolean {
    const token = this.tokens[index];
    return token !== undefined && OPERAND_ENDS.some(type => tokenMatcher(token, type));
  }

  private isFirstOnLine(index: number): boolean {
    const token = this.tokens[index];
    if (token === undefined) return false;
    const previous = this.tokens[index - 1];
    return previous === undefined || /[\n\r]/.test(this.text.slice(tokenEnd(previous), token.startOffset));
  }

  private column(index: number): number {
    const offset = this.tokens[index]?.startOffset ?? 0;
    return offset - (this.text.lastIndexOf('\n', offset - 1) + 1);
  }

  private piece(start: number, end: number): Piece {
    const first = this.tokens[start];
    const last = this.tokens[end - 1];
    if (first === undefined || last === undefined) throw new Error('a piece has at least one token');
    const keyword = isDeclarationKeyword(first.image) ? { keyword: first.image } : {};
    const brackets = this.bracketProblems(start, end);
    const open = STATEMENT_BLOCKS[first.image] === undefined ? -1 : this.firstBrace(start, end);
    if (open === -1) return { ...keyword, tokens: this.closed(start, end), brackets, first, last };
    const partner = this.partner.get(open);
    const close = partner === undefined ? undefined : this.tokens[partner];
    const bodyEnd = partner ?? end;
    const opener = this.tokens[open];
    if (opener === undefined) throw new Error('the brace was found above');
    // What stands behind the `}` belongs to nothing; the head's rule will say so.
    const rest = partner === undefined ? [] : this.closed(partner + 1, end);
    return {
      ...keyword,
      tokens: [...this.closed(start, open), ...rest],
      body: { open: opener, close, items: this.items(first.image, open + 1, bodyEnd) },
      brackets: brackets.filter(
        ({ token }) =>
          token.startOffset <= opener.startOffset ||
          token.startOffset >= (close?.startOffset ?? Number.POSITIVE_INFINITY),
      ),
      first,
      last,
    };
  }

  private firstBrace(start: number, end: number): number {
    for (let at = start; at < end; at++) if (this.typeAt(at) === OpenBrace) return at;
    return -1;
  }

  /** The tokens of a piece without stray closers, and with the closing braces that are missing at its end. */
  private closed(start: number, end: number): IToken[] {
    const tokens: IToken[] = [];
    let missing = 0;
    for (let at = start; at < end; at++) {
      const token = this.tokens[at];
      if (token === undefined || this.strays.has(at)) continue;
      tokens.push(token);
      if (token.tokenType === OpenBrace && !this.partner.has(at)) missing++;
    }
    const last = tokens.at(-1);
    const offset = last === undefined ? 0 : tokenEnd(last);
    for (; missing > 0; missing--) tokens.push(tokenAt(CloseBrace, '', offset));
    return tokens;
  }

  private bracketProblems(start: number, end: number): BracketProblem[] {
    const problems: BracketProblem[] = [];
    for (let at = start; at < end; at++) {
      const token = this.tokens[at];
      if (token === undefined) continue;
      if (this.strays.has(at)) problems.push({ kind: 'stray', token });
      else if (this.isUnclosed(at)) problems.push({ kind: 'unclosed', token });
    }
    return problems;
  }

  // -------------------------------------------------------------- statements of a block

  private items(owner: string, start: number, end: number): Piece[] {
    const items: Piece[] = [];
    let from = start;
    for (let at = start + 1; at <= end; at++) {
      const partner = this.partner.get(at - 1);
      if (at < end && partner !== undefined && partner >= at) {
        at = partner;
        continue;
      }
      if (at < end && !this.startsItem(owner, at)) continue;
      items.push(this.item(owner, from, at));
      from = at;
    }
    return start < end ? items : [];
  }

  private item(owner: string, start: number, end: number): Piece {
    const first = this.tokens[start];
    const last = this.tokens[end - 1];
    if (first === undefined || last === undefined) throw new Error('an item has at least one token');
    const keyword = this.itemKeyword(owner, start);
    return {
      ...(keyword !== undefined && { keyword }),
      tokens: this.closed(start, end),
      brackets: this.bracketProblems(start, end),
      first,
      last,
    };
  }

  private itemKeyword(owner: string, at: number): string | undefined {
    const token = this.tokens[at];
    if (token === undefined) return undefined;
    if (isDeclarationKeyword(token.image)) return token.image;
    if (owner === 'features' && this.typeAt(at + 1) === Equals) return 'column';
    if (owner === 'test' && (token.tokenType === C.given || token.tokenType === C.expect)) return token.image;
    if (owner === 'risk' && (token.tokenType === C.cap || token.tokenType === C.pause)) return token.image;
    return undefined;
  }

  private startsItem(owner: string, at: number): boolean {
    const token = this.tokens[at];
    const previous = this.typeAt(at - 1);
    if (token === undefined || previous === Dot) return false;
    if (isDeclarationKeyword(token.image)) {
      if (this.isNamePlace(at, this.tokens[at - 1])) return false;
      if (token.image === 'when') return owner !== 'risk' && previous !== C.reset;
      if (token.image === 'at') return owner !== 'risk';
      return previous !== C.given;
    }
    if (!this.endsOperand(at - 1)) return false;
    switch (owner) {
      case 'features':
        return this.typeAt(at + 1) === Equals;
      case 'test':
        return token.tokenType === C.given || token.tokenType === C.expect;
      case 'risk':
        return token.tokenType === C.cap || token.tokenType === C.pause;
      default:
        return token.tokenType === Identifier && this.isFirstOnLine(at);
    }
  }
}

const NOTHING: ReadonlySet<string> = new Set();
const INSIDE_BRACKETS: ReadonlySet<string> = new Set(['model']);
const OPERAND_ENDS: readonly TokenType[] = [Name, Numeric, Text, DurationToken, DateToken, ...CLOSERS];
const VERBS: ReadonlySet<TokenType> = new Set([C.enter, C.add, C.reduce, C.exit, C.flatten, C.alert]);
