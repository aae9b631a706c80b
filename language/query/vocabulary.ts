// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the snippets of editors are written so
/**
 * The words of the language with what there is to say of each: declarations, the keys of their blocks, what a key may
 * hold. Completion and hovers read it; that the keys are those the checker knows is tested.
 */
import { METRIC_NAMES } from '../check/metrics.ts';
import type { TrainerName } from '../check/model.ts';
import { TRAINER_NAMES, TRAINER_SETTINGS } from '../check/trainer-settings.ts';
import type { DeclarationKeyword } from '../syntax/keywords.ts';

export interface Word {
  readonly name: string;
  readonly doc: string;
  /** What is inserted, in the snippet syntax of editors; the name itself where there is none. */
  readonly snippet?: string;
}

/** What the value of a key is. `words`: those that may be written, also beside an expression. */
export interface Key extends Word {
  readonly words?: readonly Word[];
  /** What an expression there must be; absent where there is none. */
  readonly wants?: Wants;
  /** It holds a block of keys itself. */
  readonly block?: readonly Key[];
}

/** What fits a place: for the order in which names are offered. */
export type Wants =
  | 'any'
  | 'bool'
  | 'num'
  | 'price'
  | 'money'
  | 'qty'
  | 'ratio'
  | 'index'
  | 'bars'
  | 'duration'
  | 'params';

const word = (name: string, doc: string, snippet?: string): Word => ({ name, doc, ...(snippet && { snippet }) });
const words = (...list: readonly (readonly [string, string, string?])[]): readonly Word[] =>
  list.map(([name, doc, snippet]) => word(name, doc, snippet));

// ---------------------------------------------------------------- declarations

export const DECLARATION_WORDS: Readonly<Record<DeclarationKeyword, Word>> = {
  strategy: word('strategy', 'The title of the strategy.', 'strategy "$1"$0'),
  use: word('use', 'Functions, params and clocks of another file.', 'use "${1:lib/stops.vela}" as ${2:stops}$0'),
  instrument: word(
    'instrument',
    "What is traded, in ccxt's unified symbols; once without a name, which is what `close` means.",
    'instrument "${1:BTC/USDT}" on ${2:binance}$0',
  ),
  universe: word(
    'universe',
    'Several instruments that are compared with one another.',
    'universe ${1:majors} = "${2:BTC/USDT}", "${3:ETH/USDT}" on ${4:binance}$0',
  ),
  every: word('every', 'The base clock: the length of a bar.', 'every ${1:1h}$0'),
  clock: word('clock', 'A slower clock, by name.', 'clock ${1:day} = ${2:1d}$0'),
  session: word(
    'session',
    'Hours of a day in a time zone.',
    'session ${1:ny} = "${2:09:30-16:00}" in "${3:America/New_York}" on ${4:mon..fri}$0',
  ),
  account: word(
    'account',
    'Currency and capital of the account.',
    'account { currency: ${1:USDT}  capital: ${2:10000} }$0',
  ),
  input: word(
    'input',
    'A further series from the catalog.',
    'input ${1:fng}: ${2:index} every ${3:1d} from "${4:fng}" { lag: ${5:1h} }$0',
  ),
  param: word(
    'param',
    'A number that a run may change, with its range.',
    'param ${1:n}: ${2:bars} = ${3:14} in ${4:5..30}$0',
  ),
  require: word('require', 'What must hold between params.', 'require ${1:fast < slow}$0'),
  at: word('at', 'Values that tick on a slower clock.', 'at ${1:day} {\n  $0\n}'),
  fn: word(
    'fn',
    'A function of the language: pure, each call with its own state.',
    'fn ${1:name}(${2:src: price}, ${3:n: bars}) -> ${4:num} = $0',
  ),
  let: word('let', 'A named value.', 'let ${1:name} = $0'),
  signal: word('signal', 'A named condition: false until it is ready, never missing.', 'signal ${1:name} = $0'),
  state: word(
    'state',
    'A value carried from tick to tick.',
    'state ${1:name} starts ${2:0}\n  then ${3:prev ${1:name} + 1}$0',
  ),
  features: word('features', 'Named columns that a model learns from.', 'features ${1:x} {\n  ${2:mom} = $0\n}'),
  label: word(
    'label',
    'The answer a model learns: the only value that may look ahead.',
    'label ${1:edge} = ${2:forward_return(${3:7})}$0',
  ),
  model: word(
    'model',
    'What learns a label from features.',
    'model ${1:m} = ${2:xgboost} learn ${3:edge} from ${4:x} {\n  $0\n}',
  ),
  train: word(
    'train',
    'Which rows a model learns from, and when.',
    'train ${1:m} ${2:walk_forward} {\n  window: ${3:2y}   retrain: ${4:3mo}   valid: ${5:20%}\n}$0',
  ),
  when: word(
    'when',
    'A rule: where its condition is definitely true, it acts.',
    'when ${1:condition} ${2:enter long} { size: ${3:95% of equity} }$0',
  ),
  while: word(
    'while',
    'A standing order: while the condition holds, it rests.',
    'while ${1:idle} keep buy ${2:0.1 base} at limit ${3:bid}$0',
  ),
  rebalance: word(
    'rebalance',
    'Brings the holdings to target weights.',
    'rebalance every ${1:1w} to ${2:weight} across ${3:majors} { band: ${4:1%} }$0',
  ),
  risk: word(
    'risk',
    'Limits of the strategy and pauses.',
    'risk {\n  cap ${1:exposure} at ${2:150% of equity}\n  $0\n}',
  ),
  execution: word(
    'execution',
    'How orders fill and what they cost.',
    'execution { fill: next_open  fee: ${1:10bp}  slippage: ${2:2bp} }$0',
  ),
  plot: word('plot', 'What the report draws.', 'plot ${1:name} on ${2:price}$0'),
  test: word('test', 'An example that must hold.', 'test "${1:name}" {\n  given ${2:let x = 1}\n  expect $0\n}'),
};

