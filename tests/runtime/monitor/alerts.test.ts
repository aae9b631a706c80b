/** When rules speak, when they are silent, when they pull the kill switch; and that a restart changes none of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlertRule, Alerts, type KeptAlerts } from '../../../runtime/monitor/alerts.ts';
import { BUILT_IN, NOTICE, TOLD } from '../../../runtime/monitor/built-in-alerts.ts';
import { parseCondition } from '../../../runtime/monitor/condition.ts';
import { degraded, statusOf } from './support.ts';

const rule = (other: Partial<AlertRule> = {}): AlertRule => ({
  name: 'deep',
  condition: parseCondition('drawdown > 10%'),
  forMs: 0,
  severity: 'warning',
  coolDownMs: 60_000,
  todo: 'look',
  runbook: 'docs/runbooks.md#deep',
  ...other,
});
const deep = statusOf({ equity: 8000 });
const fine = statusOf({ equity: 11_000 });

/** What is said at each second at which the account is deep (`#`) or fine (`.`). */
function said(pattern: string, of: Partial<AlertRule>, restarts: ReadonlySet<number> = new Set()): string {
  let alerts = new Alerts([rule(of)]);
  return [...pattern]
    .map((state, second) => {
      if (restarts.has(second)) alerts = new Alerts([rule(of)], JSON.parse(JSON.stringify(alerts.kept)));
      const [alert] = alerts.look(state === '#' ? deep : fine, second * 1000, second * 1000);
      if (alert === undefined) return ' ';
      return alert.action === undefined ? (alert.message.kind === 'alert' ? 'A' : 'r') : 'K';
    })
    .join('');
}

describe('a rule', () => {
  it('speaks at once, again after each cool-down, and when it is over', () => {
    expect(said('..########..', { coolDownMs: 3000 })).toBe('  A  A  A r ');
  });

  it('waits for its time', () => {
    expect(said('.##.#####..', { forMs: 3000 })).toBe('       A r ');
  });

  it('does not speak again within the cool-down, however often it comes and goes, nor of its end', () => {
    expect(said('#.#.#.#.#.#.', { coolDownMs: 5000 })).toBe('Ar    Ar    ');
  });

  it('pulls the kill switch once, until it is over', () => {
    expect(said('.#####.###', { action: 'stop', coolDownMs: 2000 })).toBe(' K A ArK A');
  });

  it('pulls it even while it is told to be quiet', () => {
    expect(said('#.#', { action: 'flatten', coolDownMs: 60_000 })).toBe('KrK');
  });

  it('is the same over restarts', () => {
    const pattern = fc.array(fc.constantFrom('#', '.'), { maxLength: 60 }).map(states => states.join(''));
    const seconds = fc.integer({ min: 0, max: 9 }).map(count => count * 1000);
    const action = fc.constantFrom('stop', undefined);
    const restarts = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 10 });
    fc.assert(
      fc.property(pattern, seconds, seconds, action, restarts, (states, forMs, coolDownMs, acts, at) => {
        const of = { forMs, coolDownMs, ...(acts !== undefined && { action: acts }) } as const;
        expect(said(states, of, new Set(at))).toBe(said(states, of));
      }),
    );
  });

  it('between two alerts the cool-down passes, unless the switch is pulled; each end follows an alert', () => {
    const pattern = fc.array(fc.constantFrom('#', '.'), { maxLength: 100 }).map(states => states.join(''));
    fc.assert(
      fc.property(pattern, fc.integer({ min: 0, max: 9 }), (states, coolDown) => {
        const words = said(states, { coolDownMs: coolDown * 1000 });
        const told = [...words].flatMap((word, at) => (word === 'A' ? [at] : []));
        for (const [i, at] of told.entries()) {
          if (i > 0) expect(at - (told[i - 1] ?? 0)).toBeGreaterThanOrEqual(coolDown);
        }
        expect(words.replaceAll(' ', '')).toMatch(/^(A+r)*A*$/);
      }),
    );
  });

  it('goes on when the clock was set back', () => {
    const alerts = new Alerts([rule({ forMs: 2000, coolDownMs: 10_000 })]);
    const at = (wallMs: number) => alerts.look(deep, wallMs, 0).length;
    expect([at(1_000_000), at(1_002_000), at(500_000), at(511_000)]).toEqual([0, 1, 0, 1]);
  });
});

describe('what is said', () => {
  it('names the run, what is the matter, what to do and where to read on', () => {
    const [alert] = new Alerts([rule({ message: 'too deep' })]).look(deep, 5000, 0);
    expect(alert?.message).toEqual({
      kind: 'alert',
      rule: 'deep',
      severity: 'warning',
      text: 'too deep: drawdown is 27.27%',
      todo: 'look',
      runbook: 'docs/runbooks.md#deep',
      value: 1 - 8000 / 11_000,
      labels: {},
      run: { strategy: 'Busy', mode: 'live', venue: 'binance', account: 'main' },
      timeMs: 5000,
    });
  });

  it('and what was done', () => {
    const [alert] = new Alerts([rule({ action: 'flatten' })]).look(deep, 5000, 0);
    expect(alert).toMatchObject({ action: 'flatten', message: { done: expect.stringContaining('being closed') } });
  });

  it('all troubles have a built-in rule that tells of them in the words of the run', () => {
    for (const code of [
      'unprotected',
      'unknown order',
      'stale',
      'disconnected',
      'blind',
      'clock',
      'foreign',
    ] as const) {
      const alerts = new Alerts(BUILT_IN);
      const status = statusOf({ degraded: [degraded(code, 'BTC/USDT')] });
      alerts.look(status, 0, 0);
      const told = alerts.look(status, 120_000, 120_000);
      const words = [...told, ...new Alerts(BUILT_IN).look(status, 0, 0)].map(({ message }) => message.text);
      expect(words).toContain(`it is ${code}`);
    }
  });
});

describe('a notice that no rule tells of', () => {
  it('is told once in its cool-down, each kind by itself, also after a restart', () => {
    let alerts = new Alerts([]);
    const hear = (what: string, atMs: number) =>
      alerts.hear({ level: 'alert', what, facts: { order: 3 } }, TOLD[NOTICE], statusOf(), atMs)?.message.text;
    expect(hear('order vanished', 0)).toBe('order vanished (order 3)');
    expect(hear('order vanished', 1000)).toBeUndefined();
    expect(hear('repair failed', 1000)).toBe('repair failed (order 3)');
    alerts = new Alerts([], JSON.parse(JSON.stringify(alerts.kept)) as KeptAlerts);
    expect(hear('order vanished', 2000)).toBeUndefined();
    expect(hear('order vanished', 600_000)).toBe('order vanished (order 3)');
  });
});
