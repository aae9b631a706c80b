/** No damage to a strategy that learns makes the checker throw, and what it says lies inside the file that it names. */
import { expect, test } from 'vitest';
import { checkText } from '../../support/language.ts';
import { mutations } from '../../support/mutate.ts';
import { META, RANKER } from './examples.ts';

const count = process.env.VELA_DEEP === '1' ? 20_000 : 600;

const CONFIGURED = `strategy "Configured"
instrument "BTC/USDT" on binance
every 1h
when predict(model).up > config.entry_threshold enter long { size: 50% of equity  stop: entry - 3 * atr(24)  hold: 24 bars }
when likeliest(model) is down or drift(model) > 0.3 exit
execution { fee: 5bp  slippage: 5bp }
`;
const documents = {
  model: { params: { max_depth: 4 }, features: ['price_features'], seed: 7 },
  trading: { risk_limits: { max_drawdown: 0.2 } },
};

test(`${count} damaged strategies are checked without a throw`, () => {
  let damaged = 0;
  for (const text of mutations([RANKER, META, CONFIGURED], count, 23)) {
    const { diagnostics, program } = checkText(text, { configuration: documents });
    for (const { span, file, message } of diagnostics) {
      if (!(span.start >= 0 && span.end >= span.start && span.end <= file.text.length))
        expect({ text, span }).toBe('inside');
      if (/undefined|NaN|\[object/.test(message)) expect({ text, message }).toBe('said in words');
    }
    for (const model of program.models) {
      expect(program.blocks[model.block]).toBeDefined();
      if (model.label !== undefined) expect(program.labels[model.label]).toBeDefined();
    }
    if (diagnostics.some(({ severity }) => severity === 'error')) damaged++;
  }
  expect(damaged).toBeGreaterThan(count / 3);
});
