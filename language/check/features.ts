/**
 * `features x across majors { mom = …  use technical_indicators over 1h, 1d lags 0..5 }`: named columns on one clock and
 * one universe. Elaborated when a prediction or a model first needs it. A group of the library is written out in place:
 * each of its columns on each clock, at each lag.
 */
import type { Duration, FeatureColumn, FeatureGroup, FeaturesDeclaration, Name, Span } from '../syntax/tree.ts';
import { periodOf } from './calendar.ts';
import { clockOfPeriod, isSlower } from './clocks.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, type Context, clockWords, fileOf, report, textAt, typeWords } from './context.ts';
import { axisOf } from './cross-section.ts';
import { MODEL_CODE } from './declaration-codes.ts';
import { delay, elaborate } from './elaborate.ts';
import type { FeatureColumn as Column, FeatureBlock } from './model.ts';
import type { ClockId, NodeId } from './node.ts';
import { type FeatureGroupEntry, type FeaturesEntry, lookUpGroup, type Place, visibleGroups } from './scope.ts';
import { ownContext } from './streams.ts';
import { nearest } from './suggest.ts';
import { BARS } from './units.ts';

/** A column, and the place that its words are read at. */
interface Draft extends Column {
  readonly place: Place;
}

/** The columns that have names of their own: what `x.` can be followed by. */
export function columnsOf({ declaration }: FeaturesEntry): readonly string[] {
  return declaration.columns.flatMap(column => (column.kind === 'column' ? [column.name.text] : []));
}

export function columnOf(cx: Context, entry: FeaturesEntry, name: string): NodeId | undefined {
  return elaborateBlock(cx, entry)?.columns.find(column => column.name === name)?.node;
}

/** The block with those of its columns that could be made sense of. */
export function elaborateBlock(cx: Context, entry: FeaturesEntry): FeatureBlock | undefined {
  if (entry.progress === 'new') {
    entry.progress = 'busy';
    entry.block = ownContext(cx, true, () => blockOf(cx, entry));
    entry.progress = 'done';
  }
  return entry.block;
}

function blockOf(cx: Context, { declaration, place }: FeaturesEntry): FeatureBlock {
  const axis = axisOfBlock(cx, place, declaration);
  const inside: Place = { ...place, axis };
  const names = new Map<string, Span>();
  const drafts = declaration.columns.flatMap(column =>
    column.kind === 'column' ? ownColumn(cx, inside, column, names) : groupColumns(cx, inside, column, names),
  );
  const clock = clockOfBlock(cx, drafts, inside);
  const columns = drafts.filter(draft => fits(cx, draft, clock, axis, declaration));
  return {
    name: declaration.name.text,
    axis,
    clock,
    columns: columns.map(({ name, node, span }) => ({ name, node, span })),
    span: declaration.span,
  };
}

function axisOfBlock(cx: Context, place: Place, { axis }: FeaturesDeclaration): number | null {
  if (!axis) return place.axis;
  const { universe } = axis;
  return axisOf(cx, place, { kind: 'name', text: universe.text, span: universe.span }) ?? place.axis;
}

function ownColumn(cx: Context, place: Place, column: FeatureColumn, names: Map<string, Span>): readonly Draft[] {
  const { name, value } = column;
  takeName(cx, place, name, name.text, names);
  const node = elaborate(cx, place, value);
  return node === undefined ? [] : [{ name: name.text, node, span: value.span, place }];
}

function takeName(cx: Context, place: Place, at: Pick<Name, 'span'>, text: string, names: Map<string, Span>): boolean {
  const first = names.get(text);
  if (!first) {
    names.set(text, at.span);
    return true;
  }
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.declaredTwice,
    span: at.span,
    facts: { name: text },
    related: [{ file: fileOf(cx, place.scope.file), span: first, message: 'the first one' }],
  });
  return false;
}

// ---------------------------------------------------------------- one clock, one universe

/** The base clock where any column ticks on it, else the clock of the first one. */
function clockOfBlock(cx: Context, drafts: readonly Draft[], place: Place): ClockId {
  const clocks = drafts.map(({ node }) => cx.builder.node(node).clock).filter(clock => clock >= 0);
  const [first = place.clock] = clocks;
  return clocks.includes(place.clock) ? place.clock : first;
}

