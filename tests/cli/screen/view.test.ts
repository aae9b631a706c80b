/** Keys: what each changes, and that nothing is traded or ended without a question. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { helpOfKeys, KEYS, keyNames, type Pressed } from '../../../cli/live/screen/keys.ts';
import { type Effect, FIRST_VIEW, pressed, type View } from '../../../cli/live/screen/view.ts';
import { anyScene, NOW_MS, scene } from './scenes.ts';

const STOP = { by: 'alert', atMs: NOW_MS, flatten: false };

/** The effects of keys pressed one after the other. */
function effects(keys: readonly string[], shown = scene(), first: View = FIRST_VIEW): readonly Effect[] {
  const done: Effect[] = [];
  let view = first;
  for (const key of keys) {
    const step = pressed(view, key, shown);
    view = step.view;
    if (step.effect !== undefined) done.push(step.effect);
  }
  return done;
}

describe('what a key does', () => {
  const cases: readonly (readonly [keys: string, expected: readonly Effect[], shown?: ReturnType<typeof scene>])[] = [
    ['q', [{ type: 'detach' }]],
    ['p', [{ type: 'stop', flatten: false }]],
    ['p', [], scene({}, { stop: STOP })],
    ['p y', [{ type: 'go on' }], scene({}, { stop: STOP })],
    ['p n', [], scene({}, { stop: STOP })],
    ['f', []],
    ['f y', [{ type: 'stop', flatten: true }]],
    ['f Esc', []],
    ['f n y', []],
    ['k', []],
    ['k k', [{ type: 'kill', flatten: false }]],
    ['k c', [{ type: 'kill', flatten: true }]],
    ['k y', []],
    ['Ctrl-C', []],
    ['Ctrl-C d', [{ type: 'detach' }]],
    ['Ctrl-C Ctrl-C', [{ type: 'detach' }]],
    ['Ctrl-C e', [{ type: 'end' }]],
    ['Ctrl-C s', [{ type: 'kill', flatten: false }]],
    ['Ctrl-C e', [], scene({ state: 'ended' }, { isAlive: false })],
    ['Tab', [{ type: 'switch', by: 1 }]],
    ['Shift-Tab', [{ type: 'switch', by: -1 }]],
    ['Ctrl-L', [{ type: 'redraw' }]],
    // A key closes the help and does nothing else; letters of a filter are letters.
    ['? q', []],
    ['/ q k f Enter', []],
  ];
  for (const [keys, expected, shown] of cases)
    it(`${keys}${shown === undefined ? '' : ` (${shown.stop === undefined ? 'over' : 'stopped'})`}`, () =>
      expect(effects(keys.split(' '), shown)).toEqual(expected));

  it('types a filter, keeps it or drops it', () => {
    const shown = scene();
    const viewAfter = (keys: string) =>
      keys.split(' ').reduce((view, key) => pressed(view, key, shown).view, FIRST_VIEW);
    expect(viewAfter('/ a b Backspace c Enter')).toMatchObject({ filter: 'ac' });
    expect(viewAfter('/ a Enter / b Esc').filter).toBe('');
    expect(viewAfter('/ a Enter Esc').filter).toBe('');
    expect(viewAfter('/ 比 Enter').filter).toBe('比');
  });

  it('turns through the levels and the pages', () => {
    const shown = scene();
    const viewAfter = (keys: string) =>
      keys.split(' ').reduce((view, key) => pressed(view, key, shown).view, FIRST_VIEW);
    expect([
      viewAfter('l').level,
      viewAfter('l l').level,
      viewAfter('l l l').level,
      viewAfter('l l l l').level,
    ]).toEqual(['warn', 'error', 'debug', 'info']);
    expect(['1', '2', '3', '4', '5', '0'].map(key => viewAfter(key).page)).toEqual([
      'positions',
      'orders',
      'signals',
      'risk',
      'log',
      'overview',
    ]);
    expect(viewAfter('5 Esc').page).toBe('overview');
  });
});

it('no single key ends, flattens or lets go on', () => {
  fc.assert(
    fc.property(anyScene, fc.constantFrom(...KEYS.flatMap(({ keys }) => keys)), (shown, key) => {
      const { effect } = pressed(FIRST_VIEW, key, shown);
      const harmless = ['detach', 'redraw', 'suspend', 'switch', undefined];
      const isPause = effect?.type === 'stop' && !effect.flatten;
      expect(isPause || harmless.includes(effect?.type)).toBe(true);
    }),
    { seed: 11 },
  );
});

it('keys have names, also when several come at once', () => {
  const none: Pressed = {
    upArrow: false,
    downArrow: false,
    pageUp: false,
    pageDown: false,
    home: false,
    end: false,
    return: false,
    escape: false,
    ctrl: false,
    shift: false,
    tab: false,
    backspace: false,
    delete: false,
    meta: false,
  };
  expect(keyNames('abc\r', none)).toEqual(['a', 'b', 'c', 'Enter']);
  expect(keyNames('c', { ...none, ctrl: true })).toEqual(['Ctrl-C']);
  expect(keyNames('', { ...none, tab: true, shift: true })).toEqual(['Shift-Tab']);
  expect(keyNames('q', { ...none, meta: true })).toEqual([]);
});

it('every key stands for one thing only', () => {
  const keys = KEYS.flatMap(({ keys }) => keys);
  expect(new Set(keys).size).toBe(keys.length);
});

it('the manual names every key, and what it does', () => {
  const manual = readFileSync(join(import.meta.dirname, '../../../docs/live.md'), 'utf8');
  for (const [keys, does] of helpOfKeys()) {
    const row = `| ${keys
      .split(' ')
      .map(key => `\`${key}\``)
      .join(' ')} | ${does} |`;
    expect(manual).toContain(row);
  }
});
