/**
 * The grammar of declarations, one rule each. A declaration whose block holds statements of its own (`at`, `fn`,
 * `features`, `risk`, `test`) has a rule for its head and one for each kind of statement; parse.ts puts them together,
 * so that a mistake in one statement costs only that one.
 */
import type { DecisionTable } from './decisions.ts';
import { FrameGrammar } from './grammar-frame.ts';
import { Arrow, C, CloseParen, Colon, Comma, Equals, K, Minus, OpenBrace, OpenParen } from './tokens.ts';
import type * as tree from './tree.ts';
import type { Expression, Name, Text } from './tree.ts';

export class DeclarationGrammar extends FrameGrammar {
  constructor(validate: boolean, table?: DecisionTable) {
    super(validate, table);
    this.performSelfAnalysis();
  }

  // -------------------------------------------------------------- values

  readonly param = this.RULE('param', (): tree.ParamDeclaration => {
    const first = this.CONSUME(K.param);
    const name = this.SUBRULE1(this.name);
    const type = this.OPTION1(() => {
      this.CONSUME(Colon);
      return this.SUBRULE2(this.name);
    });
    this.CONSUME(Equals);
    const value = this.SUBRULE1(this.simpleValue);
    let range: tree.Range | undefined;
    let choices: Expression[] | undefined;
    this.OPTION2(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(C.in);
            range = this.SUBRULE(this.range);
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.of);
            const list: Expression[] = [];
            this.AT_LEAST_ONE_SEP({
              SEP: Comma,
              DEF: () => {
                const choice = this.SUBRULE2(this.simpleValue);
                list.push(choice);
              },
            });
            choices = list;
          },
        },
      ]),
    );
    return this.ACTION(() => ({
      kind: 'param',
      name,
      ...(type && { type }),
      value,
      ...(range && { range }),
      ...(choices && { choices }),
      ...this.declared(first),
    }));
  });

  /** A value without operators, since `of` goes on to the choices of a param; others stand in parentheses. */
  readonly simpleValue = this.RULE('simpleValue', (): Expression => {
    const sign = this.OPTION(() => this.CONSUME(Minus));
    const operand = this.SUBRULE(this.operand);
    return this.ACTION(() =>
      sign === undefined ? operand : { kind: 'unary', operator: '-', operand, span: this.since(sign) },
    );
  });

  readonly require = this.RULE('require', (): tree.RequireDeclaration => {
    const first = this.CONSUME(K.require);
    const condition = this.SUBRULE(this.expression);
    return this.ACTION(() => ({ kind: 'require', condition, ...this.declared(first) }));
  });

  readonly let = this.RULE('let', (): tree.LetDeclaration => {
    const first = this.CONSUME(K.let);
    const { name, value } = this.SUBRULE(this.binding);
    return this.ACTION(() => ({ kind: 'let', name, value, ...this.declared(first) }));
  });

  readonly signal = this.RULE('signal', (): tree.SignalDeclaration => {
    const first = this.CONSUME(K.signal);
    const { name, value } = this.SUBRULE(this.binding);
    return this.ACTION(() => ({ kind: 'signal', name, value, ...this.declared(first) }));
  });

  readonly label = this.RULE('label', (): tree.LabelDeclaration => {
    const first = this.CONSUME(K.label);
    const { name, value } = this.SUBRULE(this.binding);
    return this.ACTION(() => ({ kind: 'label', name, value, ...this.declared(first) }));
  });

  private readonly binding = this.RULE('binding', (): { readonly name: Name; readonly value: Expression } => {
    const name = this.SUBRULE(this.name);
    this.CONSUME(Equals);
    const value = this.SUBRULE(this.expression);
    return { name, value };
  });

  readonly state = this.RULE('state', (): tree.StateDeclaration => {
    const first = this.CONSUME(K.state);
    const name = this.SUBRULE(this.name);
    this.CONSUME(C.starts);
    const starts = this.SUBRULE1(this.expression);
    this.CONSUME(K.then);
    const then = this.SUBRULE2(this.expression);
    const reset = this.OPTION(() => {
      this.CONSUME(C.reset);
      this.CONSUME(K.when);
      return this.SUBRULE3(this.expression);
    });
    return this.ACTION(() => ({
      kind: 'state',
      name,
      starts,
      then,
      ...(reset && { reset }),
      ...this.declared(first),
    }));
  });

  readonly plot = this.RULE('plot', (): tree.PlotDeclaration => {
    const first = this.CONSUME(K.plot);
    const series: Expression[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        const one = this.SUBRULE(this.expression);
        series.push(one);
      },
    });
    const pane = this.OPTION(() => {
      this.CONSUME(C.on);
      return this.SUBRULE(this.name);
    });
    return this.ACTION(() => ({ kind: 'plot', series, ...(pane && { pane }), ...this.declared(first) }));
  });

  readonly execution = this.RULE('execution', (): tree.ExecutionDeclaration => {
    const first = this.CONSUME(K.execution);
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'execution',
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  // -------------------------------------------------------------- functions

  /** `fn NAME(…) -> TYPE`, up to its `=` or `{` */
  readonly fnHead = this.RULE('fnHead', (): Pick<tree.FnDeclaration, 'name' | 'parameters' | 'result'> => {
    this.CONSUME(K.fn);
    const name = this.SUBRULE(this.name);
    const parameters: tree.FnParameter[] = [];
    this.CONSUME(OpenParen);
    this.MANY_SEP({
      SEP: Comma,
      DEF: () => {
        const parameter = this.SUBRULE(this.parameter);
        parameters.push(parameter);
      },
    });
    this.CONSUME(CloseParen);
    this.CONSUME(Arrow);
    const result = this.SUBRULE(this.fnResult);
    return { name, parameters, result };
  });

  private readonly parameter = this.RULE('parameter', (): tree.FnParameter => {
    const name = this.SUBRULE1(this.name);
    this.CONSUME(Colon);
    const type = this.SUBRULE2(this.name);
    const preset = this.OPTION(() => {
      this.CONSUME(Equals);
      return this.SUBRULE(this.expression);
    });
    return this.ACTION(() => ({
      name,
      type,
      ...(preset && { default: preset }),
      span: { start: name.span.start, end: (preset ?? type).span.end },
    }));
  });

  readonly fnResult = this.RULE(
    'fnResult',
    (): tree.FnResult =>
      this.OR([
        {
          ALT: (): tree.FnResult => {
            const type = this.SUBRULE1(this.name);
            return { kind: 'single', type };
          },
        },
        {
          ALT: (): tree.FnResult => {
            const names: Name[] = [];
            this.CONSUME(OpenParen);
            this.AT_LEAST_ONE_SEP({
              SEP: Comma,
              DEF: () => {
                const name = this.SUBRULE2(this.name);
                names.push(name);
              },
            });
            this.CONSUME(CloseParen);
            return { kind: 'several', names };
          },
        },
      ]),
  );

  /** A function that is one expression. */
  readonly fn = this.RULE('fn', (): tree.FnDeclaration => {
    const first = this.LA(1);
    const head = this.SUBRULE(this.fnHead);
    this.CONSUME(Equals);
    const value = this.SUBRULE(this.expression);
    return this.ACTION(() => ({
      kind: 'fn',
      ...head,
      body: { kind: 'expression', value },
      ...this.declared(first),
    }));
  });

  // -------------------------------------------------------------- heads and statements of the other blocks

  readonly atHead = this.RULE('atHead', (): Name => {
    this.CONSUME(K.at);
    return this.SUBRULE(this.name);
  });

  readonly testHead = this.RULE('testHead', (): Text => {
    this.CONSUME(K.test);
    return this.SUBRULE(this.text);
  });

  readonly riskHead = this.RULE('riskHead', (): void => {
    this.CONSUME(K.risk);
  });

  readonly featuresHead = this.RULE('featuresHead', (): Pick<tree.FeaturesDeclaration, 'name' | 'axis'> => {
    this.CONSUME(K.features);
    const name = this.SUBRULE(this.name);
    const axis = this.OPTION(() => this.SUBRULE(this.axis));
    return { name, ...(axis && { axis }) };
  });

  // A head with its opening brace: run only where the brace is missing, to say so.
  readonly atBlock = this.RULE('atBlock', (): void => {
    this.SUBRULE(this.atHead);
    this.CONSUME(OpenBrace);
  });
  readonly testBlock = this.RULE('testBlock', (): void => {
    this.SUBRULE(this.testHead);
    this.CONSUME(OpenBrace);
  });
  readonly riskBlock = this.RULE('riskBlock', (): void => {
    this.SUBRULE(this.riskHead);
    this.CONSUME(OpenBrace);
  });
  readonly featuresBlock = this.RULE('featuresBlock', (): void => {
    this.SUBRULE(this.featuresHead);
    this.CONSUME(OpenBrace);
  });

  readonly featureColumn = this.RULE('featureColumn', (): tree.FeatureColumn => {
    const first = this.LA(1);
    const { name, value } = this.SUBRULE(this.binding);
    return this.ACTION(() => ({ kind: 'column', name, value, ...this.commented(first) }));
  });

  /** `use technical_indicators over 1h, 1d lags 0..5` */
  readonly featureGroup = this.RULE('featureGroup', (): tree.FeatureGroup => {
    const first = this.CONSUME(K.use);
    const group = this.SUBRULE(this.name);
    const over: tree.Duration[] = [];
    this.OPTION1(() => {
      this.CONSUME(C.over);
      this.AT_LEAST_ONE_SEP({
        SEP: Comma,
        DEF: () => {
          const period = this.SUBRULE(this.duration);
          over.push(period);
        },
      });
    });
    const lags = this.OPTION2(() => {
      this.CONSUME(C.lags);
      return this.SUBRULE(this.range);
    });
    return this.ACTION(() => ({ kind: 'group', group, over, ...(lags && { lags }), ...this.commented(first) }));
  });

  /** `given` before a `let` or `param` of a test is a word for the reader; each may have its own. */
  readonly given = this.RULE('given', (): tree.LetDeclaration | tree.ParamDeclaration => {
    this.OPTION(() => this.CONSUME(C.given));
    return this.OR([
      { ALT: (): tree.LetDeclaration | tree.ParamDeclaration => this.SUBRULE(this.let) },
      { ALT: () => this.SUBRULE(this.param) },
    ]);
  });

  readonly expect = this.RULE('expect', (): Expression => {
    this.CONSUME(C.expect);
    return this.SUBRULE(this.expression);
  });

  // -------------------------------------------------------------- models

  readonly model = this.RULE('model', (): tree.ModelDeclaration => {
    const first = this.CONSUME(K.model);
    const name = this.SUBRULE1(this.name);
    this.CONSUME(Equals);
    const trainer = this.SUBRULE(this.trainer);
    const learn = this.OPTION1(() => {
      this.CONSUME(C.learn);
      return this.SUBRULE2(this.name);
    });
    this.CONSUME(C.from);
    const from = this.SUBRULE3(this.name);
    const condition = this.OPTION2(() => {
      this.CONSUME(K.when);
      return this.SUBRULE(this.chain);
    });
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'model',
      name,
      trainer,
      ...(learn && { learn }),
      from,
      ...(condition && { when: condition }),
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  /** `xgboost`, or a call: `onnx("path.onnx", trained_to = 2023-12-31)` */
  readonly trainer = this.RULE('trainer', (): tree.NameReference | tree.Call => {
    const name = this.SUBRULE(this.name);
    const list = this.OPTION(() => this.SUBRULE(this.argumentList));
    return this.ACTION(() => {
      const callee: tree.NameReference = { kind: 'name', ...name };
      return list === undefined
        ? callee
        : {
            kind: 'call',
            callee,
            arguments: list,
            span: { start: name.span.start, end: this.reading.place(this.textRange(this.LA(0)).end) },
          };
    });
  });

  readonly train = this.RULE('train', (): tree.TrainDeclaration => {
    const first = this.CONSUME(K.train);
    const model = this.SUBRULE1(this.name);
    const method = this.SUBRULE2(this.name);
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'train',
      model,
      method,
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });
}
