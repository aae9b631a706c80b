/**
 * What a person looks at, and what a key changes about it: a function from the view and a key to the next view, and to what
 * is to be done outside. What ends or trades something is asked about first.
 */
import { type Action, actionOf, KEYS } from './keys.ts';
import { LEVELS, type Level } from './log-lines.ts';
import type { Scene } from './scene.ts';

export const PAGES = ['overview', 'positions', 'orders', 'signals', 'risk', 'log'] as const;
export type Page = (typeof PAGES)[number];

export interface View {
  readonly page: Page;
  /** Lines that are scrolled away: at the top of a page, at the end of the log. */
  readonly scrolled: number;
  readonly level: Level;
  readonly filter: string;
  /** The filter as it is being typed. */
  readonly typing?: string;
  readonly help: boolean;
  readonly question?: Question;
  /** What was done last, or could not be. */
  readonly notice?: string;
  /** The last page drawn, for scrolling by pages. */
  readonly pageLines: number;
}

export const FIRST_VIEW: View = {
  page: 'overview',
  scrolled: 0,
  level: 'info',
  filter: '',
  help: false,
  pageLines: 10,
};

export interface Question {
  readonly text: string;
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly key: string;
  readonly does: string;
  readonly effect: Effect;
}

/** What is done outside of the screen. */
export type Effect =
  | { readonly type: 'stop'; readonly flatten: boolean }
  | { readonly type: 'go on' }
  /** Ends the process, to be started again. */
  | { readonly type: 'end' }
  /** The kill switch first, then the end of the process. */
  | { readonly type: 'kill'; readonly flatten: boolean }
  | { readonly type: 'detach' }
  | { readonly type: 'redraw' }
  | { readonly type: 'suspend' }
  | { readonly type: 'switch'; readonly by: 1 | -1 };

export interface Step {
  readonly view: View;
  readonly effect?: Effect;
}

export function pressed(view: View, key: string, scene: Scene): Step {
  const quiet = withoutNotice(view);
  if (key === 'Ctrl-L') return { view: quiet, effect: { type: 'redraw' } };
  if (quiet.typing !== undefined && key !== 'Ctrl-C') return { view: typed(quiet, quiet.typing, key) };
  if (quiet.question !== undefined) return answered(quiet, quiet.question, key);
  if (quiet.help && key !== 'Ctrl-C') return { view: { ...quiet, help: false } };
  const action = actionOf(key);
  return action === undefined ? { view: quiet } : ACTIONS[action](quiet, scene);
}

export function withoutNotice({ notice: _, ...view }: View): View {
  return view;
}

function typed(view: View, typing: string, key: string): View {
  const { typing: _, ...done } = view;
  if (key === 'Enter') return { ...done, filter: typing, scrolled: 0 };
  if (key === 'Esc') return { ...done, filter: '', scrolled: 0 };
  if (key === 'Backspace') return { ...view, typing: [...typing].slice(0, -1).join('') };
  const isLetter = [...key].length === 1;
  return isLetter ? { ...view, typing: typing + key } : view;
}

function answered(view: View, { answers }: Question, key: string): Step {
  const { question: _, ...closed } = view;
  const answer = answers.find(answer => answer.key === key);
  if (answer !== undefined) return { view: closed, effect: answer.effect };
  // A second Ctrl-C is a wish to be out of here, and nothing more.
  if (key === 'Ctrl-C') return { view: closed, effect: { type: 'detach' } };
  return { view: key === 'Esc' || key === 'n' || key === 'q' ? closed : view };
}

const scrolledBy = (lines: (view: View) => number) => (view: View) => ({
  view: { ...view, scrolled: Math.max(0, view.scrolled + (isFromEnd(view) ? -1 : 1) * lines(view)) },
});
const to = (page: Page) => (view: View) => ({ view: { ...view, page, scrolled: 0 } });
const asking = (question: (scene: Scene) => Question) => (view: View, scene: Scene) => ({
  view: { ...view, question: question(scene) },
});

/** The log is read from its end, and so it is scrolled on the overview. */
export function isFromEnd({ page }: View): boolean {
  return page === 'overview' || page === 'log';
}

