/** `let`, `signal` and `label`: elaborated once, when first needed, and shared by whoever names them. */
import { requireBase } from './apply.ts';
import type { Context } from './context.ts';
import { elaborate, evaluate } from './elaborate.ts';
import type { NodeId } from './node.ts';
import type { StreamEntry, Value } from './scope.ts';
import { PLAIN } from './units.ts';

export function elaborateStream(cx: Context, entry: StreamEntry): Value | undefined {
  if (entry.progress === 'new') {
    entry.progress = 'busy';
    entry.value = ownContext(cx, entry.place.scope.title === undefined, () => valueOfEntry(cx, entry));
    entry.progress = 'done';
  }
  // Still busy: it depends on itself, which the cycle check reports by name.
  return entry.value;
}

/** A declaration of the file is not part of the call that happens to need it first. */
export function ownContext<Result>(cx: Context, topLevel: boolean, elaborate: () => Result): Result {
  if (!topLevel) return elaborate();
  const calls = cx.calls.splice(0);
  const result = elaborate();
  cx.calls.push(...calls);
  return result;
}

function valueOfEntry(cx: Context, { declaration, place }: StreamEntry): Value | undefined {
  const from = cx.builder.nodes.length;
  const name = declaration.name.text;
  const value = declaration.kind === 'signal' ? signal(cx, declaration, place) : evaluate(cx, place, declaration.value);
  if (value?.kind === 'stream') {
    cx.builder.name(value.node, from, name);
    settleUnit(cx, value.node, from);
  }
  if (value?.kind === 'record')
    for (const [field, node] of value.fields) if (node !== undefined) cx.builder.name(node, from, `${name}.${field}`);
  return value;
}

/** Numbers of the text fit any unit; a stream made of them alone is a plain number from here on. */
function settleUnit(cx: Context, node: NodeId, from: NodeId): void {
  const { base, unit, stage } = cx.builder.node(node);
  if (node >= from && stage === 'series' && base === 'num' && unit.flavour === 'any')
    cx.builder.retype(node, { base, unit: PLAIN });
}

function signal(cx: Context, declaration: StreamEntry['declaration'], place: StreamEntry['place']): Value | undefined {
  const { value, name } = declaration;
  const condition = elaborate(cx, place, value, 'bool');
  if (condition === undefined) return undefined;
  if (!requireBase(cx, { place }, condition, 'bool', value.span, `signal \`${name.text}\``)) return undefined;
  const { clock, stage, axis } = cx.builder.node(condition);
  const node = cx.builder.append(
    {
      op: 'signal',
      args: [condition],
      attrs: {},
      base: 'bool',
      unit: PLAIN,
      clock: stage === 'series' ? clock : place.clock,
      stage: 'series',
      axis,
    },
    place.scope.file,
    value.span,
  );
  return { kind: 'stream', node };
}
