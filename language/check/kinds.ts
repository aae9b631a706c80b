/** The kinds that params, parameters and results of functions are declared with: `price`, `bars`, `num` … */
import type { Span } from '../syntax/tree.ts';
import { requireBase } from './apply.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, report, textAt } from './context.ts';
import { acceptRatio, relabel } from './elaborate.ts';
import { durationInTicks, isCountOfBars } from './length.ts';
import type { ClockId, NodeId, Unit } from './node.ts';
import type { Place } from './scope.ts';
import { BARS, DURATION, hasDimension, INDEX, RATIO, sameUnit, unitNamed, unitWords } from './units.ts';

export const KINDS = ['price', 'money', 'qty', 'ratio', 'index', 'bars', 'duration', 'bool', 'num'] as const;
export type Kind = (typeof KINDS)[number];

export function kindNamed(name: string): Kind | undefined {
  return KINDS.find(kind => kind === name);
}

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  price: 'a price',
  money: 'an amount of money',
  qty: 'a quantity',
  ratio: 'a ratio, such as `5%`',
  index: 'an index of 0 to 100',
  bars: 'a number of bars',
  duration: 'a length of time, such as `4h`',
  bool: 'a condition',
  num: 'a number',
};

/** Where a value of a kind is asked for. `clock` is the one that durations given as bars are counted in. */
export interface KindSite {
  readonly place: Place;
  readonly span: Span;
  readonly what: string;
  readonly clock: ClockId;
}

/** The node as a value of the kind (a duration where bars are wanted becomes bars); reports what does not fit. */
export function acceptKind(cx: Context, site: KindSite, id: NodeId, kind: Kind): NodeId | undefined {
  const { place, span, what } = site;
  if (!requireBase(cx, { place }, id, kind === 'bool' ? 'bool' : 'num', span, what)) return undefined;
  const { unit } = cx.builder.node(id);
  switch (kind) {
    case 'bool':
    case 'num':
      return id;
    case 'ratio':
      return acceptRatio(cx, place, id, span, what) ? id : undefined;
    case 'bars':
      if (unit.flavour === 'duration') return barsOfDuration(cx, site, id);
      if (!['any', 'plain', 'bars'].includes(unit.flavour)) return wrongUnit(cx, site, unit, kind);
      return isCountOfBars(cx, place, id, what, span) ? id : undefined;
    case 'index':
      return ['any', 'plain', 'index'].includes(unit.flavour) ? id : wrongUnit(cx, site, unit, kind);
    case 'duration':
      if (unit.flavour === 'duration' || cx.builder.constant(id) === 0) return id;
      return unit.flavour === 'any' ? bareDuration(cx, site) : wrongUnit(cx, site, unit, kind);
    case 'price':
    case 'money':
    case 'qty':
      return unit.flavour === 'any' || isOfMarket(cx, unit, kind) ? id : wrongUnit(cx, site, unit, kind);
  }
}

function barsOfDuration(cx: Context, site: KindSite, id: NodeId): NodeId | undefined {
  if (cx.builder.node(id).stage === 'series') return wrongUnit(cx, site, DURATION, 'bars');
  return durationInTicks(cx, site.place, id, site.clock, site.span);
}

/** Whether the unit is the price, quantity or money of one of the markets. */
function isOfMarket(cx: Context, unit: Unit, kind: 'price' | 'money' | 'qty'): boolean {
  const markets = [...cx.instruments, ...cx.universes.map(universe => universe.assets)];
  if (kind === 'money' && cx.currency !== undefined && unit.dimension[cx.currency] === 1) return true;
  return markets.some(assets => sameUnit(unit, unitNamed(kind, assets)));
}

export function wrongUnit(cx: Context, site: KindSite, found: Unit, kind: Kind): undefined {
  report(cx, site.place.scope.file, {
    code: EXPRESSION_CODE.wrongUnit,
    span: site.span,
    facts: {
      what: site.what,
      wanted: KIND_WORDS[kind],
      found: unitWords(found),
      text: textAt(cx, site.place.scope.file, site.span),
    },
  });
  return undefined;
}

function bareDuration(cx: Context, site: KindSite): undefined {
  report(cx, site.place.scope.file, {
    code: EXPRESSION_CODE.bareDuration,
    span: site.span,
    facts: { what: site.what, value: textAt(cx, site.place.scope.file, site.span) },
  });
  return undefined;
}

const FLAVOURED = { ratio: RATIO, index: INDEX, bars: BARS } as const;

/** A result is what its function says: a number without dimension takes the stated kind. */
export function resultOfKind(cx: Context, site: KindSite, id: NodeId, kind: Kind): NodeId | undefined {
  const { unit, base } = cx.builder.node(id);
  if ((kind === 'ratio' || kind === 'index' || kind === 'bars') && base === 'num') {
    if (hasDimension(unit) || unit.flavour === 'duration') return wrongUnit(cx, site, unit, kind);
    return unit.flavour === kind ? id : relabel(cx, site.place, id, FLAVOURED[kind], site.span);
  }
  return acceptKind(cx, site, id, kind);
}
