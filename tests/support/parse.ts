/** Parsing in tests: text in, tree and problems out, with the text of each problem's span. */
import { parse } from '../../language/syntax/parse.ts';
import { withoutPositions } from '../../language/syntax/positions.ts';
import type { Problem } from '../../language/syntax/problem.ts';
import type { Expression, SourceFile } from '../../language/syntax/tree.ts';

export function velaSource(text: string): SourceFile {
  return { name: 'test.vela', text, form: 'vela' };
}

export function parseVela(text: string) {
  return parse(velaSource(text));
}

/** Code, text of the span, and the facts of each problem. */
export function shown(problems: readonly Problem[]): readonly (readonly [string, string, Problem['facts']])[] {
  return problems.map(({ code, file, span, facts }) => [code, file.text.slice(span.start, span.end), facts]);
}

/** The expression of `let x = …`, without positions. */
export function expressionOf(text: string): unknown {
  const { tree, problems } = parseVela(`let x = ${text}`);
  if (problems.length > 0) throw new Error(`${text}: ${JSON.stringify(shown(problems))}`);
  const [declaration] = withoutPositions(tree).declarations as { readonly value: Expression }[];
  return declaration?.value;
}

/** An expression with all its parentheses: `(a + (b * c))`. */
export function grouped(text: string): string {
  return group(expressionOf(text) as Expression);
}

function group(expression: Expression): string {
  switch (expression.kind) {
    case 'binary':
      return `(${group(expression.left)} ${expression.operator} ${group(expression.right)})`;
    case 'unary':
      return `(${expression.operator} ${group(expression.operand)})`;
    case 'between':
      return `(${group(expression.value)} between ${group(expression.low)} and ${group(expression.high)})`;
    case 'is':
      return `(${group(expression.value)} is ${expression.category.text})`;
    case 'if':
      return `(if ${group(expression.condition)} then ${group(expression.then)} else ${group(expression.else)})`;
    case 'suffixed':
      return `(${group(expression.value)} ${expression.suffix})`;
    case 'across':
      return `(${group(expression.value)} across ${expression.axis.universe.text})`;
    case 'index':
      return `${group(expression.object)}[${group(expression.index)}]`;
    case 'member':
      return `${group(expression.object)}.${expression.property.text}`;
    case 'call':
      return `${group(expression.callee)}(${expression.arguments.map(({ value }) => group(value)).join(', ')})`;
    case 'number':
      return `${expression.value}${expression.suffix ?? ''}`;
    case 'name':
    case 'date':
      return expression.text;
    case 'string':
      return JSON.stringify(expression.value);
    case 'duration':
      return `${expression.duration.count}${expression.duration.unit}`;
    case 'absent':
      return 'absent';
  }
}
