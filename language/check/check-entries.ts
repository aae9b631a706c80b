/** Entries that cannot be meant as they stand: no way out, in again at once, never acting (W0901, W0903, W0907, W0908). */
import { ENGINE_STREAMS } from '../operators/streams.ts';
import type { Problem } from '../syntax/problem.ts';
import type { Action, Side } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Causality } from './facts.ts';
import type { Node, NodeId } from './node.ts';
import type { Bracket, EnterRule, Program } from './program.ts';
import { actionSpan, conditionSpan, problemIn, propertiesOf, titleOf } from './rule-places.ts';
import { ENTER_KEYS } from './rules.ts';
import { classesOf, sameNode } from './same-node.ts';

export function checkEntries(
  program: Program,
  causality: readonly Causality[],
  fixed: Float64Array,
): readonly Problem[] {
  const entries = program.rules.filter(rule => rule.verb === 'enter');
  const atSingleBars = momentary(program.nodes);
  return [
    ...entries.flatMap(rule => plainLevel(rule, program, causality, atSingleBars)),
    ...entries.flatMap(rule => withoutExit(rule, program)),
    ...sameCondition(entries, program),
    ...neverTrue(program, fixed),
  ];
}

/** An entry on a level enters again in the bar after its stop, unless something makes it wait. */
function plainLevel(
  rule: EnterRule,
  program: Program,
  causality: readonly Causality[],
  atSingleBars: (id: NodeId) => boolean,
): readonly Problem[] {
  if (program.risk.pauses.length > 0 || !hasExits(rule.bracket)) return [];
  // A condition that looks at the account waits in its own way.
  if (causality[rule.when]?.account || atSingleBars(rule.when)) return [];
  return [
    problemIn(program, {
      code: DECLARATION_CODE.plainLevelEntry,
      span: conditionSpan(rule, program),
      facts: { rule: titleOf(rule) },
    }),
  ];
}

function hasExits({ stop, targets, trail, hold }: Bracket): boolean {
  return stop !== undefined || targets.length > 0 || trail !== undefined || hold !== undefined;
}

const EVENTS = new Set(ENGINE_STREAMS.filter(stream => stream.event).map(stream => stream.field));

/** Whether a node is true at single bars by its make: an event, a crossing, the first bar of a day. */
function momentary(nodes: readonly Node[]): (id: NodeId) => boolean {
  const known = new Map<NodeId, boolean>();
  const of = (id: NodeId): boolean => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const node = nodes[id];
    const found = node !== undefined && isMomentary(node, nodes, of);
    known.set(id, found);
    return found;
  };
  return of;
}

function isMomentary(node: Node, nodes: readonly Node[], known: (id: NodeId) => boolean): boolean {
  const [a = -1, b = -1] = node.args;
  switch (node.op) {
    case 'signal':
    case 'delay':
      return known(a);
    case 'and':
      return known(a) || known(b) || isTurn(a, b, nodes) || isTurn(b, a, nodes);
    case 'or':
      return known(a) && known(b);
    case 'calendar':
      return node.attrs.field === 'new' || node.attrs.field === 'ends';
    case 'engine':
      return EVENTS.has(node.attrs.field ?? '');
    case 'ne':
      return isBefore(a, b, nodes) || isBefore(b, a, nodes);
    default:
      return false;
  }
}

/** Whether `earlier` is what `x` was one tick ago: `prev x`, or a comparison of what its sides were. */
function isBefore(earlier: NodeId, x: NodeId, nodes: readonly Node[]): boolean {
  const before = nodes[earlier];
  const now = nodes[x];
  if (!before || !now) return false;
  if (before.op === 'delay') return sameNode(before.args[0], x, nodes);
  if (now.stage !== 'series') return sameNode(earlier, x, nodes);
  return before.op in OPPOSITE && before.op === now.op && sidesBefore(before, now, nodes);
}

function sidesBefore(before: Node, now: Node, nodes: readonly Node[]): boolean {
  return before.args.every((arg, index) => isBefore(arg, now.args[index] ?? -1, nodes));
}

