/** The report as a file: its size, what it never asks for, and that no text of a strategy becomes an element. */
import { describe, expect, test } from 'vitest';
import { reportAssets } from '../../../runtime/report/assets.ts';
import type { Candles } from '../../../runtime/report/downsample.ts';
import { type ChartData, chartData, MOST_TRADES } from '../../../runtime/report/html/chart_data.ts';
import { reportDocument } from '../../../runtime/report/html/document.ts';
import { html, trusted } from '../../../runtime/report/html/markup.ts';
import type { ReportInput } from '../../../runtime/report/report.ts';
import { sampleReport } from './sample.ts';

const LIMIT = 5_000_000;
const assets = await reportAssets();

function written(input: ReportInput): string {
  return reportDocument(input, assets);
}

function without(text: string, ...parts: readonly string[]): string {
  return parts.reduce((rest, part) => rest.replace(part, ''), text);
}

describe('size', () => {
  test('a run of two million bars, thousands of trades and more plots than are drawn', () => {
    const text = written(sampleReport({ bars: 2_100_000, tradeEvery: 80, plots: 30 }));
    expect(Buffer.byteLength(text)).toBeLessThan(LIMIT);
    expect(text).toMatch(/Drawn with \d+ bars to a candle/);
    expect(text).toContain('The latest 10 000 of 26 250 trades');
  });

  test('a source of megabytes is cut, and says so', () => {
    const source = { name: 'long.vela', text: '# a long comment\n'.repeat(200_000) };
    const text = written(sampleReport({ bars: 100 }, { source }));
    expect(Buffer.byteLength(text)).toBeLessThan(LIMIT);
    expect(text).toContain('Cut after 200 000 characters');
  });

  test('the latest trades are kept for drawing', () => {
    const { trades, tradesBefore } = chartData(sampleReport({ bars: 2 * (MOST_TRADES + 5), tradeEvery: 2 }));
    expect([trades.length, tradesBefore]).toEqual([MOST_TRADES, 5]);
    expect(chartData(sampleReport({ bars: 100 })).tradesBefore).toBe(0);
  });
});

function drawn({ candles }: ReportInput['span']): Candles {
  if (candles === undefined) throw new Error('the sample has candles');
  return candles;
}

describe('prices have the decimals of the market', () => {
  const decimals = (closes: readonly number[]) => {
    const { span, ...input } = sampleReport({ bars: closes.length });
    const candles = { ...drawn(span), close: Float64Array.from(closes) };
    return chartData({ ...input, span: { ...span, candles } }).priceDecimals;
  };
  test.each([
    ['a step of a cent', [126_208.5, 61_250.25, 78_000], 2],
    ['whole prices', [30, 31, 29], 0],
    ['a coin of fractions of a cent', [0.00001234, 0.00001301], 8],
    ['absent bars among them', [1.5, Number.NaN, 1.25], 2],
    ['no step at all: six digits', [100 / 3, 200 / 3], 4],
  ])('%s', (_, closes, expected) => {
    expect(decimals(closes)).toBe(expected);
  });
});

describe('what is drawn', () => {
  const floats = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

  test('a short run is drawn bar by bar', () => {
    const input = sampleReport({ bars: 500 });
    const data = chartData(input);
    expect([data.points, data.ticksAPoint]).toEqual([500, 1]);
    expect(floats(data.candles?.close ?? '')).toEqual(Float32Array.from(drawn(input.span).close));
    expect(floats(data.equity)).toEqual(Float32Array.from(input.result.equity));
  });

  test('a long run keeps highest high, lowest low and deepest drawdown', () => {
    const input = sampleReport({ bars: 90_000 });
    const data = chartData(input);
    expect(data.points).toBeLessThanOrEqual(20_000);
    const { high, low } = drawn(input.span);
    expect(Math.max(...floats(data.candles?.high ?? ''))).toBe(Math.fround(high.reduce((a, b) => Math.max(a, b))));
    expect(Math.min(...floats(data.candles?.low ?? ''))).toBe(Math.fround(low.reduce((a, b) => Math.min(a, b))));
    expect(Math.min(...floats(data.drawdown))).toBeCloseTo(input.statistics.metrics.maxDrawdown, 6);
  });
});

describe('safety', () => {
  const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'`&<!--';

  test('text from a strategy, a file name or a warning stays text', () => {
    const input = sampleReport(
      { bars: 300 },
      {
        title: hostile,
        symbol: hostile,
        venue: hostile,
        source: { name: hostile, text: hostile },
        warnings: [hostile],
        params: [{ name: hostile, value: hostile, changed: true }],
        assumptions: [{ topic: 'costs', label: hostile, value: hostile, caution: false }],
        plots: [{ name: hostile, pane: hostile, values: new Float64Array(300) }],
      },
    );
    const text = without(written(input), assets.charts, assets.script);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('<script>alert');
    expect(text.match(/<script/g)?.length).toBe(3);
    const embedded = text.match(/id="chart-data">(.*?)<\/script>/)?.[1] ?? '';
    const data: ChartData = JSON.parse(embedded);
    expect(data.plots[0]?.name).toBe(hostile);
  });

  test('the policy allows our two scripts by their hashes and no request', () => {
    const policy = written(sampleReport({ bars: 100 })).match(/Content-Security-Policy" content="([^"]*)"/)?.[1] ?? '';
    expect(policy).toContain('default-src &#39;none&#39;');
    expect(policy.match(/sha256-/g)?.length).toBe(2);
    expect(policy).not.toMatch(/https?:|unsafe-eval|\*/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
  });

  test('nothing outside of the charting library names an address, but for its credit', () => {
    const text = without(written(sampleReport({ bars: 100 })), assets.charts);
    expect(text.match(/https?:\/\/[^"'\s<]+/g)).toEqual(['https://www.tradingview.com/']);
    expect(text).not.toMatch(/<(link|img|iframe|object|embed|video|audio|source)\b(?![^>]*href="data:,")/);
  });

  test('the template escapes whatever is put in, unless it is markup', () => {
    expect(
      html`<b title="${'"><'}">${['<', html`<i>${'&'}</i>`, 3, false, undefined]}</b>${trusted('<hr>')}`.html,
    ).toBe('<b title="&#34;&#62;&#60;">&#60;<i>&#38;</i>3</b><hr>');
  });
});

describe('what it says', () => {
  const text = written(
    sampleReport(
      { bars: 2_000 },
      { simulated: true, warnings: ['one', 'two'], hashes: { plan: 'p1', data: 'd2', journal: 'j3' } },
    ),
  );

  test('that the market is simulated, its warnings, assumptions and hashes', () => {
    expect(text).toContain('Simulated market.');
    expect(text).toContain('2 warnings');
    expect(text).toContain('12 bars, longest hole 3 h');
    for (const hash of ['p1', 'd2', 'j3']) expect(text).toContain(`<dd>${hash}</dd>`);
  });

  test('no banner where there is nothing to warn of', () => {
    expect(written(sampleReport({ bars: 100 }))).not.toContain('class="banner"');
  });
});
