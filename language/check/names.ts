/** What a name stands for. */
import type { Name, NameReference, Span } from '../syntax/tree.ts';
import { guessBase } from './base.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendSource, type Context, fileOf, report } from './context.ts';
import { isOfAccount } from './members.ts';
import type { NodeId } from './node.ts';
import type { Param } from './program.ts';
import {
  asStream,
  type Entry,
  fitsWanted,
  lookUp,
  lookUpFunction,
  type Place,
  spanOfEntry,
  type Value,
  visibleFunctions,
  visibleValues,
  type Wanted,
} from './scope.ts';
import { appendBuiltin, assetsOf, BUILTINS, type Builtin, bareInstrument, baseOfBuiltin } from './sources.ts';
import { elaborateState } from './states.ts';
import { elaborateStream } from './streams.ts';
import { nearest } from './suggest.ts';
import { BARS, DURATION, INDEX, PLAIN, RATIO, unitNamed } from './units.ts';

export function elaborateName(
  cx: Context,
  place: Place,
  name: Pick<NameReference, 'text' | 'span'>,
  wanted: Wanted,
): Value | undefined {
  const entry = lookUp(place.scope, name.text);
  if (entry) return valueOfEntry(cx, place, entry, name);
  const builtin = BUILTINS.get(name.text);
  if (builtin)
    return refuseAnyOf(cx, place, builtin, name)
      ? undefined
      : asStream(appendBuiltin(cx, place, builtin, bareInstrument(cx, place), name.span));
  if (name.text === 'fill_price' && place.label) return asStream(fillPrice(cx, place, name.span));
  reportUnknown(cx, place, name, wanted);
  return undefined;
}

/** Where several instruments all have names, a bare `close` could be any of theirs. */
function refuseAnyOf(cx: Context, place: Place, builtin: Builtin, name: Pick<Name, 'text' | 'span'>): boolean {
  const ofInstrument = builtin.kind !== 'truth' && !isOfAccount(builtin);
  if (!ofInstrument || cx.own !== undefined || place.axis !== null) return false;
  const first = cx.instruments.find(({ name }) => name !== undefined);
  const universe = cx.universes[0]?.name;
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.notAValue,
    span: name.span,
    facts: {
      name: name.text,
      is: 'a stream of each instrument',
      wanted: 'one value',
      suggestion: first ? `${first.name}.${name.text}` : `${name.text} across ${universe}`,
      kind: 'instrument',
    },
  });
  return true;
}

export function valueOfEntry(
  cx: Context,
  place: Place,
  entry: Entry,
  name: Pick<Name, 'text' | 'span'>,
): Value | undefined {
  switch (entry.kind) {
    case 'stream':
      return elaborateStream(cx, entry);
    case 'state':
      return asStream(elaborateState(cx, entry));
    case 'bound':
      return entry.value;
    case 'param':
      return entry.param && asStream(appendParam(cx, place, entry.param, name.span));
    case 'input': {
      if (entry.clock === undefined) return undefined;
      const attrs = { field: 'input', name: name.text };
      const unit = entry.declaration.type.text === 'index' ? INDEX : PLAIN;
      return asStream(
        appendSource(cx, place, name.span, { op: 'input', attrs, base: 'num', unit, clock: entry.clock }),
      );
    }
    case 'broken':
      return undefined;
    default:
      report(cx, place.scope.file, {
        code: EXPRESSION_CODE.notAValue,
        span: name.span,
        facts: { name: name.text, is: ENTRY_WORDS[entry.kind], kind: entry.kind },
        related: [{ file: fileOf(cx, place.scope.file), span: spanOfEntry(entry), message: 'declared here' }],
      });
      return undefined;
  }
}

const ENTRY_WORDS: Readonly<Record<Entry['kind'], string>> = {
  stream: 'a value',
  state: 'a state',
  bound: 'a value',
  param: 'a param',
  clock: 'a clock',
  instrument: 'an instrument',
  universe: 'a universe',
  session: 'a session',
  input: 'an input',
  features: 'a block of features',
  model: 'a model',
  module: 'a file of functions',
  broken: 'a broken declaration',
};

const PARAM_UNITS = { bars: BARS, num: PLAIN, ratio: RATIO, index: INDEX, duration: DURATION } as const;

function appendParam(cx: Context, place: Place, param: Param, span: Span): NodeId {
  const { type, name, choices } = param;
  const assets = assetsOf(cx, place);
  const unit =
    type === 'price' || type === 'money' || type === 'qty'
      ? assets
        ? unitNamed(type, assets)
        : PLAIN
      : type === 'bool' || type === 'choice'
        ? PLAIN
        : PARAM_UNITS[type];
  return cx.builder.append(
    {
      op: 'param',
      args: [],
      attrs: { name, ...(choices && { categories: choices }) },
      base: type === 'bool' ? 'bool' : type === 'choice' ? 'text' : 'num',
      unit,
      clock: -1,
      stage: 'param',
      axis: null,
    },
    place.scope.file,
    span,
    param.value,
  );
}

/** What a market order sent at this tick would get: the next open, or this close. */
function fillPrice(cx: Context, place: Place, span: Span): NodeId | undefined {
  const field = cx.fillsAt === 'next_open' ? 'open' : 'close';
  const builtin = BUILTINS.get(field);
  const price = builtin && appendBuiltin(cx, place, builtin, bareInstrument(cx, place), span);
  if (price === undefined || cx.fillsAt === 'this_close') return price;
  const node = cx.builder.node(price);
  const one = cx.builder.append(
    { op: 'const', args: [], attrs: { value: 1 }, base: 'num', unit: BARS, clock: -1, stage: 'const', axis: null },
    place.scope.file,
    span,
  );
  return cx.builder.append({ ...node, op: 'ahead', args: [price, one], attrs: {} }, place.scope.file, span);
}

function reportUnknown(cx: Context, place: Place, name: Pick<Name, 'text' | 'span'>, wanted: Wanted): void {
  const isFunction = lookUpFunction(place.scope, name.text) !== undefined;
  if (isFunction) {
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.notAValue,
      span: name.span,
      facts: { name: name.text, is: 'a function', kind: 'function' },
    });
    return;
  }
  const right = nearest(name.text, candidates(cx, place, wanted));
  // A name of the wrong type is still better than none: the misspelling is the first mistake.
  const suggestion = right ?? nearest(name.text, candidates(cx, place, 'any'));
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span: name.span,
    facts: {
      name: name.text,
      wanted: wanted === 'bool' ? 'a condition' : 'a value',
      suggestion,
      callable: suggestion === undefined ? nearest(name.text, visibleFunctions(place.scope)) : undefined,
    },
    ...(suggestion !== undefined && {
      fix: {
        title: `Write \`${suggestion}\``,
        safe: false,
        edits: [{ span: name.span, text: suggestion }],
      },
    }),
  });
}

function* candidates(cx: Context, place: Place, wanted: Wanted): Generator<string> {
  const baseOf = (node: NodeId) => cx.builder.node(node).base;
  for (const [known, entry] of visibleValues(place.scope)) {
    if (fitsWanted(guessBase(entry, baseOf), wanted) && isValue(entry)) yield known;
  }
  for (const [known, builtin] of BUILTINS) {
    if (!known.includes('.') && fitsWanted(baseOfBuiltin(builtin), wanted)) yield known;
  }
}

function isValue(entry: Entry): boolean {
  return ['stream', 'state', 'bound', 'param', 'input', 'broken'].includes(entry.kind);
}