/** What a comparison is when it does not hold. */
const OPPOSITE: Readonly<Record<string, string>> = { gt: 'le', ge: 'lt', lt: 'ge', le: 'gt' };

/** Whether `before` says that `now` did not hold one tick ago: together they are a crossing. */
function isTurn(now: NodeId, before: NodeId, nodes: readonly Node[]): boolean {
  const [outer, holds] = [nodes[before], nodes[now]];
  if (!outer || !holds) return false;
  // `not prev c`
  if (outer.op === 'not') return isBefore(outer.args[0] ?? -1, now, nodes);
  const earlier = outer.op === 'delay' ? nodes[outer.args[0] ?? -1] : undefined;
  // `prev (not c)`
  if (earlier?.op === 'not') return sameNode(earlier.args[0], now, nodes);
  const opposite = OPPOSITE[holds.op];
  if (opposite === undefined) return false;
  // `prev (a <= b)` beside `a > b`, as `crosses above` is; `prev a <= prev b` means the same.
  if (earlier?.op === opposite) return earlier.args.every((arg, index) => sameNode(arg, holds.args[index], nodes));
  return outer.op === opposite && sidesBefore(outer, holds, nodes);
}

function withoutExit(rule: EnterRule, program: Program): readonly Problem[] {
  const closes = program.rules.some(
    other =>
      other.verb === 'flatten' ||
      (other.verb === 'exit' && (other.side ?? rule.side) === rule.side) ||
      (other.verb === 'enter' && other.side !== rule.side),
  );
  if (closes || hasExits(rule.bracket) || mayBeMeant(rule, program)) return [];
  return [
    problemIn(program, {
      code: DECLARATION_CODE.entryWithoutExit,
      span: actionSpan(rule, program),
      facts: { rule: titleOf(rule), side: rule.side },
    }),
  ];
}

/** A way out that is broken, or misspelt, has been reported already. */
function mayBeMeant(rule: EnterRule, program: Program): boolean {
  const { declarations, broken = [] } = program.tree;
  return (
    declarations.some(declaration => declaration.kind === 'when' && closesSide(declaration.action, rule.side)) ||
    broken.some(part => part.keyword === undefined || part.keyword === 'when') ||
    propertiesOf(rule, program).some(property => !KNOWN_KEYS.has(property.key.text))
  );
}

const KNOWN_KEYS: ReadonlySet<string> = new Set(ENTER_KEYS);

function closesSide(action: Action, side: Side): boolean {
  return action.verb === 'flatten' || (action.verb === 'exit' && (action.side ?? side) === side);
}

function sameCondition(entries: readonly EnterRule[], program: Program): readonly Problem[] {
  if (entries.length < 2) return [];
  const first = new Map<string, EnterRule>();
  const classOf = classesOf(program.nodes);
  return entries.flatMap(rule => {
    const condition = `${classOf[rule.when]} on ${rule.instrument}`;
    const earlier = first.get(condition);
    if (!earlier) {
      first.set(condition, rule);
      return [];
    }
    const related = [{ file: program.tree.source, span: conditionSpan(earlier, program), message: 'the other rule' }];
    const span = conditionSpan(rule, program);
    return [
      earlier.side === rule.side
        ? problemIn(program, { code: DECLARATION_CODE.ruleNeverActs, span, facts: { reason: 'same' }, related })
        : problemIn(program, { code: DECLARATION_CODE.sameTickBothSides, span, facts: {}, related }),
    ];
  });
}

function neverTrue(program: Program, fixed: Float64Array): readonly Problem[] {
  return program.rules.flatMap(rule => {
    const node = program.nodes[rule.when];
    const condition = node?.op === 'signal' ? (node.args[0] ?? rule.when) : rule.when;
    if (program.nodes[condition]?.stage !== 'const' || fixed[condition] === 1) return [];
    const span = conditionSpan(rule, program);
    return [problemIn(program, { code: DECLARATION_CODE.ruleNeverActs, span, facts: { reason: 'never true' } })];
  });
}
