// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the snippets of editors are written so
/** Each feature of the language server, asked over the protocol of the built program. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  CallHierarchyItem,
  CallHierarchyOutgoingCall,
  CodeAction,
  CompletionItem,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InlayHint,
  Location,
  SelectionRange,
  SemanticTokens,
  SignatureHelp,
  TextEdit,
  WorkspaceEdit,
  WorkspaceSymbol,
} from 'vscode-languageserver-types';
import { withBuiltServer } from './built.ts';
import type { Editor } from './client.ts';

const built = withBuiltServer();

const DIP = `strategy "Dip"
use "lib/stops.vela" as stops
instrument "ETH/USDT:USDT" on binance
every 15m
clock day = 1d
param n: bars  = 14  in 5..30
param oversold = 28  in 15..40
at day {
  let bullish = close > ema(close, 50)
  let span = atr(20)
}
## Relative strength.
let r = rsi(close, n)
let reach = 2 * latest(span) / 4
signal dip = latest(bullish) and r crosses below oversold
signal done = r > 55
when dip enter long {
  size: risking 0.5% of equity
  stop: entry - stops.wide(14)
}
when done exit long
execution { fee: 10bp  slippage: 2bp  funding: ignored }
`;
const STOPS = 'param k = 3.0 in 1.0..5.0\n## Far away.\nfn wide(n: bars) -> price = k * atr(n)\n';
const LEARNS = `strategy "Learns"
instrument "BTC/USDT" on binance
every 1h
features x {
  mom = close / close[24] - 1
}
label edge = forward_return(7)
let peek = edge * 2
model m = ridge learn edge from x
train m walk_forward { window: 1y  retrain: 3mo  valid: 20% }
let forecast = predict(m)
signal up = forecast > 0
when up enter long { size: 50% of equity  hold: 7 bars }
execution { fee: 10bp  slippage: 2bp }
`;

let editor: Editor;
let dip: string;
let learns: string;

beforeAll(async () => {
  editor = await built.editor({ 'lib/stops.vela': STOPS });
  dip = await editor.open('dip.vela', DIP);
  learns = await editor.open('learns.vela', LEARNS);
});

const markdown = (hover: Hover | null) =>
  hover !== null && typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : '';
const hoverAt = async (uri: string, text: string, after = 1, nth = 0) =>
  markdown(await editor.ask<Hover | null>('textDocument/hover', uri, { position: editor.at(uri, text, after, nth) }));

/** What is offered behind a text, with more typed behind it; the document is as before afterwards. */
async function offered(uri: string, behind: string, typed = ''): Promise<readonly CompletionItem[]> {
  const at = editor.text(uri).indexOf(behind) + behind.length;
  if (at < behind.length) throw new Error(`no ${behind}`);
  await editor.replace(uri, at, at, typed);
  const position = editor.documents.get(uri)?.positionAt(at + typed.length);
  const items = await editor.ask<CompletionItem[]>('textDocument/completion', uri, { position });
  await editor.replace(uri, at, at + typed.length, '');
  return items.toSorted((a, b) => ((a.sortText ?? a.label) < (b.sortText ?? b.label) ? -1 : 1));
}
const labels = (items: readonly CompletionItem[]) => items.map(({ label }) => label);

describe('hover', () => {
  test('a value: formula, unit, clock, warm-up, window, cost and doc', async () => {
    const told = await hoverAt(dip, 'r = rsi', 0);
    expect(told).toContain('let r = rsi(close, n)');
    expect(told).toContain('an index of 0 to 100 · every 15m');
    expect(told).toContain('ready after 14 bars · settled after 201 bars');
    expect(told).toMatch(/costs \d+ operators a bar/);
    expect(told).toContain('Relative strength.');
  });
  test('a param with its range', async () => {
    expect(await hoverAt(dip, 'n)', 0)).toContain('a param: bars · from 5 to 30');
  });
  test('a function of the library: signature, doc, and what this call gives', async () => {
    const told = await hoverAt(dip, 'ema(', 1);
    expect(told).toContain('fn ema(src: num, n: bars) -> num');
    expect(told).toContain('Exponential moving average');
    expect(told).toContain('day (every 1d)');
  });
  test('a stream of the data, an operator, a literal, a key', async () => {
    expect(await hoverAt(dip, 'close, n')).toContain('Last price of the bar.');
    expect(await hoverAt(dip, 'crosses below')).toContain('Was at or above one bar ago');
    expect(await hoverAt(dip, '10bp')).toContain('0.001');
    expect(await hoverAt(dip, 'stop: entry')).toContain('closed at a loss');
    expect(await hoverAt(dip, 'equity')).toContain('Capital plus realised and open profit');
  });
  test('a label says that it looks ahead', async () => {
    expect(await hoverAt(learns, 'edge = forward', 1)).toContain('**looks ahead** 8 bars');
  });
  test('nothing between the lines', async () => {
    expect(await editor.ask('textDocument/hover', dip, { position: { line: 0, character: 11 } })).toBeNull();
  });
});

