/** E03xx: the future, and the strategy's own past, where they cannot be known. */
import type { Family } from '../entry.ts';

export type CausalityCode =
  | 'E0301'
  | 'E0302'
  | 'E0303'
  | 'E0304'
  | 'E0305'
  | 'E0306'
  | 'E0307'
  | 'E0308'
  | 'E0309'
  | 'W0301'
  | 'W0302'
  | 'W0303';

const MODEL =
  'features x { r = close / close[5] }\nlabel edge = ahead(close, 6) > fill_price\nmodel gbm = xgboost learn edge from x { seed: 7 }\n';
const TRAIN = 'train gbm walk_forward { window: 2y  retrain: 3mo }\n';

export const CAUSALITY: Family<CausalityCode> = {
  E0301: {
    severity: 'error',
    title: 'the future is used where it cannot be known',
    message: facts => `${facts.what} uses the future`,
    label: facts =>
      facts.bars === undefined
        ? `\`${facts.name}\` is a label`
        : `\`${facts.name}\` is a label: it reads up to ${facts.bars} ${facts.bars === 1 ? 'bar' : 'bars'} ahead`,
    why: 'A label is the answer the model learns; at trade time nobody knows it yet.',
    help: facts =>
      facts.model === undefined
        ? 'use values up to now: `close / close[6]` looks back where `ahead` looks forward'
        : `use the model's forecast: \`predict(${facts.model})\``,
    page: {
      example: `${MODEL}${TRAIN}signal buy = edge`,
      mended: `${MODEL}${TRAIN}signal buy = predict(gbm) > 0.8`,
      more: 'Only `learn` of a model and other labels may read a label; `weight: uniqueness(edge)` counts how long it lasts.',
    },
  },
  E0302: {
    severity: 'error',
    title: 'a negative index looks ahead',
    message: facts =>
      facts.constant === false
        ? `\`[${facts.text}]\` may read up to ${facts.bars} ${facts.bars === 1 ? 'bar' : 'bars'} ahead`
        : `\`[${facts.text}]\` reads ${facts.bars === 1 ? 'the next bar' : `${facts.bars} bars ahead`}`,
    label: () => 'has not happened yet',
    why: '`x[k]` is the value k bars ago; a negative k would be a bar that nobody has seen.',
    help: facts =>
      facts.isInLabel === true
        ? `a label looks ahead in words: \`ahead(x, ${facts.constant === false ? 'k' : facts.bars})\`, or \`forward_return(${facts.constant === false ? 'k' : facts.bars})\` for a gain that an order could have had`
        : `look back with \`[${facts.constant === false ? 'k' : facts.bars}]\`; only a \`label\` looks ahead, with \`ahead(x, k)\``,
    page: { example: 'signal up = close[-1] > close', mended: 'signal up = close > close[1]' },
  },
  E0303: {
    severity: 'error',
    title: 'looking ahead outside a label',
    message: facts => `\`${facts.text}\` looks ahead, and this is no label`,
    label: () => 'reads bars that have not happened yet',
    why: 'What comes next may be used to teach a model, in a `label`, and nowhere else.',
    help: () => 'move it into a `label`, or look back: `close[6]` is the close 6 bars ago',
    page: { example: 'signal up = ahead(close, 6) > close', mended: 'label up = ahead(close, 6) > fill_price' },
  },
  E0304: {
    severity: 'error',
    title: 'a statistic of the whole file',
    message: facts => `\`${facts.function}\` over the whole file would include the future`,
    label: () => 'no length is given',
    why: 'A mean or a maximum over all bars knows at each bar what comes after it.',
    help: facts => `give the number of bars to look back: \`${facts.mended}\``,
    page: { example: 'let z = (close - mean(close)) / close', mended: 'let z = (close - mean(close, 100)) / close' },
  },
  E0305: {
    severity: 'error',
    title: 'an input that does not say when it was known',
    message: facts => `the input \`${facts.name}\` does not say its \`lag\``,
    why: 'A value stamped at noon may have been published in the evening; used before that, it would be the future.',
    help: () => 'add `lag:` with the time from the stamp to the publication, such as `lag: 1h`',
    page: {
      example: 'input fng: index every 1d from "fng" { gaps: hold }',
      mended: 'input fng: index every 1d from "fng" { lag: 1h  gaps: hold }',
    },
  },
  E0306: {
    severity: 'error',
    title: "the strategy's own account where a model learns",
    message: facts => `${facts.what} reads the strategy's own account`,
    label: facts =>
      facts.stream === undefined || facts.stream === facts.name
        ? `\`${facts.name}\` depends on what the strategy did itself`
        : `\`${facts.name}\` depends on \`${facts.stream}\``,
    why: 'A model that sees its own position learns what it did, not what the market will do.',
    help: () => 'use market data here; account streams belong in rules, brackets, states and risk',
    page: { example: 'features x { r = close / close[5]  p = profit }', mended: 'features x { r = close / close[5] }' },
  },
  E0307: {
    severity: 'error',
    title: 'a model that has seen later bars feeds a rule',
    message: facts => `${facts.what} uses a model that has seen later bars`,
    label: facts => `\`${facts.name}\` is trained by \`${facts.method}\``,
    why: 'Folds of a cross-validation learn from bars after the ones they are tested on; such models choose parameters and never trade.',
    help: facts => `train it with \`train ${facts.name} walk_forward { … }\``,
    page: {
      example: `${MODEL}train gbm purged_kfold { folds: 5 }\nsignal buy = predict(gbm) > 0.8`,
      mended: `${MODEL}${TRAIN}signal buy = predict(gbm) > 0.8`,
    },
  },
  E0308: {
    severity: 'error',
    title: 'a feature that never settles',
    message: facts => `${facts.what} never settles`,
    label: facts => `\`${facts.name}\` depends on where the data began`,
    why: 'Training and trading start at different bars; a value that remembers its first bar would differ between them.',
    help: () => 'reset the state by a clock (`reset when new(day)`), or let it fade: `0.9 * prev s + 0.1 * x`',
    page: {
      example:
        'state total starts 0 then prev total + volume / volume[1]\nfeatures x { r = close / close[5]  t = total }',
      mended:
        'clock day = 1d\nstate total starts 0 then prev total + volume / volume[1] reset when new(day)\nfeatures x { r = close / close[5]  t = total }',
    },
  },
  E0309: {
    severity: 'error',
    title: 'classes by quantile inside another expression',
    message: () => '`quantile_class` is the whole of a label',
    why: 'Where the classes are cut is learned from the training rows of each fold, so nothing can be computed from them here.',
    help: () => 'make it a label of its own: `label third = quantile_class(forward_return(24), 3)`',
    page: {
      example: 'label top = quantile_class(forward_return(24), 3) is q3',
      mended: 'label third = quantile_class(forward_return(24), 3)',
    },
  },
  W0301: {
    severity: 'warning',
    title: 'an embargo where none is needed',
    message: facts => `\`${facts.method}\` needs no embargo`,
    label: () => 'is ignored',
    why: 'Training never follows a test here: rows whose label is not closed at the cut are left out already.',
    help: () => 'leave it out; `purged_kfold` and `combinatorial` have one',
    page: {
      example: `${MODEL}train gbm walk_forward { window: 2y  retrain: 3mo  embargo: 24 bars }`,
      mended: `${MODEL}${TRAIN}`,
    },
  },
  W0302: {
    severity: 'warning',
    title: 'a label that starts where no order fills',
    message: facts => `label \`${facts.name}\` starts at another price than an order would get`,
    label: facts => `an order sent now fills at ${facts.fill}`,
    why: 'A model that learns gains from a price that nobody could have had looks better than it will trade.',
    help: () => 'start at `fill_price`: `forward_return(6)` is `ahead(fill_price, 6) / fill_price - 1`',
    page: {
      example: 'label edge = ahead(close, 6) / close - 1',
      mended: 'label edge = forward_return(6)',
    },
  },
  W0303: {
    severity: 'warning',
    title: 'a score compared with a constant',
    message: facts => `the score of \`${facts.model}\` is compared with a constant`,
    why: 'A model of ranks says who is ahead of whom at one tick; the same number means something else at the next.',
    help: facts => `compare within the tick: \`rank(predict(${facts.model})) >= 0.8\``,
    page: {
      whole: true,
      example:
        'strategy "Example"\nuniverse majors = "BTC/USDT", "ETH/USDT", "SOL/USDT" on binance\nevery 1d\nfeatures x { r = close / close[5] }\nlabel edge = forward_return(7)\nmodel m = xgboost learn edge from x { objective: rank }\ntrain m walk_forward { window: 2y  retrain: 3mo }\nlet pick = predict(m) > 0.5',
      mended:
        'strategy "Example"\nuniverse majors = "BTC/USDT", "ETH/USDT", "SOL/USDT" on binance\nevery 1d\nfeatures x { r = close / close[5] }\nlabel edge = forward_return(7)\nmodel m = xgboost learn edge from x { objective: rank }\ntrain m walk_forward { window: 2y  retrain: 3mo }\nlet pick = rank(predict(m)) > 0.5',
    },
  },
};
