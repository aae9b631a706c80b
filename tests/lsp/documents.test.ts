/** What editors do to documents and servers: every way of editing, odd text, odd messages, files that go away. */
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver-types';
import { withBuiltServer } from './built.ts';
import type { Editor } from './client.ts';
import { type RandomSource, seededRandom } from './random.ts';

const built = withBuiltServer();

const SMA = `strategy "Edited"
instrument "BTC/USDT" on binance
every 1h
param n: bars = 14 in 5..30
let quick = sma(close, n)
signal up = close crosses above quick
when up enter long { size: 10% of equity  hold: 5 bars }
execution { fee: 10bp  slippage: 2bp }
`;
const codes = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ code }) => code);

describe('documents', () => {
  test('unsaved text counts, not what is on disk', async () => {
    const editor = await built.editor({ 'a.vela': 'nonsense' });
    const uri = await editor.open('a.vela', SMA);
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.stop();
  });

  test('unsaved modules count too, and their users are checked again', async () => {
    const editor = await built.editor({ 'lib.vela': 'fn far(x: num) -> num = x * 2\n' });
    const uri = await editor.open(
      'a.vela',
      SMA.replace('every 1h', 'every 1h\nuse "lib.vela" as lib').replace('sma(close, n)', 'lib.far(close)'),
    );
    expect(codes(await editor.diagnostics(uri))).not.toContain('E0135');
    const before = editor.published.get(uri);
    const lib = await editor.open('lib.vela', 'fn near(x: num) -> num = x * 2\n');
    await editor.until(() => editor.published.get(uri) !== before);
    expect(editor.published.get(uri)?.diagnostics.length).toBeGreaterThan(0);
    await editor.close(lib);
    await editor.until(() => editor.published.get(uri)?.diagnostics.every(({ severity }) => severity !== 1) === true);
    await editor.stop();
  });

  test('several changes in one message, and a whole text', async () => {
    const editor = await built.editor();
    const uri = await editor.open('a.vela', SMA);
    const at = editor.at(uri, 'quick = ');
    await editor.change(uri, [
      { range: { start: at, end: { ...at, character: at.character + 5 } }, text: 'slow' },
      { range: { start: { ...at, character: 4 }, end: { ...at, character: 8 } }, text: 'fast' },
    ]);
    expect(editor.text(uri)).toContain('let fast = sma');
    expect(codes(await editor.diagnostics(uri))).toEqual(['E0130']);
    await editor.change(uri, [{ text: SMA }]);
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.stop();
  });

  test('CRLF, and columns behind emoji in UTF-16', async () => {
    const editor = await built.editor();
    const crlf = SMA.replace('"Edited"', '"Edited 🚀🚀"').replace('sma(close', 'sma(closee').replaceAll('\n', '\r\n');
    const uri = await editor.open('a.vela', `# 🚀 first\r\n${crlf.replace('let quick', '## 😀 doc\r\nlet quick')}`);
    const [problem] = await editor.diagnostics(uri);
    expect(problem && editor.textOf(uri, problem.range)).toBe('closee');
    const line = `plot quick on price  # 🚀🚀`;
    await editor.replace(
      uri,
      editor.text(uri).length,
      editor.text(uri).length,
      `test "🚀" { given let x = 1  expect x == 1 }  ${line}\r\n`,
    );
    const hover = await editor.ask<{ contents: { value: string } } | null>('textDocument/hover', uri, {
      position: editor.at(uri, 'quick on', 1),
    });
    expect(hover?.contents.value).toContain('let quick');
    const edits = await editor.ask<{ newText: string }[]>('textDocument/formatting', uri, { options: {} });
    for (const { newText } of edits) expect(newText.replaceAll('\r\n', '')).not.toContain('\n');
    await editor.stop();
  });

  test('a huge file is said to be too large, at once', async () => {
    const editor = await built.editor();
    const uri = await editor.open('huge.vela', `${SMA}${'# comment\n'.repeat(400_000)}`);
    expect((await editor.diagnostics(uri)).map(({ message }) => message).join()).toContain('too large');
    const small = await editor.open('small.vela', SMA);
    expect(await editor.diagnostics(small)).toEqual([]);
    await editor.stop();
  });

  test('rapid typing is checked at its end, not at every letter', async () => {
    const editor = await built.editor();
    const uri = await editor.open('a.vela', SMA);
    await editor.diagnostics(uri);
    let published = 0;
    editor.connection.onNotification('textDocument/publishDiagnostics', ({ version, diagnostics }) => {
      published++;
      editor.published.set(uri, { version, diagnostics });
    });
    const typed = '\nlet extra = sma(close, n) * 2';
    const at = editor.text(uri).indexOf('\nsignal');
    const sent = [...typed].map((letter, index) => editor.replace(uri, at + index, at + index, letter));
    await Promise.all(sent);
    expect(codes(await editor.diagnostics(uri))).toEqual([]);
    expect(published).toBeLessThan(typed.length);
    await editor.stop();
  });

  test('a document that is not open, or closed meanwhile, has no answers', async () => {
    const editor = await built.editor();
    const uri = await editor.open('a.vela', SMA);
    const position = { line: 4, character: 6 };
    await editor.close(uri);
    expect(await editor.ask('textDocument/hover', uri, { position })).toBeNull();
    expect(await editor.ask('textDocument/completion', uri, { position })).toBeNull();
    expect(await editor.connection.sendRequest('vela/report', { uri })).toHaveProperty('unavailable');
    await editor.stop();
  });

  test('positions outside of the text do no harm', async () => {
    const editor = await built.editor();
    const uri = await editor.open('a.vela', SMA);
    for (const position of [
      { line: 9999, character: 0 },
      { line: 0, character: 9999 },
    ]) {
      for (const method of ['hover', 'completion', 'definition', 'signatureHelp', 'prepareCallHierarchy']) {
        await editor.ask(`textDocument/${method}`, uri, { position });
      }
    }
    await editor.stop();
  });
});

