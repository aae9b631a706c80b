/** What each key does: one table for the screen itself, its help and its bottom line. */

export type Action =
  | 'help'
  | 'detach'
  | 'leave'
  | 'pause'
  | 'flatten'
  | 'kill'
  | 'next run'
  | 'run before'
  | 'overview'
  | 'positions'
  | 'orders'
  | 'signals'
  | 'risk'
  | 'log'
  | 'level'
  | 'filter'
  | 'up'
  | 'down'
  | 'page up'
  | 'page down'
  | 'top'
  | 'bottom'
  | 'back'
  | 'redraw'
  | 'suspend';

export interface KeySpec {
  readonly action: Action;
  /** As a person would name the keys. */
  readonly keys: readonly string[];
  readonly does: string;
  /** One word for the bottom line; absent: not there. */
  readonly word?: string;
}

const ALONE = 'alone: positions, orders, signals, limits and feed, log';

/** Neighbours that do the same to different things share their words, and a line of the help. */
export const KEYS: readonly KeySpec[] = [
  { action: 'help', keys: ['?', 'h'], does: 'this help', word: 'help' },
  { action: 'detach', keys: ['q'], does: 'leave the screen; the run goes on', word: 'detach' },
  { action: 'leave', keys: ['Ctrl-C'], does: 'asks: detach, end, or stop and end' },
  { action: 'pause', keys: ['p'], does: 'stop: no entries, protection stays; once more: go on (asks)', word: 'pause' },
  { action: 'flatten', keys: ['f'], does: 'stop and close every position at market (asks)', word: 'flatten' },
  { action: 'kill', keys: ['k'], does: 'stop, keep or close the positions, end the process (asks)', word: 'kill' },
  { action: 'next run', keys: ['Tab'], does: 'the next run under .vela/runs, the one before', word: 'next run' },
  { action: 'run before', keys: ['Shift-Tab'], does: 'the next run under .vela/runs, the one before' },
  { action: 'overview', keys: ['0'], does: 'everything at once' },
  { action: 'positions', keys: ['1'], does: ALONE, word: 'pages' },
  { action: 'orders', keys: ['2'], does: ALONE },
  { action: 'signals', keys: ['3'], does: ALONE },
  { action: 'risk', keys: ['4'], does: ALONE },
  { action: 'log', keys: ['5'], does: ALONE },
  { action: 'level', keys: ['l'], does: 'least level of the log: info, warn, error, debug', word: 'level' },
  {
    action: 'filter',
    keys: ['/'],
    does: 'only log lines that hold a text: Enter keeps it, Esc drops it',
    word: 'filter',
  },
  { action: 'up', keys: ['↑'], does: 'scroll by a line' },
  { action: 'down', keys: ['↓'], does: 'scroll by a line' },
  { action: 'page up', keys: ['PgUp'], does: 'scroll by a page' },
  { action: 'page down', keys: ['PgDn'], does: 'scroll by a page' },
  { action: 'top', keys: ['Home', 'g'], does: 'to the first line, to the last' },
  { action: 'bottom', keys: ['End', 'G'], does: 'to the first line, to the last' },
  { action: 'back', keys: ['Esc'], does: 'back to everything; drops a filter or a question' },
  { action: 'redraw', keys: ['Ctrl-L'], does: 'draw everything again' },
  { action: 'suspend', keys: ['Ctrl-Z'], does: 'to the shell; `fg` brings the screen back' },
];

/** Lines of the help: the keys, and what they do. */
export function helpOfKeys(): readonly (readonly [keys: string, does: string])[] {
  const told = [...new Set(KEYS.map(({ does }) => does))];
  return told.map(does => [
    KEYS.filter(key => key.does === does)
      .flatMap(({ keys }) => keys)
      .join(' '),
    does,
  ]);
}

const BY_KEY: ReadonlyMap<string, Action> = new Map(
  KEYS.flatMap(({ action, keys }) => keys.map(key => [key, action] as const)),
);

export function actionOf(key: string): Action | undefined {
  return BY_KEY.get(key);
}

/** What Ink says of a key press. */
export interface Pressed {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly meta: boolean;
}

/** Names of the keys in what came in; pasted text, or a slow link, brings several at once. */
export function keyNames(input: string, pressed: Pressed): readonly string[] {
  if (pressed.upArrow) return ['↑'];
  if (pressed.downArrow) return ['↓'];
  if (pressed.pageUp) return ['PgUp'];
  if (pressed.pageDown) return ['PgDn'];
  if (pressed.home) return ['Home'];
  if (pressed.end) return ['End'];
  if (pressed.return) return ['Enter'];
  if (pressed.escape) return ['Esc'];
  if (pressed.tab) return [pressed.shift ? 'Shift-Tab' : 'Tab'];
  if (pressed.backspace || pressed.delete) return ['Backspace'];
  if (pressed.ctrl) return [`Ctrl-${input.toUpperCase()}`];
  if (pressed.meta) return [];
  return [...input].map(letter => (letter === '\r' || letter === '\n' ? 'Enter' : letter));
}
