/**
 * A run that nobody watches, as a process: it is asked how it is over HTTP, a rule pulls the kill switch and tells a webhook
 * and a Telegram chat, health and reports are read from its folder, and no secret is in anything that it lets out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../runtime/live/status.ts';
import { busyText } from '../runtime/live/busy.ts';
import { listener, until } from '../runtime/monitor/support.ts';
import { vela as asCommand, temporaryFolder, writeCandles } from './support.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const RUN = '.vela/runs/busy-replay';

/** What must be nowhere but where it was put. */
const CANARIES = {
  token: 'CANARY-monitor-5f1c22aa',
  hook: 'CANARY-webhook-77be01d4',
  bot: '77:CANARY-telegram-90ac31',
  key: 'CANARY-venue-key-1c55e0',
} as const;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly log: string;
}

const told: string[] = [];

function start(folder: string, words: readonly string[], environment: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, VELA_CACHE: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, log] = ['', ''];
  child.stdout?.on('data', chunk => {
    out += String(chunk);
  });
  child.stderr?.on('data', chunk => {
    log += String(chunk);
  });
  const ended = new Promise<Ended>(resolve => {
    child.on('close', code => {
      told.push(out, log);
      resolve({ code, out, log });
    });
  });
  return { child, ended, said: () => log };
}

/** A command that is no process of its own. */
async function vela(folder: string, ...words: string[]): Promise<Ended> {
  const said = await asCommand(folder, words);
  told.push(said.out, said.log);
  return said;
}

