/** Where a value must exist, an unhandled `num?` is refused (E0801). */
import type { Problem } from '../syntax/problem.ts';
import type { Span } from '../syntax/tree.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import type { Absence } from './missing.ts';
import type { NodeId } from './node.ts';
import type { Program, Rule } from './program.ts';
import { valueSpan } from './properties.ts';
import { actionSpan, executionProperty, propertyValueSpan, titleOf } from './rule-places.ts';

/** A value that must exist; `open`: it is only asked for while a position is open. `span`: where it is asked for. */
interface Need {
  readonly node: NodeId;
  readonly what: string;
  readonly open: boolean;
  readonly span: Span;
}

export function checkMissing(program: Program, absences: readonly Absence[]): readonly Problem[] {
  const { execution, risk } = program;
  const slippage = executionProperty('slippage', program);
  const needs: readonly Need[] = [
    ...program.rules.flatMap(rule => needsOfRule(rule, program)),
    ...(slippage ? [{ node: execution.slippage, what: 'the slippage', open: false, span: valueSpan(slippage) }] : []),
    ...risk.pauses.map(({ length, span }) => ({ node: length, what: 'the length of a pause', open: false, span })),
  ];
  return needs.flatMap(need => {
    const absence = absences[need.node];
    const isMissing = need.open ? absence?.whileOpen : absence?.always;
    return isMissing ? [problemOf(need, program, absences)] : [];
  });
}

/** What a rule asks for, by the property that says it. */
function needsOfRule(rule: Rule, program: Program): readonly Need[] {
  const title = titleOf(rule);
  // An `add`, `reduce` or `exit` acts only while a position is open, and a bracket is only then evaluated.
  const open = rule.verb !== 'enter';
  const need = (key: string, node: NodeId | undefined, what: string, whileOpen = open): readonly Need[] =>
    node === undefined
      ? []
      : [{ node, what: `${what} of \`${title}\``, open: whileOpen, span: propertyValueSpan(rule, key, program) }];
  const needs: Need[] = [];
  if ('size' in rule) {
    const { size, bracket } = rule;
    const { stop, targets, trail, hold } = bracket;
    needs.push(...need('size', size.amount, 'the size'));
    if (size.basis === 'volatility') needs.push(...need('size', size.deviation, 'the size'));
    needs.push(...need('stop', stop, 'the stop', true));
    for (const target of targets) needs.push(...need('target', target.price, 'the target', true));
    needs.push(...need('trail', trail?.distance, 'the trail', true));
    needs.push(...need('trail', trail?.after, 'the offset of the trail', true));
    needs.push(...need('hold', hold, '`hold`', true));
  }
  if ('order' in rule) {
    needs.push(...need('at', rule.order.price, `the ${rule.order.type} price`));
    needs.push(...need('expire', rule.order.expire, '`expire`'));
  }
  if (rule.verb === 'enter') needs.push(...need('prefer', rule.prefer, '`prefer`'));
  if (rule.verb === 'reduce')
    needs.push({ node: rule.share, what: `the share of \`${title}\``, open, span: actionSpan(rule, program) });
  return needs;
}

/**
 * The message points at the part that is absent first, where it stands in the words of the property itself; else at the
 * property, with that part as the cause.
 */
function problemOf(need: Need, program: Program, absences: readonly Absence[]): Problem {
  const source = sourceOf(need, program, absences);
  const place = program.origins.at(source);
  const own = place?.file === 0 && place.span.start >= need.span.start && place.span.end <= need.span.end;
  const span = own ? place.span : need.span;
  const file = program.files[place?.file ?? 0];
  const text = program.tree.source.text.slice(span.start, span.end).trim();
  return {
    code: ANALYSIS_CODE.absentWhereNeeded,
    file: program.tree.source,
    span,
    facts: {
      what: need.what,
      text: `\`${text}\``,
      reason: reasonOf(source, program),
      mended: `${/^[\w.]+(\(.*\))?$/.test(text) ? text : `(${text})`} or else …`,
    },
    ...(!own && place && file && { related: [{ file, span: place.span, message: 'here' }] }),
  };
}

/** Down to the first node that is absent of its own, not because of what it is computed from. */
function sourceOf(need: Need, program: Program, absences: readonly Absence[]): NodeId {
  const isMissing = (id: NodeId) => (need.open ? absences[id]?.whileOpen : absences[id]?.always) === true;
  let source = need.node;
  for (;;) {
    const node = program.nodes[source];
    // A state is absent by its start, which says nothing that its name does not.
    const next = node?.op === 'state' || node?.op === 'latest' ? undefined : node?.args.find(isMissing);
    if (next === undefined) return source;
    source = next;
  }
}

/** Why the source is absent, in words that follow its text. */
function reasonOf(id: NodeId, program: Program): string {
  const node = program.nodes[id];
  switch (node?.op) {
    case 'engine':
      return node.attrs.field?.includes('.')
        ? 'exists only at the bar in which it happened'
        : 'is absent while no position is open';
    case 'input':
      return 'is absent at bars without an observation';
    case 'latest':
      return 'is absent when it is too old';
    case 'state':
    case 'state_prev':
      return 'is absent until its event';
    default:
      return 'may be absent';
  }
}
