/** Snippets and examples: what is inserted is a strategy that checks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkStrategy } from '../../language/index.ts';
import { describeExample, fileNameFor } from '../../lsp/vscode/examples.ts';
import { libraryTrees } from '../../stdlib/trees.ts';

const root = join(import.meta.dirname, '../..');
const snippets: Readonly<Record<string, { readonly body: readonly string[]; readonly isFileTemplate?: boolean }>> =
  JSON.parse(readFileSync(join(root, 'lsp/vscode/snippets/vela.json'), 'utf8'));

/** As the editor inserts it: the presets stay. */
const inserted = (body: readonly string[]) =>
  body.join('\n').replace(/\$\{\d+:([^}]*)\}|\$\d/g, (_, preset = '') => preset);

const HOSTS: Readonly<Record<string, (text: string) => string>> = {
  'Bracket: stop, target, time': text =>
    `when close crosses above open enter long {\n  size: 10% of equity\n${text}\n}`,
  'Bracket: stop and target from the range': text =>
    `when close crosses above open enter long {\n  size: 10% of equity\n${text}\n}`,
  'Limits of risk': text =>
    `clock day = 1d\nwhen close crosses above open enter long { size: 10% of equity  hold: 3 bars }\n${text}`,
  'Slower clock': text =>
    `${text}\nwhen go and close crosses above open enter long { size: 10% of equity  hold: 3 bars }`,
  'Section that folds': text =>
    `${text}\nwhen close crosses above open enter long { size: 10% of equity  hold: 3 bars }`,
};

test.for(Object.entries(snippets))('%s', ([name, { body, isFileTemplate }]) => {
  const text = inserted(body);
  const whole = isFileTemplate
    ? text
    : `strategy "S"\ninstrument "BTC/USDT" on binance\nevery 1h\n${HOSTS[name]?.(text)}\nexecution { fee: 10bp  slippage: 2bp }\n`;
  const { diagnostics } = checkStrategy({ name: 's.vela', text: whole, form: 'vela' }, { library: libraryTrees() });
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
});

test('examples are told by their title and idea', () => {
  const files = readdirSync(join(root, 'strategies')).filter(file => file.endsWith('.vela'));
  for (const file of files) {
    const { title, idea } = describeExample(readFileSync(join(root, 'strategies', file), 'utf8'));
    expect(title).not.toBe('Strategy');
    expect(idea.length).toBeGreaterThan(40);
  }
});

test('a new file takes no name that is taken', () => {
  expect(fileNameFor('a.vela', new Set())).toBe('a.vela');
  expect(fileNameFor('a.vela', new Set(['a.vela', 'a_2.vela']))).toBe('a_3.vela');
});
