/** The screen as lines: they always fit, whatever a run says of itself; and what a trader looks for is there. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, cut, onOneLine, padded, wrapped } from '../../../cli/live/screen/cells.ts';
import { frame, type Size } from '../../../cli/live/screen/frame.ts';
import { KEYS } from '../../../cli/live/screen/keys.ts';
import { textOf } from '../../../cli/live/screen/line.ts';
import { inAscii } from '../../../cli/live/screen/paint.ts';
import { bar, sparkline } from '../../../cli/live/screen/plots.ts';
import type { Scene } from '../../../cli/live/screen/scene.ts';
import { FIRST_VIEW, PAGES, pressed, type View } from '../../../cli/live/screen/view.ts';
import { anyScene, BUSY, LOG, NOW_MS, scene } from './scenes.ts';

const RUNS = process.env.VELA_DEEP === '1' ? 20_000 : 300;

/** All signs are many. */
const STEP = process.env.VELA_DEEP === '1' ? 1 : 23;

const SMALL: Size = { columns: 80, rows: 24 };
const WIDE: Size = { columns: 180, rows: 50 };

const drawn = (shown: Scene, size: Size = SMALL, view: View = FIRST_VIEW) => frame(shown, view, size).lines.map(textOf);

const anyView: fc.Arbitrary<View> = fc
  .record({
    page: fc.constantFrom(...PAGES),
    scrolled: fc.oneof(fc.nat({ max: 80 }), fc.constant(Number.MAX_SAFE_INTEGER)),
    level: fc.constantFrom('debug', 'info', 'warn', 'error'),
    filter: fc.string({ maxLength: 4 }),
    help: fc.boolean(),
    pageLines: fc.nat({ max: 50 }),
  })
  .map(view => view as View);

const anyKey = fc.constantFrom(...KEYS.flatMap(({ keys }) => keys), 'y', 'c', 's', 'e', 'Enter', 'x', '比');

describe('every line fits', () => {
  it('at any size, for any run, on any page and after any keys', () => {
    fc.assert(
      fc.property(
        anyScene,
        anyView,
        fc.array(anyKey, { maxLength: 6 }),
        fc.integer({ min: 1, max: 220 }),
        fc.integer({ min: 1, max: 70 }),
        (shown, first, keys, columns, rows) => {
          const view = keys.reduce((at, key) => pressed(at, key, shown).view, first);
          const { lines } = frame(shown, view, { columns, rows });
          expect(lines).toHaveLength(rows);
          for (const line of lines) {
            const text = textOf(line);
            expect(cellsOf(text)).toBeLessThanOrEqual(columns);
            expect(text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
            expect(textOf(inAscii(line))).toMatch(/^[\x20-\x7e]*$/);
          }
        },
      ),
      { numRuns: RUNS, seed: 7 },
    );
  });

  it('by the measure that Ink itself goes by', async () => {
    const measure = await inkMeasure();
    fc.assert(
      fc.property(anyScene, fc.integer({ min: 20, max: 160 }), (shown, columns) => {
        for (const line of drawn(shown, { columns, rows: 30 })) expect(measure(line)).toBeLessThanOrEqual(columns);
      }),
      { numRuns: Math.ceil(RUNS / 4), seed: 8 },
    );
  });
});

async function inkMeasure(): Promise<(text: string) => number> {
  const fromInk = createRequire(import.meta.resolve('ink'));
  const found: { default: (text: string) => number } = await import(
    pathToFileURL(fromInk.resolve('string-width')).href
  );
  return found.default;
}

describe('text in cells', () => {
  it('counts wide letters twice and what combines not at all', () => {
    expect(cellsOf('BTC')).toBe(3);
    expect(cellsOf('比特币')).toBe(6);
    expect(cellsOf('e\u0301')).toBe(1);
    expect(cellsOf('🚀')).toBe(2);
    expect(cellsOf('👩‍👩‍👧‍👦')).toBe(2);
    expect(cellsOf('▁█─–·')).toBe(5);
  });

  it('takes no sign for narrower than Ink does', async () => {
    const measure = await inkMeasure();
    const narrower: string[] = [];
    for (let code = 0x20; code < 0x32000; code += STEP) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const sign = String.fromCodePoint(code);
      if (measure(sign) > cellsOf(sign)) narrower.push(code.toString(16));
    }
    expect(narrower).toEqual([]);
  });

  it('cuts and pads to the cell', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 40 }), (raw, cells) => {
        const text = onOneLine(raw);
        expect(cellsOf(cut(text, cells))).toBeLessThanOrEqual(cells);
        expect(cellsOf(padded(text, cells))).toBe(cells);
        const lines = wrapped(text, Math.max(1, cells), 3);
        expect(lines.length).toBeLessThanOrEqual(3);
        for (const line of lines) expect(cellsOf(line)).toBeLessThanOrEqual(Math.max(1, cells));
      }),
      { numRuns: RUNS, seed: 9 },
    );
  });
});

