/** What stands beside the editor and in its status bar. */
import { expect, test } from 'vitest';
import { graphPage, newNonce, reportPage } from '../../lsp/vscode/page.ts';
import { statusWords } from '../../lsp/vscode/status_words.ts';
import { barLines, tradeStory, tradeTitle } from '../../lsp/vscode/trade_words.ts';

const REPORT = `<!doctype html>
<html><head>
<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;sha256-abc&#39;; style-src &#39;unsafe-inline&#39;">
<style>:root { color-scheme: light dark; } @media (prefers-color-scheme: dark) { :root { --ink: #fff; } }</style>
</head>
<body><script>chart()</script></body>
</html>
`;

test('a report gets one script more, named by a nonce, and keeps its policy', () => {
  const page = reportPage(REPORT, 'listen("$&")', 'n0nce', { dark: true });
  expect(page).toContain(
    `content="default-src 'none'; script-src 'nonce-n0nce' 'sha256-abc'; style-src 'unsafe-inline'"`,
  );
  expect(page).toContain('<script nonce="n0nce">listen("$&")</script>');
  expect(page).toContain('@media all { :root { --ink: #fff; } }');
  expect(reportPage(REPORT, '', 'n', { dark: false })).toContain('@media not all { :root { --ink: #fff; } }');
  expect(page.match(/<script nonce/g)).toHaveLength(1);
});

test('a page without a policy, or with a looser one, is not shown as a report', () => {
  expect(() => reportPage('<html><body></body></html>', '', 'n', { dark: false })).toThrow('policy');
  const loose = REPORT.replace('default-src &#39;none&#39;', 'default-src *');
  expect(() => reportPage(loose, '', 'n', { dark: false })).toThrow('policy');
});

test('the graph’s page runs its own script alone, whatever it is called', () => {
  const page = graphPage('<svg></svg>', '</title><script>x</script>', 'run()', 'n0nce', { dark: false });
  expect(page).toContain("default-src 'none'; script-src 'nonce-n0nce'; style-src 'nonce-n0nce'");
  expect(page).not.toContain('<script>x');
});

test('no two pages share a nonce', () => {
  const nonces = Array.from({ length: 50 }, newNonce);
  expect(new Set(nonces).size).toBe(50);
  for (const nonce of nonces) expect(nonce).toMatch(/^[\w+/]{24}$/);
});

test('the status bar tells of a run in one line', () => {
  const summary = {
    ...{ simulated: false, totalReturn: 2.2864, sharpe: 0.667, maxDrawdown: -0.639, trades: 377, bars: 55_867 },
    ...{ from: '2020-01-01T00:00:00Z', to: '2026-05-16T19:00:00Z', planHash: '', dataHash: '', tookMs: 31.2 },
  };
  expect(statusWords({ state: 'done', summary }).text).toBe('$(graph-line) +228.6 % · Sharpe 0.67 · 377 trades');
  const simulated = { ...summary, simulated: true, totalReturn: -0.01234, sharpe: null, trades: 1 };
  expect(statusWords({ state: 'done', summary: simulated }).text).toBe('$(beaker) −1.23 % · Sharpe – · 1 trade');
  expect(statusWords({ state: 'done', summary: simulated }).tooltip).toContain('nothing of a real market');
  expect(statusWords({ state: 'noData', why: 'no data' })).toMatchObject({ command: 'vela.getData', warns: false });
  expect(statusWords({ state: 'failed', why: 'a hole' })).toMatchObject({ tooltip: 'a hole', warns: true });
});

test('a trade is told with the values of both of its bars', () => {
  const range = { start: { line: 3, character: 4 }, end: { line: 3, character: 9 } };
  const bar = (what: 'entry' | 'exit', value: number | null) => ({
    what,
    time: '2024-01-02T03:00:00Z',
    values: [
      { name: 'close', kind: 'column' as const, value: 1 },
      { name: 'quick', kind: 'let' as const, value, range },
    ],
  });
  const trade = {
    ...{ number: 0, instrument: 'BTC/USDT', side: 'long' as const, reason: 'stop', profit: -12.345 },
    ...{ entryTime: '2024-01-02T04:00:00Z', exitTime: '2024-01-03T00:00:00Z', entryPrice: 100.125, exitPrice: 99 },
  };
  const bars = { trade, bars: [bar('entry', 43_120.512_345), bar('exit', null)] };
  expect(barLines(bars)).toEqual([{ range, text: 'entry 43120.51 · exit absent' }]);
  expect(tradeTitle(bars)).toBe('trade 1: −12.35');
  expect(tradeStory(bars)).toBe('long 2024-01-02 04:00 at 100.125 · stop 2024-01-03 00:00 at 99');
});
