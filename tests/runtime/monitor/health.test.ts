/** Ready, degraded or stopped, from what can be seen of a run. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUILT_IN, TOLD } from '../../../runtime/monitor/built-in-alerts.ts';
import { healthOf, type Sight } from '../../../runtime/monitor/health.ts';
import { DEGRADED_CODES } from '../../../runtime/monitor/metrics-table.ts';
import { degraded, statusOf } from './support.ts';

const NOW = 1_700_000_101_000;
const seen = (other: Partial<Sight> = {}) =>
  healthOf({ status: statusOf(), isRunning: true, stop: undefined, nowMs: NOW, ...other });
const codes = (other: Partial<Sight>) => {
  const { health, reasons } = seen(other);
  return [health, ...reasons.map(({ code }) => code)];
};

describe('health', () => {
  it('is ready when nothing is the matter', () => {
    expect(seen()).toEqual({ health: 'ready', reasons: [] });
  });

  it('is degraded while something is, and says what to do about each', () => {
    const status = statusOf({ degraded: [degraded('stale', 'BTC/USDT'), degraded('foreign')] });
    const { health, reasons } = seen({ status });
    expect(health).toBe('degraded');
    expect(reasons).toMatchObject([
      { code: 'stale', symbol: 'BTC/USDT', text: 'it is stale', runbook: 'docs/runbooks.md#stale-data' },
      { code: 'foreign', todo: expect.stringContaining('vela adopt'), runbook: 'docs/runbooks.md#foreign' },
    ]);
  });

  it('is degraded when it hangs, and while it starts', () => {
    expect(codes({ nowMs: NOW + 20_000 })).toEqual(['degraded', 'silent']);
    expect(codes({ status: undefined })).toEqual(['degraded', 'starting']);
    expect(codes({ status: statusOf({ state: 'starting' }) })).toEqual(['degraded', 'starting']);
  });

  it('is stopped by the kill switch, whatever else is the matter', () => {
    const stop = { by: 'alert rule deep', atMs: 0, flatten: true };
    const found = seen({ stop, status: statusOf({ degraded: [degraded('stale')] }) });
    expect(found).toMatchObject({
      health: 'stopped',
      reasons: [{ text: 'stopped by alert rule deep, positions closed' }],
    });
  });

  it.each([
    ['ended', 'ended', /came to its end/],
    ['failed', 'failed', /it failed at .*: the disk is full/],
    ['stopped', 'stopped', /the disk is full at/],
    ['running', 'gone', /its process is gone/],
  ] as const)('is stopped when there is no process: %s', (state, code, text) => {
    const { health, reasons } = seen({ isRunning: false, status: statusOf({ state, why: 'the disk is full' }) });
    expect(health).toBe('stopped');
    expect(reasons).toMatchObject([{ code, text: expect.stringMatching(text) }]);
  });

  it('is stopped when it never ran', () => {
    expect(codes({ isRunning: false, status: undefined })).toEqual(['stopped', 'never ran']);
  });
});

describe('runbooks', () => {
  const page = new URL('../../../docs/runbooks.md', import.meta.url);

  it('have a section for each rule, and no section for none', () => {
    expect(existsSync(page)).toBe(true);
    const sections = [...readFileSync(page, 'utf8').matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    const named = [...BUILT_IN.map(({ name }) => name), ...Object.keys(TOLD), 'rules of your own'];
    expect([...sections].sort()).toEqual([...named].sort());
  });

  it('each trouble has a rule', () => {
    const words = BUILT_IN.flatMap(({ condition }) => (condition.kind === 'trouble' ? [condition.word] : []));
    expect(DEGRADED_CODES.filter(code => !words.includes(code))).toEqual([]);
  });
});
