/**
 * The clauses of each statement: which words begin one, and what may be written behind it. Tables alone; cursor.ts finds
 * where in them a caret stands.
 */
import {
  CAP_ACTIONS,
  CAPS,
  KIND_WORDS,
  SIDES,
  TRAINERS,
  TRAINING_METHODS,
  VERBS,
  type Wants,
  type Word,
} from './vocabulary.ts';

export type Block = 'file' | 'at' | 'fn' | 'test' | 'risk' | 'features';

/** Names of the file that a place asks for. */
export type Named =
  | 'clock'
  | 'universe'
  | 'instrument'
  | 'model'
  | 'label'
  | 'features'
  | 'group'
  | 'venue'
  | 'duration'
  | 'session';

/** What may stand behind the word that begins a clause. */
export interface Clause {
  /** An expression that is such a thing; what stands behind it is in `after`. */
  readonly wants?: Wants;
  /** Without an expression: what is asked for at once. */
  readonly first?:
    | { readonly kind: 'named'; readonly what: Named }
    | { readonly kind: 'words'; readonly words: readonly Word[] };
  /** Words that carry the statement on, once something whole stands there. */
  readonly after?: readonly Word[];
  /** `after` holds behind exactly so many tokens. */
  readonly length?: number;
  /** The clause is one in this block alone. */
  readonly only?: Block;
}

export const VERB_WORDS: ReadonlySet<string> = new Set(['enter', 'add', 'reduce', 'exit', 'flatten', 'alert']);
export const NO_MARKERS: ReadonlySet<string> = new Set();
export const MARKERS: Readonly<Record<string, ReadonlySet<string>>> = {
  instrument: new Set(['on']),
  universe: new Set(['=', 'on']),
  clock: new Set(['=']),
  input: new Set([':', 'every', 'from']),
  param: new Set([':', '=', 'in', 'step', 'of']),
  fn: new Set([':', '->', '=', ',']),
  let: new Set(['=']),
  given: new Set(['=']),
  signal: new Set(['=']),
  label: new Set(['=', 'across']),
  column: new Set(['=']),
  state: new Set(['starts', 'then', 'reset', 'when']),
  features: new Set(['across']),
  model: new Set(['=', 'learn', 'from', 'when']),
  when: new Set(['enter', 'add', 'reduce', 'exit', 'flatten', 'alert', 'on', 'across']),
  while: new Set(['keep', 'buy', 'sell', 'at', 'limit', 'stop', 'for']),
  rebalance: new Set(['every', 'when', 'to', 'across']),
  cap: new Set(['at', 'else', 'until']),
  pause: new Set(['when', 'across']),
  use: new Set(['over', 'lags', 'as']),
  plot: new Set(['on']),
};

const plain = (...names: readonly string[]): readonly Word[] => names.map(name => ({ name, doc: '' }));
const value = (wants: Wants, after: readonly Word[] = []): Clause => ({ wants, after });
const named = (what: Named, after?: readonly Word[]): Clause => ({
  first: { kind: 'named', what },
  ...(after !== undefined && { after }),
});
const words = (list: readonly Word[], after?: readonly Word[]): Clause => ({
  first: { kind: 'words', words: list },
  ...(after !== undefined && { after }),
});

/** By the statement's first word and the word that begins the clause; with the first word alone, what follows that. */
export const CLAUSES: Readonly<Record<string, Clause>> = {
  'instrument on': named('venue'),
  'universe on': named('venue'),
  'instrument ': { after: plain('on') },
  'universe =': { after: plain('on') },
  'every ': named('duration'),
  'clock =': named('duration'),
  'input every': named('duration'),
  'rebalance every': named('duration', plain('to')),
  'at ': named('clock'),
  'cap until': named('clock'),
  'param :': words(KIND_WORDS),
  'fn :': words(KIND_WORDS),
  'fn ->': words(KIND_WORDS),
  'param =': value('params', plain('in', 'of')),
  'param in': value('params', plain('step')),
  'param step': value('params'),
  'param of': value('params'),
  'require ': value('bool'),
  'signal =': value('bool'),
  'model when': value('bool'),
  'pause when': value('bool'),
  'rebalance when': value('bool', plain('to')),
  'expect ': value('bool'),
  'let =': value('any'),
  'fn =': value('any'),
  'column =': value('any'),
  'plot ': value('any', plain('on')),
  'label =': value('any', plain('across')),
  'state ': { after: plain('starts') },
  'state starts': value('any', plain('then')),
  'state then': value('any', plain('reset when')),
  'state reset': words(plain('when')),
  'state when': value('bool'),
  'features across': named('universe'),
  'pause across': named('universe'),
  'when across': named('universe'),
  'rebalance across': named('universe'),
  'label across': named('universe'),
  'model =': words(TRAINERS, plain('learn', 'from')),
  'model learn': named('label', plain('from')),
  'model from': named('features', plain('when')),
  'train ': { ...named('model', TRAINING_METHODS), length: 1 },
  'when ': value('bool', VERBS),
  'when enter': words(SIDES, plain('on', 'across')),
  'when add': words(SIDES, plain('on', 'across')),
  'when exit': words(SIDES, plain('on', 'across')),
  'when reduce': value('ratio', [...SIDES, ...plain('on')]),
  'when on': named('instrument'),
  'while ': value('bool', plain('keep')),
  'while keep': words(plain('buy', 'sell')),
  'while buy': value('num', plain('at')),
  'while sell': value('num', plain('at')),
  'while at': words(plain('limit', 'stop')),
  'while limit': value('price', plain('then', 'for')),
  'while stop': value('price', plain('then', 'for')),
  'rebalance ': words(plain('every', 'when')),
  'rebalance to': value('num', plain('across')),
  'cap ': words(CAPS, plain('at')),
  'cap at': value('ratio', plain('else')),
  'cap else': words(CAP_ACTIONS, plain('until')),
  'pause ': value('bars', plain('when')),
  'use ': { ...named('group'), only: 'features' },
  'use over': named('duration'),
  'plot on': words(plain('price')),
  'given =': value('any'),
};
