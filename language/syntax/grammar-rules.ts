/**
 * The grammar of what a strategy does: `when`, `while … keep`, `rebalance` and the statements of `risk`.
 * Their parts (an action, a standing order, a weight) are rules of their own, since YAML writes them apart.
 */
import type { IToken } from 'chevrotain';
import { PropertyGrammar } from './grammar-properties.ts';
import { C, Comma, DotDot, Equals, K } from './tokens.ts';
import type {
  Action,
  Axis,
  CapAction,
  CapRule,
  Expression,
  Name,
  PauseRule,
  Property,
  RebalanceDeclaration,
  Side,
  Span,
  StandingOrder,
  WhenDeclaration,
  WhileDeclaration,
} from './tree.ts';

type Target = NonNullable<WhenDeclaration['target']>;

/** The property block at the end of a statement, and where it stands in the scanned text. */
interface PropertyList {
  readonly list: readonly Property[];
  readonly braces?: Span;
}

export class RuleGrammar extends PropertyGrammar {
  /** The parts every declaration has, when its last token has been consumed. */
  protected declared(first: IToken, braces?: Span) {
    return { span: this.since(first), ...this.reading.comments.take(this.textRange(first), braces, true) };
  }

  protected readonly properties = this.RULE('properties', (): PropertyList => {
    let result: PropertyList = { list: [] };
    this.OPTION(() => {
      const open = this.LA(1);
      const list = this.SUBRULE(this.block);
      this.ACTION(() => {
        result = { list, braces: this.textRange(open) };
      });
    });
    return result;
  });

  /** `on NAME` or `across U` */
  private readonly target = this.RULE(
    'target',
    (): Target =>
      this.OR([
        {
          ALT: (): Target => {
            this.CONSUME(C.on);
            const name = this.SUBRULE(this.name);
            return { kind: 'on', name };
          },
        },
        {
          ALT: (): Target => {
            const axis = this.SUBRULE(this.axis);
            return { kind: 'across', axis };
          },
        },
      ]),
  );

  // -------------------------------------------------------------- when

