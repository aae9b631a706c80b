/**
 * `.vela` text → tree and problems. Never throws: the text is cut into one piece a declaration (split.ts), each piece
 * is parsed on its own, and a piece with a mistake gives its problem and is left out of the tree.
 */
import { type IToken, tokenMatcher } from 'chevrotain';
import { CommentIndex } from './comments.ts';
import { type Run, runRule } from './grammar-run.ts';
import { DECLARATIONS, HEADS_ONLY, IN_AT, IN_FEATURES, IN_FN, IN_RISK, IN_TEST, type Rule } from './keyword-rules.ts';
import { DECLARATION_KEYWORDS } from './keywords.ts';
import type { Problem } from './problem.ts';
import { type Scan, scan, tokenEnd } from './scan.ts';
import { mostSimilar } from './similar.ts';
import { NAMING_KEYWORDS, type Piece, split } from './split.ts';
import { syntaxProblem } from './syntax-codes.ts';
import { bracketProblem, replacement } from './syntax-errors.ts';
import { Equals, Name as NameToken } from './tokens.ts';
import type { BrokenPart, Declaration, SourceFile, Span, Tree } from './tree.ts';

export interface ParseResult {
  readonly tree: Tree;
  readonly problems: Problem[];
}

/** What one piece of the text gave: for reading only what an edit has changed (reparse.ts). */
export interface Part {
  /** Of its tokens. */
  readonly span: Span;
  readonly keyword?: string;
  /** Its brackets pair among themselves. */
  readonly isBalanced: boolean;
  readonly declaration?: Declaration;
  readonly problems: readonly Problem[];
  readonly broken: readonly BrokenPart[];
}

export interface PartedFile {
  readonly source: SourceFile;
  readonly parts: readonly Part[];
  /** Comments after the last declaration. */
  readonly trailing: readonly string[];
}

export function parse(source: SourceFile): ParseResult {
  return wholeOf(parseParts(source, scan(source.text)));
}

/** `scanned`: of the whole text, or of a stretch of it, in places of the whole. */
export function parseParts(source: SourceFile, scanned: Scan): PartedFile {
  return new FileReader(source, scanned).read();
}

/** The tree and problems of a file read part by part. */
export function wholeOf({ source, parts, trailing }: PartedFile): ParseResult {
  const broken = parts.flatMap(part => part.broken);
  const declarations = parts.flatMap(({ declaration }) => declaration ?? []);
  return {
    tree: { source, declarations, trailing, ...(broken.length > 0 && { broken }) },
    problems: parts.flatMap(({ problems }) => problems),
  };
}

type Body = NonNullable<Piece['body']>;

class FileReader {
  private readonly source: SourceFile;
  private readonly scanned: Scan;
  private readonly comments: CommentIndex;
  private readonly problems: Problem[] = [];
  private readonly broken: BrokenPart[] = [];

  constructor(source: SourceFile, scanned: Scan) {
    this.source = source;
    this.scanned = scanned;
    this.comments = new CommentIndex(scanned);
  }

  read(): PartedFile {
    const parts: Part[] = [];
    const pieces = split(this.scanned.text, this.scanned.tokens);
    for (const [index, piece] of pieces.entries()) {
      const before = nameOf(pieces[index + 1]) ?? 'the end of the file';
      const [problems, broken] = [this.problems.length, this.broken.length];
      const declaration = this.readPiece(piece, before);
      parts.push({
        span: { start: piece.first.startOffset, end: tokenEnd(piece.last) },
        ...(piece.keyword !== undefined && { keyword: piece.keyword }),
        isBalanced: isBalanced(piece),
        ...(declaration && { declaration }),
        problems: this.problems.slice(problems),
        broken: this.broken.slice(broken),
      });
    }
    const trailing = this.comments.takeRest(this.broken.map(part => part.span));
    return { source: this.source, parts, trailing };
  }