/** Statements of blocks that hold statements. */
export const STATEMENTS: Readonly<Record<string, readonly Word[]>> = {
  at: [DECLARATION_WORDS.let, DECLARATION_WORDS.signal, DECLARATION_WORDS.state],
  fn: [DECLARATION_WORDS.let, DECLARATION_WORDS.state],
  test: words(
    ['given', 'A value of the example.', 'given let ${1:x} = $0'],
    ['expect', 'What must be true.', 'expect $0'],
  ),
  risk: words(
    ['cap', 'A limit and what happens at it.', 'cap ${1:exposure} at ${2:150% of equity}$0'],
    ['pause', 'No entries for a while.', 'pause ${1:8 bars} when ${2:stopped_out}$0'],
  ),
  features: words(['use', 'Takes in a group of features of the library.', 'use ${1:price_features}$0']),
};

// ---------------------------------------------------------------- keys

const key = (name: string, doc: string, more: Omit<Key, 'name' | 'doc'> = {}): Key => ({ name, doc, ...more });
const choice = (name: string, doc: string, ...list: readonly (readonly [string, string])[]): Key =>
  key(name, doc, { words: list.map(([choice, about]) => word(choice, about)) });

const GAPS: readonly Key[] = [
  choice(
    'gaps',
    'What stands in for a missing bar.',
    ['hold', 'The last close, with no volume; nothing happens on it.'],
    ['absent', 'Nothing: the values of that tick are absent.'],
    ['fail', 'Nothing may: a hole is an error.'],
  ),
  key('max_gap', 'The longest hole that is bridged; `2d` unless stated.', {
    wants: 'duration',
    snippet: 'max_gap: ${1:6h}',
  }),
];

