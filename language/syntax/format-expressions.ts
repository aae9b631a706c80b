/**
 * Expressions → text. `flat` writes one on a single line with the fewest parentheses that keep its meaning (and a few
 * more where `and` meets `or`); `layout` breaks one that is too long before its loosest operators.
 */
import {
  ADDITIVE_LEVEL,
  BINARY_BINDING,
  COMPARISON_LEVEL,
  MINUS_LEVEL,
  NOT_LEVEL,
  POSTFIX_LEVEL,
} from './precedence.ts';
import { quote } from './scan.ts';
import type { Argument, Axis, Binary, Duration, Expression, NumberLiteral, Range, Suffixed } from './tree.ts';

/** Where an expression stands: some places cannot hold `across` or bare operators. */
export type Position =
  /** Anything may stand: a `let`, an argument, a value in parentheses. */
  | 'whole'
  /** No `across`, since that word goes on to something else: a rule's condition, a bound. */
  | 'chain'
  /** One operand with an optional minus: the value of a param. */
  | 'simple';

export const LINE_WIDTH = 100;

export function flat(expression: Expression, position: Position = 'whole'): string {
  const text = bare(expression);
  const needsParentheses =
    (position !== 'whole' && expression.kind === 'across') || (position === 'simple' && !isSimple(expression));
  return needsParentheses ? `(${text})` : text;
}

function isSimple(expression: Expression): boolean {
  if (expression.kind === 'unary' && expression.operator === '-') return levelOf(expression.operand) >= POSTFIX_LEVEL;
  return levelOf(expression) >= POSTFIX_LEVEL;
}

/** How tightly an expression holds together, on the scale of the precedence table. */
function levelOf(expression: Expression): number {
  switch (expression.kind) {
    case 'across':
    case 'if':
      return 0;
    case 'binary':
      return BINARY_BINDING[expression.operator].level;
    case 'between':
    case 'is':
      return COMPARISON_LEVEL;
    case 'unary':
      return { not: NOT_LEVEL, '-': MINUS_LEVEL, prev: POSTFIX_LEVEL }[expression.operator];
    default:
      return POSTFIX_LEVEL;
  }
}

function bare(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return numberText(expression);
    case 'duration':
      return durationText(expression.duration);
    case 'date':
    case 'name':
      return expression.text;
    case 'string':
      return quote(expression.value);
    case 'absent':
      return 'absent';
    case 'member':
      return `${object(expression.object)}.${expression.property.text}`;
    case 'index':
      return `${object(expression.object)}[${flat(expression.index)}]`;
    case 'call':
      return `${bare(expression.callee)}(${expression.arguments.map(argumentText).join(', ')})`;
    case 'unary':
      return unaryText(expression.operator, expression.operand);
    case 'binary':
      return `${side(expression, 'left')} ${expression.operator} ${side(expression, 'right')}`;
    case 'between': {
      const { value, low, high } = expression;
      return `${atLeast(value, COMPARISON_LEVEL + 1)} between ${atLeast(low, ADDITIVE_LEVEL)} and ${atLeast(high, ADDITIVE_LEVEL)}`;
    }
    case 'if': {
      const { condition, then, else: otherwise } = expression;
      return `if ${atLeast(condition, 1)} then ${atLeast(then, 1)} else ${lastArm(otherwise)}`;
    }
    case 'suffixed':
      return suffixedText(expression);
    case 'across':
      return `${flat(expression.value, 'chain')} ${axisText(expression.axis)}`;
    case 'is':
      return `${atLeast(expression.value, COMPARISON_LEVEL + 1)} is ${expression.category.text}`;
  }
}

function parenthesised(expression: Expression): string {
  return `(${bare(expression)})`;
}

function atLeast(expression: Expression, level: number): string {
  return levelOf(expression) < level ? parenthesised(expression) : bare(expression);
}

function lastArm(expression: Expression): string {
  return expression.kind === 'across' ? parenthesised(expression) : bare(expression);
}

/** What can be followed by `.x`, `[k]`: a name, a call, or anything in parentheses. */
function object(expression: Expression): string {
  const { kind } = expression;
  const followable = kind === 'name' || kind === 'member' || kind === 'index' || kind === 'call';
  return followable ? bare(expression) : parenthesised(expression);
}

function unaryText(operator: '-' | 'not' | 'prev', operand: Expression): string {
  switch (operator) {
    case '-':
      return `-${atLeast(operand, MINUS_LEVEL + 1)}`;
    case 'not':
      return `not ${atLeast(operand, NOT_LEVEL)}`;
    case 'prev':
      return `prev ${atLeast(operand, POSTFIX_LEVEL)}`;
  }
}