const ACTIONS: Readonly<Record<Action, (view: View, scene: Scene) => Step>> = {
  help: view => ({ view: { ...view, help: true } }),
  detach: view => ({ view, effect: { type: 'detach' } }),
  leave: asking(scene => ({
    text: scene.isAlive ? 'Leave the run going, or end it?' : 'Leave?',
    answers: [
      { key: 'd', does: 'detach: it goes on', effect: { type: 'detach' } },
      ...(scene.isAlive
        ? [
            { key: 'e', does: 'end: protection stays, goes on when started again', effect: { type: 'end' } as const },
            {
              key: 's',
              does: 'stop and end: no entries until you reset it',
              effect: { type: 'kill', flatten: false } as const,
            },
          ]
        : []),
    ],
  })),
  pause: (view, scene) => {
    if (scene.stop === undefined) return { view, effect: { type: 'stop', flatten: false } };
    const { by } = scene.stop;
    const question = {
      text: `Stopped by ${by}. Let it make entries again?`,
      answers: [{ key: 'y', does: 'yes, go on', effect: { type: 'go on' } as const }],
    };
    return { view: { ...view, question } };
  },
  flatten: asking(scene => ({
    text: `Close ${positionsOf(scene)} at market, cancel entries, and stay stopped?`,
    answers: [{ key: 'y', does: 'yes, close', effect: { type: 'stop', flatten: true } }],
  })),
  kill: asking(scene => ({
    text: `Stop the run, and end its process. What becomes of ${positionsOf(scene)}?`,
    answers: [
      { key: 'k', does: 'keep, protection stays at the venue', effect: { type: 'kill', flatten: false } },
      { key: 'c', does: 'close at market first', effect: { type: 'kill', flatten: true } },
    ],
  })),
  'next run': view => ({ view: { ...view, scrolled: 0 }, effect: { type: 'switch', by: 1 } }),
  'run before': view => ({ view: { ...view, scrolled: 0 }, effect: { type: 'switch', by: -1 } }),
  overview: to('overview'),
  positions: to('positions'),
  orders: to('orders'),
  signals: to('signals'),
  risk: to('risk'),
  log: to('log'),
  level: view => {
    const level = LEVELS[(LEVELS.indexOf(view.level) + 1) % LEVELS.length] ?? 'info';
    return { view: { ...view, level, scrolled: 0 } };
  },
  filter: view => ({ view: { ...view, typing: view.filter } }),
  up: scrolledBy(() => -1),
  down: scrolledBy(() => 1),
  'page up': scrolledBy(({ pageLines }) => -pageLines),
  'page down': scrolledBy(({ pageLines }) => pageLines),
  top: view => ({ view: { ...view, scrolled: isFromEnd(view) ? Number.MAX_SAFE_INTEGER : 0 } }),
  bottom: view => ({ view: { ...view, scrolled: isFromEnd(view) ? 0 : Number.MAX_SAFE_INTEGER } }),
  back: view => ({ view: { ...view, page: 'overview', scrolled: 0, filter: '' } }),
  redraw: view => ({ view, effect: { type: 'redraw' } }),
  suspend: view => ({ view, effect: { type: 'suspend' } }),
};

function positionsOf({ status }: Scene): string {
  const held = status?.instruments.filter(({ position }) => position !== 0) ?? [];
  const [only] = held;
  if (only === undefined) return 'whatever it holds';
  return held.length === 1 ? `the position in ${only.symbol}` : `${held.length} positions`;
}

/** What the bottom line offers: the keys that matter most, as many as fit. */
export function offered(scene: Scene): readonly (readonly [key: string, word: string])[] {
  const isStopped = scene.stop !== undefined;
  return KEYS.flatMap(({ action, keys: [key = ''], word }) => {
    if (word === undefined || (action === 'next run' && scene.runs < 2)) return [];
    if (action === 'pause' && isStopped) return [[key, 'go on'] as const];
    if (action === 'positions') return [['0–5', word] as const];
    return [[key, word] as const];
  });
}