describe('completion', () => {
  test('declarations at the beginning of a statement, as snippets', async () => {
    const items = await offered(dip, 'signal done = r > 55\n', 'si');
    const signal = items.find(({ label }) => label === 'signal');
    expect(signal?.insertTextFormat).toBe(2);
    expect(labels(items)).toEqual(expect.arrayContaining(['let', 'when', 'risk', 'param']));
    expect(labels(items)).not.toContain('close');
  });
  test('conditions first where one is wanted, and never a label', async () => {
    expect(labels(await offered(dip, 'signal done = '))[0]).toBe('dip');
    const items = labels(await offered(learns, 'signal up = '));
    expect(items).not.toContain('edge');
    expect(items).not.toContain('peek');
    expect(items).not.toContain('forward_return');
  });
  test('values of the same unit first beside an operator', async () => {
    const items = labels(await offered(dip, 'when done exit long', '\nsignal far = reach > '));
    expect(items.indexOf('close')).toBeGreaterThanOrEqual(0);
    expect(items.indexOf('close')).toBeLessThan(items.indexOf('volume'));
    expect(items.indexOf('close')).toBeLessThan(items.indexOf('r'));
  });
  test('only what ticks more slowly inside latest(', async () => {
    const items = labels(await offered(dip, 'let reach = 2 * latest('));
    expect(items.slice(0, 2).toSorted()).toEqual(['bullish', 'span']);
    expect(items).not.toContain('r');
    expect(items).not.toContain('close');
  });
  test('a label may look ahead', async () => {
    expect(labels(await offered(learns, 'label edge = '))).toContain('forward_return');
  });
  test('verbs, sides, keys and values of a rule', async () => {
    expect(labels(await offered(dip, 'when dip ')).slice(0, 3)).toEqual(['enter', 'add', 'reduce']);
    expect(labels(await offered(dip, 'when dip enter '))).toEqual(['long', 'short']);
    const keys = labels(await offered(dip, 'stop: entry - stops.wide(14)', '\n  '));
    expect(keys).toEqual(expect.arrayContaining(['target', 'trail', 'hold']));
    expect(keys).not.toContain('stop');
    expect(labels(await offered(dip, 'execution { ', 'fill: '))).toEqual(['next_open', 'this_close']);
  });
  test('members: of a module, of a result, of the account', async () => {
    expect(labels(await offered(dip, 'signal done = r > 55', '\nlet z = stops.'))).toEqual(['k', 'wide']);
    expect(labels(await offered(dip, 'signal done = r > 55', '\nlet z = bollinger(close, 20, 2).')).toSorted()).toEqual(
      ['lower', 'middle', 'upper'],
    );
    expect(labels(await offered(dip, 'signal done = r > 55', '\nlet z = closed.')).toSorted()).toEqual([
      'bars',
      'pnl',
      'profit',
    ]);
  });
  test('paths, venues, kinds, lengths', async () => {
    expect(labels(await offered(dip, 'use "'))).toContain('lib/stops.vela');
    expect(labels(await offered(dip, ' on '))).toContain('binance');
    expect(labels(await offered(dip, 'param n: '))[0]).toBe('bars');
    expect(labels(await offered(dip, 'every '))).toContain('4h');
  });
  test('nothing inside a comment or a text', async () => {
    expect(await offered(dip, '## Relative strength', ' cl')).toEqual([]);
    expect(await offered(dip, 'strategy "Di')).toEqual([]);
  });
  test('docs come when an item is looked at', async () => {
    const item = (await offered(dip, 'let reach = ', 'sm')).find(({ label }) => label === 'sma');
    expect(item?.documentation).toBeUndefined();
    expect(item?.textEdit?.newText).toContain('sma(${1:close}, ${2:14})');
    const full = await editor.connection.sendRequest<CompletionItem>('completionItem/resolve', item);
    expect(JSON.stringify(full.documentation)).toContain('Simple moving average');
  });
});

