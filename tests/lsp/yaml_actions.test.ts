/** The bulb in the YAML form: the rewritings of the other spelling, each a file that reads as it should and means the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CodeAction } from 'vscode-languageserver-types';
import { checkStrategy } from '../../language/index.ts';
import { libraryTrees } from '../../stdlib/trees.ts';
import { withBuiltServer } from './built.ts';
import type { Editor } from './client.ts';

const built = withBuiltServer();
const library = libraryTrees();

const YAML = `strategy: Twin
instrument: { symbol: BTC/USDT, venue: binance }
every: 1h
clocks:
  day: 1d
# What a search may change.
params:
  ## Bars that count.
  n: { type: bars, default: 14, in: 5..30, step: 5 }
at:
  day:
    let:
      span: atr(20)
let:
  ## How strong.
  r: rsi(close, n)
  ## How far.
  reach: latest(span) / 4 + 1
signals:
  up: r crosses above 30
  far: close > open + reach * 2
rules:
  - when: up and far
    enter: long
    size: 10% of equity
    stop: entry - latest(span)
execution: { fee: 10bp, slippage: 2bp }
`;

let editor: Editor;
beforeAll(async () => {
  editor = await built.editor();
});
afterAll(() => editor.stop());

async function actionsAt(uri: string, start: string, length = 0): Promise<readonly CodeAction[]> {
  const at = editor.at(uri, start);
  return editor.ask<CodeAction[]>('textDocument/codeAction', uri, {
    range: { start: at, end: { ...at, character: at.character + length } },
    context: { diagnostics: [] },
  });
}

/** The text after the action with such a title. */
async function rewritten(text: string, title: RegExp, start: string, length = 0): Promise<string> {
  const uri = await editor.open(`twin${Math.random().toString(36).slice(2)}.yaml`, text);
  const found = (await actionsAt(uri, start, length)).find(action => title.test(action.title));
  expect(found?.title).toMatch(title);
  return editor.edited(uri, found?.edit?.changes?.[uri] ?? []);
}

/** What the rules come to: everything that a name stands for, written out. */
function meaning(text: string): unknown {
  const { program, diagnostics } = checkStrategy({ name: 'x.yaml', text, form: 'yaml' }, { library });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const written = (id: number): unknown => {
    const { op, args = [], attrs } = program.nodes[id] ?? {};
    return [op, attrs, args.map(written)];
  };
  return program.rules.map(({ verb, when }) => [verb, written(when)]);
}

describe('in YAML', () => {
  test('a part becomes a `let`, below the section there is', async () => {
    const done = await rewritten(YAML, /^Extract to `let/, 'reach * 2', 'reach * 2'.length);
    expect(done).toContain('let:\n  value: reach * 2\n  ## How strong.\n  r: rsi(close, n)\n');
    expect(done).toContain('far: close > open + value\n');
    expect(meaning(done)).toEqual(meaning(YAML));
  });

  test('or in a section of its own, where such a section usually stands', async () => {
    const bare = YAML.replace(/^let:\n(?: {2}.*\n)+/m, '')
      .replaceAll('reach', '3')
      .replace('r crosses', 'rsi(close, n) crosses');
    const done = await rewritten(bare, /^Extract to `let/, 'rsi(close, n)', 'rsi(close, n)'.length);
    expect(done).toContain(
      '      span: atr(20)\nlet:\n  value: rsi(close, n)\nsignals:\n  up: value crosses above 30\n',
    );
    expect(meaning(done)).toEqual(meaning(bare));
  });

  test('or in one that is written on a line', async () => {
    const flow = YAML.replace(/^let:\n(?: {2}.*\n)+/m, 'let: { r: "rsi(close, n)", reach: latest(span) / 4 + 1 }\n');
    const done = await rewritten(flow, /^Extract to `let/, 'reach * 2', 'reach * 2'.length);
    expect(done).toContain('let: { value: reach * 2, r: "rsi(close, n)"');
    expect(meaning(done)).toEqual(meaning(flow));
  });

  test('a part becomes a function', async () => {
    const done = await rewritten(YAML, /^Extract to `fn/, 'open + reach * 2', 'open + reach * 2'.length);
    expect(done).toContain(
      'functions:\n  calculate: { takes: { open: num, reach: num }, gives: num, is: open + reach * 2 }\nlet:',
    );
    expect(done).toContain('far: close > calculate(open, reach)\n');
    expect(meaning(done)).toEqual(meaning(YAML));
  });

  test('a number becomes a param', async () => {
    const done = await rewritten(YAML, /^Extract to `param/, '20)');
    expect(done).toContain('params:\n  n2: { type: bars, default: 20, in: 10..40 }\n  ## Bars that count.\n');
    expect(done).toContain('span: atr(n2)');
    expect(meaning(done)).toHaveLength(1);
    const ratio = await rewritten(YAML, /^Extract to `param/, '10% of');
    expect(ratio).toContain('n2: { type: ratio, default: 10%, in: 5%..20% }');
    expect(ratio).toContain('size: n2 of equity');
  });

  test('a `let` is written where it is read, and goes with its doc comment', async () => {
    const done = await rewritten(YAML, /^Inline/, 'reach: ');
    expect(done).not.toContain('reach');
    expect(done).not.toContain('How far');
    expect(done).toContain('far: close > open + (latest(span) / 4 + 1) * 2');
    expect(meaning(done)).toEqual(meaning(YAML));
  });

  test('the last `let` goes with its section', async () => {
    const one = YAML.replace(/ {2}## How far\.\n {2}reach:.*\n/, '').replace('reach * 2', '2');
    const done = await rewritten(one, /^Inline/, 'r: rsi');
    expect(done).not.toMatch(/^let:/m);
    expect(done).toContain('up: rsi(close, n) crosses above 30');
    expect(meaning(done)).toEqual(meaning(one));
  });

  test('a param is frozen', async () => {
    const done = await rewritten(YAML, /^Freeze `n` at 14/, 'n: { type');
    expect(done).toContain('  n: { type: bars, default: 14, in: 14..14 }\n');
    expect(meaning(done)).toEqual(meaning(YAML));
  });

  test('a slower stream is made readable', async () => {
    const done = await rewritten(YAML.replace('entry - latest(span)', 'entry - span'), /latest/, 'span\nexec');
    expect(done).toBe(YAML);
  });

  test('nothing is offered that YAML would read as something else', async () => {
    const quoted = YAML.replace('r: rsi(close, n)', `r: "rsi(close, n)"`).replace(
      'reach: latest(span) / 4 + 1',
      "reach: 'latest(span) / 4 + 1'",
    );
    const done = await rewritten(quoted, /^Inline/, 'r: "rsi');
    expect(meaning(done)).toEqual(meaning(quoted));
    const uri = await editor.open(
      'escaped.yaml',
      YAML.replace('up: r crosses above 30', 'up: "r crosses above 3\\u0030"'),
    );
    expect((await editor.diagnostics(uri)).filter(({ severity }) => severity === 1)).toEqual([]);
    const offered = await actionsAt(uri, 'r crosses', 'r crosses above 3\\u0030'.length);
    expect(offered.filter(({ kind }) => kind === 'refactor.extract')).toEqual([]);
  });
});
