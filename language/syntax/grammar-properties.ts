/**
 * The grammar of `{ key: value … }` blocks. Which keys a block may have is the checker's business; the shapes of
 * values are told apart here, by the words they begin with or go on with.
 */
import { type IToken, type TokenType, tokenMatcher } from 'chevrotain';
import { ExpressionGrammar } from './grammar-expressions.ts';
import {
  C,
  CloseBrace,
  CloseSquare,
  Colon,
  Comma,
  DateToken,
  DurationToken,
  K,
  Name as NameToken,
  Numeric,
  OpenBrace,
  OpenParen,
  OpenSquare,
  Text as TextToken,
  UnitWord,
  Word,
} from './tokens.ts';
import type { Expression, Name, Property, PropertyValue, Span, TargetPart } from './tree.ts';

/** Keys whose value is an order: only there `limit (a + b)` is not a call of a function `limit`. */
const ORDER_KEYS: ReadonlySet<string> = new Set(['at', 'else']);

export class PropertyGrammar extends ExpressionGrammar {
  readonly block = this.RULE('block', (): readonly Property[] => {
    const properties: Property[] = [];
    this.CONSUME(OpenBrace);
    this.MANY(() => {
      const property = this.SUBRULE(this.property);
      this.ACTION(() => this.addProperty(properties, property));
    });
    this.CONSUME(CloseBrace);
    return properties;
  });

  /** Keeps the first of two properties with one key. */
  private addProperty(properties: Property[], property: Property): void {
    const first = properties.find(other => other.key.text === property.key.text);
    if (first === undefined) {
      properties.push(property);
      return;
    }
    const related = [{ file: this.reading.source, span: first.key.span, message: 'the first one' }];
    this.report('E0115', property.key.span, { key: property.key.text }, { related });
  }