test('signature help follows the argument', async () => {
  const help = await editor.ask<SignatureHelp>('textDocument/signatureHelp', dip, {
    position: editor.at(dip, 'rsi(close, n', 'rsi(close, '.length),
  });
  expect(help.signatures[0]?.label).toBe('rsi(src: num, n: bars = 14) -> index');
  expect(help.activeParameter).toBe(1);
});

describe('navigation', () => {
  test('to a declaration, a module, the library', async () => {
    const to = (text: string, after = 1, nth = 0) =>
      editor.ask<Location>('textDocument/definition', dip, { position: editor.at(dip, text, after, nth) });
    expect((await to('oversold\n')).range.start).toEqual(editor.at(dip, 'oversold ='));
    expect((await to('wide(14)')).uri).toBe(editor.uri('lib/stops.vela'));
    const library = await to('rsi(close');
    expect(library.uri).toMatch(/^file:.*momentum\.vela$/);
    expect(readFileSync(fileURLToPath(library.uri), 'utf8').split('\n')[library.range.start.line]).toContain('fn rsi(');
  });
  test('virtual documents for editors that show them', async () => {
    const other = await built.editor({}, { initializationOptions: { virtualDocuments: true } });
    const uri = await other.open('dip.vela', DIP.replace(/^use.*\n/m, '').replace('stops.wide(14)', 'reach'));
    const { uri: address } = await other.ask<Location>('textDocument/definition', uri, {
      position: other.at(uri, 'rsi(', 1),
    });
    expect(address).toBe('vela-library:/momentum.vela');
    const document = await other.connection.sendRequest<{ text: string }>('vela/document', { uri: address });
    expect(document.text).toContain('fn rsi(');
    expect(await other.connection.sendRequest('vela/document', { uri: 'vela-library:/../secret' })).toBeNull();
    await other.stop();
  });
  test('references and highlights', async () => {
    const position = editor.at(dip, 'r = rsi');
    const found = await editor.ask<Location[]>('textDocument/references', dip, {
      position,
      context: { includeDeclaration: false },
    });
    expect(found.map(({ range }) => range.start.line)).toEqual([14, 15]);
    expect(await editor.ask<unknown[]>('textDocument/documentHighlight', dip, { position })).toHaveLength(3);
  });
  test('a rename goes through modules and twins', async () => {
    const files = { 'lib/stops.vela': STOPS, 'a.vela': DIP, 'b.vela': DIP, 'b.yaml': '' };
    const other = await built.editor(files);
    const uri = await other.open('lib/stops.vela', STOPS);
    const edit = await other.ask<WorkspaceEdit>('textDocument/rename', uri, {
      position: other.at(uri, 'wide'),
      newName: 'far',
    });
    expect(Object.keys(edit.changes ?? {}).toSorted()).toEqual(
      [other.uri('a.vela'), other.uri('b.vela'), uri].toSorted(),
    );
    const texts = other.applied(edit, address => readFileSync(fileURLToPath(address), 'utf8'));
    expect(texts.get(uri)).toBe(STOPS.replace('wide', 'far'));
    expect(texts.get(other.uri('a.vela'))).toBe(DIP.replace('stops.wide', 'stops.far'));
    await other.stop();
  });
  test('a rename of a strategy renames its twin', async () => {
    const yaml =
      'strategy: T\ninstrument: { symbol: BTC/USDT, venue: binance }\nevery: 1h\nlet:\n  quick: sma(close, 5)\nsignals:\n  up: close > quick\n';
    const other = await built.editor({ 't.yaml': yaml });
    const uri = await other.open(
      't.vela',
      'strategy "T"\ninstrument "BTC/USDT" on binance\nevery 1h\nlet quick = sma(close, 5)\nsignal up = close > quick\n',
    );
    const edit = await other.ask<WorkspaceEdit>('textDocument/rename', uri, {
      position: other.at(uri, 'quick'),
      newName: 'fast',
    });
    const texts = other.applied(edit, () => yaml);
    expect(texts.get(other.uri('t.yaml'))).toBe(yaml.replaceAll('quick', 'fast'));
    expect(texts.get(uri)).toBe(other.text(uri).replaceAll('quick', 'fast'));
    await other.stop();
  });
  test('what cannot be renamed says why', async () => {
    const rename = (text: string, newName: string) =>
      editor.ask('textDocument/rename', dip, { position: editor.at(dip, text), newName });
    await expect(rename('close >', 'x')).rejects.toThrow(/only names that a file declares/);
    await expect(rename('reach =', 'let')).rejects.toThrow(/word of the language/);
    await expect(rename('reach =', 'r')).rejects.toThrow(/declared already/);
  });
});

