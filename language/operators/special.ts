/**
 * Operators with a meaning beyond a table row: sources, states, crossings between clocks. Node.ts says what their
 * attributes hold. They are listed so that every node has a spec and a line of documentation.
 */
import type { OpSpec } from './operator.ts';
import { argument, special } from './spec.ts';

const stream = argument('x', 'any', 'The stream.');
const plain = { kind: 'plain' } as const;

export const SPECIAL: readonly OpSpec[] = [
  special({ name: 'const', doc: 'A number of the source text.', formula: 'c', unit: plain }),
  special({ name: 'param', doc: 'A value chosen for each run.', formula: 'p', unit: plain }),
  special({ name: 'meta', doc: 'A fact of the market, known when the instrument binds.', formula: 'm', unit: plain }),
  special({ name: 'input', doc: 'A column of the data.', formula: 'data', unit: plain }),
  special({ name: 'engine', doc: 'A stream of the account.', formula: 'account', unit: plain }),
  special({
    name: 'calendar',
    doc: 'What the calendar says of the tick.',
    formula: 'calendar',
    result: 'num',
    unit: plain,
  }),
  special({
    name: 'state_prev',
    doc: 'What a state held before this tick; `starts` at its first tick and on a reset.',
    formula: 'prev s',
    arguments: [argument('starts', 'any', 'First value.'), argument('reset', 'bool', 'Begins again where true.')],
    missing: 'hold',
  }),
  special({
    name: 'state',
    doc: 'The update where it is present, else what the state held.',
    formula: 's',
    arguments: [argument('previous', 'any', 'Its state_prev.'), argument('update', 'same', 'The new value.')],
    missing: 'hold',
  }),
  special({
    name: 'delay',
    doc: 'The value k ticks ago.',
    formula: 'x[k]',
    arguments: [stream, argument('k', { kind: 'length', min: 0 }, 'Ticks back.')],
    time: { kind: 'delay', by: 1 },
  }),
  special({
    name: 'latest',
    doc: 'The last completed value of a slower clock, on the faster one.',
    formula: 'latest(x)',
    arguments: [stream, argument('max_age', 'duration', 'Absent when older.')],
  }),
  special({
    name: 'sample',
    doc: 'The value at the close of each tick of a slower clock.',
    formula: 'sample(x, clock)',
    arguments: [stream],
  }),
  special({
    name: 'signal',
    doc: 'True where the condition is definitely true and ready, else false.',
    formula: 'signal',
    arguments: [argument('condition', 'bool', 'The condition.')],
    result: 'bool',
    unit: plain,
    missing: 'discharge',
  }),
  special({
    name: 'cross_section',
    doc: 'What a stream is among the members of a universe at one tick; held and absent members have no part in it.',
    formula: 'f(x of all members)',
    arguments: [stream],
    result: 'num',
  }),
  special({ name: 'predict', doc: 'What a model says of the tick, a column like bars.', formula: 'm(x)', unit: plain }),
  special({
    name: 'drift',
    doc: 'How far the features, or the prediction, have moved from those of the training, a column like bars.',
    formula: 'drift(m)',
    unit: plain,
  }),
  special({
    name: 'triple_barrier',
    doc: 'Which barrier the price meets first; only a label may ask for it.',
    formula: 'up, flat or down',
    unit: plain,
  }),
  special({
    name: 'barrier',
    doc: 'The triple barrier as the compiler computes it: at the tick that knows the answer.',
    formula: 'triple_barrier, delayed',
    result: 'num',
    unit: plain,
  }),
  special({
    name: 'ahead',
    doc: 'The value k ticks later; only a label may ask for it.',
    formula: 'x[+k]',
    arguments: [stream, argument('k', { kind: 'length', min: 0 }, 'Ticks ahead.')],
  }),
  special({
    name: 'cross_section',
    doc: 'A value of each member of a universe compared with those of the others at the same tick.',
    formula: 'rank(x) across U',
    arguments: [stream],
    result: 'num',
  }),
  special({ name: 'predict', doc: 'What a model says of the tick.', formula: 'predict(m)', unit: plain }),
  special({
    name: 'drift',
    doc: 'How far what a model sees has moved from what it learned from.',
    formula: 'drift(m)',
    unit: plain,
  }),
  special({
    name: 'triple_barrier',
    doc: 'Which of three ends a position would meet first; only a label may ask for it.',
    formula: 'triple_barrier(up, down, within)',
    unit: plain,
  }),
  special({
    name: 'quantile_class',
    doc: 'Which of n classes with equally many rows a number is in; the whole of a label.',
    formula: 'quantile_class(x, n)',
    unit: plain,
  }),
];
