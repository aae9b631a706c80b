import { describe, expect, it } from 'vitest';
import { type Configuration, SHIPPED } from '../../../language/check/configuration.ts';
import { fixedValues } from '../../../language/check/fixed.ts';
import type { Program } from '../../../language/check/program.ts';
import { defaultValues, labelHorizon } from '../../../language/index.ts';
import { checkText } from '../../support/language.ts';

const HEAD = 'strategy "Configured"\ninstrument "BTC/USDT" on binance\nevery 1h\n';
const COSTS = 'execution { fee: 5bp  slippage: 2bp }\n';
const RULES = `when predict(model).up > config.entry_threshold enter long { size: 50% of equity  stop: entry - 3 * atr(24)  hold: 24 bars }
when predict(model).up < config.exit_threshold exit
`;
const LABELLED = 'label way = triple_barrier(1%, 1%, 12 bars)\nlabel win = forward_return(6) > 0\n';

function checked(body: string, configuration?: Configuration): Program {
  return checkText(HEAD + body + COSTS, configuration ? { configuration } : {}).program;
}
const errors = (body: string, configuration?: Configuration) =>
  checked(body, configuration).problems.flatMap(({ code, file, span }) =>
    code.startsWith('E') ? [`${code} ${file.text.slice(span.start, span.end)}`] : [],
  );
const settings = (program: Program, name = 'model') =>
  Object.fromEntries(
    program.models.find(model => model.name === name)?.settings.map(({ name, value }) => [name, value]) ?? [],
  );

describe('the configured model', () => {
  it('is as shipped where no document says otherwise', () => {
    const program = checked(RULES);
    expect(errors(RULES)).toEqual([]);
    expect(program.models).toMatchObject([
      {
        name: 'model',
        configured: true,
        source: { kind: 'trained', trainer: 'xgboost' },
        objective: { kind: 'softmax', classes: ['up', 'flat', 'down'] },
        seed: 0,
        training: { split: { kind: 'walk_forward', window: { length: { months: 24 } }, retrain: { months: 3 } } },
      },
    ]);
    expect(settings(program)).toEqual({ n_estimators: 1000, max_depth: 8, learning_rate: 0.01 });
    const groups = new Set(program.blocks[0]?.columns.map(({ name }) => name.split('.')[0]));
    expect([...groups]).toEqual([...SHIPPED.model.features]);
    const [label] = program.labels;
    expect(label && labelHorizon(program, label)).toBe(25);
  });

  it('is the same model that its text would be', () => {
    const written = `features model_features { use price_features  use volume_features  use technical_indicators }
label model_label = triple_barrier(3 * atr(24), 3 * atr(24), 24 bars)
model m = xgboost learn model_label from model_features { n_estimators: 1000  max_depth: 8  learning_rate: 0.01 }
train m walk_forward { window: 2y  retrain: 3mo }
`;
    const [own] = checked(written).models;
    const [configured] = checked(RULES).models;
    const withoutPlace = (value: unknown) =>
      JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === 'span' ? undefined : inner));
    expect(withoutPlace({ ...configured, name: 'm', configured: false })).toEqual(withoutPlace(own));
  });

  it('takes what a document says, and the rest as shipped', () => {
    const model = { params: { max_depth: 4 }, features: ['price_features'], over: ['1h', '1d'], lags: '0..2', seed: 7 };
    const program = checked(RULES, { model });
    expect(settings(program)).toEqual({ n_estimators: 1000, max_depth: 4, learning_rate: 0.01 });
    expect(program.models[0]?.seed).toBe(7);
    expect(program.blocks[0]?.columns.at(-1)?.name).toMatch(/^price_features\..*\.1d\.lag2$/);
  });

  it('leaves the parameters of another trainer at its own defaults', () => {
    const program = checked(RULES, { model: { type: 'logistic', params: { C: 0.1 } } });
    expect(settings(program)).toEqual({ C: 0.1 });
  });

  it('learns a label of the strategy, or one that is written out', () => {
    const body = `${LABELLED}when predict(model) > 0.6 exit\n`;
    expect(errors(body, { model: { label: 'win' } })).toEqual([]);
    expect(checked(body, { model: { label: 'win' } }).models[0]?.objective).toEqual({ kind: 'logistic' });
    expect(errors('when predict(model) > 0.6 exit\n', { model: { label: 'forward_return(12) > 0' } })).toEqual([]);
    expect(errors(body, { model: { label: 'wim' } })).toEqual(['E0130 model']);
  });

  it('trains as the document says', () => {
    const train = { method: 'walk_forward', window: 'expanding', from: '2019-01-01', retrain: '1mo', valid: '20%' };
    expect(checked(RULES, { model: { train } }).models[0]?.training).toMatchObject({
      split: { window: { kind: 'expanding' }, retrain: { months: 1 } },
      valid: 0.2,
      earlyStoppingRounds: 50,
    });
  });

  it('has its mistakes told in its own text', () => {
    const found = checkText(HEAD + RULES + COSTS, { configuration: { model: { params: { max_dept: 4 } } } });
    const [problem] = found.diagnostics.filter(({ severity }) => severity === 'error');
    expect(problem).toMatchObject({ code: 'E0160', help: 'did you mean `max_depth`?' });
    expect(problem?.file.name).toContain('config/model.yaml');
  });

  it('is not there where the strategy does not ask for it', () => {
    const program = checked('when close crosses below open exit\n', { model: { seed: 1 } });
    expect([program.models, program.blocks, program.labels]).toEqual([[], [], []]);
  });

  it('may be asked for on a universe', () => {
    const head = 'strategy "many"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\n';
    const { program, diagnostics } = checkText(
      `${head}rebalance every 1w to scale(rank(predict(model).up)) across majors\n${COSTS}`,
    );
    expect(diagnostics).toEqual([]);
    expect(program.blocks[0]?.axis).toBe(0);
  });
});

