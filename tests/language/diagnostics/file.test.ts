/** What a whole file is told: everything at once, in order, without one mistake speaking of another. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStrategy, render, toJson } from '../../../language/index.ts';
import { toYaml } from '../../../language/yaml/write.ts';
import { checkText, codesOf, sourceOf } from '../../support/language.ts';

const STRATEGIES = new URL('../../../strategies/', import.meta.url);
const examples = readdirSync(STRATEGIES)
  .filter(name => name.endsWith('.vela'))
  .map(name => ({ name, text: readFileSync(new URL(name, STRATEGIES), 'utf8') }));

describe('a file with mistakes', () => {
  it('with five independent mistakes reports five', () => {
    const text = [
      'strategy "Five"',
      'instrument "BTC/USDT" on binance',
      'every 1h',
      'let quick = sma(clse, 20)',
      'let slow  = sma(close, 0)',
      'signal up = close + 5% > open',
      'signal down = rsi(close, 14)',
      'when close crosses above open enter long { size: 95%  stop: entry * 0.9 }',
      'when close < open exit',
      'execution { fee: 10bp  slippage: 2bp }',
    ].join('\n');
    expect(codesOf(text)).toEqual(['E0130', 'E0407', 'E0401', 'E0403', 'E0440']);
  });

  it('a broken line costs one declaration, and what needs it stays silent', () => {
    const text = [
      'strategy "One"',
      'instrument "BTC/USDT" on binance',
      'every 1h',
      'let quick = sma(close, ',
      'signal up = quick crosses above close',
      'when up enter long { size: 95% of equity  stop: entry * 0.9 }',
      'execution { fee: 10bp  slippage: 2bp }',
    ].join('\n');
    expect(codesOf(text)).toHaveLength(1);
  });

  it('an empty file says what is missing, and shows no empty excerpt', () => {
    const { diagnostics } = checkText('');
    expect(diagnostics.every(({ code }) => code === 'E0143')).toBe(true);
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const diagnostic of diagnostics) expect(render(diagnostic)).not.toContain(' | ');
  });

  it('without a market or a base clock still checks the rest', () => {
    expect(codesOf('strategy "X"\nlet x = clse')).toEqual(['E0143', 'E0143', 'E0130']);
  });
});

/** The examples in both spellings. */
const spellings = examples.flatMap(({ name, text }) => [
  { name, text, form: 'vela' as const },
  { name: name.replace('.vela', '.yaml'), text: toYaml(readStrategy(sourceOf(text)).tree), form: 'yaml' as const },
]);

describe('the shipped examples', () => {
  for (const { name, text, form } of spellings)
    it(`${name} has nothing to report`, () => {
      expect(checkText(text, { form }).diagnostics.map(({ code }) => code)).toEqual([]);
    });
});

describe('no text makes the front end throw', () => {
  const words = fc.constantFrom(
    'enter',
    'long',
    'short',
    '{',
    '}',
    '[',
    ']',
    'size:',
    'stop:',
    'target:',
    'trail:',
    'hold:',
    'at:',
    'limit',
    'rest',
    'after',
    'risking',
    '% of equity',
    '5%',
    '0',
    '-1',
    '1e308',
    'entry',
    'absent',
    'prev',
    'ahead(',
    ')',
    ',',
    'cap',
    'pause',
    'when',
    'risk',
    'execution',
    'fee:',
    'maker',
    'taker',
    'funding',
    'equity',
    'closed.profit',
    'bars',
    '3mo',
    'every',
    'instrument',
    '"',
    'label',
    'features',
    'latest(',
    'day',
    'state',
    'starts',
    'then',
    'reset',
    'across',
    'on',
    'of',
    '*',
    '/',
    '\n',
    '#',
    ':',
    '..',
    'in',
    '🚀',
    '\u0000',
  );

  it('with words put in, taken out and doubled', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...spellings),
        fc.array(fc.record({ at: fc.nat(5000), drop: fc.nat(12), put: fc.array(words, { maxLength: 3 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        (example, edits) => {
          let { text } = example;
          for (const { at, drop, put } of edits) {
            const start = at % (text.length + 1);
            text = `${text.slice(0, start)}${put.join(' ')}${text.slice(start + drop)}`;
          }
          for (const diagnostic of checkText(text, { form: example.form }).diagnostics) {
            expect(`${diagnostic.message} ${diagnostic.label} ${diagnostic.help}`).not.toMatch(/\[object|NaN/);
            expect(diagnostic.message).not.toMatch(/undefined|no words/);
            expect(render(diagnostic, { place: true }).length).toBeLessThan(3000);
            const { start, end } = toJson(diagnostic).range;
            expect(end.line > start.line || end.column >= start.column).toBe(true);
          }
        },
      ),
      { numRuns: process.env.VELA_DEEP ? 10_000 : 400 },
    );
  }, 120_000);
});