  private readonly property = this.RULE('property', (): Property => {
    const first = this.CONSUME(Word);
    let value: PropertyValue = { kind: 'flag' };
    let braces: Span | undefined;
    this.OPTION(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(Colon);
            value = this.SUBRULE(this.propertyValue, { ARGS: [first.image] });
          },
        },
        {
          ALT: () => {
            const open = this.LA(1);
            const properties = this.SUBRULE(this.block);
            value = { kind: 'block', properties };
            this.ACTION(() => {
              braces = this.textRange(open);
            });
          },
        },
      ]),
    );
    return this.ACTION(() => {
      const key: Name = { text: first.image, span: this.spanOf(first) };
      const { comments } = this.reading.comments.take(this.textRange(first), braces, false);
      return { key, value, ...(comments && { comments }), span: this.since(first) };
    });
  });

  /** From a token to the last one consumed, in the scanned text. */
  protected textRange(first: IToken): Span {
    const last = this.LA(0);
    return { start: first.startOffset, end: last.startOffset + last.image.length };
  }

  readonly propertyValue = this.RULE(
    'propertyValue',
    (key: string): PropertyValue =>
      this.OR({
        DEF: [
          { ALT: () => this.SUBRULE(this.targetParts) },
          { GATE: () => this.startsOrder(key), ALT: () => this.SUBRULE(this.orderValue) },
          {
            GATE: () => this.startsPhrase(C.risking) || this.startsPhrase(C.target_vol),
            ALT: () => this.SUBRULE(this.sizing),
          },
          { GATE: () => this.startsPhrase(C.maker), ALT: () => this.SUBRULE(this.fees) },
          { ALT: () => this.SUBRULE(this.plainValue) },
        ],
        IGNORE_AMBIGUITIES: true,
      }),
  );

  private startsOrder(key: string): boolean {
    const next = this.LA(1).tokenType;
    if (ORDER_KEYS.has(key)) return next === C.limit || next === C.stop || next === C.market;
    return this.startsPhrase(C.limit) || this.startsPhrase(C.stop);
  }

  /** Whether this word is followed by what can only be a value of its own, so that it cannot be a name. */
  private startsPhrase(word: TokenType): boolean {
    if (this.LA(1).tokenType !== word) return false;
    const second = this.LA(2);
    if (tokenMatcher(second, NameToken))
      return !this.isKey(3) && second.tokenType !== C.is && !tokenMatcher(second, UnitWord);
    if (second.tokenType === OpenParen) return word !== C.limit && word !== C.stop;
    return OPERAND_STARTS.some(type => tokenMatcher(second, type));
  }

  /** Whether the token before this position was a key: a colon or a block follows. */
  private isKey(position: number): boolean {
    const next = this.LA(position).tokenType;
    return next === Colon || next === OpenBrace;
  }

  private readonly orderValue = this.RULE(
    'orderValue',
    (): PropertyValue =>
      this.OR1([
        {
          ALT: (): PropertyValue => {
            this.CONSUME(C.market);
            return { kind: 'order', type: 'market' };
          },
        },
        {
          ALT: (): PropertyValue => {
            const token = this.OR2([{ ALT: () => this.CONSUME(C.limit) }, { ALT: () => this.CONSUME(C.stop) }]);
            const price = this.SUBRULE(this.expression);
            return { kind: 'order', type: token.image === 'stop' ? 'stop' : 'limit', price };
          },
        },
      ]),
  );

  private readonly sizing = this.RULE('sizing', (): PropertyValue => {
    const token = this.OR([{ ALT: () => this.CONSUME(C.risking) }, { ALT: () => this.CONSUME(C.target_vol) }]);
    const amount = this.SUBRULE(this.expression);
    return { kind: 'sizing', method: token.image === 'target_vol' ? 'target_vol' : 'risking', amount };
  });

  private readonly fees = this.RULE('fees', (): PropertyValue => {
    this.CONSUME(C.maker);
    const maker = this.SUBRULE1(this.chain);
    this.CONSUME(C.taker);
    const taker = this.SUBRULE2(this.chain);
    return { kind: 'fees', maker, taker };
  });

  private readonly targetParts = this.RULE('targetParts', (): PropertyValue => {
    const parts: TargetPart[] = [];
    this.CONSUME(OpenSquare);
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        const part = this.SUBRULE(this.targetPart);
        parts.push(part);
      },
    });
    this.CONSUME(CloseSquare);
    return { kind: 'parts', parts };
  });

  /** `50% at P1`, `rest at P2` */
  readonly targetPart = this.RULE('targetPart', (): TargetPart => {
    const first = this.LA(1);
    const share = this.OR({
      DEF: [
        {
          GATE: () => this.LA(1).tokenType === C.rest && this.LA(2).tokenType === K.at,
          ALT: (): 'rest' => {
            this.CONSUME(C.rest);
            return 'rest';
          },
        },
        { ALT: (): Expression => this.SUBRULE1(this.chain) },
      ],
      IGNORE_AMBIGUITIES: true,
    });
    this.CONSUME(K.at);
    const price = this.SUBRULE2(this.chain);
    return this.ACTION(() => ({ share, price, span: this.since(first) }));
  });

  /** An expression, and what may follow one: `in 1..5`, `by volume`, `after 3%`, `, "another"`. */
  private readonly plainValue = this.RULE('plainValue', (): PropertyValue => {
    const expression = this.SUBRULE1(this.expression);
    let value: PropertyValue = { kind: 'expression', expression };
    this.OPTION({
      GATE: () => this.LA(1).tokenType === Comma || this.nextIsWord(this.LA(1).tokenType),
      DEF: () =>
        this.OR([
          {
            ALT: () => {
              this.CONSUME(C.in);
              const range = this.SUBRULE(this.range);
              value = { kind: 'tuned', value: expression, range };
            },
          },
          {
            ALT: () => {
              this.CONSUME(C.by);
              const by = this.SUBRULE2(this.expression);
              value = { kind: 'ranked', value: expression, by };
            },
          },
          {
            ALT: () => {
              this.CONSUME(C.after);
              const after = this.SUBRULE3(this.expression);
              value = { kind: 'after', value: expression, after };
            },
          },
          {
            ALT: () => {
              const items = [expression];
              this.AT_LEAST_ONE(() => {
                this.CONSUME(Comma);
                const item = this.SUBRULE4(this.expression);
                items.push(item);
              });
              value = { kind: 'list', items };
            },
          },
        ]),
    });
    return value;
  });
}

const OPERAND_STARTS: readonly TokenType[] = [Numeric, DurationToken, DateToken, TextToken, K.prev, K.now, K.if];
