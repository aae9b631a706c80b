/**
 * The whole screen as lines: exactly as many as the terminal has, none wider. Panels share the room: each has a least that
 * it is of use with, and takes more in turn while there is some; the log takes what is left.
 */
import type { RunStatus } from '../../../runtime/live/status.ts';
import { onOneLine, wrapped } from './cells.ts';
import { age, clockTime, gain, money, percent, price, signedPercent } from './figures.ts';
import { helpOfKeys } from './keys.ts';
import { filled, fitted, inARow, type Line, span, spread, type Tone, table } from './line.ts';
import { filteredLog, lineOfEntry, linesOfEntry } from './log-lines.ts';
import { PANELS, type PanelName, shortened, troubleLines, wholeSignals } from './panels.ts';
import { sparkline } from './plots.ts';
import { conditionOf, type Scene } from './scene.ts';
import { isFromEnd, offered, type Page, type View } from './view.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Frame {
  readonly lines: readonly Line[];
  /** The view as it could be drawn: scrolled no further than there is something. */
  readonly view: View;
}

/** From here on panels stand in two columns. */
const TWO_COLUMNS = 130;
const GUTTER = '  ';

export function frame(scene: Scene, view: View, { columns, rows }: Size): Frame {
  const cells = Math.max(1, columns);
  if (rows < 1) return { lines: [], view };
  const foot = footLine(scene, view, cells);
  const head = headLines(scene, cells, rows);
  const room = rows - head.length - 1;
  if (room < 1) return { lines: [...head.slice(0, rows - 1), foot].map(line => fitted(line, cells)), view };
  const { lines, scrolled, page } = bodyOf(scene, view, { columns: cells, rows: room });
  const body = [...lines.slice(0, room), ...Array<Line>(Math.max(0, room - lines.length)).fill([])];
  return {
    lines: [...head, ...body, foot].map(line => fitted(line, cells)),
    view: { ...view, scrolled, pageLines: page },
  };
}

// ---------------------------------------------------------------- head and foot

/** How and where it trades; a simulated venue has one account. */
function placeOf({ mode, venue, account }: RunStatus): string {
  const at = account === '' || account === 'simulated' ? venue : `${venue}/${account}`;
  return at.endsWith(`(${mode})`) ? at : `${mode} ${at}`;
}

function headLines(scene: Scene, cells: number, rows: number): readonly Line[] {
  const { status, nowMs } = scene;
  const condition = conditionOf(scene);
  const title = onOneLine(status === undefined ? scene.name : status.strategy);
  const where = status === undefined ? '' : onOneLine(placeOf(status));
  const up = status === undefined || !scene.isAlive ? '' : `up ${age(nowMs - status.startedMs)}`;
  const first = spread(
    inARow(
      [
        [span(title, 'strong')],
        [span(where, modeTone(status))],
        [span(` ${condition.word} `, toneOfWord(condition.tone))],
        [span(up, 'dim')],
      ],
      cells,
    ),
    [span(`${clockTime(nowMs)} UTC`, 'dim')],
    cells,
  );
  const why = wrapped(onOneLine(condition.text ?? ''), cells, rows < 16 ? 1 : 2).map(
    (part): Line => [span(part, condition.tone === 'alarm' ? 'bad' : condition.tone)],
  );
  if (status === undefined) return [first, ...why];
  const troubles = troubleLines(
    { status, nowMs },
    cells,
    Math.max(1, Math.min(rows < 30 ? 3 : 6, Math.floor(rows / 6))),
  );
  return [first, ...why, moneyLine(status, cells), ...curveLines(status, cells, rows), ...troubles];
}

/** Real money is in another tone than play money. */
function modeTone(status: RunStatus | undefined): Tone {
  return status?.mode === 'live' ? 'bad' : 'dim';
}

function toneOfWord(tone: Tone): Tone {
  return tone === 'bad' ? 'alarm' : tone;
}

function moneyLine(status: RunStatus, cells: number): Line {
  const { equity, capital, dayStartEquity, peakEquity, currency } = status;
  const share = (now: number, then: number) => (then === 0 ? Number.NaN : now / then - 1);
  const [all, today] = [share(equity, capital), share(equity, dayStartEquity)];
  const drawdown = peakEquity > 0 ? Math.max(0, 1 - equity / peakEquity) : Number.NaN;
  return inARow(
    [
      [span(`${money(equity)} ${onOneLine(currency)}`, 'strong'), span(' '), gain(signedPercent(all), all)],
      [span('today ', 'dim'), gain(signedPercent(today), today)],
      [span('drawdown ', 'dim'), span(percent(drawdown, 1), drawdown > 0.1 ? 'bad' : 'plain')],
      [span(`${price(status.trades)} ${status.trades === 1 ? 'trade' : 'trades'}`, 'dim')],
      [span(`fees ${money(status.fees)}`, 'dim')],
      [span(`${price(status.bars)} bars`, 'dim')],
    ],
    cells,
  );
}

