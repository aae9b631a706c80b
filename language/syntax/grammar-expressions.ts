/**
 * The grammar of expressions: chains of operators, which precedence.ts folds, and the operands between them.
 */
import type { IToken } from 'chevrotain';
import { GrammarBase } from './grammar-base.ts';
import { type ChainLink, type FoldProblem, foldChain } from './precedence.ts';
import {
  BinaryToken,
  C,
  CloseParen,
  CloseSquare,
  Comma,
  DateToken,
  Dot,
  DotDot,
  Equals,
  K,
  Minus,
  Numeric,
  OpenParen,
  OpenSquare,
  Referable,
  UnitWord,
  Word,
} from './tokens.ts';
import type {
  Argument,
  Axis,
  BinaryOperator,
  Expression,
  Member,
  Name,
  NameReference,
  NumberLiteral,
  Range,
  Span,
  Suffixed,
} from './tree.ts';

/** Most operators in one chain; keeps every later recursion over the tree shallow. */
export const MAX_CHAIN = 500;

export class ExpressionGrammar extends GrammarBase {
  readonly axis = this.RULE('axis', (): Axis => {
    const across = this.CONSUME(K.across);
    const names = this.SUBRULE(this.axisNames);
    return this.ACTION(() => ({ ...names, span: this.since(across) }));
  });

  /** `majors by sector` */
  readonly axisNames = this.RULE('axisNames', (): Axis => {
    const universe = this.SUBRULE1(this.name);
    let by: Name | undefined;
    this.OPTION({
      GATE: () => this.nextIsWord(C.by),
      DEF: () => {
        this.CONSUME(C.by);
        by = this.SUBRULE2(this.name);
      },
    });
    return this.ACTION(() => ({
      universe,
      ...(by && { by }),
      span: { start: universe.span.start, end: (by ?? universe).span.end },
    }));
  });

  /** `5..60 step 5` */
  readonly range = this.RULE('range', (): Range => {
    const low = this.SUBRULE1(this.chain);
    this.CONSUME(DotDot);
    const high = this.SUBRULE2(this.chain);
    let step: Expression | undefined;
    this.OPTION({
      GATE: () => this.nextIsWord(C.step),
      DEF: () => {
        this.CONSUME(C.step);
        step = this.SUBRULE3(this.chain);
      },
    });
    return this.ACTION(() => ({
      low,
      high,
      ...(step && { step }),
      span: { start: low.span.start, end: (step ?? high).span.end },
    }));
  });

  // -------------------------------------------------------------- chains of operators

  /** A whole expression, with its `across` if it has one. */
  readonly expression = this.RULE('expression', (): Expression => {
    const value = this.SUBRULE(this.chain);
    let axis: Axis | undefined;
    this.OPTION(() => {
      axis = this.SUBRULE(this.axis);
    });
    return this.ACTION(() =>
      axis === undefined
        ? value
        : { kind: 'across', value, axis, span: { start: value.span.start, end: axis.span.end } },
    );
  });

  /** An expression without `across`: operands and the operators between them. */
  readonly chain = this.RULE('chain', (): Expression => {
    const links: ChainLink[] = [];
    this.SUBRULE1(this.signed, { ARGS: [links] });
    this.MANY({
      GATE: () => this.LA(1).tokenType !== C.is || this.nextIsWord(C.is),
      DEF: () =>
        this.OR([
          { ALT: () => this.SUBRULE(this.isCategory, { ARGS: [links] }) },
          {
            ALT: () => {
              this.SUBRULE(this.operator, { ARGS: [links] });
              this.SUBRULE2(this.signed, { ARGS: [links] });
            },
          },
        ]),
    });
    return this.ACTION(() => this.fold(links));
  });

