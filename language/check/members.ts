/** Parts of what has a name: `closed.profit`, `perp.close`, `stops.wide`, `bollinger(…).upper`. */
import type { Expression, Member } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { CONFIGURED, threshold } from './configured.ts';
import { type Context, report, textAt } from './context.ts';
import { evaluate } from './elaborate.ts';
import { columnOf, columnsOf } from './features.ts';
import { valueOfEntry } from './names.ts';
import { asStream, type Entry, lookUp, type Place, type Value } from './scope.ts';
import { appendBuiltin, BUILTINS, type Builtin, bareInstrument } from './sources.ts';
import { nearest } from './suggest.ts';

export function elaborateMember(cx: Context, place: Place, member: Member): Value | undefined {
  const { object, property } = member;
  const owner = ownerOf(cx, place, object);
  switch (owner?.kind) {
    case 'instrument':
      return memberOfInstrument(cx, place, member, owner.instrument, owner.path);
    case 'module': {
      const entry = owner.scope.values.get(property.text);
      if (entry?.kind === 'param' || entry?.kind === 'broken') return valueOfEntry(cx, place, entry, property);
      const known = [...owner.scope.values].filter(([, value]) => value.kind === 'param').map(([name]) => name);
      reportField(cx, place, member, known);
      return undefined;
    }
    case 'features': {
      const columns = columnsOf(owner);
      if (columns.includes(property.text)) return asStream(columnOf(cx, owner, property.text));
      reportField(cx, place, member, columns);
      return undefined;
    }
    case 'config': {
      const node = threshold(cx, place, property.text, member.span);
      if (node === undefined) reportField(cx, place, member, CONFIGURED);
      return asStream(node);
    }
    case undefined:
      break;
  }
  const value = evaluate(cx, place, object);
  if (!value) return undefined;
  if (value.kind === 'record' && value.fields.has(property.text)) return asStream(value.fields.get(property.text));
  reportField(cx, place, member, value.kind === 'record' ? [...value.fields.keys()] : []);
  return undefined;
}

type Owner =
  | { readonly kind: 'instrument'; readonly instrument: number; readonly path: string }
  | Extract<Entry, { kind: 'module' | 'features' }>
  | { readonly kind: 'config' };

/** Things that have parts without being values: instruments, modules, features, and events such as `closed`. */
function ownerOf(cx: Context, place: Place, object: Expression): Owner | undefined {
  if (object.kind === 'member') {
    const owner = ownerOf(cx, place, object.object);
    if (owner?.kind !== 'instrument' || !EVENTS_WITH_PARTS.has(object.property.text)) return undefined;
    return { ...owner, path: `${object.property.text}.` };
  }
  if (object.kind !== 'name') return undefined;
  const entry = lookUp(place.scope, object.text);
  if (entry?.kind === 'instrument') return { kind: 'instrument', instrument: entry.instrument, path: '' };
  if (entry?.kind === 'module' || entry?.kind === 'features') return entry;
  if (entry) return undefined;
  if (EVENTS_WITH_PARTS.has(object.text))
    return { kind: 'instrument', instrument: bareInstrument(cx, place), path: `${object.text}.` };
  return object.text === 'config' ? { kind: 'config' } : undefined;
}

const EVENTS_WITH_PARTS: ReadonlySet<string> = new Set(
  [...BUILTINS.keys()].filter(field => field.includes('.')).map(field => field.slice(0, field.indexOf('.'))),
);

function memberOfInstrument(
  cx: Context,
  place: Place,
  member: Member,
  instrument: number,
  path: string,
): Value | undefined {
  const builtin = BUILTINS.get(path + member.property.text);
  if (builtin && builtin.kind !== 'truth' && !isOfAccount(builtin))
    return asStream(appendBuiltin(cx, place, builtin, instrument, member.span));
  const known = [...BUILTINS]
    .filter(([field, candidate]) => field.startsWith(path) && candidate.kind !== 'truth' && !isOfAccount(candidate))
    .map(([field]) => field.slice(path.length))
    .filter(field => !field.includes('.'));
  reportField(cx, place, member, known);
  return undefined;
}

export function isOfAccount(builtin: Builtin): boolean {
  return builtin.kind === 'engine' && builtin.stream.scope === 'account';
}

function reportField(cx: Context, place: Place, member: Member, known: readonly string[]): void {
  const { property, object } = member;
  const suggestion = nearest(property.text, known);
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownField,
    span: property.span,
    facts: {
      object: textAt(cx, place.scope.file, object.span),
      field: property.text,
      known: known.length === 0 ? undefined : known.map(field => `\`${field}\``).join(', '),
      suggestion,
    },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: property.span, text: suggestion }] },
    }),
  });
}
