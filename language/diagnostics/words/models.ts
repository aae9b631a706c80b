/** E0170–E0189: models, what they learn from and how they are trained. */
import { type Family, listed, meantOr } from '../entry.ts';

export type ModelWords = 'E0170' | 'E0171' | 'E0172' | 'E0173' | 'E0174' | 'E0175' | 'E0176' | 'E0177' | 'E0178';

const DATA = 'features x { r = close / close[5] }\nlabel win = forward_return(6) > 0\n';
const TRAIN = 'train m walk_forward { window: 2y  retrain: 3mo }\n';
const VALID = 'train m walk_forward { window: 2y  retrain: 3mo  valid: 20% }\n';
const MODEL = `${DATA}model m = xgboost learn win from x { max_depth: 4 }\n`;

export const MODELS: Family<ModelWords> = {
  E0170: {
    severity: 'error',
    title: 'a trainer that does not exist',
    message: facts => `there is no trainer \`${facts.name}\``,
    why: 'A model is trained by one of the trainers of the house, or comes from an ONNX file.',
    help: facts => meantOr(facts.suggestion, `there are ${listed(facts.known)}, and \`onnx("path.onnx")\``),
    page: {
      example: `${DATA}model m = xgbost learn win from x { max_depth: 4 }\n${TRAIN}`,
      mended: `${MODEL}${TRAIN}`,
    },
  },
  E0171: {
    severity: 'error',
    title: 'a model without a label',
    message: facts => `model \`${facts.name}\` does not say what it learns`,
    why: 'A trainer needs the answers; only a model from a file has learned already.',
    help: facts => `name a label: \`${facts.example}\``,
    page: { example: `${DATA}model m = xgboost from x { max_depth: 4 }\n${TRAIN}`, mended: `${MODEL}${TRAIN}` },
  },
  E0172: {
    severity: 'error',
    title: 'an objective that does not fit',
    message: facts =>
      facts.trainer === undefined
        ? `\`${facts.objective}\` does not fit ${facts.label === undefined ? 'this model' : `label \`${facts.label}\``}`
        : `\`${facts.trainer}\` cannot be trained for \`${facts.objective}\``,
    label: facts => (facts.trainer === undefined && facts.of !== undefined ? `it is ${facts.of}` : undefined),
    why: 'What a label says decides what can be learned of it: a probability of conditions and classes, an amount or an order of numbers.',
    help: facts => `what fits: ${listed(facts.choices)}`,
    page: {
      example: `${DATA}model m = ridge learn win from x { alpha: 1 }\n${TRAIN}`,
      mended: `${DATA}model m = logistic learn win from x { C: 1 }\n${TRAIN}`,
      more: 'A condition is learned as a probability (`logistic`), classes as probabilities that sum to one (`softmax`), a number by `squared`, `huber`, `quantile(q)` or `rank`.',
    },
  },
  E0173: {
    severity: 'error',
    title: 'a way to train that does not exist',
    message: facts => `nothing is trained by \`${facts.name}\``,
    why: 'How rows are split decides whether what is measured is true; each way is known by its name.',
    help: facts => meantOr(facts.suggestion, `there are ${listed(facts.known)}`),
    page: { example: `${MODEL}train m walkforward { window: 2y  retrain: 3mo }`, mended: `${MODEL}${TRAIN}` },
  },
  E0174: {
    severity: 'error',
    title: 'a metric that does not exist here',
    message: facts => `\`${facts.name}\` does not measure this model`,
    why: 'Probabilities, amounts and orders are each measured in ways of their own.',
    help: facts => meantOr(facts.suggestion, `what can be measured: ${listed(facts.known)}`),
    page: {
      example: `${DATA}model m = xgboost learn win from x { accept: rmse <= 0.02 }\n${VALID}`,
      mended: `${DATA}model m = xgboost learn win from x { accept: auc >= 0.52 }\n${VALID}`,
    },
  },
  E0175: {
    severity: 'error',
    title: 'features that a model does not know',
    message: facts => `\`${facts.block}\` does not have the columns that \`${facts.model}\` learned from`,
    label: facts =>
      facts.lacking !== undefined
        ? `\`${facts.lacking}\` is not among them`
        : facts.more === undefined
          ? 'the same columns in another order'
          : `\`${facts.more}\` is not in \`${facts.own}\``,
    why: 'A model reads columns by their place: another one in that place would be read as if it were the first.',
    help: facts => `give it the columns of \`${facts.own}\`, in their order`,
    page: {
      example: `${MODEL}${TRAIN}features y { s = close / close[9] }\nlet p = predict(m, y)`,
      mended: `${MODEL}${TRAIN}features y { r = open / open[5] }\nlet p = predict(m, y)`,
    },
  },
  E0176: {
    severity: 'error',
    title: 'lags that are no range',
    message: facts => `\`lags ${facts.text}\` is no range of whole numbers`,
    why: 'Each lag makes the columns of the group again, as they were that many bars ago.',
    help: facts => `write for example \`lags 0..5\`; ${facts.most} is the most`,
    page: {
      example: 'features x { use price_features lags 5..0 }',
      mended: 'features x { use price_features lags 0..5 }',
    },
  },
  E0177: {
    severity: 'error',
    title: 'a model that nothing trains',
    message: facts => `nothing says how \`${facts.name}\` is trained`,
    label: () => 'would never be known',
    why: 'A forecast exists from the first training on; without one it would be absent at every bar.',
    help: facts => `add \`train ${facts.name} walk_forward { window: 2y  retrain: 3mo }\``,
    page: { example: `${MODEL}let p = predict(m)`, mended: `${MODEL}${TRAIN}let p = predict(m)` },
  },
  E0178: {
    severity: 'error',
    title: 'training of a model that comes from a file',
    message: facts => `\`${facts.name}\` comes from a file, which is not trained here`,
    why: 'What the file holds was learned elsewhere; `trained_to` says up to when.',
    help: () => 'leave the `train` out',
    page: {
      example: `${DATA}model m = onnx("m.onnx", trained_to = 2023-12-31) from x { device: cpu }\n${TRAIN}`,
      mended: `${DATA}model m = onnx("m.onnx", trained_to = 2023-12-31) from x { device: cpu }`,
    },
  },
};