const ORDER: readonly Key[] = [
  key('at', 'How the order is placed; a market order unless stated.', {
    words: words(
      ['limit', 'At this price or better.', 'limit ${1:close * (1 - 1bp)}'],
      ['stop', 'Once the price gets there.', 'stop ${1:high}'],
      ['market', 'At once.'],
    ),
  }),
  key('expire', 'How long the unfilled order lives; one bar unless stated.', {
    wants: 'bars',
    snippet: 'expire: ${1:2 bars}',
  }),
];
const BRACKET: readonly Key[] = [
  key('stop', 'The price at which the position is closed at a loss.', {
    wants: 'price',
    snippet: 'stop: ${1:entry - 2 * atr(14)}',
  }),
  key('target', 'The price at which the position is closed at a profit; also in parts.', {
    wants: 'price',
    snippet: 'target: ${1:entry + 3 * atr(14)}',
  }),
  key('trail', 'A stop that follows the best price: a distance or a ratio, also `1% after 3%`.', {
    wants: 'any',
    snippet: 'trail: ${1:3 * atr(14)}',
  }),
  key('hold', 'How long the position is held at most; then out at market.', {
    wants: 'bars',
    snippet: 'hold: ${1:26 bars}',
  }),
];
const SIZE = key('size', 'How much is bought or sold.', {
  wants: 'ratio',
  snippet: 'size: ${1:95% of equity}',
  words: words(
    ['risking', 'So much that the stop loses this share of equity.', 'risking ${1:0.5%} of equity'],
    ['target_vol', 'So much that the position moves this much a year.', 'target_vol ${1:20%}'],
  ),
});

const EVERY_TRAINING: readonly Key[] = [
  key('valid', 'The last share of each window: for early stopping, search and calibration.', { wants: 'ratio' }),
  choice('refit', 'Whether the model learns once more from all rows.', ['yes', 'It does.'], ['no', 'It does not.']),
  key('early_stopping_rounds', 'Rounds without progress on the valid part after which training ends.', {
    wants: 'num',
  }),
  key('min_rows', 'Fewer rows than this are refused; 500 unless stated.', { wants: 'num' }),
  key('search', 'Looks for good values of the tuned settings.', {
    block: [
      choice(
        'method',
        'How it looks.',
        ['grid', 'Every combination.'],
        ['random', 'At random.'],
        ['tpe', 'Where good ones were.'],
        ['halving', 'Many for a few rounds, the better ones for more.'],
      ),
      key('trials', 'How many are tried.', { wants: 'num' }),
      key('score', 'What the best one is best at.', {
        words: METRIC_NAMES.map(({ name, about }) => word(name, about)),
      }),
      key('inner', 'How the rows are split inside.', {
        words: words(
          ['purged_kfold', 'So many parts, purged at the edges.', 'purged_kfold(${1:4})'],
          ['combinatorial', 'All choices of tested parts.', 'combinatorial(${1:6}, ${2:2})'],
        ),
      }),
      key('every', 'How often it looks again.', { wants: 'duration' }),
    ],
    snippet: 'search { method: ${1:tpe}  trials: ${2:40} }',
  }),
];
const EMBARGO = key('embargo', 'Rows left out behind each tested part.', { wants: 'duration' });
const TRAIN_LAG = key('train_lag', 'How long a training takes before its model is used.', { wants: 'duration' });

const TRAINING: Readonly<Record<string, readonly Key[]>> = {
  walk_forward: [
    key('window', 'How far back it learns from.', {
      wants: 'duration',
      words: words(['expanding', 'From the date that `from` names.']),
    }),
    key('from', 'Learns from everything since this date.', {}),
    key('retrain', 'How often it learns anew.', { wants: 'duration' }),
    TRAIN_LAG,
    EMBARGO,
    ...EVERY_TRAINING,
  ],
  hold_out: [key('at', 'Learns from what is before this date, once.', {}), TRAIN_LAG, EMBARGO, ...EVERY_TRAINING],
  purged_kfold: [key('folds', 'How many parts.', { wants: 'num' }), EMBARGO, ...EVERY_TRAINING],
  combinatorial: [
    key('folds', 'How many parts.', { wants: 'num' }),
    key('test', 'How many of them are tested at a time.', { wants: 'num' }),
    EMBARGO,
    ...EVERY_TRAINING,
  ],
};

export const TRAINING_METHODS: readonly Word[] = words(
  ['walk_forward', 'Learns again and again from a window that moves with time.'],
  ['hold_out', 'Learns once, from what is before a date.'],
  ['purged_kfold', 'Each part is predicted by a model of the others, purged at the edges.'],
  ['combinatorial', 'All choices of tested parts: many paths through one history.'],
);

