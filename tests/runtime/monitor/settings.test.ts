/** What configuration asks of monitoring: what is taken, and what is refused before the run begins. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AlertDocument, MonitoringDocument } from '../../../language/check/configuration.ts';
import { readConfiguration, resolved } from '../../../runtime/config/read.ts';
import { BUILT_IN, TOLD } from '../../../runtime/monitor/built-in-alerts.ts';
import { monitorSettings, watchText } from '../../../runtime/monitor/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'vela-monitor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const settings = (
  monitoring: MonitoringDocument = {},
  alerts: readonly AlertDocument[] = [],
  environment: Record<string, string> = {},
) => monitorSettings(monitoring, alerts, environment);

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'monitoring', message: expect.stringMatching(message) });

describe('settings', () => {
  it('without any there are the built-in rules, and nobody listens', () => {
    expect(settings()).toEqual({ rules: BUILT_IN, told: TOLD, reportTo: [], secrets: [] });
  });

  it('take tokens from the environment or from files, and list them as secrets', () => {
    const monitoring = {
      listen: '127.0.0.1:9464',
      webhook: { url_file: file('url', 'https://hooks.example.com/secret\n') },
      telegram: { chat: -100, token_file: file('bot', '12:abcdefgh\n') },
      daily_report: ['telegram', 'log'],
    } as const;
    expect(settings(monitoring, [], { VELA_MONITOR_TOKEN: 'token-of-some-length' })).toMatchObject({
      endpoint: { listen: '127.0.0.1:9464', isPublic: false, token: 'token-of-some-length' },
      webhook: { url: 'https://hooks.example.com/secret' },
      telegram: { api: 'https://api.telegram.org', token: '12:abcdefgh', chat: '-100' },
      reportTo: ['telegram', 'log'],
      secrets: ['token-of-some-length', 'https://hooks.example.com/secret', '12:abcdefgh'],
    });
  });

  it.each([
    [{ listen: '127.0.0.1:1' }, /the token of `system.monitoring.listen` is not there/],
    [{ telegram: { chat: 1 } }, /the token of `system.monitoring.telegram` is not there/],
    [{ webhook: {} }, /the address of `system.monitoring.webhook` is not there/],
    [{ webhook: { url: 'http://hooks.example.com/' } }, /is not safe to send to/],
    [{ daily_report: ['webhook'] }, /daily_report` tells webhook, which is not set up/],
  ] as const)('refuse %j', (monitoring, message) => {
    expect(() => settings(monitoring)).toThrow(refused(message));
  });

  it('refuse a file that others can read, that is empty or not there, and say nothing of what is in it', () => {
    const listen = '127.0.0.1:1';
    const open = file('open', 'CANARY-open-file', 0o644);
    expect(() => settings({ listen, token_file: open })).toThrow(refused(/can be read by others/));
    expect(() => settings({ listen, token_file: open })).not.toThrow(refused(/CANARY/));
    expect(() => settings({ listen, token_file: file('empty', '\n') })).toThrow(refused(/is empty/));
    expect(() => settings({ listen, token_file: join(folder, 'none') })).toThrow(refused(/cannot be read/));
  });
});

describe('the manual', () => {
  it('shows a document that can be used', async () => {
    const page = readFileSync(new URL('../../../docs/monitoring.md', import.meta.url), 'utf8');
    const [, document = ''] = /```text\n(system:[\s\S]*?)```/.exec(page) ?? [];
    const config = join(folder, 'config');
    mkdirSync(config);
    writeFileSync(join(config, 'system.yaml'), document);
    const { monitoring, alerts } = resolved((await readConfiguration(config)).configuration).system;
    const environment = {
      VELA_MONITOR_TOKEN: 'token-of-some-length',
      VELA_WEBHOOK_URL: 'https://hooks.example.com/x',
      VELA_TELEGRAM_TOKEN: '12:abc',
    };
    const { rules, telegram, reportTo } = monitorSettings(monitoring, alerts, environment);
    expect(rules.slice(BUILT_IN.length)).toMatchObject([
      { name: 'drawdown > 10%', forMs: 300_000, action: 'flatten' },
      { name: 'errors in 10m > 20', sinks: ['webhook'] },
    ]);
    expect(rules.find(({ name }) => name === 'disconnected')?.forMs).toBe(600_000);
    expect([telegram?.chat, reportTo]).toEqual(['123456789', ['telegram']]);
  });
});

it('takes no token that can be guessed', () => {
  const asked = () => settings({ listen: '127.0.0.1:9464' }, [], { VELA_MONITOR_TOKEN: 'short' });
  expect(asked).toThrow(/shorter than 16 characters/);
});

describe('who watches', () => {
  it('is said in words', () => {
    expect(watchText(settings())).toBe('the log, by the built-in rules; it cannot be asked over HTTP');
    const monitoring = { listen: '127.0.0.1:9464', webhook: { url: 'https://hooks.example.com/x' } };
    const found = settings(monitoring, [{ when: 'drawdown > 5%' }], { VELA_MONITOR_TOKEN: 'token-of-some-length' });
    expect(watchText(found)).toBe(
      'the log, a webhook, by the built-in rules and 1 of your own; it can be asked at 127.0.0.1:9464',
    );
  });
});

describe('rules', () => {
  it('stand beside the built-in ones', () => {
    const { rules } = settings({}, [{ when: 'drawdown > 10%', for: '5m', action: 'flatten', severity: 'critical' }]);
    expect(rules).toHaveLength(BUILT_IN.length + 1);
    expect(rules.at(-1)).toMatchObject({
      name: 'drawdown > 10%',
      forMs: 300_000,
      coolDownMs: 3_600_000,
      severity: 'critical',
      action: 'flatten',
    });
  });

  it('change a built-in one by its name, and cannot take it away', () => {
    const { rules } = settings({}, [{ name: 'killed', cool_down: '1m', severity: 'info', sinks: ['log'] }]);
    expect(rules).toHaveLength(BUILT_IN.length);
    const [before, after] = [BUILT_IN, rules].map(list => list.find(({ name }) => name === 'killed'));
    expect(after).toEqual({ ...before, coolDownMs: 60_000, severity: 'info', sinks: ['log'] });
  });

  it('change also those that no condition sets off', () => {
    const { rules, told } = settings({}, [{ name: 'notice', severity: 'critical', sinks: ['log'] }]);
    expect(rules).toEqual(BUILT_IN);
    expect(told).toEqual({ ...TOLD, notice: { ...TOLD.notice, severity: 'critical', sinks: ['log'] } });
  });

  it.each([
    [{ severity: 'info' }, /rule 1 has no `when`/],
    [{ name: 'unprotcted' }, /rule 1 \(unprotcted\) has no `when`/],
    [{ when: 'drawdwn > 1%' }, /rule 1 .*there is no metric `drawdwn`/],
    [{ name: 'killed', when: 'drawdown > 1%' }, /is built in and keeps its condition/],
    [{ when: 'drawdown > 1%', for: 'soon' }, /`soon` is no time/],
    [{ when: 'drawdown > 1%', sinks: ['telegram'] }, /tells telegram, which is not set up/],
  ] as const)('refused: %j', (alert, message) => {
    expect(() => settings({}, [alert as AlertDocument])).toThrow(refused(message));
  });

  it('two of a name are refused', () => {
    const alerts = [{ when: 'drawdown > 1%' }, { when: 'drawdown > 1%' }];
    expect(() => settings({}, alerts)).toThrow(refused(/rule 2 .* there is another of this name/));
  });
});