describe('the connection', () => {
  test('cancelled requests end, and the next ones are answered', async () => {
    const editor = await built.editor();
    const uri = await editor.open('a.vela', SMA);
    const { CancellationTokenSource } = await import('vscode-jsonrpc/node');
    const asked = Array.from({ length: 20 }, () => {
      const source = new CancellationTokenSource();
      const answer = editor.connection
        .sendRequest('textDocument/documentSymbol', { textDocument: { uri } }, source.token)
        .then(
          () => 'answered',
          () => 'cancelled',
        );
      source.cancel();
      return answer;
    });
    expect(new Set(await Promise.all(asked)).size).toBeGreaterThan(0);
    expect(await editor.ask<unknown[]>('textDocument/documentSymbol', uri)).not.toHaveLength(0);
    await editor.stop();
  });

  test('unknown methods and malformed parameters are refused; the server goes on', async () => {
    const editor = await built.editor();
    const uri = await editor.open('a.vela', SMA);
    await expect(editor.connection.sendRequest('vela/nothing', {})).rejects.toThrow(/vela\/nothing/);
    await expect(editor.connection.sendRequest('textDocument/hover', { textDocument: {} })).resolves.toBeNull();
    await expect(editor.connection.sendRequest('textDocument/hover', {})).rejects.toThrow();
    await expect(editor.connection.sendRequest('vela/run', {})).rejects.toThrow(/uri/);
    await editor.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: 'file:///nowhere', version: 3 },
      contentChanges: [{ text: '' }],
    });
    await editor.connection.sendNotification('vela/nothing', {});
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.stop();
  });

  test('a message that is no JSON is passed over', async () => {
    const editor = await built.editor();
    const uri = await editor.open('a.vela', SMA);
    await editor.diagnostics(uri);
    const body = '{"jsonrpc": "2.0", "method": }';
    editor.server.stdin.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    expect(await editor.ask<unknown[]>('textDocument/documentSymbol', uri)).not.toHaveLength(0);
    await editor.stop();
  });

  test('the server ends with its editor', async () => {
    const editor = await built.editor();
    expect(await editor.stop()).toBe(0);
    const left = await built.editor();
    const ended = new Promise(resolve => left.server.once('exit', resolve));
    left.server.stdin.end();
    await ended;
  });
});