  private readPiece(piece: Piece, before: string): Declaration | undefined {
    const { keyword, body } = piece;
    if (keyword === undefined) {
      this.reportUnknownStart(piece, DECLARATION_KEYWORDS);
      return undefined;
    }
    if (body !== undefined) return this.readBlock(piece, keyword, body);
    const rule = DECLARATIONS[keyword];
    if (rule !== undefined) return this.readWith(piece, before, ownerOf(piece), rule);
    const head = HEADS_ONLY[keyword];
    if (head !== undefined) this.readWith(piece, before, ownerOf(piece), head);
    return undefined;
  }

  /** Runs a rule over a piece; a piece with any mistake becomes a broken part, a readable one is kept all the same. */
  private readWith<T>(piece: Piece, before: string, owner: string, rule: Rule<T>): T | undefined {
    const found = this.mistakesOfTokens(piece);
    const run: Run<T> = found.fatal
      ? { problems: [] }
      : runRule(
          piece.tokens,
          { source: this.source, place: offset => offset, comments: this.comments, owner, before },
          rule,
        );
    const problems = found.problems.length > 0 ? found.problems : run.problems;
    this.problems.push(...problems);
    if (problems.length > 0) this.addBroken(piece);
    return run.value;
  }

  private addBroken(piece: Piece): void {
    const isNamed = piece.keyword === 'column' || NAMING_KEYWORDS.has(piece.keyword ?? '');
    const token = piece.tokens[piece.keyword === 'column' ? 0 : 1];
    const name =
      isNamed && token !== undefined && tokenMatcher(token, NameToken)
        ? { name: { text: token.image, span: spanOf(token) } }
        : {};
    this.broken.push({
      ...(piece.keyword !== undefined && { keyword: piece.keyword }),
      ...name,
      span: { start: piece.first.startOffset, end: tokenEnd(piece.last) },
    });
  }

  /** Mistakes below the grammar: strange characters and brackets. Fatal ones leave nothing to parse. */
  private mistakesOfTokens(piece: Piece): { readonly problems: Problem[]; readonly fatal: boolean } {
    const lexical = piece.tokens.flatMap(token => {
      const problem = this.lexicalProblems.get(token.startOffset);
      return problem === undefined ? [] : [problem];
    });
    if (lexical.length > 0) return { problems: lexical, fatal: true };
    const problems = piece.brackets.map(bracket => bracketProblem(bracket, this.source, spanOf(bracket.token)));
    return { problems, fatal: false };
  }

  /** By the offset of the token they are about. */
  private get lexicalProblems(): ReadonlyMap<number, Problem> {
    this.lexical ??= new Map(
      this.scanned.problems.map(({ token, span, report }) => [token, report(this.source, span)] as const),
    );
    return this.lexical;
  }
  private lexical: ReadonlyMap<number, Problem> | undefined;

  private reportUnknownStart(piece: Piece, candidates: readonly string[]): void {
    const [first, second] = piece.tokens;
    const found = this.mistakesOfTokens(piece);
    this.addBroken(piece);
    if (first === undefined || found.problems.length > 0) {
      this.problems.push(...found.problems);
      return;
    }
    const span = spanOf(first);
    const similar = mostSimilar(first.image, candidates);
    const suggestion = similar ?? (second?.tokenType === Equals ? 'let' : undefined);
    const facts = { found: first.image, ...(suggestion && { suggestion }) };
    this.problems.push(syntaxProblem('E0103', this.source, span, facts, similar ? replacement(span, similar) : {}));
  }

  // -------------------------------------------------------------- blocks of statements