describe('thresholds', () => {
  it('are params of the strategy, as shipped or as the document says', () => {
    const named = (program: Program) => program.params.map(({ name, value, type }) => [name, value, type]);
    expect(named(checked(RULES))).toEqual([
      ['config.entry_threshold', 0.4, 'ratio'],
      ['config.exit_threshold', 0.35, 'ratio'],
    ]);
    const program = checked(RULES, { trading: { signal_thresholds: { entry: 0.55 } } });
    expect(named(program)[0]).toEqual(['config.entry_threshold', 0.55, 'ratio']);
  });

  it('are told apart from what is none', () => {
    expect(errors('let x = config.entry_treshold\n')).toEqual(['E0137 entry_treshold']);
    expect(errors('let x = config\n')).toEqual(['E0130 config']);
  });
});

describe('defaults of declared models', () => {
  const DATA = 'features x { r = close / close[5] }\nlabel win = forward_return(6) > 0\n';
  const TRAIN = 'train m walk_forward { window: 1y  retrain: 1mo }\n';
  const declared = (properties: string, configuration?: Configuration, train = TRAIN) =>
    checked(`${DATA}model m = xgboost learn win from x { ${properties} }\n${train}`, configuration);

  it('are the trainer’s own, unless a document is there', () => {
    expect(settings(declared(''), 'm')).toEqual({});
    const document = { model: { params: { max_depth: 4, subsample: 0.8 }, seed: 3 } };
    expect(settings(declared('max_depth: 5', document), 'm')).toEqual({ max_depth: 5, subsample: 0.8 });
    expect(declared('', document).models[0]?.seed).toBe(3);
    expect(declared('seed: 9', document).models[0]?.seed).toBe(9);
  });

  it('of another trainer do not count', () => {
    expect(settings(declared('', { model: { type: 'mlp', params: { epochs: 9 } } }), 'm')).toEqual({});
  });

  it('say how to train what says nothing of it', () => {
    const train = { window: '3y', retrain: '1w' };
    expect(declared('', { model: { train } }, '').models[0]?.training?.split).toMatchObject({
      retrain: { ms: 604_800_000 },
    });
    expect(declared('', { model: { train } }).models[0]?.training?.split).toMatchObject({ retrain: { months: 1 } });
    expect(declared('', {}, '').models[0]?.training).toBeUndefined();
  });
});

describe('limits of the account', () => {
  const limits = { max_position_size: 0.5, max_drawdown: 0.2, max_leverage: 3 };
  const ENTER = 'when close crosses above open enter long { size: 95% of equity  stop: entry * 0.9 }\n';
  const caps = (body: string, configuration?: Configuration) => {
    const program = checked(body, configuration);
    const fixed = fixedValues(program.nodes, defaultValues(program));
    return program.risk.caps.map(({ name, limit, action }) => [name, fixed[limit], action.kind]);
  };

  it('come from a document alone', () => {
    expect(caps(ENTER)).toEqual([]);
    expect(caps(ENTER, { trading: { risk_limits: limits } })).toEqual([
      ['position', 0.5, 'reduce'],
      ['drawdown', 0.2, 'refuse'],
      ['leverage', 3, 'reduce'],
    ]);
  });

  it('hold where they are tighter than the strategy’s own', () => {
    const own = `${ENTER}risk { cap drawdown at 12% else flatten  cap position at 80% }\n`;
    expect(caps(own, { trading: { risk_limits: limits } })).toEqual([
      ['position', 0.5, 'reduce'],
      ['drawdown', 0.12, 'flatten'],
      ['leverage', 3, 'reduce'],
    ]);
  });

  it('cut what a strategy asks for, which is no mistake of its own', () => {
    expect(errors(ENTER, { trading: { risk_limits: { max_position_size: 0.1 } } })).toEqual([]);
    expect(errors(`${ENTER}risk { cap position at 10% }\n`)).toEqual(['E0906 95% of equity']);
  });
});
