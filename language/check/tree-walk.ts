/** The expressions of a tree by the place they stand in, for checks that need the exact word a trader wrote. */
import type { Declaration, Expression, Property } from '../syntax/tree.ts';

/** An expression of a declaration and what messages call its place: "signal `buy`". */
export interface Placed {
  readonly expression: Expression;
  readonly what: string;
}

/** The expressions that decide what a strategy does: all but those of functions, labels and models. */
export function tradedExpressions(declaration: Declaration): readonly Placed[] {
  const placed = (what: string, ...expressions: (Expression | undefined)[]): readonly Placed[] =>
    expressions.flatMap(expression => (expression ? [{ expression, what }] : []));
  switch (declaration.kind) {
    case 'let':
      return placed(`\`${declaration.name.text}\``, declaration.value);
    case 'signal':
      return placed(`signal \`${declaration.name.text}\``, declaration.value);
    case 'state':
      return placed(`state \`${declaration.name.text}\``, declaration.starts, declaration.then, declaration.reset);
    case 'at':
      return declaration.declarations.flatMap(tradedExpressions);
    case 'when':
      return [
        ...placed('this rule', declaration.condition),
        ...placed('this rule', declaration.action.verb === 'reduce' ? declaration.action.share : undefined),
        ...placed('this rule', ...propertyExpressions(declaration.properties)),
      ];
    case 'while':
      return placed(
        'this rule',
        declaration.condition,
        declaration.order.size,
        declaration.order.price,
        declaration.then?.size,
        declaration.then?.price,
        ...propertyExpressions(declaration.properties),
      );
    case 'rebalance':
      return placed(
        'this rule',
        declaration.on.kind === 'when' ? declaration.on.condition : undefined,
        ...(declaration.to.kind === 'weights'
          ? [declaration.to.value]
          : declaration.to.weights.map(weight => weight.value)),
        ...propertyExpressions(declaration.properties),
      );
    case 'risk':
      return declaration.rules.flatMap(rule =>
        rule.kind === 'cap' ? placed('a limit', rule.limit) : placed('a pause', rule.length, rule.condition),
      );
    case 'execution':
      return placed('`execution`', ...propertyExpressions(declaration.properties));
    case 'universe':
      return placed(`universe \`${declaration.name.text}\``, ...propertyExpressions(declaration.properties));
    case 'features':
      return learnedExpressions(declaration);
    case 'model': {
      // `uniqueness(win)` counts how long labels last: it reads nothing that they say.
      const weights = declaration.properties.flatMap(({ key, value }) =>
        key.text === 'weight' && value.kind === 'expression' ? factorsOf(value.expression) : [],
      );
      const read = weights.filter(factor => !isWeightCall(factor));
      return placed(`model \`${declaration.name.text}\``, declaration.when, ...read);
    }
    default:
      return [];
  }
}

/** The expressions from which a model learns, or by which its members are chosen. */
export function learnedExpressions(declaration: Declaration): readonly Placed[] {
  switch (declaration.kind) {
    case 'features':
      return declaration.columns.flatMap(column =>
        column.kind === 'column' ? [{ expression: column.value, what: `feature \`${column.name.text}\`` }] : [],
      );
    case 'label':
      return [{ expression: declaration.value, what: `label \`${declaration.name.text}\`` }];
    case 'model':
      return [
        ...(declaration.when ? [{ expression: declaration.when, what: `model \`${declaration.name.text}\`` }] : []),
        ...propertyExpressions(declaration.properties.filter(({ key }) => key.text === 'weight')).map(expression => ({
          expression,
          what: `model \`${declaration.name.text}\``,
        })),
      ];
    case 'universe':
      return propertyExpressions(declaration.properties).map(expression => ({
        expression,
        what: `universe \`${declaration.name.text}\``,
      }));
    case 'input':
      return propertyExpressions(declaration.properties).map(expression => ({
        expression,
        what: `input \`${declaration.name.text}\``,
      }));
    default:
      return [];
  }
}

/** The factors of a product: what stands between the `*` of `uniqueness(win) * decay(180d)`. */
export function factorsOf(expression: Expression): readonly Expression[] {
  if (expression.kind !== 'binary' || expression.operator !== '*') return [expression];
  return [...factorsOf(expression.left), ...factorsOf(expression.right)];
}

/** `uniqueness(…)` or `decay(…)`: what only weights know. */
export function isWeightCall(expression: Expression): boolean {
  if (expression.kind !== 'call' || expression.callee.kind !== 'name') return false;
  return expression.callee.text === 'uniqueness' || expression.callee.text === 'decay';
}

export function propertyExpressions(properties: readonly Property[]): readonly Expression[] {
  return properties.flatMap(({ value }): readonly Expression[] => {
    switch (value.kind) {
      case 'expression':
        return [value.expression];
      case 'order':
        return value.price ? [value.price] : [];
      case 'sizing':
        return [value.amount];
      case 'parts':
        return value.parts.flatMap(part => (part.share === 'rest' ? [part.price] : [part.share, part.price]));
      case 'after':
        return [value.value, value.after];
      case 'fees':
        return [value.maker, value.taker];
      case 'ranked':
        return [value.value, value.by];
      case 'list':
        return value.items;
      case 'block':
        return propertyExpressions(value.properties);
      default:
        return [];
    }
  });
}

/** What a function of the file reads: the expressions of its body and its defaults, and the names that are its own. */
export interface FunctionBody {
  readonly expressions: readonly Expression[];
  readonly own: ReadonlySet<string>;
}

export function functionBodies(declarations: readonly Declaration[]): ReadonlyMap<string, FunctionBody> {
  return new Map(
    declarations.flatMap(declaration => {
      if (declaration.kind !== 'fn') return [];
      const { body, parameters } = declaration;
      const inner = body.kind === 'expression' ? [] : body.declarations;
      const expressions = [
        ...parameters.flatMap(parameter => parameter.default ?? []),
        ...(body.kind === 'expression' ? [body.value] : []),
        ...inner.flatMap(tradedExpressions).map(placed => placed.expression),
      ];
      const own = new Set([...parameters, ...inner].map(({ name }) => name.text));
      return [[declaration.name.text, { expressions, own }] as const];
    }),
  );
}