const MODEL: readonly Key[] = [
  key('objective', 'What is made small; what the label says unless stated.', {
    words: words(
      ['squared', 'Squared error.'],
      ['huber', 'Squared error near 0, absolute beyond.'],
      ['quantile', 'The pinball loss of a quantile.', 'quantile(${1:0.9})'],
      ['rank', 'The order within each tick.'],
    ),
  }),
  key('weight', 'What rows count: `uniqueness(label)`, `decay(180d)`, or a stream.', {
    wants: 'num',
    words: words(
      ['uniqueness', 'How little the label of a row overlaps with others.', 'uniqueness(${1:label})'],
      ['decay', 'Halves with every such length into the past.', 'decay(${1:180d})'],
    ),
  }),
  key('seed', 'What chance begins with; 0 unless stated.', { wants: 'num' }),
  choice(
    'scale',
    'How columns are scaled before learning.',
    ['standard', 'By mean and deviation.'],
    ['robust', 'By median and quartiles.'],
    ['none', 'Not at all.'],
  ),
  key('clip', 'Cuts what lies further out than this many deviations.', { wants: 'num' }),
  choice(
    'impute',
    'What stands in for an absent value.',
    ['median', 'The median of the training rows.'],
    ['none', 'Nothing: it stays absent.'],
  ),
  key('select', 'Which columns are kept.', {
    words: words(
      ['variance', 'Those that move.', 'variance(${1:0})'],
      ['correlation', 'Those that differ from one another.', 'correlation(${1:0.95})'],
      ['gain', 'Those that trees gain most from.', 'gain(${1:30})'],
      ['permutation', 'Those whose loss costs most.', 'permutation(${1:20})'],
    ),
  }),
  choice('calibrate', 'Makes probabilities true.', ['isotonic', 'By steps.'], ['platt', 'By a logistic curve.']),
  key('accept', 'A version that scores worse than this is not used.', {
    words: METRIC_NAMES.map(({ name, about }) => word(name, about)),
  }),
  key('max_age', 'A version older than this is not used.', { wants: 'duration' }),
  choice(
    'device',
    'What predicts.',
    ['auto', 'Whatever is there.'],
    ['cpu', 'The processor.'],
    ['cuda', 'An NVIDIA card.'],
    ['webgpu', 'A card by WebGPU.'],
  ),
  choice(
    'on_failure',
    'What a failed prediction means.',
    ['hold', 'Nothing is decided.'],
    ['flat', 'Everything is closed.'],
    ['last', 'The last one holds.'],
  ),
];

/** The keys that a model block of a trainer knows. */
export function modelKeys(trainer: string | undefined): readonly Key[] {
  const settings = TRAINER_NAMES.includes(trainer as TrainerName) ? TRAINER_SETTINGS[trainer as TrainerName] : [];
  const ours = settings.map((setting): Key => {
    const preset = setting.default === undefined ? '' : ` Unless stated ${setting.default}.`;
    const about = `${setting.about}${preset}`;
    if (setting.kind === 'choice') return key(setting.name, about, { words: setting.of.map(one => word(one, '')) });
    if (setting.kind === 'flag') return choice(setting.name, about, ['yes', ''], ['no', '']);
    return key(setting.name, about, { wants: 'num' });
  });
  return [...ours, ...MODEL];
}

export const TRAINERS: readonly Word[] = [
  word('xgboost', 'Boosted trees, as XGBoost 3 makes them.'),
  word('random_forest', 'Many trees, each from a part of the rows.'),
  word('logistic', 'A line between two classes.'),
  word('ridge', 'A line through numbers, kept short.'),
  word('mlp', 'A small neural net.'),
  word('onnx', 'A model made elsewhere.', 'onnx("${1:path.onnx}", trained_to = ${2:2023-12-31})'),
];