describe('plots', () => {
  it('a sparkline has its highest at the top and its lowest at the foot', () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8, 1)).toEqual(['▁▂▃▄▅▆▇█']);
    expect(sparkline([0, 15], 2, 2)).toEqual([' █', '▁█']);
    expect(sparkline([5, 5, 5], 5, 1)).toEqual(['▁▁▁']);
    expect(sparkline([1, Number.NaN, 2], 5, 1)).toEqual(['▁ █']);
    expect(sparkline([-1e308, 1e308], 5, 1)).toEqual(['▁█']);
    expect(sparkline([Number.NaN], 5, 1)).toEqual([]);
  });

  it('a longer series ends with its last value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
        fc.integer({ min: 1, max: 60 }),
        (series, cells) => {
          const [row = ''] = sparkline([...series, 2], cells, 1);
          expect([...row].length).toBeLessThanOrEqual(cells);
          expect([...row].at(-1)).toMatch(cells === 1 ? /[▁█]/ : /█/);
        },
      ),
      { seed: 10 },
    );
  });

  it('a bar is full at its bound and beyond it', () => {
    expect(bar(0, 4)).toBe('····');
    expect(bar(0.5, 4)).toBe('██··');
    expect(bar(0.3, 4)).toBe('█▎··');
    expect([bar(1, 4), bar(7, 4)]).toEqual(['████', '████']);
    expect(bar(Number.NaN, 4)).toBe('····');
  });
});

describe('what a trader looks for', () => {
  it('is all there on 80×24', () => {
    const text = drawn(
      scene({
        degraded: [
          {
            code: 'stale',
            symbol: 'ETH/USDT',
            sinceMs: NOW_MS - 95_000,
            text: 'no bar by its deadline; nothing trades on it',
          },
        ],
      }),
    ).join('\n');
    for (const part of [
      'Donchian breakout',
      'paper binance/main',
      'DEGRADED',
      '14:05:09 UTC',
      '10 412.33 USDT +4.12 %',
      'today −0.36 %',
      '! stale ETH/USDT 95 s: no bar by its deadline',
      'BTC/USDT   long',
      'short',
      '62 000 −3.3 %',
      '66 000 +2.9 %',
      'breakout',
      'upper 63 900',
      'daily loss',
      'HALTED',
      'STALE',
      'direction',
      'drift 0.31 shifted',
      'entry 39',
      '? help',
    ])
      expect(text).toContain(part);
  });

  it('stands beside one another on a wide terminal', () => {
    const lines = drawn(scene(), WIDE);
    expect(lines.find(line => line.includes('POSITIONS'))).toContain('LIMITS');
    expect(lines.filter(line => /entry \d+ price/.test(line)).length).toBeGreaterThan(20);
  });

  it('gives way in order when there is less and less room', () => {
    for (const rows of [12, 8, 4, 2, 1]) expect(drawn(scene(), { columns: 40, rows })).toHaveLength(rows);
    expect(drawn(scene(), { columns: 40, rows: 4 }).join('\n')).toContain('10 412.33 USDT');
  });

  it('names every key in its help, on 80×24', () => {
    const text = drawn(scene(), SMALL, { ...FIRST_VIEW, help: true }).join('\n');
    for (const { keys, does } of KEYS) {
      for (const key of keys) expect(text).toContain(key);
      expect(text).toContain(does);
    }
  });

  it('says how many rows do not fit, and shows them on a page of their own', () => {
    const [order] = BUSY.orders;
    const orders = Array.from({ length: 60 }, (_, i) => ({
      ...order,
      id: i,
      clientId: `c-${i}`,
    })) as typeof BUSY.orders;
    const shown = scene({ orders });
    expect(drawn(shown).join('\n')).toMatch(/ORDERS.* \+\d+ more/);
    const page: View = { ...FIRST_VIEW, page: 'orders' };
    const first = drawn(shown, SMALL, page);
    expect(first.join('\n')).toContain('c-0');
    const { view } = frame(shown, page, SMALL);
    const second = drawn(shown, SMALL, pressed(view, 'PgDn', shown).view);
    expect(second.join('\n')).not.toContain('c-0\n');
    expect(second.find(line => line.includes('ORDERS'))).toBeDefined();
    const end = frame(shown, pressed(view, 'End', shown).view, SMALL);
    expect(end.lines.map(textOf).join('\n')).toContain('c-59');
    // Scrolled no further than there is something: one key up shows the line before.
    expect(end.view.scrolled).toBeLessThan(60);
  });
});