async function asked(url: string): Promise<string> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${CANARIES.token}` } });
  const text = await response.text();
  told.push(text, JSON.stringify([...response.headers]));
  return text;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
}

describe('a run that nobody watches', () => {
  it('tells what matters, can be asked, and lets no secret out', { timeout: 120_000 }, async () => {
    const [hook, telegram] = [await listener(), await listener((_, response) => response.end('{"ok":true}'))];
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'busy.vela'), busyText());
    writeCandles(join(folder, 'candles.csv'), 4000);
    const secrets = temporaryFolder();
    writeFileSync(join(secrets, 'bot'), `${CANARIES.bot}\n`, { mode: 0o600 });
    mkdirSync(join(folder, 'config'));
    const system = {
      monitoring: {
        listen: '127.0.0.1:0',
        webhook: {},
        telegram: { chat: 42, api: telegram.url, token_file: join(secrets, 'bot') },
        daily_report: ['webhook'],
      },
      alerts: [
        {
          name: 'deep',
          when: 'trades > 3',
          severity: 'critical',
          action: 'flatten',
          message: `see ${CANARIES.key}`,
        },
        { name: 'killed', sinks: ['webhook'] },
      ],
    };
    writeFileSync(join(folder, 'config', 'system.yaml'), JSON.stringify({ system }));
    const environment = {
      VELA_MONITOR_TOKEN: CANARIES.token,
      VELA_WEBHOOK_URL: `${hook.url}/${CANARIES.hook}`,
      VELA_MAIN_KEY: CANARIES.key,
    };
    const run = start(folder, ['run', 'busy.vela', '--replay', 'candles.csv', '--speed', '180000'], environment);
    const status = (): RunStatus => JSON.parse(readFileSync(join(folder, RUN, 'status.json'), 'utf8'));
    try {
      await until(() => /url=http/.test(run.said()), 60_000);
      const [, url = ''] = /url=(http\S+)/.exec(run.said()) ?? [];
      expect((await fetch(`${url}/metrics`)).status).toBe(401);
      expect(await asked(`${url}/metrics`)).toContain('vela_run_info{strategy="Busy",mode="replay"');

      // The rule flattens, both sinks hear of it, and that the run has been stopped is told where it should be.
      await until(() => hook.heard.some(({ body }) => body.includes('"rule":"killed"')), 60_000);
      const alert = hook.heard.map(({ body }) => JSON.parse(body)).find(({ rule }) => rule === 'deep');
      expect(alert).toMatchObject({
        kind: 'alert',
        severity: 'critical',
        text: expect.stringMatching(/^see \[redacted\]: trades is \d/),
        done: expect.stringContaining('being closed'),
        run: { strategy: 'Busy', mode: 'replay' },
      });
      const pulled = () => telegram.heard.find(({ body }) => body.includes('CRITICAL deep'));
      await until(() => pulled() !== undefined);
      expect(pulled()?.path).toBe(`/bot${CANARIES.bot}/sendMessage`);
      expect(JSON.parse(pulled()?.body ?? '')).toMatchObject({
        chat_id: '42',
        text: expect.stringMatching(/^CRITICAL deep: Busy/),
      });
      expect(telegram.heard.filter(({ body }) => body.includes('killed'))).toEqual([]);
      await until(() => status().state === 'stopped' && status().instruments[0]?.position === 0);
      expect(JSON.parse(await asked(`${url}/health`)).health).toBe('stopped');
      expect(await asked(`${url}/metrics`)).toContain('vela_run_state{state="stopped"} 1');
      const stopped = await vela(folder, 'health');
      expect(stopped).toMatchObject({ code: 2, out: expect.stringContaining('stopped by alert rule deep') });

      // A person lets it go on; the rule, which still holds, does not overrule that.
      expect((await vela(folder, 'stop', '--reset')).code).toBe(0);
      await until(() => status().state === 'running');
      const ready = await vela(folder, 'health', '--json');
      expect([ready.code, JSON.parse(ready.out).health]).toEqual([0, 'ready']);
      const before = status().bars;
      await until(() => status().bars > before + 100);
      expect(status().state).toBe('running');
    } finally {
      run.child.kill('SIGKILL');
      await run.ended;
    }
    const gone = await vela(folder, 'health', '--json');
    expect([gone.code, JSON.parse(gone.out).reasons[0].code]).toEqual([2, 'gone']);

    // The next process says that the one before it did not end in order.
    const next = start(folder, ['run', 'busy.vela', '--replay', 'candles.csv', '--speed', '180000'], environment);
    try {
      await until(() => hook.heard.some(({ body }) => body.includes('"rule":"came back"')), 60_000);
    } finally {
      next.child.kill('SIGTERM');
      await next.ended;
    }

    // Days are in the folder, and were sent to who asked for them alone.
    const all = await vela(folder, 'report', '--all', '--json');
    const days: { readonly date: string; readonly profit: number }[] = JSON.parse(all.out).days;
    expect(days.length).toBeGreaterThan(5);
    const one = await vela(folder, 'report', '--day', days[1]?.date ?? '', '--json');
    expect(JSON.parse(one.out)).toEqual(days[1]);
    const sent = hook.heard.map(({ body }) => JSON.parse(body)).filter(({ kind }) => kind === 'report');
    expect(sent.map(({ report }) => report.date)).toContain(days[1]?.date);
    expect(telegram.heard.some(({ body }) => body.includes('REPORT'))).toBe(false);
    expect((await vela(folder, 'report', '--day', '1999-01-01')).code).toBe(1);
    expect((await vela(folder, 'report', '--day', 'monday')).code).toBe(2);

    const outputs = [
      ...told,
      ...[...hook.heard, ...telegram.heard].map(({ body }) => body),
      ...filesIn(join(folder, '.vela')).map(file => readFileSync(file, 'latin1')),
    ];
    expect(outputs.length).toBeGreaterThan(20);
    for (const canary of Object.values(CANARIES)) {
      expect(outputs.filter(text => text.includes(canary))).toEqual([]);
    }
  });

  it('refuses to begin when monitoring is not as it must be, and says no secret', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'busy.vela'), busyText());
    writeCandles(join(folder, 'candles.csv'), 50);
    writeFileSync(join(folder, 'token'), CANARIES.token, { mode: 0o644 });
    mkdirSync(join(folder, 'config'));
    const attempt = async (system: object) => {
      writeFileSync(join(folder, 'config', 'system.yaml'), JSON.stringify({ system }));
      const { code, log } = await vela(folder, 'run', 'busy.vela', '--replay', 'candles.csv');
      expect(log).not.toContain(CANARIES.token);
      return [code, log] as const;
    };
    const readable = { monitoring: { listen: '127.0.0.1:0', token_file: join(folder, 'token') } };
    expect(await attempt(readable)).toEqual([1, expect.stringMatching(/error\[monitoring\].*can be read by others/)]);
    expect(await attempt({ alerts: [{ when: 'drawdown > 10s' }] })).toEqual([
      1,
      expect.stringMatching(/error\[monitoring\].*rule 1 \(drawdown > 10s\): `drawdown` is in %, bp/),
    ]);
  });
});