/** Keys by the block they stand in: a declaration, or the verb of a rule. */
const BLOCKS: Readonly<Record<string, readonly Key[]>> = {
  instrument: GAPS,
  input: [...GAPS, key('lag', 'How long after its stamp a value is known.', { wants: 'duration' })],
  universe: [
    ...GAPS,
    key('pick', 'How many members, and by what they are ranked.', {
      snippet: 'pick: ${1:20} by ${2:sma(quote_volume, 30d)}',
    }),
    key('where', 'What a member must be.', { wants: 'bool' }),
    key('every', 'How often members are chosen.', { wants: 'duration' }),
    key('keep', 'A member stays while its rank is within this.', { wants: 'num' }),
    key('max', 'More candidates are an error.', { wants: 'num' }),
    key('except', 'Symbols that never belong to it.', {}),
  ],
  account: [
    key('currency', 'What the account is counted in.', {}),
    key('capital', 'What a run starts with.', { wants: 'num' }),
  ],
  enter: [
    SIZE,
    key('prefer', 'Which entry of several goes first: the highest.', { wants: 'num' }),
    ...ORDER,
    ...BRACKET,
  ],
  add: [SIZE, ...ORDER, ...BRACKET],
  exit: [
    ...ORDER,
    choice('else', 'What happens when a limit exit expires.', ['market', 'Out at market.'], ['nothing', 'Nothing.']),
  ],
  while: [
    key('post_only', 'The order only ever makes liquidity.', { snippet: 'post_only' }),
    key('reprice', 'When a resting order is moved.', { wants: 'any' }),
    key('again', 'Whether the slot is used again after a fill.', {}),
    key('oco', 'One cancels the other.', { snippet: 'oco' }),
    ...BRACKET,
  ],
  rebalance: [
    key('band', 'A holding nearer to its weight than this is left alone.', {
      wants: 'ratio',
      snippet: 'band: ${1:1%}',
    }),
    choice('leavers', 'What happens to members that leave.', ['exit', 'They are closed.'], ['keep', 'They are kept.']),
    choice('legs', 'Orders that fill as one.', ['together', 'Shrunk, refused or undone as one.']),
    key('within', 'How long the legs may take.', { wants: 'bars' }),
  ],
  execution: [
    choice(
      'fill',
      'Where a market order fills.',
      ['next_open', 'At the open of the next bar.'],
      ['this_close', 'At the close that decided it.'],
    ),
    key('fee', 'A ratio of notional, or maker and taker apart.', {
      wants: 'ratio',
      snippet: 'fee: ${1:10bp}',
      words: words(
        ['maker', 'Apart for makers and takers.', 'maker ${1:2bp} taker ${2:5bp}'],
        ['ignored', 'None, on purpose.'],
      ),
    }),
    key('slippage', 'A ratio or a distance in price.', {
      wants: 'any',
      snippet: 'slippage: ${1:2bp}',
      words: words(['ignored', 'None, on purpose.']),
    }),
    choice('funding', 'Of a perpetual.', ['data', 'As the data say.'], ['ignored', 'None, on purpose.']),
    key('leverage', 'Notional over margin; 1 unless stated.', { wants: 'num' }),
    choice('margin', 'What a position is backed by.', ['isolated', 'Its own margin.'], ['cross', 'The whole account.']),
    choice(
      'both_hit',
      'What comes first when stop and target lie in one bar.',
      ['worst', 'The stop.'],
      ['best', 'The target.'],
    ),
    choice(
      'touch',
      'When a resting order fills.',
      ['through', 'When the price goes through it.'],
      ['fills', 'When the price gets there.'],
    ),
    key('participation', 'The share of a bar that an order may be.', { wants: 'ratio' }),
    key('intrabar', 'Replays a bar from finer data.', {}),
  ],
};

/** Which block the keys are of: `about` is the method of a training, the trainer of a model. */
export function keysOf(block: string, about?: string): readonly Key[] {
  if (block === 'train') return TRAINING[about ?? ''] ?? [];
  if (block === 'model') return modelKeys(about);
  return Object.hasOwn(BLOCKS, block) ? (BLOCKS[block] ?? []) : [];
}