function curveLines({ equityCurve }: RunStatus, cells: number, rows: number): readonly Line[] {
  const height = rows < 16 ? 0 : rows < 30 ? 1 : rows < 45 ? 3 : 5;
  return sparkline(equityCurve, cells, height).map((row): Line => [span(row, 'accent')]);
}

function footLine(scene: Scene, view: View, cells: number): Line {
  if (view.typing !== undefined)
    return fitted(
      [
        span('log lines with: ', 'strong'),
        span(`${onOneLine(view.typing)}▏`),
        span('  Enter keeps it, Esc drops it', 'dim'),
      ],
      cells,
    );
  if (view.notice !== undefined) return fitted([span(onOneLine(view.notice), 'accent')], cells);
  if (view.help || view.question !== undefined) return [];
  return inARow(
    offered(scene).map(([key, word]): Line => [span(key, 'strong'), span(` ${word}`, 'dim')]),
    cells,
  );
}

// ---------------------------------------------------------------- between them

interface Body {
  readonly lines: readonly Line[];
  readonly scrolled: number;
  readonly page: number;
}

function bodyOf(scene: Scene, view: View, size: Size): Body {
  const still = { scrolled: view.scrolled, page: size.rows };
  if (view.question !== undefined) return { lines: questionLines(view.question, size), ...still };
  if (view.help) return { lines: helpLines(size), ...still };
  if (isFromEnd(view)) return view.page === 'log' ? logPanel(scene, view, size) : overview(scene, view, size);
  return scrolledPage(pageLines(view.page, scene, size.columns), view.scrolled, size);
}

/** A page has room for what the overview has to cut. */
const panelOf = (name: PanelName) => (name === 'signals' ? wholeSignals : PANELS[name]);

const OF_PAGE: Readonly<Record<Exclude<Page, 'overview' | 'log'>, readonly PanelName[]>> = {
  positions: ['positions'],
  orders: ['orders'],
  signals: ['signals'],
  risk: ['limits', 'risk', 'feed', 'models', 'system'],
};

function pageLines(page: Page, scene: Scene, cells: number): readonly Line[] {
  const { status, nowMs } = scene;
  if (status === undefined || page === 'overview' || page === 'log') return [];
  return OF_PAGE[page].flatMap((name, i) => [...(i === 0 ? [] : [[]]), ...panelOf(name)({ status, nowMs }, cells)]);
}

/** The first line is a heading and stays. */
function scrolledPage([heading = [], ...rest]: readonly Line[], wanted: number, { rows }: Size): Body {
  const room = Math.max(0, rows - 1);
  const scrolled = Math.min(wanted, Math.max(0, rest.length - room));
  return { lines: [heading, ...rest.slice(scrolled, scrolled + room)], scrolled, page: Math.max(1, room) };
}

/** Of a long log as much as anybody scrolls through. */
const SHOWN_ENTRIES = 1000;

/** On its own page each text is shown whole. */
function logPanel({ log }: Scene, view: View, { columns, rows }: Size): Body {
  const entries = filteredLog(log, { level: view.level, text: view.filter }).slice(-SHOWN_ENTRIES);
  const lines = view.page === 'log' ? entries.flatMap(one => linesOfEntry(one, columns)) : entries.map(lineOfEntry);
  const room = Math.max(0, rows - 1);
  const scrolled = Math.min(view.scrolled, Math.max(0, lines.length - room));
  const end = lines.length - scrolled;
  const only = view.filter === '' ? '' : ` with “${onOneLine(view.filter)}”`;
  const below = scrolled === 0 ? '' : `${scrolled} newer below`;
  const heading = inARow(
    [[span('LOG', 'strong')], [span(`${view.level} and above${only}`, 'dim')], [span(below, 'warning')]],
    columns,
  );
  const none: readonly Line[] = lines.length === 0 && room > 0 ? [[span('nothing', 'dim')]] : [];
  return {
    lines: [heading, ...lines.slice(Math.max(0, end - room), end), ...none],
    scrolled,
    page: Math.max(1, room),
  };
}