describe('the file at a glance', () => {
  test('symbols of the document and of the workspace', async () => {
    const symbols = await editor.ask<DocumentSymbol[]>('textDocument/documentSymbol', dip);
    expect(symbols.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Dip', 'at day', 'r', 'dip', 'enter long', 'execution']),
    );
    expect(symbols.find(({ name }) => name === 'at day')?.children?.map(({ name }) => name)).toEqual([
      'bullish',
      'span',
    ]);
    const found = await editor.connection.sendRequest<WorkspaceSymbol[]>('workspace/symbol', { query: 'wid' });
    expect(found.map(({ name, location }) => [name, location.uri])).toEqual([['wide', editor.uri('lib/stops.vela')]]);
  });
  test('folds, selections, links', async () => {
    const folds = await editor.ask<FoldingRange[]>('textDocument/foldingRange', dip);
    expect(folds).toEqual(expect.arrayContaining([expect.objectContaining({ startLine: 7, endLine: 10 })]));
    const [selection] = await editor.ask<SelectionRange[]>('textDocument/selectionRange', dip, {
      positions: [editor.at(dip, 'close, n')],
    });
    const texts: string[] = [];
    for (let at: SelectionRange | undefined = selection; at !== undefined; at = at.parent)
      texts.push(editor.textOf(dip, at.range));
    expect(texts.slice(0, 3)).toEqual(['close', 'rsi(close, n)', 'let r = rsi(close, n)']);
    const links = await editor.ask<DocumentLink[]>('textDocument/documentLink', dip);
    expect(links.map(({ target, range }) => [target, editor.textOf(dip, range)])).toEqual([
      [editor.uri('lib/stops.vela'), 'lib/stops.vela'],
    ]);
  });
  test('colours: what knows the future is marked', async () => {
    const legend = (
      editor.capabilities.semanticTokensProvider as { legend: { tokenTypes: string[]; tokenModifiers: string[] } }
    ).legend;
    const marked = async (uri: string) => {
      const { data } = await editor.ask<SemanticTokens>('textDocument/semanticTokens/full', uri);
      let [line, character] = [0, 0];
      const found: string[] = [];
      for (let at = 0; at < data.length; at += 5) {
        const [down = 0, right = 0, length = 0, , bits = 0] = data.slice(at, at + 5);
        line += down;
        character = down > 0 ? right : character + right;
        if (bits & (1 << legend.tokenModifiers.indexOf('future')))
          found.push(editor.textOf(uri, { start: { line, character }, end: { line, character: character + length } }));
      }
      return found;
    };
    expect(await marked(learns)).toEqual(['edge', 'forward_return', 'peek', 'edge', 'edge']);
    expect(await marked(dip)).toEqual([]);
  });
  test('inlay hints: unit, clock, warm-up, names of arguments', async () => {
    const range = { start: { line: 0, character: 0 }, end: { line: 30, character: 0 } };
    const hints = await editor.ask<InlayHint[]>('textDocument/inlayHint', dip, { range });
    expect(hints.map(({ label }) => label)).toEqual(
      expect.arrayContaining([': USDT/ETH @day', 'ready 20', ': 0–100', 'n =']),
    );
  });
});

describe('formatting', () => {
  test('as vela fmt, whole, in part, and on type', async () => {
    const uri = await editor.open(
      'format.vela',
      'strategy "F"\ninstrument   "BTC/USDT" on binance\nevery 1h\nlet a=close+1\nlet   b = a*2\n',
    );
    const whole = await editor.ask<TextEdit[]>('textDocument/formatting', uri, {
      options: { tabSize: 2, insertSpaces: true },
    });
    const formatted = editor.edited(uri, whole);
    expect(formatted).toContain('instrument "BTC/USDT" on binance');
    const a = editor.at(uri, 'let a');
    const part = await editor.ask<TextEdit[]>('textDocument/rangeFormatting', uri, {
      range: { start: a, end: { ...a, character: 5 } },
      options: {},
    });
    expect(editor.edited(uri, part)).toBe(editor.text(uri).replace('let a=close+1', 'let a = close + 1'));
    const position = { line: 5, character: 0 };
    const typed = await editor.ask<TextEdit[]>('textDocument/onTypeFormatting', uri, {
      position,
      ch: '\n',
      options: {},
    });
    expect(editor.edited(uri, typed)).toBe(editor.text(uri).replace('let   b = a*2', 'let b = a * 2'));
  });
});