export const VERBS: readonly Word[] = words(
  ['enter', 'Opens a position.', 'enter ${1|long,short|} { size: ${2:95% of equity} }'],
  ['add', 'Adds to an open position.', 'add { size: ${1:5% of equity} }'],
  ['reduce', 'Closes a share of the position.', 'reduce ${1:50%}'],
  ['exit', 'Closes the position.'],
  ['flatten', 'Closes everything.'],
  ['alert', 'Tells someone.', 'alert "${1:text}"'],
);

export const SIDES: readonly Word[] = words(
  ['long', 'Profits when the price rises.'],
  ['short', 'Profits when the price falls.'],
);

export const CAPS: readonly Word[] = words(
  ['exposure', 'Gross notional over equity.'],
  ['leverage', 'Gross notional over equity, as a plain number.'],
  ['position', 'Notional of one position over equity.'],
  ['daily_loss', 'Loss since the day began, over equity at its start.'],
  ['drawdown', 'Distance of equity below its peak.'],
  ['gross', 'Sum of absolute weights.'],
  ['net', 'Sum of weights.'],
  ['turnover', 'What a rebalance moves, over equity.'],
  ['positions', 'How many positions are open.'],
  ['concentration', 'Largest share of one member.'],
  ['orders', 'How many orders a bar.'],
);

export const CAP_ACTIONS: readonly Word[] = words(
  ['refuse', 'New entries are refused.'],
  ['reduce', 'The order is cut to what is left.'],
  ['flatten', 'Everything is closed.'],
  ['halt', 'No entries until a person, or a clock, says so.', 'halt until ${1:day}'],
);

export const KIND_WORDS: readonly Word[] = words(
  ['bars', 'A whole number of bars.'],
  ['num', 'Any number.'],
  ['ratio', 'A share: `5%`, `25bp`.'],
  ['price', 'A price of the instrument.'],
  ['money', 'An amount of the quote currency.'],
  ['qty', 'An amount of the base asset.'],
  ['index', 'A number from 0 to 100.'],
  ['duration', 'A length of time.'],
  ['bool', 'A condition.'],
);

/** Words between values, with what each asks for behind it. */
export const OPERATOR_WORDS: readonly (Word & { readonly of: 'bool' | 'num' | 'any' })[] = [
  { ...word('and', 'Both hold.'), of: 'bool' },
  { ...word('or', 'One of them holds.'), of: 'bool' },
  { ...word('crosses above', 'Was at or below one bar ago, and is above now.'), of: 'num' },
  { ...word('crosses below', 'Was at or above one bar ago, and is below now.'), of: 'num' },
  { ...word('between', 'Lies within two values, both included.', 'between ${1:low} and ${2:high}'), of: 'num' },
  { ...word('or else', 'This where the other is absent.'), of: 'any' },
  { ...word('of', 'A share of something; binds tighter than `*`.'), of: 'num' },
  { ...word('mod', 'What is left of a division.'), of: 'num' },
  { ...word('is', 'One of a closed list of names.'), of: 'any' },
  { ...word('across', 'Among the members of a universe; ends an expression.'), of: 'any' },
  { ...word('bars', 'A number of bars.'), of: 'num' },
];

/** Words that begin an expression. */
export const EXPRESSION_WORDS: readonly Word[] = words(
  ['if', 'One of two values. Both arms tick.', 'if ${1:condition} then ${2:a} else ${3:b}'],
  ['not', 'The opposite; unknown stays unknown.'],
  ['prev', 'The value one tick before.'],
  ['true', 'Always.'],
  ['false', 'Never.'],
  ['absent', 'No value.'],
);

/** Calls that the checker knows by name: their parameters and what there is to say of them. */
export interface SpecialFunction {
  readonly name: string;
  readonly signature: string;
  readonly parameters: readonly { readonly name: string; readonly doc: string; readonly wants: Wants }[];
  readonly doc: string;
  /** Where it may be called. */
  readonly only?: 'label' | 'bracket';
}

const call = (
  name: string,
  doc: string,
  parameters: readonly (readonly [string, Wants, string])[],
  only?: SpecialFunction['only'],
): SpecialFunction => ({
  name,
  signature: `${name}(${parameters.map(([parameter]) => parameter).join(', ')})`,
  parameters: parameters.map(([parameter, wants, about]) => ({ name: parameter, wants, doc: about })),
  doc,
  ...(only && { only }),
});

