/**
 * Arbitrary trees of the whole language, well formed but without sense: every statement, every kind of expression and
 * property value, names that are words of the language elsewhere, texts with any character.
 */
import fc from 'fast-check';
import type {
  Axis,
  Declaration,
  Duration,
  Expression,
  Name,
  Property,
  PropertyValue,
  Range,
  StandingOrder,
  Text,
  Tree,
} from '../../language/syntax/tree.ts';

const span = { start: 0, end: 0 };

// Words that mean something elsewhere may be names too; those left out would be read as what they mean there.
const NAMES = ['a', 'fast', 'close', 'x1', '_y', 'step', 'base', 'keep', 'first', 'on', 'by', 'long', 'from', 'exit'];
const KEYS = ['size', 'expire', 'stop', 'target', 'model', 'every', 'band', 'in', 'base', 'is', 'after', 'let'];
const FLAGS = ['post_only', 'oco_all', 'quiet'];

const name: fc.Arbitrary<Name> = fc.constantFrom(...NAMES).map(text => ({ text, span }));
const text: fc.Arbitrary<Text> = fc
  .oneof(fc.constantFrom('BTC/USDT', 'a "b" \\ c', 'line\nline\ttab', "it's: #1"), fc.string({ unit: 'grapheme' }))
  .map(value => ({ value, span }));
const duration: fc.Arbitrary<Duration> = fc.record({
  count: fc.nat({ max: 1_000_000 }),
  unit: fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w', 'mo', 'y'),
  span: fc.constant(span),
});
const axis: fc.Arbitrary<Axis> = optional({ universe: name, span: fc.constant(span) }, { by: name });

/** A record whose second group of fields may be missing. */
function optional<T, U>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  maybe: { [K in keyof U]: fc.Arbitrary<U[K]> },
): fc.Arbitrary<T & Partial<U>> {
  const keys = Object.keys(required) as (keyof T & keyof U)[];
  return fc.record({ ...required, ...maybe }, { requiredKeys: keys as never }) as unknown as fc.Arbitrary<
    T & Partial<U>
  >;
}

// ---------------------------------------------------------------- expressions

const positive = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs);
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 4, arbitrary: name.map(({ text: word }): Expression => ({ kind: 'name', text: word, span })) },
  optional(
    { kind: fc.constant('number' as const), value: fc.oneof(fc.nat(200), positive), span: fc.constant(span) },
    {
      suffix: fc.constantFrom('%' as const, 'bp' as const),
    },
  ),
  duration.map((value): Expression => ({ kind: 'duration', duration: value, span })),
  fc.constant<Expression>({ kind: 'date', text: '2023-12-31', span }),
  text.map(({ value }): Expression => ({ kind: 'string', value, span })),
  fc.constant<Expression>({ kind: 'absent', span }),
  fc.constant<Expression>({ kind: 'name', text: 'model', span }).map(model => call('predict', [model])),
);

function call(callee: string, values: readonly Expression[]): Expression {
  const list = values.map(value => ({ value, span }));
  return { kind: 'call', callee: { kind: 'name', text: callee, span }, arguments: list, span };
}

const OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '^',
  'mod',
  'of',
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  'and',
  'or',
  'or else',
  'crosses above',
  'crosses below',
] as const;

