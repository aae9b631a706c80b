/** Where a value must exist, an unhandled `num?` is refused (E0801). */
import type { Problem } from '../syntax/problem.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import { type Absence, missing } from './missing.ts';
import type { NodeId } from './node.ts';
import type { Bracket, OrderSpec, Program, Rule, Size } from './program.ts';

/** A value that must exist; `open`: it is only asked for while a position is open. */
interface Need {
  readonly node: NodeId;
  readonly what: string;
  readonly open: boolean;
}

export function checkMissing(program: Program): readonly Problem[] {
  const absences = missing(program.nodes, program.states, program.instruments);
  const { execution, risk } = program;
  const needs: readonly Need[] = [
    ...program.rules.flatMap(needsOfRule),
    { node: execution.slippage, what: 'the slippage', open: false },
    ...risk.pauses.map(pause => ({ node: pause.length, what: 'the length of a pause', open: false })),
  ];
  return needs.flatMap(need => {
    const absence = absences[need.node];
    const isMissing = need.open ? absence?.whileOpen : absence?.always;
    return isMissing ? [problemOf(need, program, absences)] : [];
  });
}

function needsOfRule(rule: Rule): readonly Need[] {
  const title = 'side' in rule && rule.side !== undefined ? `${rule.verb} ${rule.side}` : rule.verb;
  switch (rule.verb) {
    case 'enter':
      return [
        ...sizeNeeds(rule.size, title, false),
        ...orderNeeds(rule.order, title, false),
        ...bracketNeeds(rule.bracket, title),
        ...(rule.prefer === undefined ? [] : [{ node: rule.prefer, what: `\`prefer\` of \`${title}\``, open: false }]),
      ];
    case 'add':
      return [
        ...sizeNeeds(rule.size, title, true),
        ...orderNeeds(rule.order, title, true),
        ...bracketNeeds(rule.bracket, title),
      ];
    case 'reduce':
      return [{ node: rule.share, what: `the share of \`${title}\``, open: true }];
    case 'exit':
      return orderNeeds(rule.order, title, true);
    default:
      return [];
  }
}

function sizeNeeds(size: Size, title: string, open: boolean): readonly Need[] {
  const what = `the size of \`${title}\``;
  return [
    { node: size.amount, what, open },
    ...(size.basis === 'volatility' ? [{ node: size.deviation, what, open }] : []),
  ];
}

function orderNeeds(order: OrderSpec, title: string, open: boolean): readonly Need[] {
  return [
    ...(order.price === undefined
      ? []
      : [{ node: order.price, what: `the ${order.type} price of \`${title}\``, open }]),
    { node: order.expire, what: `\`expire\` of \`${title}\``, open },
  ];
}

function bracketNeeds({ stop, targets, trail, hold }: Bracket, title: string): readonly Need[] {
  const need = (node: NodeId | undefined, what: string): readonly Need[] =>
    node === undefined ? [] : [{ node, what: `${what} of \`${title}\``, open: true }];
  return [
    ...need(stop, 'the stop'),
    ...targets.flatMap(target => need(target.price, 'the target')),
    ...need(trail?.distance, 'the trail'),
    ...need(trail?.after, 'the offset of the trail'),
    ...need(hold, '`hold`'),
  ];
}

function problemOf(need: Need, program: Program, absences: readonly Absence[]): Problem {
  const isMissing = (id: NodeId) => (need.open ? absences[id]?.whileOpen : absences[id]?.always) === true;
  const place = program.origins[need.node];
  const file = place?.file ?? 0;
  // Down to the part that is absent first, as far as the words stand in the same file.
  let source = need.node;
  for (let next: NodeId | undefined = source; next !== undefined; ) {
    source = next;
    next = program.nodes[source]?.args.find(arg => isMissing(arg) && program.origins[arg]?.file === file);
  }
  const span = program.origins[source]?.span ?? place?.span ?? { start: 0, end: 0 };
  const text = program.files[file]?.text.slice(span.start, span.end) ?? '';
  return {
    code: ANALYSIS_CODE.absentWhereNeeded,
    file: program.files[file] ?? program.tree.source,
    span,
    facts: {
      what: need.what,
      text: `\`${text}\``,
      reason: reasonOf(source, program),
      mended: `${/^[\w.]+(\(.*\))?$/.test(text) ? text : `(${text})`} or else …`,
    },
  };
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