describe('code actions', () => {
  const actions = (uri: string, start: string, length = 0, nth = 0) => {
    const at = editor.at(uri, start, 0, nth);
    return editor.ask<CodeAction[]>('textDocument/codeAction', uri, {
      range: { start: at, end: { ...at, character: at.character + length } },
      context: { diagnostics: [] },
    });
  };
  const apply = (uri: string, action: CodeAction | undefined) => editor.edited(uri, action?.edit?.changes?.[uri] ?? []);

  test('the mend of a diagnostic', async () => {
    const uri = await editor.open(
      'mend.vela',
      DIP.replace(/^use.*\n/m, '')
        .replace('stops.wide(14)', 'reach')
        .replace('rsi(close', 'rsi(clos'),
    );
    const [problem] = await editor.diagnostics(uri);
    expect(problem).toMatchObject({ code: 'E0130', source: 'vela', data: { fix: { edits: [{ newText: 'close' }] } } });
    expect(problem?.codeDescription?.href).toMatch(/^file:.*E0130\.md$/);
    expect(readFileSync(fileURLToPath(problem?.codeDescription?.href ?? ''), 'utf8')).toContain('# E0130');
    const found = await editor.ask<CodeAction[]>('textDocument/codeAction', uri, {
      range: problem?.range,
      context: { diagnostics: [problem] },
    });
    const fix = found.find(({ kind }) => kind === 'quickfix');
    expect(fix?.diagnostics).toHaveLength(1);
    expect(apply(uri, fix)).toContain('rsi(close, n)');
  });
  test('wrap in latest', async () => {
    const uri = await editor.open('wrap.vela', DIP.replace('latest(bullish) and', 'bullish and'));
    const found = (await actions(uri, 'bullish and')).find(({ title }) => title.includes('latest'));
    expect(apply(uri, found)).toContain('latest(bullish) and');
  });
  test('extract a let, a function and a param; inline; freeze', async () => {
    const value = 'latest(span) / 4';
    const found = await actions(dip, value, 'latest(span)'.length);
    expect(
      apply(
        dip,
        found.find(({ title }) => title.includes('`let')),
      ),
    ).toContain('let value = latest(span)\nlet reach = 2 * value / 4');
    const compared = await actions(dip, 'r > 55', 6);
    const fn = apply(
      dip,
      compared.find(({ title }) => title.includes('`fn')),
    );
    expect(fn).toContain('fn calculate(r: index) -> bool = r > 55');
    expect(fn).toContain('signal done = calculate(r)');
    const param = apply(
      dip,
      (await actions(dip, '50)')).find(({ title }) => title.includes('param')),
    );
    expect(param).toContain('in 15..40\nparam n2: bars = 50 in 25..100');
    expect(param).toContain('ema(close, n2)');
    const inlined = apply(
      dip,
      (await actions(dip, 'r = rsi')).find(({ title }) => title.startsWith('Inline')),
    );
    expect(inlined).not.toContain('let r =');
    expect(inlined).toContain('signal done = rsi(close, n) > 55');
    const frozen = apply(
      dip,
      (await actions(dip, 'n: bars')).find(({ title }) => title.startsWith('Freeze')),
    );
    expect(frozen).toContain('param n: bars = 14 in 14..14\n');
  });
  test('the other spelling, beside the file', async () => {
    const found = (await actions(dip, 'strategy')).find(({ title }) => title.startsWith('Convert'));
    expect(JSON.stringify(found?.edit?.documentChanges)).toContain('strategy: Dip');
  });
});

test('what feeds this order?', async () => {
  const [rule] = await editor.ask<CallHierarchyItem[]>('textDocument/prepareCallHierarchy', dip, {
    position: editor.at(dip, 'enter long'),
  });
  const feeds = async (item: CallHierarchyItem | undefined) =>
    (await editor.connection.sendRequest<CallHierarchyOutgoingCall[]>('callHierarchy/outgoingCalls', { item })).map(
      ({ to }) => to,
    );
  const first = await feeds(rule);
  expect(first.map(({ name }) => name)).toEqual(expect.arrayContaining(['dip', 'equity', 'entry']));
  const second = await feeds(first.find(({ name }) => name === 'dip'));
  expect(second.map(({ name }) => name)).toEqual(expect.arrayContaining(['bullish', 'r', 'oversold']));
  const third = await feeds(second.find(({ name }) => name === 'r'));
  expect(third.map(({ name }) => name)).toEqual(['rsi', 'close', 'n']);
  const readers = await editor.connection.sendRequest<{ from: CallHierarchyItem }[]>('callHierarchy/incomingCalls', {
    item: second.find(({ name }) => name === 'r'),
  });
  expect(readers.map(({ from }) => from.name)).toEqual(['dip', 'done']);
});