function suffixedText({ value, suffix }: Suffixed): string {
  const isOne = suffix === 'bars' && value.kind === 'number' && value.value === 1 && value.suffix === undefined;
  const carries = levelOf(value) >= POSTFIX_LEVEL && value.kind !== 'unary' && value.kind !== 'suffixed';
  return `${carries ? bare(value) : parenthesised(value)} ${isOne ? 'bar' : suffix}`;
}

/** One side of a binary operator; parentheses where the table needs them, and where a reader would want them. */
function side(parent: Binary, which: 'left' | 'right'): string {
  const child = parent[which];
  const { level, associates } = BINARY_BINDING[parent.operator];
  const minimum = associates === which ? level : level + 1;
  const mixesLogic =
    child.kind === 'binary' &&
    child.operator !== parent.operator &&
    (parent.operator === 'or' || parent.operator === 'or else') &&
    BINARY_BINDING[child.operator].level <= BINARY_BINDING.and.level;
  return mixesLogic || levelOf(child) < minimum ? parenthesised(child) : bare(child);
}

function argumentText({ name, value }: Argument): string {
  return name === undefined ? flat(value) : `${name.text} = ${flat(value)}`;
}

export function numberText({ value, text, suffix }: NumberLiteral): string {
  return `${text ?? String(value)}${suffix ?? ''}`;
}

export function durationText({ count, unit }: Duration): string {
  return `${count}${unit}`;
}

/** `across majors by sector` */
export function axisText(axis: Axis): string {
  return `across ${axisNames(axis)}`;
}

/** `majors by sector` */
export function axisNames({ universe, by }: Axis): string {
  return by === undefined ? universe.text : `${universe.text} by ${by.text}`;
}

/** `5..60 step 5` */
export function rangeText({ low, high, step }: Range): string {
  const bounds = boundsText(low, high);
  return step === undefined ? bounds : `${bounds} step ${flat(step, 'chain')}`;
}

export function boundsText(low: Expression, high: Expression): string {
  return `${flat(low, 'chain')}..${flat(high, 'chain')}`;
}

// ---------------------------------------------------------------- long expressions

/**
 * An expression that begins at a column and may go on to further lines, which begin at an indent. An operand of a
 * broken chain begins its line with its operator, so that a line never begins with what could be a new declaration.
 */
export function layout(expression: Expression, position: Position, column: number, indent: number): string {
  const single = flat(expression, position);
  if (column + single.length <= LINE_WIDTH || position === 'simple') return single;
  if (position === 'chain' && expression.kind === 'across') return single;
  const newline = `\n${' '.repeat(indent)}`;
  switch (expression.kind) {
    case 'across':
      return `${layout(expression.value, 'chain', column, indent)}${newline}${axisText(expression.axis)}`;
    case 'binary':
      return chainLines(expression, column, indent).join(newline);
    case 'if': {
      const { condition, then, else: otherwise } = expression;
      const arm = (word: string, text: string) => `${newline}${word} ${text}`;
      return `if ${atLeast(condition, 1)}${arm('then', atLeast(then, 1))}${arm('else', lastArm(otherwise))}`;
    }
    case 'call': {
      const list = expression.arguments.map(({ name, value }) => {
        const label = name === undefined ? '' : `${name.text} = `;
        return `${newline}${label}${layout(value, 'whole', indent + label.length, indent + 2)}`;
      });
      const close = `\n${' '.repeat(Math.max(0, indent - 2))})`;
      return list.length === 0 ? single : `${bare(expression.callee)}(${list.join(',')}${close}`;
    }
    default:
      return single;
  }
}

/** The operands of a chain of one level, each but the first with its operator before it. */
function chainLines(root: Binary, column: number, indent: number): string[] {
  const { level, associates } = BINARY_BINDING[root.operator];
  if (associates !== 'left') {
    return [side(root, 'left'), `${root.operator} ${side(root, 'right')}`];
  }
  const links: { readonly parent: Binary; readonly which: 'left' | 'right' }[] = [];
  let node: Binary = root;
  for (;;) {
    links.unshift({ parent: node, which: 'right' });
    const { left } = node;
    if (left.kind !== 'binary' || BINARY_BINDING[left.operator].level !== level) break;
    node = left;
  }
  links.unshift({ parent: node, which: 'left' });
  return links.map(({ parent, which }, index) => {
    const operator = index === 0 ? '' : `${parent.operator} `;
    const text = side(parent, which);
    const child = parent[which];
    const start = (index === 0 ? column : indent) + operator.length;
    const isBare = !text.startsWith('(') || text === bare(child);
    return operator + (isBare ? layout(child, 'chain', start, indent + 2) : text);
  });
}
