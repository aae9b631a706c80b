/**
 * Operators of one tick. Their reference forms use IEEE operations that Wasm has too, in the order written here; `exp log
 * pow sin` come from one library for every back-end. A bool is 1, 0, or NaN for unknown.
 */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import pow from '@stdlib/math-base-special-pow';
import sin from '@stdlib/math-base-special-sin';
import type { OpSpec } from './operator.ts';
import { argument, pointwise, unitOf } from './spec.ts';

type Two = readonly [number, number];
type Three = readonly [number, number, number];

const x = argument('x', 'num', 'The value.');
const pair = [argument('a', 'num', 'Left side.'), argument('b', 'num', 'Right side.')];

const arithmetic: readonly OpSpec[] = [
  pointwise({
    name: 'add',
    doc: 'Sum of two values of one unit.',
    formula: 'a + b',
    arguments: pair,
    unit: unitOf(0),
    unify: [0, 1],
    evaluate: args => {
      const [a, b] = args as Two;
      return a + b;
    },
  }),
  pointwise({
    name: 'sub',
    doc: 'Difference of two values of one unit.',
    formula: 'a - b',
    arguments: pair,
    unit: unitOf(0),
    unify: [0, 1],
    evaluate: args => {
      const [a, b] = args as Two;
      return a - b;
    },
  }),
  pointwise({
    name: 'mul',
    doc: 'Product; units multiply, so price times quantity is money.',
    formula: 'a * b',
    arguments: pair,
    unit: { kind: 'product', arguments: [0, 1] },
    evaluate: args => {
      const [a, b] = args as Two;
      return a * b;
    },
  }),
  pointwise({
    name: 'div',
    doc: 'Quotient; units divide, so price over price is a ratio. 0 / 0 is undefined, x / 0 is infinite.',
    formula: 'a / b',
    arguments: pair,
    unit: { kind: 'quotient', arguments: [0, 1] },
    partial: true,
    evaluate: args => {
      const [a, b] = args as Two;
      return a / b;
    },
  }),
  pointwise({
    name: 'neg',
    doc: 'The value with its sign turned.',
    formula: '-x',
    arguments: [x],
    unit: unitOf(0),
    evaluate: args => -(args[0] as number),
  }),
  pointwise({
    name: 'pow',
    doc: 'Power. With a constant exponent the unit is raised too.',
    formula: 'a ^ b',
    arguments: pair,
    partial: true,
    evaluate: args => {
      const [a, b] = args as Two;
      // pow(1, NaN) and pow(NaN, 0) are 1 in IEEE; an absent argument makes the result absent here.
      return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : pow(a, b);
    },
  }),
  pointwise({
    name: 'mod',
    doc: 'Remainder with the sign of the divisor.',
    formula: 'a - b * floor(a / b)',
    arguments: pair,
    unit: unitOf(0),
    unify: [0, 1],
    partial: true,
    evaluate: args => {
      const [a, b] = args as Two;
      return a - b * Math.floor(a / b);
    },
  }),
  pointwise({
    name: 'abs',
    callable: true,
    doc: 'Distance from zero.',
    formula: '|x|',
    arguments: [x],
    unit: unitOf(0),
    evaluate: args => Math.abs(args[0] as number),
  }),
  pointwise({
    name: 'sign',
    callable: true,
    doc: '1 above zero, -1 below, 0 at zero.',
    formula: 'x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x',
    arguments: [x],
    evaluate: args => {
      const v = args[0] as number;
      return v > 0 ? 1 : v < 0 ? -1 : v === 0 ? 0 : Number.NaN;
    },
  }),
  pointwise({
    name: 'floor',
    callable: true,
    doc: 'Largest whole number not above.',
    formula: '⌊x⌋',
    arguments: [x],
    unit: unitOf(0),
    evaluate: args => Math.floor(args[0] as number),
  }),
  pointwise({
    name: 'ceil',
    callable: true,
    doc: 'Smallest whole number not below.',
    formula: '⌈x⌉',
    arguments: [x],
    unit: unitOf(0),
    evaluate: args => Math.ceil(args[0] as number),
  }),
  pointwise({
    name: 'round',
    callable: true,
    doc: 'Nearest whole number, halves away from zero.',
    formula: 't = trunc(x); |x - t| >= 0.5 ? t + copysign(1, x) : t',
    arguments: [x],
    unit: unitOf(0),
    evaluate: args => {
      // Not floor(|x| + 0.5): the sum rounds up just below one half, and above 2^52.
      const v = args[0] as number;
      const whole = Math.trunc(v);
      if (!(Math.abs(v - whole) >= 0.5)) return whole;
      return whole + (v < 0 ? -1 : 1);
    },
  }),
  pointwise({
    name: 'sqrt',
    callable: true,
    doc: 'Square root; undefined below zero.',
    formula: '√x',
    arguments: [x],
    unit: { kind: 'power', argument: 0, exponent: 0.5 },
    partial: true,
    evaluate: args => Math.sqrt(args[0] as number),
  }),
  pointwise({
    name: 'exp',
    callable: true,
    doc: 'e to the power of x.',
    formula: 'e^x',
    arguments: [x],
    evaluate: args => exp(args[0] as number),
  }),
  pointwise({
    name: 'log',
    callable: true,
    doc: 'Natural logarithm; undefined below zero.',
    formula: 'ln x',
    arguments: [x],
    partial: true,
    evaluate: args => log(args[0] as number),
  }),
  pointwise({
    name: 'sin',
    callable: true,
    doc: 'Sine of an angle in radians.',
    formula: 'sin x',
    arguments: [x],
    partial: true,
    evaluate: args => sin(args[0] as number),
  }),
  pointwise({
    name: 'min',
    callable: true,
    doc: 'The smaller of two values; more than two are taken in turn. Absent when one is absent.',
    formula: 'min(a, b)',
    arguments: [argument('a', 'num', 'A value.'), argument('b', 'num', 'Another of the same unit.', { repeats: true })],
    unit: unitOf(0),
    unify: [0, 1],
    evaluate: args => {
      const [a, b] = args as Two;
      return Math.min(a, b);
    },
  }),
  pointwise({
    name: 'max',
    callable: true,
    doc: 'The larger of two values; more than two are taken in turn. Absent when one is absent.',
    formula: 'max(a, b)',
    arguments: [argument('a', 'num', 'A value.'), argument('b', 'num', 'Another of the same unit.', { repeats: true })],
    unit: unitOf(0),
    unify: [0, 1],
    evaluate: args => {
      const [a, b] = args as Two;
      return Math.max(a, b);
    },
  }),
];

