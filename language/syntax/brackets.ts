/** Which bracket closes which, which are never closed, and which close nothing. */
import type { IToken, TokenType } from 'chevrotain';
import { CloseBrace, CloseParen, CloseSquare, OpenBrace, OpenParen, OpenSquare } from './tokens.ts';

export interface BracketProblem {
  readonly kind: 'unclosed' | 'stray';
  readonly token: IToken;
}

export const CLOSER: ReadonlyMap<TokenType, TokenType> = new Map([
  [OpenParen, CloseParen],
  [OpenSquare, CloseSquare],
  [OpenBrace, CloseBrace],
]);
export const CLOSERS: ReadonlySet<TokenType> = new Set(CLOSER.values());

export interface BracketPairs {
  /** For each bracket that has one, the index of its partner. */
  readonly partner: ReadonlyMap<number, number>;
  /** Indices of closing brackets without an opening one. */
  readonly strays: ReadonlySet<number>;
}

/** A closer belongs to the nearest open bracket of its kind; what was opened after that one is never closed. */
export function pairBrackets(tokens: readonly IToken[]): BracketPairs {
  const partner = new Map<number, number>();
  const strays = new Set<number>();
  const open: { readonly index: number; readonly closer: TokenType }[] = [];
  for (const [index, { tokenType }] of tokens.entries()) {
    const closer = CLOSER.get(tokenType);
    if (closer !== undefined) open.push({ index, closer });
    if (!CLOSERS.has(tokenType)) continue;
    const depth = open.findLastIndex(bracket => bracket.closer === tokenType);
    const opener = open[depth];
    if (opener === undefined) {
      strays.add(index);
      continue;
    }
    open.length = depth;
    partner.set(opener.index, index);
    partner.set(index, opener.index);
  }
  return { partner, strays };
}

/** The brackets of a list of tokens that have no partner, in the order of the text. */
export function unpairedBrackets(tokens: readonly IToken[]): BracketProblem[] {
  const { partner, strays } = pairBrackets(tokens);
  return tokens.flatMap((token, index): BracketProblem[] => {
    if (strays.has(index)) return [{ kind: 'stray', token }];
    const isOpen = CLOSER.has(token.tokenType) && !partner.has(index);
    return isOpen ? [{ kind: 'unclosed', token }] : [];
  });
}
