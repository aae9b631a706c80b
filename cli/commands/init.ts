/** `vela init`: a folder that a first strategy can be written in. What is there already is left as it is. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../runtime/data/cache-folder.ts';
import { isSystemError, WriteError } from '../../runtime/report/write.ts';
import { type Call, type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { EXAMPLE_NAME, exampleText } from '../examples.ts';
import { jsonDocument } from '../json.ts';

export const init: Command = {
  name: 'init',
  summary: 'begin a project: a strategy, market facts, settings for VS Code',
  arguments: [{ usage: '[folder]', doc: 'where; this folder unless stated' }],
  options: [JSON_OPTION],
  examples: ['vela init my-strategies'],
  run: async call => {
    const folder = call.arguments[0] ?? '.';
    // Only here: no other command should carry it along.
    const { schemaText } = await import('../schema.ts');
    const outcomes = projectFiles(schemaText()).map(([path, text]) => ({
      path: join(folder, path),
      written: writeNew(join(folder, path), text),
    }));
    report(call, outcomes);
    return EXIT.done;
  },
};

/** In the project, so that the editor completes and checks YAML strategies without a network. */
const SCHEMA = '.vscode/strategy.schema.json';

/** Of the project's folder, not of `config/`, whose documents have schemas of their own. */
const STRATEGY_FILES = ['/*.yaml', '/strategies/*.yaml'];

function projectFiles(schema: string): readonly (readonly [path: string, text: string])[] {
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return [
    [EXAMPLE_NAME, exampleText()],
    ['config/market.json', json(MARKET)],
    ['.vscode/extensions.json', json({ recommendations: ['vela.vela', 'redhat.vscode-yaml'] })],
    ['.vscode/settings.json', json({ 'yaml.schemas': { [`./${SCHEMA}`]: STRATEGY_FILES } })],
    [SCHEMA, schema],
    ['.gitignore', '.vela/\n'],
    // Candles are kept here once they were read, instead of in the user's own cache folder.
    ['.vela/.gitkeep', ''],
  ];
}

/** Binance's steps for BTC/USDT; a venue changes them, so they are the trader's to keep. */
const MARKET = {
  tick: '0.01',
  lot: '0.00001',
  minNotional: '5',
  maintenance: 0.005,
  source: 'binance spot BTC/USDT, exchangeInfo; check before you rely on it',
};

/** False when there is such a file already. */
function writeNew(path: string, text: string): boolean {
  try {
    makeFolder(dirname(path), 0o777);
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'EEXIST') return false;
    throw new WriteError(path, error);
  }
}

function report(call: Call, outcomes: readonly { readonly path: string; readonly written: boolean }[]): void {
  if (call.json) {
    const paths = (written: boolean) => outcomes.filter(file => file.written === written).map(file => file.path);
    call.terminal.out(jsonDocument({ written: paths(true), kept: paths(false) }));
    return;
  }
  const { out, outPaint } = call.terminal;
  for (const { path, written } of outcomes) {
    out(
      written
        ? `${outPaint('green', 'wrote')}  ${path}\n`
        : `${outPaint('dim', 'kept')}   ${path} (it is there already)\n`,
    );
  }
  const strategy = outcomes[0]?.path ?? '';
  out(`\nNext: vela check ${strategy}\n      vela backtest ${strategy} --data <candles.csv>\n`);
  // Whoever begins has none yet.
  out('No candles yet? `vela demo` shows what a backtest says; in VS Code a strategy runs on a simulated market.\n');
}