export const SPECIAL_FUNCTIONS: readonly SpecialFunction[] = [
  call('latest', 'The last completed value of a slower clock.', [
    ['x', 'any', 'A stream of a slower clock.'],
    ['max_age', 'duration', 'Absent when it is older than this. Optional.'],
  ]),
  call('sample', 'The value at the close of each tick of a slower clock.', [
    ['x', 'any', 'A stream of a faster clock.'],
    ['clock', 'any', 'The slower clock.'],
  ]),
  call('changed', 'True where a value is not what it was one tick before.', [['x', 'any', 'A stream.']]),
  call('new', 'True at the first tick of a period of a slower clock.', [['clock', 'any', 'The slower clock.']]),
  call('ends', 'True at the tick that completes a period of a slower clock.', [['clock', 'any', 'The slower clock.']]),
  call('hour_of_day', 'Hour in which the bar opens, 0 to 23, UTC.', []),
  call('weekday', 'Day on which the bar opens: 1 is Monday, 7 Sunday, UTC.', []),
  call('active', 'True while a session is open.', [['session', 'any', 'The session.']]),
  call('elapsed', 'Time since the session opened.', [['session', 'any', 'The session.']]),
  call('left', 'Time until the session closes.', [['session', 'any', 'The session.']]),
  call('predict', 'What a model says of this tick; absent before its first training.', [
    ['model', 'any', 'The model.'],
    ['features', 'any', "Another block than the model's own. Optional."],
  ]),
  call('likeliest', 'The class that a model holds for the likeliest.', [
    ['model', 'any', 'The model.'],
    ['features', 'any', "Another block than the model's own. Optional."],
  ]),
  call('drift', 'How far what a model sees has moved from what it learned from.', [
    ['model', 'any', 'The model.'],
    ['of', 'any', 'The features, or `prediction`. Optional.'],
    ['window', 'duration', 'Over how long. Optional.'],
  ]),
  call(
    'ahead',
    'The value k ticks later.',
    [
      ['x', 'any', 'A stream.'],
      ['k', 'bars', 'Ticks ahead.'],
    ],
    'label',
  ),
  call(
    'forward_return',
    'What a position entered now returns over the next n bars, from fill to fill.',
    [['n', 'bars', 'Bars held.']],
    'label',
  ),
  call(
    'triple_barrier',
    'Which barrier the price meets first: `up`, `down`, or `flat` when time runs out.',
    [
      ['up', 'price', 'Distance of the upper barrier.'],
      ['down', 'price', 'Distance of the lower barrier.'],
      ['within', 'bars', 'How long there is.'],
      ['side', 'num', 'Turns the barriers round where it is below 0. Optional.'],
    ],
    'label',
  ),
  call(
    'quantile_class',
    'Which of n classes with equally many rows.',
    [
      ['x', 'num', 'A number that may look ahead.'],
      ['n', 'num', 'How many classes.'],
    ],
    'label',
  ),
];

export const CROSS_SECTION_DOCS: Readonly<Record<string, string>> = {
  rank: 'Rank among the members, 0 to 1; 0.5 for a single one.',
  zscore: 'Distance from the mean of the members, in their deviations.',
  demean: 'Distance from the mean of the members.',
  scale: 'So that the absolute values sum to `gross`.',
  winsor: 'Cut at the `share` quantiles of the members.',
  neutral: 'What is left after the part that `to` explains.',
  quantile_of: 'Which of n groups of members, 1 to n.',
  mean: 'Mean of the members.',
  sum: 'Sum of the members.',
  count: 'How many members it is true of.',
  breadth: 'The share of members it is true of.',
};

/** The venues that strategies most often name, by ccxt's ids. */
export const VENUES: readonly string[] = [
  'binance',
  'binanceusdm',
  'bybit',
  'okx',
  'kraken',
  'coinbase',
  'bitget',
  'gate',
  'kucoin',
  'mexc',
  'htx',
  'bitfinex',
  'bitstamp',
  'deribit',
  'hyperliquid',
];

export const DURATIONS: readonly string[] = ['1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w'];