describe('how the run is', () => {
  const headOf = (shown: Scene) => drawn(shown).slice(0, 3).join('\n');
  const cases: readonly (readonly [string, Scene, RegExp])[] = [
    ['running', scene(), /RUNNING/],
    ['silent', scene({ heartbeatMs: NOW_MS - 42_000 }), /SILENT 42 s[\s\S]*may hang/],
    [
      'about to stop',
      scene({}, { stop: { by: 'command', atMs: NOW_MS, flatten: false } }),
      /STOPPING[\s\S]*by command/,
    ],
    [
      'stopped by a person',
      scene({ state: 'stopped', why: 'stopped by command' }, { stop: { by: 'command', atMs: NOW_MS, flatten: true } }),
      /STOPPED[\s\S]*by command, positions are closed; p lets it go on/,
    ],
    ['ended', scene({ state: 'ended' }, { isAlive: false }), /ENDED/],
    [
      'failed',
      scene({ state: 'failed', why: 'the disk is full' }, { isAlive: false }),
      /FAILED[\s\S]*the disk is full/,
    ],
    ['dead without a word', scene({}, { isAlive: false }), /GONE[\s\S]*Start it\s+again with the same/],
    ['not begun', { name: 'x', isAlive: true, log: [], runs: 1, nowMs: NOW_MS }, /STARTING/],
    ['not there', { name: 'x', isAlive: false, log: [], runs: 1, nowMs: NOW_MS }, /NO RUN/],
  ];
  for (const [what, shown, expected] of cases) it(what, () => expect(headOf(shown)).toMatch(expected));
});

describe('the log', () => {
  it('is filtered by level and by text', () => {
    const warnings = drawn(scene(), SMALL, { ...FIRST_VIEW, page: 'log', level: 'warn' });
    expect(warnings.filter(line => /entry \d+/.test(line))).toHaveLength(
      LOG.filter(({ level }) => level === 'warn').length,
    );
    const found = drawn(scene(), SMALL, { ...FIRST_VIEW, page: 'log', filter: 'ENTRY 3 ' });
    expect(found.filter(line => /entry \d+/.test(line))).toEqual(['14:04:32 info  entry 3 price=64 000']);
  });

  it('shows the values of a signal whole on its own page, and the second of a bar that is shorter than a minute', () => {
    const values = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`feature_${i}`, 1000 + i]));
    const timeMs = Date.parse('2024-05-01T12:00:07Z');
    const shown = scene({ signals: [{ symbol: 'BTC/USDT', rule: 'breakout', timeMs, values }] });
    const page = drawn(shown, { columns: 60, rows: 20 }, { ...FIRST_VIEW, page: 'signals' }).join('\n');
    for (const [name, value] of Object.entries(values))
      expect(page).toContain(`${name} ${value.toLocaleString('en').replace(',', ' ')}`);
    expect(page).toContain('05-01 12:00:07');
  });

  it('shows long texts whole on its own page, and their beginning beside the rest', () => {
    const text = `order refused ${'why '.repeat(30)}end`;
    const shown = scene({}, { log: [{ timeMs: NOW_MS, level: 'error', text }] });
    expect(drawn(shown).find(line => line.includes('order refused'))).toMatch(/…$/);
    const page = drawn(shown, SMALL, { ...FIRST_VIEW, page: 'log' });
    const from = page.findIndex(line => line.includes('order refused'));
    expect(
      page
        .slice(from, from + 3)
        .map(line => line.slice(15))
        .join(' ')
        .trimEnd(),
    ).toContain('why end');
  });

  it('is scrolled from its end', () => {
    const shown = scene();
    const page: View = { ...FIRST_VIEW, page: 'log' };
    const { view } = frame(shown, page, SMALL);
    const up = pressed(view, '↑', shown).view;
    expect(drawn(shown, SMALL, up).join('\n')).not.toContain('entry 39');
    expect(drawn(shown, SMALL, up).join('\n')).toContain('1 newer below');
    const top = frame(shown, pressed(view, 'Home', shown).view, SMALL);
    expect(top.lines.map(textOf).join('\n')).toContain('entry 0 ');
    expect(drawn(shown, SMALL, pressed(top.view, 'G', shown).view).join('\n')).toContain('entry 39');
  });
});
