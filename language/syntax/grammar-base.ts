/**
 * What all rules of the grammar share: the context they read in, spans, problems, names.
 *
 * The parser is one class, built in steps that each hold one part of the grammar: this base, expressions
 * (grammar-expressions.ts), property blocks (grammar-properties.ts), rules and risk (grammar-rules.ts), the frame of
 * markets and clocks (grammar-frame.ts), and all other declarations (grammar-declarations.ts).
 *
 * Rules build the tree as they go. A rule that meets a wrong token throws inside chevrotain, which reports one error
 * for the whole run; parse.ts runs the parser once for each declaration. While chevrotain records the grammar it calls
 * each rule once with dummy tokens, so everything that looks at a token or at another rule's result stands inside
 * `this.ACTION`.
 */
import {
  EarlyExitException,
  EmbeddedActionsParser,
  type IToken,
  NoViableAltException,
  type TokenType,
  tokenMatcher,
} from 'chevrotain';
import type { CommentIndex } from './comments.ts';
import { adopt, Decisions, type DecisionTable, recorded } from './decisions.ts';
import type { Problem } from './problem.ts';
import { tokenEnd, unquote } from './scan.ts';
import { type SyntaxCode, type SyntaxFacts, syntaxProblem } from './syntax-codes.ts';
import { Colon, DurationToken, Equals, Name as NameToken, Text as TextToken, VOCABULARY } from './tokens.ts';
import type { Duration, DurationUnit, Name, SourceFile, Span, Text } from './tree.ts';

/** What the rules need to know about the text they read; set by parse.ts before each run. */
export interface ReadingContext {
  readonly source: SourceFile;
  /** From an offset in the scanned text to one in the file (they differ inside a YAML scalar). */
  readonly place: (offset: number) => number;
  readonly comments: CommentIndex;
  readonly problems: Problem[];
}

export class GrammarBase extends EmbeddedActionsParser {
  private context: ReadingContext | undefined;
  private readonly decisions: Decisions;
  private readonly table: DecisionTable | undefined;

  /** `validate`: also checks the grammar itself, which a test does once for all. `table`: its decisions, if known. */
  constructor(validate: boolean, table: DecisionTable | undefined) {
    const decisions = new Decisions({ maxLookahead: 1 });
    super(VOCABULARY, {
      maxLookahead: 1,
      lookaheadStrategy: decisions,
      recoveryEnabled: false,
      skipValidations: !validate,
      errorMessageProvider: {
        // The message carries the label of the expected token; parse.ts turns the exception into a problem.
        buildMismatchTokenMessage: ({ expected }) => expected.LABEL ?? expected.name,
        buildNotAllInputParsedMessage: () => '',
        buildNoViableAltMessage: () => '',
        buildEarlyExitMessage: () => '',
      },
    });
    this.decisions = decisions;
    this.table = table;
  }

  override performSelfAnalysis(): void {
    if (this.table === undefined) super.performSelfAnalysis();
    else adopt(this, this.table);
  }

  /** All decisions, for a program that shall not work them out itself. */
  decisionTable(): DecisionTable {
    return this.decisions.table();
  }

  // The two below are chevrotain's, without the search of the grammar for what the message would name.

  raiseNoAltException(): never {
    throw recorded(this, new NoViableAltException('', this.LA(1), this.LA(0)));
  }

  raiseEarlyExitException(): never {
    throw recorded(this, new EarlyExitException('', this.LA(1), this.LA(0)));
  }

  /** Says what the next run reads. */
  setContext(context: ReadingContext): void {
    this.context = context;
  }

  protected get reading(): ReadingContext {
    if (this.context === undefined) throw new Error('the parser was run without a context');
    return this.context;
  }

  protected report<C extends SyntaxCode>(
    code: C,
    span: Span,
    facts: SyntaxFacts[C],
    more?: Pick<Problem, 'related' | 'fix'>,
  ): void {
    this.reading.problems.push(syntaxProblem(code, this.reading.source, span, facts, more));
  }

  protected spanOf(first: IToken, last: IToken = first): Span {
    const { place } = this.reading;
    return { start: place(first.startOffset), end: place(tokenEnd(last)) };
  }

  /** From a token to the last one consumed. */
  protected since(first: IToken): Span {
    return this.spanOf(first, this.LA(0));
  }

  /** Whether the next token is this contextual word, and not a key (`by: …`) or the name of an argument (`by = …`). */
  protected nextIsWord(type: TokenType): boolean {
    if (!tokenMatcher(this.LA(1), type)) return false;
    const mark = this.LA(2).tokenType;
    return mark !== Colon && mark !== Equals;
  }

  readonly name = this.RULE('name', (): Name => {
    const token = this.CONSUME(NameToken);
    return this.ACTION(() => ({ text: token.image, span: this.spanOf(token) }));
  });

  readonly text = this.RULE('text', (): Text => {
    const token = this.CONSUME(TextToken);
    return this.ACTION(() => ({ value: unquote(token.image), span: this.spanOf(token) }));
  });

  readonly duration = this.RULE('duration', (): Duration => {
    const token = this.CONSUME(DurationToken);
    return this.ACTION(() => {
      const digits = /^\d+/.exec(token.image)?.[0] ?? '';
      return {
        count: Number(digits),
        unit: token.image.slice(digits.length) as DurationUnit,
        span: this.spanOf(token),
      };
    });
  });
}