  private readBlock(piece: Piece, keyword: string, body: Body): Declaration | undefined {
    const owner = ownerOf(piece);
    const head = <T>(rule: Rule<T>) => this.readWith(piece, 'the `{` of its block', owner, rule);
    switch (keyword) {
      case 'at': {
        const clock = head(grammar => grammar.atHead());
        const declarations = this.readItems(piece, body, IN_AT);
        return clock ? { kind: 'at', clock, declarations, ...this.declared(piece, body) } : this.loseItems(body);
      }
      case 'fn': {
        const parts = head(grammar => grammar.fnHead());
        const declarations = this.readItems(piece, body, IN_FN);
        return parts
          ? { kind: 'fn', ...parts, body: { kind: 'block', declarations }, ...this.declared(piece, body) }
          : this.loseItems(body);
      }
      case 'features': {
        const parts = head(grammar => grammar.featuresHead());
        const columns = this.readItems(piece, body, IN_FEATURES);
        return parts ? { kind: 'features', ...parts, columns, ...this.declared(piece, body) } : this.loseItems(body);
      }
      case 'test': {
        const title = head(grammar => grammar.testHead());
        const statements = this.readItems(piece, body, IN_TEST);
        const given = statements.flatMap(statement => statement.given ?? []);
        const expect = statements.flatMap(statement => statement.expect ?? []);
        return title ? { kind: 'test', title, given, expect, ...this.declared(piece, body) } : this.loseItems(body);
      }
      default: {
        head(grammar => grammar.riskHead());
        const rules = this.readItems(piece, body, IN_RISK);
        return { kind: 'risk', rules, ...this.declared(piece, body) };
      }
    }
  }

  private declared(piece: Piece, body: Body) {
    const start = piece.first.startOffset;
    const span: Span = { start, end: tokenEnd(piece.last) };
    const braces: Span = { start: body.open.startOffset, end: body.close ? tokenEnd(body.close) : span.end };
    return { span, ...this.comments.take(span, braces, true) };
  }

  /** Without a head the block is lost, and with it the names that its statements declare. */
  private loseItems(body: Body): undefined {
    for (const item of body.items) this.addBroken(item);
    return undefined;
  }

  private readItems<T>(block: Piece, body: Body, rules: Readonly<Record<string, Rule<T>>>): T[] {
    const owner = ownerOf(block);
    return body.items.flatMap((item, index) => {
      const rule = rules[item.keyword ?? ''];
      if (rule === undefined) {
        this.reportMisplaced(item, owner, Object.keys(rules));
        return [];
      }
      const before = nameOf(body.items[index + 1]) ?? 'the `}` of its block';
      const value = this.readWith(item, before, ownerOf(item), rule);
      return value === undefined ? [] : [value];
    });
  }

  /** A statement that a block cannot hold, or something that is no statement. */
  private reportMisplaced(item: Piece, owner: string, candidates: readonly string[]): void {
    const [first] = item.tokens;
    if (item.keyword === undefined || first === undefined) {
      this.reportUnknownStart(item, candidates);
      return;
    }
    const found = this.mistakesOfTokens(item).problems;
    const misplaced = syntaxProblem('E0116', this.source, spanOf(first), { keyword: item.keyword, block: owner });
    this.problems.push(...(found.length > 0 ? found : [misplaced]));
    this.addBroken(item);
  }
}

function isBalanced({ brackets, body }: Piece): boolean {
  return (
    brackets.length === 0 && (body?.items.every(isBalanced) ?? true) && (body === undefined || body.close !== undefined)
  );
}

function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: tokenEnd(token) };
}

/** How messages call a piece: "`let quick`", "`execution`". */
function ownerOf(piece: Piece): string {
  const { keyword = '', tokens } = piece;
  const second = tokens[1];
  if (keyword === 'column') return `\`${tokens[0]?.image ?? ''}\``;
  const isNamed = NAMING_KEYWORDS.has(keyword) && second !== undefined && tokenMatcher(second, NameToken);
  return isNamed ? `\`${keyword} ${second.image}\`` : `\`${keyword}\``;
}

function nameOf(piece: Piece | undefined): string | undefined {
  const word = piece?.tokens[0]?.image;
  return word === undefined ? undefined : `\`${word}\``;
}