export const expression: fc.Arbitrary<Expression> = fc.letrec<{ one: Expression }>(tie => {
  const one = tie('one');
  const at = fc.constant(span);
  const kind = <K extends string>(value: K) => fc.constant(value);
  return {
    one: fc.oneof(
      { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({ kind: kind('member'), object: one, property: name, span: at }),
      fc.record({ kind: kind('index'), object: one, index: one, span: at }),
      fc.record({
        kind: kind('call'),
        callee: fc
          .constantFrom('sma', 'now', 'base', 'first')
          .map(word => ({ kind: 'name' as const, text: word, span })),
        arguments: fc.array(
          optional({ value: one, span: at }, { name: fc.oneof(name, fc.constant({ text: 'across', span })) }),
          { maxLength: 3 },
        ),
        span: at,
      }),
      fc.record({
        kind: kind('call'),
        callee: name.map(property => ({
          kind: 'member' as const,
          object: { kind: 'name' as const, text: 'stops', span },
          property,
          span,
        })),
        arguments: fc.array(fc.record({ value: one, span: at }), { maxLength: 2 }),
        span: at,
      }),
      fc.record({ kind: kind('unary'), operator: fc.constantFrom('-', 'not', 'prev'), operand: one, span: at }),
      {
        weight: 4,
        arbitrary: fc.record({
          kind: kind('binary'),
          operator: fc.constantFrom(...OPERATORS),
          left: one,
          right: one,
          operatorSpan: at,
          span: at,
        }),
      },
      fc.record({ kind: kind('between'), value: one, low: one, high: one, span: at }),
      // biome-ignore lint/suspicious/noThenProperty: the field has the language's own word
      fc.record({ kind: kind('if'), condition: one, then: one, else: one, span: at }),
      fc.record({ kind: kind('suffixed'), value: one, suffix: fc.constantFrom('bars', 'base', 'quote'), span: at }),
      fc.record({ kind: kind('across'), value: one, axis, span: at }),
      fc.record({ kind: kind('is'), value: one, category: name, span: at }),
    ) as fc.Arbitrary<Expression>,
  };
}).one;

const range: fc.Arbitrary<Range> = optional(
  { low: expression, high: expression, span: fc.constant(span) },
  { step: expression },
);

// ---------------------------------------------------------------- properties

const plainValue: fc.Arbitrary<PropertyValue> = fc.oneof(
  { weight: 4, arbitrary: expression.map((value): PropertyValue => ({ kind: 'expression', expression: value })) },
  fc.record({
    kind: fc.constant('sizing' as const),
    method: fc.constantFrom('risking' as const, 'target_vol' as const),
    amount: expression,
  }),
  fc.record({
    kind: fc.constant('parts' as const),
    parts: fc.array(
      fc.record({
        share: fc.oneof(fc.constant('rest' as const), expression),
        price: expression,
        span: fc.constant(span),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({ kind: fc.constant('after' as const), value: expression, after: expression }),
  fc.record({ kind: fc.constant('fees' as const), maker: expression, taker: expression }),
  fc.record({ kind: fc.constant('tuned' as const), value: expression, range }),
  fc.record({ kind: fc.constant('ranked' as const), value: expression, by: expression }),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(expression, { minLength: 2, maxLength: 3 }) }),
);

const order: fc.Arbitrary<PropertyValue> = fc.oneof(
  fc.constant<PropertyValue>({ kind: 'order', type: 'market' }),
  fc.record({
    kind: fc.constant('order' as const),
    type: fc.constantFrom('limit' as const, 'stop' as const),
    price: expression,
  }),
);

const property: fc.Arbitrary<Property> = fc.letrec<{ one: Property }>(tie => ({
  one: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.record({
      key: fc.constantFrom(...KEYS).map(word => ({ text: word, span })),
      value: plainValue,
      span: fc.constant(span),
    }),
    fc.record({
      key: fc.constantFrom('at', 'else').map(word => ({ text: word, span })),
      value: order,
      span: fc.constant(span),
    }),
    fc.constantFrom(...FLAGS).map((word): Property => ({ key: { text: word, span }, value: { kind: 'flag' }, span })),
    fc.array(tie('one'), { maxLength: 3 }).map(
      (list): Property => ({
        key: { text: 'search', span },
        value: { kind: 'block', properties: distinct(list, one => one.key.text) },
        span,
      }),
    ),
  ),
})).one;

const properties = fc.array(property, { maxLength: 4 }).map(list => distinct(list, one => one.key.text));

function distinct<T>(list: readonly T[], key: (one: T) => string): T[] {
  return [...new Map(list.map(one => [key(one), one])).values()];
}

// ---------------------------------------------------------------- declarations

const documented = { doc: fc.constantFrom('A line.', 'Two\nlines.', 'a: b # c') };
const at = fc.constant(span);

function declared<K extends Declaration['kind'], T>(
  kind: K,
  required: { [F in keyof T]: fc.Arbitrary<T[F]> },
  maybe: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Extract<Declaration, { kind: K }>> {
  return optional(
    { kind: fc.constant(kind), ...required, span: at },
    { ...maybe, ...documented },
  ) as unknown as fc.Arbitrary<Extract<Declaration, { kind: K }>>;
}

const target = fc.oneof(
  name.map(one => ({ kind: 'on' as const, name: one })),
  axis.map(one => ({ kind: 'across' as const, axis: one })),
);
const side = fc.constantFrom('long' as const, 'short' as const);
const action = fc.oneof(
  fc.record({ verb: fc.constant('enter'), side, span: at }),
  optional({ verb: fc.constant('add'), span: at }, { side }),
  optional({ verb: fc.constant('reduce'), share: expression, span: at }, { side }),
  optional({ verb: fc.constant('exit'), span: at }, { side }),
  fc.record({ verb: fc.constant('flatten'), span: at }),
  fc.record({ verb: fc.constant('alert'), message: text, span: at }),
);
const standingOrder: fc.Arbitrary<StandingOrder> = optional(
  {
    side: fc.constantFrom('buy' as const, 'sell' as const),
    type: fc.constantFrom('limit' as const, 'stop' as const),
    price: expression,
    span: at,
  },
  { size: expression },
);
const capAction = fc.oneof(
  optional({ kind: fc.constant('halt') }, { until: name }),
  fc.constantFrom({ kind: 'flatten' }, { kind: 'refuse' }, { kind: 'reduce' }),
);

const binding = { name, value: expression };
const letDeclaration = declared('let', binding);
const signalDeclaration = declared('signal', binding);
// biome-ignore lint/suspicious/noThenProperty: the field has the language's own word
const stateDeclaration = declared('state', { name, starts: expression, then: expression }, { reset: expression });
const paramDeclaration = fc.oneof(
  declared('param', binding, { type: name, range }),
  declared('param', binding, { type: name, choices: fc.array(expression, { minLength: 1, maxLength: 3 }) }),
);

/** One arbitrary for each kind of declaration, so that a test can see that none is missing. */
export const declarationOf: { readonly [K in Declaration['kind']]: fc.Arbitrary<Extract<Declaration, { kind: K }>> } = {
  strategy: declared('strategy', { title: text }),
  use: declared('use', { path: text, as: name }),
  instrument: declared('instrument', { symbol: text, venue: name, properties }, { name }),
  universe: declared('universe', {
    name,
    symbols: fc.array(text, { minLength: 1, maxLength: 3 }),
    venue: name,
    properties,
  }),
  every: declared('every', { period: duration }),
  clock: declared('clock', { name, period: duration }, { zone: text }),
  session: declared('session', { name, hours: text, zone: text }, { days: fc.record({ first: name, last: name }) }),
  account: declared('account', { properties }),
  input: declared('input', { name, type: name, period: duration, from: text, properties }),
  param: paramDeclaration,
  require: declared('require', { condition: expression }),
  let: letDeclaration,
  signal: signalDeclaration,
  state: stateDeclaration,
  label: declared('label', binding),
  fn: declared('fn', {
    name,
    parameters: fc
      .array(optional({ name, type: name, span: at }, { default: expression }), { maxLength: 3 })
      .map(list => distinct(list, one => one.name.text)),
    result: fc.oneof(
      fc.record({ kind: fc.constant('single' as const), type: name }),
      fc.record({ kind: fc.constant('several' as const), names: fc.array(name, { minLength: 1, maxLength: 3 }) }),
    ),
    body: fc.oneof(
      fc.record({ kind: fc.constant('expression' as const), value: expression }),
      fc.record({
        kind: fc.constant('block' as const),
        declarations: fc
          .array(fc.oneof(letDeclaration, stateDeclaration), { maxLength: 3 })
          .map(list => distinct(list, one => one.name.text)),
      }),
    ),
  }),
  at: declared('at', {
    clock: name,
    declarations: fc
      .array(fc.oneof(letDeclaration, signalDeclaration, stateDeclaration), { maxLength: 4 })
      .map(list => distinct(list, one => one.name.text)),
  }),
  features: declared(
    'features',
    {
      name,
      columns: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('column' as const), ...binding, span: at }),
          optional(
            { kind: fc.constant('group' as const), group: name, over: fc.array(duration, { maxLength: 2 }), span: at },
            { lags: range },
          ),
        ),
        { maxLength: 3 },
      ),
    },
    { axis },
  ),
  model: declared(
    'model',
    {
      name,
      trainer: fc.oneof(
        name.map(({ text: word }) => ({ kind: 'name' as const, text: word, span })),
        fc.array(expression, { maxLength: 2 }).map(list => call('onnx', list)),
      ),
      from: name,
      properties,
    },
    { learn: name, when: expression },
  ),
  train: declared('train', { model: name, method: name, properties }),
  when: declared('when', { condition: expression, action, properties }, { target }),
  while: declared(
    'while',
    { condition: expression, order: standingOrder, properties },
    {
      // biome-ignore lint/suspicious/noThenProperty: the field has the language's own word
      then: standingOrder,
      for: fc.record({ name, low: expression, high: expression }),
      target,
    },
  ),
  rebalance: declared('rebalance', {
    on: fc.oneof(
      fc.record({ kind: fc.constant('every' as const), period: duration }),
      fc.record({ kind: fc.constant('when' as const), condition: expression }),
    ),
    to: fc.oneof(
      fc.record({ kind: fc.constant('weights' as const), value: expression }),
      fc.record({
        kind: fc.constant('named' as const),
        weights: fc
          .array(fc.record({ name, value: expression }), { minLength: 1, maxLength: 3 })
          .map(list => distinct(list, one => one.name.text)),
      }),
    ),
    properties,
  }),
  risk: declared('risk', {
    rules: fc.array(
      fc.oneof(
        optional({ kind: fc.constant('cap' as const), name, limit: expression, span: at }, { else: capAction }),
        optional(
          { kind: fc.constant('pause' as const), length: expression, condition: expression, span: at },
          { axis },
        ),
      ),
      { maxLength: 3 },
    ),
  }),
  execution: declared('execution', { properties }),
  plot: declared('plot', { series: fc.array(expression, { minLength: 1, maxLength: 3 }) }, { pane: name }),
  test: declared('test', {
    title: text,
    given: fc
      .array(fc.oneof(letDeclaration, paramDeclaration), { maxLength: 3 })
      .map(list => distinct(list, one => one.name.text)),
    expect: fc.array(expression, { maxLength: 2 }),
  }),
};

export const declaration: fc.Arbitrary<Declaration> = fc.oneof(
  ...(Object.values(declarationOf) as fc.Arbitrary<Declaration>[]),
);

export function treeOf(declarations: readonly Declaration[]): Tree {
  return { source: { name: 'generated.vela', text: '', form: 'vela' }, declarations, trailing: [] };
}

export const tree: fc.Arbitrary<Tree> = fc.array(declaration, { maxLength: 6 }).map(treeOf);