function comparison(name: string, sign: string, doc: string, holds: (a: number, b: number) => boolean): OpSpec {
  return pointwise({
    name,
    doc,
    formula: `a ${sign} b`,
    arguments: pair,
    result: 'bool',
    unify: [0, 1],
    evaluate: args => {
      const [a, b] = args as Two;
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
      return holds(a, b) ? 1 : 0;
    },
  });
}

const comparisons: readonly OpSpec[] = [
  comparison('lt', '<', 'True where a is below b, unknown where one is absent.', (a, b) => a < b),
  comparison('le', '<=', 'True where a is not above b, unknown where one is absent.', (a, b) => a <= b),
  comparison('gt', '>', 'True where a is above b, unknown where one is absent.', (a, b) => a > b),
  comparison('ge', '>=', 'True where a is not below b, unknown where one is absent.', (a, b) => a >= b),
  comparison('eq', '==', 'True where both are equal, unknown where one is absent.', (a, b) => a === b),
  comparison('ne', '!=', 'True where they differ, unknown where one is absent.', (a, b) => a !== b),
  pointwise({
    name: 'is',
    doc: 'True where a category has the given name; the second argument is the index of that name.',
    formula: 'x is name',
    arguments: [argument('x', 'any', 'A category.'), argument('name', 'fixed', 'Index of the name.')],
    result: 'bool',
    evaluate: args => {
      const [v, index] = args as Two;
      return Number.isNaN(v) || Number.isNaN(index) ? Number.NaN : v === index ? 1 : 0;
    },
  }),
];