/** Least lines that a panel is of use with, in the order in which panels go when there is no room at all. */
const LEAST: readonly (readonly [PanelName, number])[] = [
  ['positions', 2],
  ['orders', 2],
  ['limits', 2],
  ['feed', 1],
  ['signals', 2],
  ['risk', 1],
  ['models', 2],
  ['system', 1],
];
const LEFT: readonly PanelName[] = ['positions', 'orders', 'signals'];
const RIGHT: readonly PanelName[] = ['limits', 'risk', 'feed', 'models', 'system'];
/** Of the lines below the head: the log is where what happens is told. */
const LOG_SHARE = 0.3;
const LEAST_LOG = 3;

function overview(scene: Scene, view: View, { columns, rows }: Size): Body {
  const { status, nowMs } = scene;
  const panels = (names: readonly PanelName[], cells: number, room: number) =>
    status === undefined
      ? []
      : shared(names, name => PANELS[name]({ status, nowMs }, cells), { columns: cells, rows: room });
  const forLog = Math.max(LEAST_LOG, Math.floor(rows * LOG_SHARE));
  if (columns < TWO_COLUMNS) {
    const upper = panels([...LEFT, ...RIGHT], columns, rows - forLog);
    return withLog(upper, logPanel(scene, view, { columns, rows: rows - upper.length }));
  }
  const left = Math.floor((columns - GUTTER.length) * 0.6);
  const right = columns - GUTTER.length - left;
  const room = Math.max(rows - forLog, 0);
  const [west, east] = [panels(LEFT, left, room), panels(RIGHT, right, room)];
  const upper = Array.from(
    { length: Math.max(west.length, east.length) },
    (_, i): Line => [...filled(west[i] ?? [], left), span(GUTTER), ...(east[i] ?? [])],
  );
  return withLog(upper, logPanel(scene, view, { columns, rows: rows - upper.length }));
}

function withLog(upper: readonly Line[], log: Body): Body {
  return { ...log, lines: [...upper, ...log.lines] };
}

/** The panels one under the other, in no more lines than there are. */
function shared(
  names: readonly PanelName[],
  panel: (name: PanelName) => readonly Line[],
  { columns, rows }: Size,
): readonly Line[] {
  const whole = new Map(names.map(name => [name, panel(name)]));
  const given = new Map<PanelName, number>();
  let room = rows;
  for (const [name, least] of LEAST) {
    const wanted = Math.min(least, whole.get(name)?.length ?? 0);
    if (wanted === 0 || wanted > room) continue;
    given.set(name, wanted);
    room -= wanted;
  }
  for (let before = -1; before !== room && room > 0; ) {
    before = room;
    for (const [name, lines] of given) {
      if (room === 0 || lines >= (whole.get(name)?.length ?? 0)) continue;
      given.set(name, lines + 1);
      room -= 1;
    }
  }
  return names.flatMap(name => {
    const lines = given.get(name);
    return lines === undefined ? [] : shortened(whole.get(name) ?? [], lines, columns);
  });
}

// ---------------------------------------------------------------- questions and help

function questionLines({ text, answers }: NonNullable<View['question']>, { columns, rows }: Size): readonly Line[] {
  const lines: readonly Line[] = [
    [],
    ...wrapped(onOneLine(text), columns, 3).map((part): Line => [span(part, 'strong')]),
    [],
    ...answers.map(({ key, does }): Line => [span(`  ${key}`, 'strong'), span(`  ${does}`)]),
    [span('  Esc', 'strong'), span('  nothing', 'dim')],
  ];
  return lines.slice(Math.max(0, Math.min(1, lines.length - rows)));
}

function helpLines({ columns, rows }: Size): readonly Line[] {
  const all = table(
    [
      { title: 'KEYS', rank: 2 },
      { title: 'any key closes this', rank: 1, least: 10 },
    ],
    helpOfKeys().map(([keys, does]) => [span(keys, 'strong'), span(does)]),
    Math.min(columns, 78),
  );
  if (all.length <= rows) return all;
  const [heading = [], ...rest] = all;
  const room = Math.max(1, rows - 1);
  if (columns < 100) return [heading, ...rest.slice(0, room)];
  const half = Math.ceil(rest.length / 2);
  const width = Math.floor(columns / 2) - 1;
  const rowsOf = Array.from(
    { length: half },
    (_, i): Line => [...filled(rest[i] ?? [], width), span('  '), ...(rest[half + i] ?? [])],
  );
  return [heading, ...rowsOf.slice(0, room)];
}