  /** An operand with the signs before it: `-x`, `not x`. */
  private readonly signed = this.RULE('signed', (links: ChainLink[]): void => {
    this.MANY(() =>
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(Minus);
            this.ACTION(() => links.push({ kind: 'prefix', operator: '-', span: this.spanOf(token) }));
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(K.not);
            this.ACTION(() => links.push({ kind: 'prefix', operator: 'not', span: this.spanOf(token) }));
          },
        },
      ]),
    );
    const expression = this.SUBRULE(this.operand);
    this.ACTION(() => links.push({ kind: 'operand', expression }));
  });

  private readonly isCategory = this.RULE('isCategory', (links: ChainLink[]): void => {
    const is = this.CONSUME(C.is);
    const category = this.SUBRULE(this.name);
    this.ACTION(() => links.push({ kind: 'is', category, span: this.since(is) }));
  });

  private readonly operator = this.RULE('operator', (links: ChainLink[]): void => {
    const push = (first: IToken, operator: BinaryOperator) =>
      links.push({ kind: 'operator', operator, span: this.since(first) });
    this.OR1([
      {
        ALT: () => {
          const token = this.CONSUME(BinaryToken);
          this.ACTION(() => push(token, token.image as BinaryOperator));
        },
      },
      {
        ALT: () => {
          const or = this.CONSUME(K.or);
          const orElse = this.OPTION(() => this.CONSUME(K.else));
          this.ACTION(() => push(or, orElse === undefined ? 'or' : 'or else'));
        },
      },
      {
        ALT: () => {
          const crosses = this.CONSUME(K.crosses);
          const direction = this.OR2([{ ALT: () => this.CONSUME(K.above) }, { ALT: () => this.CONSUME(K.below) }]);
          this.ACTION(() => push(crosses, direction.tokenType === K.above ? 'crosses above' : 'crosses below'));
        },
      },
      {
        ALT: () => {
          const between = this.CONSUME(K.between);
          this.ACTION(() => links.push({ kind: 'between', span: this.spanOf(between) }));
        },
      },
    ]);
  });

  private fold(links: readonly ChainLink[]): Expression {
    const first = links.find(link => link.kind === 'operand');
    if (links.length > 2 * MAX_CHAIN && first !== undefined) {
      this.report('E0117', this.since(this.LA(0)), { limit: MAX_CHAIN });
      return first.expression;
    }
    return foldChain(links, problem => this.reportFold(problem));
  }

  private reportFold(problem: FoldProblem): void {
    if (problem.kind === 'between without and') this.report('E0113', problem.span, {});
    else this.report('E0110', problem.span, { first: problem.first, second: problem.second });
  }

  // -------------------------------------------------------------- operands

  /** `prev` and the unit bind to the operand itself: `prev x[1]`, `26 bars`. */
  readonly operand = this.RULE('operand', (): Expression => {
    const delays: IToken[] = [];
    this.MANY(() => {
      const token = this.CONSUME(K.prev);
      this.ACTION(() => delays.push(token));
    });
    const first = this.LA(1);
    let value = this.OR([
      { ALT: () => this.SUBRULE(this.literal) },
      { ALT: () => this.SUBRULE(this.choice) },
      { ALT: () => this.SUBRULE(this.reference) },
    ]);
    this.OPTION({
      GATE: () => this.nextIsWord(UnitWord),
      DEF: () => {
        const unit = this.CONSUME(UnitWord);
        this.ACTION(() => {
          const suffix = (unit.image === 'bar' ? 'bars' : unit.image) as Suffixed['suffix'];
          value = { kind: 'suffixed', value, suffix, span: this.since(first) };
        });
      },
    });
    return this.ACTION(() =>
      delays.reduceRight<Expression>(
        (operand, token) => ({ kind: 'unary', operator: 'prev', operand, span: this.since(token) }),
        value,
      ),
    );
  });

  private readonly literal = this.RULE(
    'literal',
    (): Expression =>
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(Numeric);
            return this.ACTION(() => numberLiteral(token.image, this.spanOf(token)));
          },
        },
        {
          ALT: () => {
            const duration = this.SUBRULE(this.duration);
            return this.ACTION((): Expression => ({ kind: 'duration', duration, span: duration.span }));
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(DateToken);
            return this.ACTION((): Expression => ({ kind: 'date', text: token.image, span: this.spanOf(token) }));
          },
        },
        {
          ALT: () => {
            const text = this.SUBRULE(this.text);
            return this.ACTION((): Expression => ({ kind: 'string', value: text.value, span: text.span }));
          },
        },
      ]),
  );

  private readonly choice = this.RULE('choice', (): Expression => {
    const first = this.CONSUME(K.if);
    const condition = this.SUBRULE1(this.chain);
    this.CONSUME(K.then);
    const yes = this.SUBRULE2(this.chain);
    this.CONSUME(K.else);
    const no = this.SUBRULE3(this.chain);
    // biome-ignore lint/suspicious/noThenProperty: the field has the language's own word
    return this.ACTION(() => ({ kind: 'if', condition, then: yes, else: no, span: this.since(first) }));
  });

  /** A name, a call or a value in parentheses, with what follows it: `.x`, `[k]`, `(…)`. */
  private readonly reference = this.RULE('reference', (): Expression => {
    const first = this.LA(1);
    let value: Expression = this.OR1([
      {
        ALT: () => {
          const token = this.CONSUME(Referable);
          return this.ACTION((): Expression => ({ kind: 'name', text: token.image, span: this.spanOf(token) }));
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(K.now);
          const list = this.SUBRULE1(this.argumentList);
          return this.ACTION((): Expression => {
            const callee: NameReference = { kind: 'name', text: token.image, span: this.spanOf(token) };
            return { kind: 'call', callee, arguments: list, span: this.since(first) };
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(OpenParen);
          const inner = this.SUBRULE1(this.expression);
          this.CONSUME(CloseParen);
          return this.ACTION((): Expression => ({ ...inner, span: this.since(first) }));
        },
      },
    ]);
    let parenthesised = this.ACTION(() => first.tokenType === OpenParen);
    this.MANY({
      GATE: () => this.LA(1).tokenType !== OpenParen || (!parenthesised && isCallee(value)),
      DEF: () => {
        value = this.OR2([
          {
            ALT: () => {
              this.CONSUME(Dot);
              const property = this.SUBRULE(this.name);
              return this.ACTION(
                (): Expression => ({ kind: 'member', object: value, property, span: this.since(first) }),
              );
            },
          },
          {
            ALT: () => {
              this.CONSUME(OpenSquare);
              const index = this.SUBRULE2(this.expression);
              this.CONSUME(CloseSquare);
              return this.ACTION((): Expression => ({ kind: 'index', object: value, index, span: this.since(first) }));
            },
          },
          {
            ALT: () => {
              const list = this.SUBRULE2(this.argumentList);
              return this.ACTION(
                (): Expression =>
                  isCallee(value) ? { kind: 'call', callee: value, arguments: list, span: this.since(first) } : value,
              );
            },
          },
        ]);
        parenthesised = false;
      },
    });
    return this.ACTION(() =>
      value.kind === 'name' && value.text === 'absent' && !parenthesised ? { kind: 'absent', span: value.span } : value,
    );
  });

  readonly argumentList = this.RULE('argumentList', (): readonly Argument[] => {
    const list: Argument[] = [];
    this.CONSUME(OpenParen);
    this.MANY_SEP({
      SEP: Comma,
      DEF: () => {
        const argument = this.SUBRULE(this.argument);
        list.push(argument);
      },
    });
    this.CONSUME(CloseParen);
    return list;
  });

  private readonly argument = this.RULE('argument', (): Argument => {
    const first = this.LA(1);
    let name: Name | undefined;
    this.OPTION({
      GATE: () => this.LA(2).tokenType === Equals,
      DEF: () => {
        const token = this.CONSUME(Word);
        this.CONSUME(Equals);
        this.ACTION(() => {
          name = { text: token.image, span: this.spanOf(token) };
        });
      },
    });
    const value = this.SUBRULE(this.expression);
    return this.ACTION(() => ({ ...(name && { name }), value, span: this.since(first) }));
  });
}

/** Only a name, plain or dotted, can be called. */
function isCallee(value: Expression): value is NameReference | Member {
  let base = value;
  while (base.kind === 'member') base = base.object;
  return base.kind === 'name' && (value.kind === 'name' || value.kind === 'member');
}

/** From its spelling, `5%` to `{ value: 5, suffix: '%' }`; keeps the digits where JavaScript would write others. */
function numberLiteral(image: string, span: Span): NumberLiteral {
  const suffix = image.endsWith('%') ? '%' : image.endsWith('bp') ? 'bp' : undefined;
  const digits = suffix === undefined ? image : image.slice(0, -suffix.length);
  const value = Number(digits);
  return {
    kind: 'number',
    value,
    ...(suffix && { suffix }),
    ...(String(value) !== digits && { text: digits }),
    span,
  };
}
