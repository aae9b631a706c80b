/** What the language itself names: columns of the data, streams of the account, facts of the market, `true`, `false`. */
import {
  ENGINE_STREAMS,
  type EngineStream,
  META_STREAMS,
  type MetaStream,
  VENUE_STREAMS,
  type VenueStream,
} from '../operators/streams.ts';
import type { Span } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, appendSource, type Context, clockWords, noteNotYet, report } from './context.ts';
import type { BaseType, NodeId, Unit } from './node.ts';
import type { Place } from './scope.ts';
import { type Assets, PLAIN, unitNamed } from './units.ts';

export type Builtin =
  | { readonly kind: 'venue'; readonly stream: VenueStream }
  | { readonly kind: 'engine'; readonly stream: EngineStream }
  | { readonly kind: 'meta'; readonly stream: MetaStream }
  | { readonly kind: 'truth'; readonly value: boolean }
  /** `bar`: true at each tick that has one. */
  | { readonly kind: 'bar' };

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ...VENUE_STREAMS.map(stream => [stream.field, { kind: 'venue', stream }] as const),
  ...ENGINE_STREAMS.map(stream => [stream.field, { kind: 'engine', stream }] as const),
  ...META_STREAMS.map(stream => [stream.field, { kind: 'meta', stream }] as const),
  ['true', { kind: 'truth', value: true }],
  ['false', { kind: 'truth', value: false }],
  ['bar', { kind: 'bar' }],
]);

export function baseOfBuiltin(builtin: Builtin): BaseType {
  if (builtin.kind === 'truth' || builtin.kind === 'bar') return 'bool';
  return builtin.kind === 'engine' ? builtin.stream.base : 'num';
}

/** What a message says a taken name means. */
export function meaningOf(builtin: Builtin): string {
  if (builtin.kind === 'truth') return 'a constant of the language';
  return builtin.kind === 'bar' ? 'True at each tick that has a bar' : builtin.stream.doc.replace(/\.$/, '');
}

/** Stands for an instrument's number where a name means each member of the place's universe. */
export const MEMBER = -1;

/** The instrument that bare names mean at a place: `MEMBER` of its universe, else the strategy's own. */
export function bareInstrument(cx: Context, place: Place): number {
  return place.axis === null ? (cx.own ?? 0) : MEMBER;
}

/** The stream that a name of the language means for one instrument, or for each member. */
export function appendBuiltin(
  cx: Context,
  place: Place,
  builtin: Builtin,
  instrument: number,
  span: Span,
): NodeId | undefined {
  if (builtin.kind === 'truth')
    return appendConstant(cx, place, builtin.value ? 1 : 0, span, { base: 'bool', unit: PLAIN });
  if (builtin.kind === 'bar') return appendBar(cx, place, instrument, span);
  const { stream } = builtin;
  const unit = unitOfStream(cx, place, builtin, instrument);
  // Without an instrument, the stream is each member's own.
  const of = instrument === MEMBER ? {} : { instrument };
  const at = { unit, axis: instrument === MEMBER ? place.axis : null };
  switch (builtin.kind) {
    case 'meta':
      if (builtin.stream.later) noteNotYet(cx, span, `\`${stream.field}\`, which nothing tells yet,`);
      return cx.builder.append(
        {
          op: 'meta',
          args: [],
          attrs: { field: stream.field, ...of },
          base: 'num',
          unit,
          clock: -1,
          stage: 'meta',
          axis: at.axis,
        },
        place.scope.file,
        span,
      );
    case 'venue': {
      if (!isOffered(cx, place, builtin.stream, instrument, span)) return undefined;
      const attrs = { field: stream.field, ...of };
      return appendSource(cx, place, span, { op: 'input', attrs, base: 'num', clock: place.clock, ...at });
    }
    case 'engine': {
      if (place.clock !== 0) {
        const facts = {
          name: stream.field,
          clock: clockWords(cx, place.clock),
          clockName: cx.clocks[place.clock]?.name,
        };
        report(cx, place.scope.file, { code: EXPRESSION_CODE.engineOnSlowClock, span, facts });
        return undefined;
      }
      const { base, categories } = builtin.stream;
      const account = builtin.stream.scope === 'account';
      const attrs = {
        field: stream.field,
        ...(account ? { instrument: 0 } : of),
        ...(categories && { categories }),
      };
      const axis = account ? null : at.axis;
      return appendSource(cx, place, span, { op: 'engine', attrs, base, clock: 0, unit, axis });
    }
  }
}

/** A missing bar is a tick whose values are absent. */
function appendBar(cx: Context, place: Place, instrument: number, span: Span): NodeId | undefined {
  const close = BUILTINS.get('close');
  const price = close && appendBuiltin(cx, place, close, instrument, span);
  if (price === undefined) return undefined;
  const { clock, stage, axis } = cx.builder.node(price);
  return cx.builder.append(
    { op: 'present', args: [price], attrs: {}, base: 'bool', unit: PLAIN, clock, stage, axis },
    place.scope.file,
    span,
  );
}

function unitOfStream(
  cx: Context,
  place: Place,
  builtin: Exclude<Builtin, { kind: 'truth' | 'bar' }>,
  instrument: number,
): Unit {
  const assets = assetsOf(cx, place, instrument);
  if (!assets) return PLAIN;
  const inAccount = builtin.kind === 'engine' && builtin.stream.scope === 'account';
  return unitNamed(builtin.stream.unit, inAccount && cx.currency ? { ...assets, settle: cx.currency } : assets);
}

/** The assets that `price`, `money` and `qty` are of: an instrument's, or those of a member of the universe. */
export function assetsOf(
  cx: Context,
  place: Place,
  instrument: number = bareInstrument(cx, place),
): Assets | undefined {
  return instrument === MEMBER && place.axis !== null ? cx.universes[place.axis]?.assets : cx.instruments[instrument];
}

const PERPETUAL_ONLY = new Set(['funding', 'predicted_funding', 'mark', 'index', 'open_interest']);

function isOffered(cx: Context, place: Place, stream: VenueStream, instrument: number, span: Span): boolean {
  const members =
    instrument === MEMBER && place.axis !== null ? (cx.universes[place.axis]?.members ?? []) : [instrument];
  const lacking = members.map(member => cx.instruments[member]).find(known => known?.market === 'spot');
  if (lacking && PERPETUAL_ONLY.has(stream.field)) {
    const { symbol } = lacking;
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.streamNotOffered,
      span,
      facts: { name: stream.field, market: 'a spot market', symbol },
    });
    return false;
  }
  if (stream.source === 'later') noteNotYet(cx, span, `\`${stream.field}\`, which no data file brings yet,`);
  return true;
}
