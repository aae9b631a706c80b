/** The configuration beside strategies, as an editor meets it: read like the command line reads it, its mistakes in its documents. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CodeAction, Diagnostic } from 'vscode-languageserver-types';
import { withBuiltServer } from './built.ts';
import type { Editor } from './client.ts';

const built = withBuiltServer();

const CONFIGURED = `strategy "Configured"
instrument "BTC/USDT" on binance
every 1h
let p = predict(model)
when p.up crosses above config.entry_threshold enter long { size: 10% of equity  hold: 5 bars }
execution { fee: 10bp  slippage: 2bp }
`;
const PLAIN = CONFIGURED.replace('let p = predict(model)\n', '').replace(
  'p.up crosses above config.entry_threshold',
  'close crosses above open',
);

const saidOf = (diagnostics: readonly Diagnostic[] | undefined) =>
  (diagnostics ?? []).map(
    ({ code, range, message }) =>
      `${code} ${range.start.line}:${range.start.character} ${String(message).split('\n')[0]}`,
  );

/** Tells the server that a file on disk is another, as an editor that watches files does. */
async function changeOnDisk(editor: Editor, file: string, text: string | undefined): Promise<void> {
  const path = fileURLToPath(editor.uri(file));
  if (text === undefined) rmSync(path);
  else writeFileSync(path, text);
  await editor.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: editor.uri(file), type: text === undefined ? 3 : 2 }],
  });
}

describe('documents of the configuration', () => {
  test('all mistakes of one are told in it, at their places, though it is not open', async () => {
    const editor = await built.editor({
      'config/trading.yaml': 'trading:\n  risk_limits: { max_drawdown: 20 }\n  signal_tresholds: { entry: 0.5 }\n',
    });
    await editor.diagnostics(await editor.open('a.vela', PLAIN));
    const uri = editor.uri('config/trading.yaml');
    await editor.until(() => editor.published.has(uri));
    expect(saidOf(editor.published.get(uri)?.diagnostics)).toEqual([
      'E1104 1:31 `trading.risk_limits.max_drawdown` is 20, but must be above 0 and at most 1',
      'E1102 2:2 `trading` has no `signal_tresholds`',
    ]);
    await editor.stop();
  });

  test('are checked as they are written, and told of no more when they are mended', async () => {
    const editor = await built.editor({ 'config/model.yaml': 'model: { type: ridge }\n' });
    await editor.diagnostics(await editor.open('a.vela', PLAIN));
    const uri = await editor.open('config/model.yaml', 'model: { type: rigde }\n');
    expect(saidOf(await editor.diagnostics(uri))).toEqual(['E1105 0:15 `model.type` cannot be `rigde`']);
    const [mend] = await editor.ask<CodeAction[]>('textDocument/codeAction', uri, {
      range: { start: editor.at(uri, 'rigde'), end: editor.at(uri, 'rigde') },
      context: { diagnostics: [] },
    });
    expect(editor.edited(uri, mend?.edit?.changes?.[uri] ?? [])).toBe('model: { type: ridge }\n');
    const at = editor.text(uri).indexOf('rigde');
    await editor.replace(uri, at, at + 5, 'ridge');
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.replace(uri, at, at + 5, 'x: [');
    expect(saidOf(await editor.diagnostics(uri))[0]).toMatch(/^E1101 /);
    // Closed without being saved: what is on disk counts again.
    await editor.close(uri);
    await editor.until(() => editor.published.get(uri)?.diagnostics.length === 0);
    await editor.stop();
  });

  test('thresholds that cross are told at the one that is too high', async () => {
    const editor = await built.editor({
      'config/trading.yaml': 'trading:\n  signal_thresholds:\n    entry: 0.3\n    exit: 0.5\n',
    });
    await editor.diagnostics(await editor.open('a.vela', PLAIN));
    const uri = editor.uri('config/trading.yaml');
    await editor.until(() => editor.published.has(uri));
    expect(saidOf(editor.published.get(uri)?.diagnostics)).toEqual([
      'E1108 3:4 `signal_thresholds` has exit 0.5 above entry 0.3',
    ]);
    await editor.stop();
  });

  test('of another program are none of ours', async () => {
    const editor = await built.editor({ 'config/system.yaml': 'anything: { else: 1 }\n' });
    const uri = await editor.open('config/system.yaml', 'anything: { else: 1 }\n');
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.stop();
  });
});

describe('strategies', () => {
  test('go by the documents beside them, as on the command line', async () => {
    const editor = await built.editor({
      'config/model.yaml': 'model: { features: [price_feature] }\n',
      'a.vela': CONFIGURED,
    });
    const uri = await editor.open('a.vela', CONFIGURED);
    const [problem] = await editor.diagnostics(uri);
    expect(problem && editor.textOf(uri, problem.range)).toBe('model');
    expect(problem?.message).toContain('In the configured model, at `price_feature`');
    const [node = '', program = ''] = built.program;
    const told = await new Promise<{ diagnostics: { code: string }[] }>(resolve => {
      try {
        resolve(
          JSON.parse(
            execFileSync(node, [program, 'check', 'a.vela', '--json'], {
              cwd: fileURLToPath(editor.uri('')),
              encoding: 'utf8',
            }),
          ),
        );
      } catch (error) {
        resolve(JSON.parse((error as { stdout: string }).stdout));
      }
    });
    expect(told.diagnostics.map(({ code }) => code)).toEqual([problem?.code]);
    await changeOnDisk(editor, 'config/model.yaml', 'model: { features: [price_features] }\n');
    await editor.until(() => editor.published.get(uri)?.diagnostics.length === 0);
    await editor.stop();
  });

  test('are checked again as a document is written', async () => {
    const editor = await built.editor({ 'config/trading.yaml': 'trading: {}\n' });
    const uri = await editor.open('a.vela', CONFIGURED);
    expect(await editor.diagnostics(uri)).toEqual([]);
    const hover = () =>
      editor.ask<{ contents: { value: string } }>('textDocument/hover', uri, {
        position: editor.at(uri, 'entry_threshold', 2),
      });
    expect((await hover()).contents.value).toContain('40%');
    const trading = await editor.open('config/trading.yaml', 'trading: { signal_thresholds: { entry: 0.45 } }\n');
    await editor.diagnostics(trading);
    expect((await hover()).contents.value).toContain('45%');
    await editor.close(trading);
    await editor.stop();
  });

  test('of a folder that the settings name', async () => {
    const editor = await built.editor(
      { 'deploy/trading.yaml': 'trading: { nothing: 1 }\n' },
      { settings: { runs: false, config: 'deploy' } },
    );
    await editor.diagnostics(await editor.open('a.vela', PLAIN));
    const uri = editor.uri('deploy/trading.yaml');
    await editor.until(() => editor.published.has(uri));
    expect(saidOf(editor.published.get(uri)?.diagnostics)).toEqual(['E1102 0:11 `trading` has no `nothing`']);
    await editor.stop();
  });

  test('are not run under a configuration that is broken, and say so', async () => {
    const editor = await built.editor(
      { 'config/trading.yaml': 'trading: { nothing: 1 }\n' },
      { settings: { simulate: true } },
    );
    await editor.open('a.vela', PLAIN);
    await editor.until(() => editor.statuses.some(({ status }) => status.state === 'failed'));
    expect(editor.statuses.at(-1)?.status.why).toBe('config/trading.yaml:1: `trading` has no `nothing`');
    await changeOnDisk(editor, 'config/trading.yaml', 'trading: {}\n');
    await editor.until(() => editor.statuses.at(-1)?.status.state === 'done');
    await editor.stop();
  });
});