function fits(
  cx: Context,
  { name, node, span, place }: Draft,
  clock: ClockId,
  axis: number | null,
  declaration: FeaturesDeclaration,
): boolean {
  const found = cx.builder.node(node);
  const { file } = place.scope;
  const text = textAt(cx, file, span);
  const what = `feature \`${name}\``;
  if (found.base === 'category' || found.base === 'text') {
    const facts = { what, wanted: 'a number or a condition', found: typeWords(found), text };
    report(cx, file, { code: EXPRESSION_CODE.wrongKind, span, facts });
    return false;
  }
  if (found.stage !== 'series') {
    report(cx, file, { code: MODEL_CODE.neverVaries, span, facts: { what, text } });
    return false;
  }
  if (found.clock !== clock) {
    const slower = isSlower(cx, found.clock, clock);
    const mended = slower ? `latest(${text})` : undefined;
    report(cx, file, {
      code: MODEL_CODE.blockMixed,
      span,
      facts: {
        what,
        block: declaration.name.text,
        found: clockWords(cx, found.clock),
        wanted: clockWords(cx, clock),
        mended,
      },
      ...(mended !== undefined && {
        fix: { title: `Write \`${mended}\``, safe: false, edits: [{ span, text: mended }] },
      }),
    });
    return false;
  }
  if (found.axis !== null && found.axis !== axis) {
    report(cx, file, {
      code: MODEL_CODE.blockMixed,
      span,
      facts: {
        what,
        block: declaration.name.text,
        found: `universe \`${cx.universes[found.axis]?.name}\``,
        wanted: axis === null ? 'one instrument' : `universe \`${cx.universes[axis]?.name}\``,
        across: axis === null ? cx.universes[found.axis]?.name : undefined,
      },
    });
    return false;
  }
  return true;
}

// ---------------------------------------------------------------- groups

/** Lags are few: a group of forty columns at a thousand lags is a slip of the pen. */
const MOST_LAGS = 100;

function groupColumns(cx: Context, place: Place, use: FeatureGroup, names: Map<string, Span>): readonly Draft[] {
  const group = groupNamed(cx, place, use.group);
  const lags = lagsOf(cx, place, use);
  if (!group || !lags) return [];
  const clocks = use.over.flatMap(period => {
    const clock = clockOver(cx, place, period);
    return clock === undefined ? [] : [{ clock, word: `.${textAt(cx, place.scope.file, period.span)}` }];
  });
  const over = use.over.length === 0 ? [{ clock: place.clock, word: '' }] : clocks;
  const drafts: Draft[] = [];
  for (const { clock, word } of over) {
    for (const column of group.declaration.columns) {
      if (column.kind !== 'column') continue;
      const inside: Place = { ...place, scope: group.scope, clock };
      const now = ownContext(cx, true, () => elaborate(cx, inside, column.value));
      if (now === undefined) continue;
      for (const lag of lags) {
        const name = `${use.group.text}.${column.name.text}${word}${lag === 0 ? '' : `.lag${lag}`}`;
        const node = lagged(cx, { ...place, clock }, place, now, lag, use.span);
        if (node === undefined || !takeName(cx, place, use.group, name, names)) continue;
        if (cx.builder.node(node).stage === 'series') drafts.push({ name, node, span: use.span, place });
      }
    }
  }
  return drafts;
}

/** The value `lag` ticks of its own clock ago, on the clock of the block. */
function lagged(cx: Context, own: Place, block: Place, now: NodeId, lag: number, span: Span): NodeId | undefined {
  const ticks = appendConstant(cx, own, lag, span, { unit: BARS });
  const value = lag === 0 ? now : delay(cx, own, now, ticks, span, [span, span]);
  if (value === undefined || own.clock === block.clock) return value;
  const node = cx.builder.node(value);
  return cx.builder.append(
    { ...node, op: 'latest', args: [value], attrs: {}, clock: block.clock },
    block.scope.file,
    span,
  );
}

function groupNamed(cx: Context, place: Place, name: Name): FeatureGroupEntry | undefined {
  const group = lookUpGroup(place.scope, name.text);
  if (group) return group;
  const known = [...visibleGroups(place.scope)];
  const suggestion = nearest(name.text, known);
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span: name.span,
    facts: { name: name.text, wanted: 'a group of features', suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: name.span, text: suggestion }] },
    }),
  });
  return undefined;
}

function clockOver(cx: Context, place: Place, period: Duration): ClockId | undefined {
  return clockOfPeriod(cx, place, periodOf(period), period.span);
}

/** `lags 0..5`: 0 to 5; without it, today's value alone. */
function lagsOf(cx: Context, place: Place, { lags }: FeatureGroup): readonly number[] | undefined {
  if (!lags) return [0];
  const ends = [lags.low, lags.high].map(end => {
    const node = elaborate(cx, place, end, 'num');
    return node === undefined ? undefined : cx.builder.constant(node);
  });
  const [low, high] = ends;
  const isCount = (value: number | undefined): value is number => value !== undefined && Number.isInteger(value);
  if (isCount(low) && isCount(high) && low >= 0 && high >= low && high <= MOST_LAGS)
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  report(cx, place.scope.file, {
    code: MODEL_CODE.badLags,
    span: lags.span,
    facts: { text: textAt(cx, place.scope.file, lags.span), most: MOST_LAGS },
  });
  return undefined;
}