const condition = (name: string) => argument(name, 'bool', 'A condition.');

const logic: readonly OpSpec[] = [
  pointwise({
    name: 'and',
    doc: 'True where both hold; false where one is definitely false, even if the other is unknown.',
    formula: 'a and b',
    arguments: [condition('a'), condition('b')],
    result: 'bool',
    missing: 'kleene',
    evaluate: args => {
      const [a, b] = args as Two;
      return a === 0 || b === 0 ? 0 : a === 1 && b === 1 ? 1 : Number.NaN;
    },
  }),
  pointwise({
    name: 'or',
    doc: 'True where one holds, even if the other is unknown; false where both are definitely false.',
    formula: 'a or b',
    arguments: [condition('a'), condition('b')],
    result: 'bool',
    missing: 'kleene',
    evaluate: args => {
      const [a, b] = args as Two;
      return a === 1 || b === 1 ? 1 : a === 0 && b === 0 ? 0 : Number.NaN;
    },
  }),
  pointwise({
    name: 'not',
    doc: 'Turns true and false; unknown stays unknown, so missing data never become true.',
    formula: 'not a',
    arguments: [condition('a')],
    result: 'bool',
    missing: 'kleene',
    evaluate: args => {
      const a = args[0] as number;
      return a === 1 ? 0 : a === 0 ? 1 : Number.NaN;
    },
  }),
  pointwise({
    name: 'if',
    doc: 'One of two values; absent where the condition is unknown. Both arms tick.',
    formula: 'if c then a else b',
    arguments: [
      condition('c'),
      argument('a', 'any', 'Where the condition holds.'),
      argument('b', { kind: 'same', as: 1 }, 'Where it does not.'),
    ],
    result: 'same',
    unit: unitOf(1),
    unify: [1, 2],
    evaluate: args => {
      const [c, a, b] = args as Three;
      return c === 1 ? a : c === 0 ? b : Number.NaN;
    },
  }),
  pointwise({
    name: 'or_else',
    doc: 'The first value where it is present, the second where it is not.',
    formula: 'x or else y',
    arguments: [argument('x', 'any', 'May be absent.'), argument('y', 'same', 'Stands in.')],
    result: 'same',
    unit: unitOf(0),
    unify: [0, 1],
    missing: 'discharge',
    evaluate: args => {
      const [a, b] = args as Two;
      return Number.isNaN(a) ? b : a;
    },
  }),
  pointwise({
    name: 'present',
    callable: true,
    doc: 'True where the value is present.',
    formula: 'x is not absent',
    arguments: [argument('x', 'any', 'May be absent.')],
    result: 'bool',
    missing: 'discharge',
    evaluate: args => (Number.isNaN(args[0] as number) ? 0 : 1),
  }),
];

const others: readonly OpSpec[] = [
  pointwise({
    name: 'plain',
    callable: true,
    doc: 'The bare number, without its unit.',
    formula: 'x',
    arguments: [x],
    evaluate: args => args[0] as number,
  }),
  pointwise({
    name: 'now',
    callable: true,
    doc: "In a bracket: the value as it is now, instead of the signal tick's.",
    formula: 'x',
    arguments: [x],
    unit: unitOf(0),
    evaluate: args => args[0] as number,
  }),
  pointwise({
    name: 'steps',
    callable: true,
    doc: 'A table: the value of the last step whose threshold x has reached; absent before the first.',
    formula: 'steps(x, d1, v1, d2, v2, …)',
    arguments: [
      x,
      argument('threshold', 'num', 'From here on, in the unit of x.'),
      argument('value', 'num', 'this value holds.', { repeats: true }),
    ],
    unit: unitOf(2),
    partial: true,
    evaluate: args => {
      let value = Number.NaN;
      for (let i = 1; i + 1 < args.length; i += 2) {
        if ((args[i] as number) <= (args[0] as number)) value = args[i + 1] as number;
      }
      return value;
    },
  }),
];

export const POINTWISE: readonly OpSpec[] = [...arithmetic, ...comparisons, ...logic, ...others];