test('a file that is deleted under its user', async () => {
  const editor = await built.editor({ 'lib.vela': 'fn far(x: num) -> num = x * 2\n' });
  const uri = await editor.open(
    'a.vela',
    SMA.replace('every 1h', 'every 1h\nuse "lib.vela" as lib').replace('sma(close, n)', 'lib.far(close)'),
  );
  expect((await editor.diagnostics(uri)).filter(({ severity }) => severity === 1)).toEqual([]);
  const before = editor.published.get(uri);
  rmSync(fileURLToPath(editor.uri('lib.vela')));
  await editor.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: editor.uri('lib.vela'), type: 3 }],
  });
  await editor.until(() => editor.published.get(uri) !== before);
  expect(editor.published.get(uri)?.diagnostics.some(({ severity }) => severity === 1)).toBe(true);
  const after = editor.published.get(uri);
  writeFileSync(fileURLToPath(editor.uri('lib.vela')), 'fn far(x: num) -> num = x * 2\n');
  await editor.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: editor.uri('lib.vela'), type: 1 }],
  });
  await editor.until(() => editor.published.get(uri) !== after);
  expect(editor.published.get(uri)?.diagnostics.filter(({ severity }) => severity === 1)).toEqual([]);
  await editor.stop();
});

/** All that the server knows of a document, as far as an editor can ask. */
async function state(editor: Editor, uri: string): Promise<unknown> {
  const range = { start: { line: 0, character: 0 }, end: { line: 10_000, character: 0 } };
  const diagnostics = await editor.diagnostics(uri);
  const symbols = await editor.ask('textDocument/documentSymbol', uri);
  const hints = await editor.ask('textDocument/inlayHint', uri, { range });
  const tokens = await editor.ask<{ data: number[] }>('textDocument/semanticTokens/full', uri);
  const folds = await editor.ask('textDocument/foldingRange', uri);
  const named = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(uri, 'uri'));
  return named({ diagnostics, symbols, hints, tokens: tokens.data, folds });
}

test('after random edits the server knows what it would know of a file just opened', async () => {
  const sequences = process.env.VELA_DEEP === '1' ? 1000 : 40;
  const seed = Number(process.env.VELA_SEED ?? Date.now() % 100_000);
  const random: RandomSource = seededRandom(seed);
  const editor = await built.editor();
  const snippets = [
    'a',
    '1',
    ' ',
    '\n',
    '(',
    ')',
    '{',
    '}',
    '"',
    '#',
    '## ',
    'let x = ',
    'close',
    ' and ',
    '🚀',
    '\r\n',
    ' * 2',
    'latest(',
  ];
  for (let sequence = 0; sequence < sequences; sequence++) {
    const uri = await editor.open(`edited-${sequence}.vela`, SMA);
    for (let edit = random.below(8) + 1; edit > 0; edit--) {
      const { length } = editor.text(uri);
      const start = random.below(length + 1);
      await editor.replace(uri, start, Math.min(length, start + random.below(5)), random.pick(snippets));
      // Sometimes it is looked at in between, sometimes edits come in one go.
      if (random.below(2) === 0) await editor.ask('textDocument/documentSymbol', uri);
    }
    const fresh = await editor.open(`fresh-${sequence}.vela`, editor.text(uri));
    expect(await state(editor, uri), `seed ${seed}, sequence ${sequence}`).toEqual(await state(editor, fresh));
    await editor.close(uri);
    await editor.close(fresh);
  }
  await editor.stop();
});
