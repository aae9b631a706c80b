/** The metrics of a status in the text that Prometheus reads, and how they are named. */
import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../../runtime/live/status.ts';
import { metricsText } from '../../../runtime/monitor/metrics.ts';
import { METRICS } from '../../../runtime/monitor/metrics-table.ts';
import { degraded, statusOf } from './support.ts';

const instrument = (other: Partial<RunStatus['instruments'][number]>) => ({
  symbol: 'BTC/USDT',
  price: 100,
  lastBarMs: 0,
  latenessMs: 1500,
  isStale: false,
  position: 0.5,
  entry: 90,
  unrealised: 5,
  stop: 95,
  targets: [],
  foreign: 0,
  ...other,
});

const full = statusOf({
  strategy: 'Quote "this"\n\\',
  degraded: [degraded('stale', 'BTC/USDT')],
  risk: {
    grossExposure: 0.4,
    netExposure: -0.2,
    own: { bars: 40, valueAtRisk95: 0.01, expectedShortfall95: 0.02, valueAtRisk99: 0.03, expectedShortfall99: 0.04 },
    held: null,
    correlations: [{ a: 'BTC/USDT', b: 'ETH/USDT', value: 0.8 }],
  },
  instruments: [
    instrument({}),
    instrument({ symbol: 'ETH/USDT', stop: null, latenessMs: null, halted: 'cap drawdown' }),
  ],
  limits: [{ name: 'drawdown', value: 0.05, bound: 0.2, isHalted: false }],
  models: [
    {
      name: 'up',
      version: '1',
      activeFromMs: null,
      latencyMs: { count: 3, p50: 2, p99: 8 },
      failures: 1,
      drift: 0.3,
    },
  ],
});

/** Samples by name and labels, as a scraper reads them. */
async function scraped(status: RunStatus | undefined, metrics = metricsText()): Promise<Record<string, number>> {
  const samples: Record<string, number> = {};
  for (const line of (await metrics.text(status)).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', value = ''] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    expect(name, line).not.toBe('');
    samples[name] = Number(value);
  }
  return samples;
}

describe('the text', () => {
  it('holds what the status says, in base units', async () => {
    expect(await scraped(full)).toMatchObject({
      'vela_run_info{strategy="Quote \\"this\\"\\n\\\\",mode="live",venue="binance",account="main",currency="USDT"}': 1,
      'vela_run_state{state="running"}': 1,
      'vela_run_state{state="failed"}': 0,
      'vela_degraded{kind="stale"}': 1,
      'vela_degraded{kind="blind"}': 0,
      vela_equity: 10_500,
      vela_profit: 500,
      vela_day_profit: 100,
      vela_drawdown_ratio: 1 - 10_500 / 11_000,
      'vela_value_at_risk_ratio{basis="own",level="0.95"}': 0.01,
      'vela_expected_shortfall_ratio{basis="own",level="0.99"}': 0.04,
      'vela_correlation{instrument="BTC/USDT",with="ETH/USDT"}': 0.8,
      'vela_limit_used_ratio{limit="drawdown"}': 0.25,
      'vela_stop_distance_ratio{instrument="BTC/USDT"}': 0.05,
      'vela_bar_lateness_seconds{instrument="BTC/USDT"}': 1.5,
      'vela_instrument_halted{instrument="ETH/USDT"}': 1,
      'vela_fill_slippage_ratio{quantile="0.99"}': 0.002,
      'vela_model_latency_seconds{model="up",quantile="0.99"}': 0.008,
      'vela_model_failures_total{model="up"}': 1,
      'vela_event_loop_lag_seconds{quantile="0.99"}': 0.002,
    });
  });

  it('leaves out what is not known instead of calling it 0', async () => {
    const samples = await scraped(full);
    const names = Object.keys(samples).join('\n');
    expect(names).not.toContain('basis="held"');
    expect(names).not.toContain('vela_stop_distance_ratio{instrument="ETH/USDT"}');
    expect(names).not.toContain('vela_bar_lateness_seconds{instrument="ETH/USDT"}');
    const blind = statusOf({ system: { ...statusOf().system, freeDiskBytes: null } });
    expect(Object.keys(await scraped(blind))).not.toContain('vela_disk_free_bytes');
    expect(await scraped(undefined)).toEqual({});
  });

  it('forgets what is no longer so', async () => {
    const metrics = metricsText();
    await scraped(full, metrics);
    const after = await scraped(statusOf({ fills: 3, trades: 1 }), metrics);
    expect(Object.keys(after).filter(name => name.includes('ETH') || name.includes('"up"'))).toEqual([]);
    expect(after.vela_fills_total).toBe(3);
  });
});

describe('the table', () => {
  it('names metrics as Prometheus wants them', () => {
    for (const { exported, type, unit, doc } of METRICS) {
      expect(exported).toMatch(/^vela_[a-z][a-z0-9_]*[a-z0-9]$/);
      expect(exported.endsWith('_total'), exported).toBe(type === 'counter');
      if (unit === 'seconds') expect(exported).toMatch(/_seconds$/);
      if (unit === 'bytes') expect(exported).toMatch(/_bytes$/);
      if (unit === 'ratio') expect(exported).toMatch(/_ratio$/);
      expect(doc).not.toBe('');
    }
  });

  it('has each name once, and reads no sample without the labels that it states', () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
    expect(new Set(METRICS.map(({ exported }) => exported)).size).toBe(METRICS.length);
    for (const { labels, read } of METRICS) {
      for (const sample of read(full)) expect(Object.keys(sample.labels)).toEqual([...labels]);
    }
  });
});