test('graph and warm-up of a strategy', async () => {
  const graph = await editor.connection.sendRequest<{ svg: string; text: string }>('vela/graph', { uri: dip });
  expect(graph.svg).toMatch(/^<svg/);
  const { markdown: told } = await editor.connection.sendRequest<{ markdown: string }>('vela/warmup', { uri: dip });
  expect(told).toContain('No order is possible before bar **');
  expect(told).toContain('| `r` | every 15m | 14 bars');
});

describe('the YAML form', () => {
  const YAML = `strategy: Twin
instrument: { symbol: BTC/USDT, venue: binance }
every: 1h
clocks:
  day: 1d
params:
  n: { type: bars, default: 14, in: 5..30 }
at:
  day:
    let:
      span: atr(20)
let:
  ## How strong.
  r: rsi(close, n)
signals:
  up: r crosses above 30
rules:
  - when: up
    enter: long
    size: 10% of equity
    stop: entry - latest(span)
execution: { fee: 10bp, slippage: 2bp }
`;
  let yaml: string;
  beforeAll(async () => {
    yaml = await editor.open('twin.yaml', YAML);
  });

  test('is checked, and mistakes stand where they are written', async () => {
    expect(await editor.diagnostics(yaml)).toEqual([]);
    const uri = await editor.open('bad.yaml', YAML.replace('rsi(close, n)', '"rsi(clos, n)"'));
    const [problem] = await editor.diagnostics(uri);
    expect(
      editor.textOf(uri, problem?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }),
    ).toBe('clos');
  });
  test('a YAML file of another program is left alone', async () => {
    const uri = await editor.open('compose.yaml', 'services:\n  web: { image: nginx }\n');
    expect(await editor.diagnostics(uri)).toEqual([]);
    expect(await editor.ask('textDocument/hover', uri, { position: { line: 0, character: 1 } })).toBeNull();
  });
  test('hover in scalars and on keys', async () => {
    expect(await hoverAt(yaml, 'rsi(')).toContain('fn rsi(');
    expect(await hoverAt(yaml, 'r: rsi', 0)).toContain('How strong.');
    expect(await hoverAt(yaml, 'signals:')).toContain('Named conditions');
  });
  test('keys by the schema, values by the language', async () => {
    expect(labels(await offered(yaml, 'every: 1h\n'))).toEqual(expect.arrayContaining(['states', 'risk', 'plots']));
    expect(labels(await offered(yaml, 'size: 10% of equity', '\n    '))).toEqual(
      expect.arrayContaining(['target', 'trail']),
    );
    expect(labels(await offered(yaml, 'enter: '))).toEqual(['long', 'short']);
    expect(labels(await offered(yaml, 'up: '))[0]).not.toBe('r');
    expect(labels(await offered(yaml, 'stop: entry - latest('))[0]).toBe('span');
    expect(labels(await offered(yaml, 'execution: { '))).toContain('fill');
    expect(labels(await offered(yaml, 'every: '))).toContain('15m');
  });
  test('signature help, rename, symbols', async () => {
    const help = await editor.ask<SignatureHelp>('textDocument/signatureHelp', yaml, {
      position: editor.at(yaml, 'rsi(close, ', 11),
    });
    expect(help.activeParameter).toBe(1);
    const edit = await editor.ask<WorkspaceEdit>('textDocument/rename', yaml, {
      position: editor.at(yaml, 'r: rsi'),
      newName: 'strength',
    });
    expect(editor.edited(yaml, edit.changes?.[yaml] ?? [])).toBe(
      YAML.replace('r: rsi', 'strength: rsi').replace('r crosses', 'strength crosses'),
    );
    const symbols = await editor.ask<DocumentSymbol[]>('textDocument/documentSymbol', yaml);
    expect(symbols.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Twin', 'at day', 'r', 'up', 'enter long']),
    );
  });
  test('becomes the other spelling', async () => {
    const twin = await editor.connection.sendRequest<{ text: string; languageId: string }>('vela/twin', { uri: yaml });
    expect(twin.languageId).toBe('vela');
    expect(twin.text).toContain('signal up = r crosses above 30');
  });
});