  readonly when = this.RULE('when', (): WhenDeclaration => {
    const first = this.CONSUME(K.when);
    const condition = this.SUBRULE(this.chain);
    const action = this.SUBRULE(this.action);
    const target = this.OPTION(() => this.SUBRULE(this.target));
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'when',
      condition,
      action,
      ...(target && { target }),
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  readonly side = this.RULE('side', (): Side => {
    const token = this.OR([{ ALT: () => this.CONSUME(C.long) }, { ALT: () => this.CONSUME(C.short) }]);
    return token.image === 'short' ? 'short' : 'long';
  });

  private readonly action = this.RULE(
    'action',
    (): Action =>
      this.OR([
        {
          ALT: (): Action => {
            const verb = this.CONSUME(C.enter);
            const side = this.SUBRULE1(this.side);
            return this.ACTION(() => ({ verb: 'enter', side, span: this.since(verb) }));
          },
        },
        {
          ALT: (): Action => {
            const verb = this.CONSUME(C.add);
            const side = this.OPTION1(() => this.SUBRULE2(this.side));
            return this.ACTION(() => ({ verb: 'add', ...(side && { side }), span: this.since(verb) }));
          },
        },
        {
          ALT: (): Action => {
            const verb = this.CONSUME(C.reduce);
            const share = this.SUBRULE(this.chain);
            const side = this.OPTION2(() => this.SUBRULE3(this.side));
            return this.ACTION(() => ({ verb: 'reduce', share, ...(side && { side }), span: this.since(verb) }));
          },
        },
        {
          ALT: (): Action => {
            const verb = this.CONSUME(C.exit);
            const side = this.OPTION3(() => this.SUBRULE4(this.side));
            return this.ACTION(() => ({ verb: 'exit', ...(side && { side }), span: this.since(verb) }));
          },
        },
        {
          ALT: (): Action => {
            const verb = this.CONSUME(C.flatten);
            return this.ACTION(() => ({ verb: 'flatten', span: this.since(verb) }));
          },
        },
        {
          ALT: (): Action => {
            const verb = this.CONSUME(C.alert);
            const message = this.SUBRULE(this.text);
            return this.ACTION(() => ({ verb: 'alert', message, span: this.since(verb) }));
          },
        },
      ]),
  );

  // -------------------------------------------------------------- while … keep

  readonly while = this.RULE('while', (): WhileDeclaration => {
    const first = this.CONSUME(K.while);
    const condition = this.SUBRULE(this.chain);
    this.CONSUME(C.keep);
    const order = this.SUBRULE1(this.standingOrder);
    const next = this.OPTION1(() => {
      this.CONSUME(K.then);
      return this.SUBRULE2(this.standingOrder);
    });
    const steps = this.OPTION2(() => {
      this.CONSUME(C.for);
      return this.SUBRULE(this.steps);
    });
    const target = this.OPTION3(() => this.SUBRULE(this.target));
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'while',
      condition,
      order,
      // biome-ignore lint/suspicious/noThenProperty: the field has the language's own word
      ...(next && { then: next }),
      ...(steps && { for: steps }),
      ...(target && { target }),
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  /** `buy 0.1 base at limit P` */
  readonly standingOrder = this.RULE('standingOrder', (): StandingOrder => {
    const first = this.LA(1);
    const side = this.OR1([{ ALT: () => this.CONSUME(C.buy) }, { ALT: () => this.CONSUME(C.sell) }]);
    const size = this.OPTION(() => this.SUBRULE1(this.chain));
    this.CONSUME(K.at);
    const type = this.OR2([{ ALT: () => this.CONSUME(C.limit) }, { ALT: () => this.CONSUME(C.stop) }]);
    const price = this.SUBRULE2(this.chain);
    return this.ACTION(() => ({
      side: side.image === 'sell' ? 'sell' : 'buy',
      ...(size && { size }),
      type: type.image === 'stop' ? 'stop' : 'limit',
      price,
      span: this.since(first),
    }));
  });

  /** `k in 1..n` */
  readonly steps = this.RULE('steps', (): NonNullable<WhileDeclaration['for']> => {
    const name = this.SUBRULE(this.name);
    this.CONSUME(C.in);
    const low = this.SUBRULE1(this.chain);
    this.CONSUME(DotDot);
    const high = this.SUBRULE2(this.chain);
    return { name, low, high };
  });

  // -------------------------------------------------------------- rebalance

  readonly rebalance = this.RULE('rebalance', (): RebalanceDeclaration => {
    const first = this.CONSUME(K.rebalance);
    const on = this.OR([
      {
        ALT: (): RebalanceDeclaration['on'] => {
          this.CONSUME(K.every);
          const period = this.SUBRULE(this.duration);
          return { kind: 'every', period };
        },
      },
      {
        ALT: (): RebalanceDeclaration['on'] => {
          this.CONSUME(K.when);
          const condition = this.SUBRULE(this.chain);
          return { kind: 'when', condition };
        },
      },
    ]);
    this.CONSUME(C.to);
    const to = this.SUBRULE(this.weights);
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'rebalance',
      on,
      to,
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  /** One expression for all members, or `spot = 45%, perp = -45%`. */
  private readonly weights = this.RULE('weights', (): RebalanceDeclaration['to'] =>
    this.OR({
      DEF: [
        {
          GATE: () => this.LA(2).tokenType === Equals,
          ALT: (): RebalanceDeclaration['to'] => {
            const weights: { readonly name: Name; readonly value: Expression }[] = [];
            this.AT_LEAST_ONE_SEP({
              SEP: Comma,
              DEF: () => {
                const name = this.SUBRULE(this.name);
                this.CONSUME(Equals);
                const value = this.SUBRULE(this.chain);
                weights.push({ name, value });
              },
            });
            return { kind: 'named', weights };
          },
        },
        {
          ALT: (): RebalanceDeclaration['to'] => {
            const value = this.SUBRULE(this.expression);
            return { kind: 'weights', value };
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
    }),
  );

  // -------------------------------------------------------------- risk

  /** `cap drawdown at 12% else flatten` */
  readonly cap = this.RULE('cap', (): CapRule => {
    const first = this.CONSUME(C.cap);
    const name = this.SUBRULE(this.name);
    this.CONSUME(K.at);
    const limit = this.SUBRULE(this.chain);
    const action = this.OPTION(() => {
      this.CONSUME(K.else);
      return this.SUBRULE(this.capAction);
    });
    return this.ACTION(() => ({ kind: 'cap', name, limit, ...(action && { else: action }), ...this.commented(first) }));
  });

  readonly capAction = this.RULE(
    'capAction',
    (): CapAction =>
      this.OR([
        {
          ALT: (): CapAction => {
            this.CONSUME(C.halt);
            const until = this.OPTION(() => {
              this.CONSUME(C.until);
              return this.SUBRULE(this.name);
            });
            return { kind: 'halt', ...(until && { until }) };
          },
        },
        {
          ALT: (): CapAction => {
            this.CONSUME(C.flatten);
            return { kind: 'flatten' };
          },
        },
        {
          ALT: (): CapAction => {
            this.CONSUME(C.refuse);
            return { kind: 'refuse' };
          },
        },
        {
          ALT: (): CapAction => {
            this.CONSUME(C.reduce);
            return { kind: 'reduce' };
          },
        },
      ]),
  );

  /** `pause 8 bars when stopped_out` */
  readonly pause = this.RULE('pause', (): PauseRule => {
    const first = this.CONSUME(C.pause);
    const length = this.SUBRULE1(this.chain);
    this.CONSUME(K.when);
    const condition = this.SUBRULE2(this.chain);
    const axis: Axis | undefined = this.OPTION(() => this.SUBRULE(this.axis));
    return this.ACTION(() => ({ kind: 'pause', length, condition, ...(axis && { axis }), ...this.commented(first) }));
  });

  /** Span and comments of a statement inside a block. */
  protected commented(first: IToken) {
    const { comments } = this.reading.comments.take(this.textRange(first), undefined, false);
    return { span: this.since(first), ...(comments && { comments }) };
  }
}
