/** When an order that opens a position can first be decided: warm-up is over, and the models that it asks have a version. */
import { conditionGates, type ParamValues } from '../../compiler/bind.ts';
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Node } from '../../language/check/node.ts';
import { specOf } from '../../language/operators/table.ts';

/**
 * `spokenFrom`: first base tick at which a model has a version. `values`: of params; one that is left out has its own. Infinity
 * stands for never.
 */
export function firstEntryTick(
  { plan, ruleReady }: PlanRun,
  spokenFrom: (model: string) => number,
  values: ParamValues,
): number {
  const params = new Map(plan.params.map(({ name, value }) => [name, values[name] ?? value]));
  const beginnings = beginningsOf(plan.graph.nodes, spokenFrom, name => params.get(name));
  return plan.rules.reduce((first, { verb, when }, i) => {
    if (verb !== 'enter') return first;
    const gates = conditionGates(plan, when).map(id => gateOpens(plan.graph.nodes[id], beginnings[id]));
    return Math.min(first, Math.max(ruleReady[i] ?? Number.POSITIVE_INFINITY, ...gates));
  }, Number.POSITIVE_INFINITY);
}

/**
 * How a value begins, as far as models go: up to tick `from` it is `before`, a number that nothing changes, or absent (NaN);
 * undefined: it may be anything from the first tick on.
 */
interface Beginning {
  readonly from: number;
  readonly before: number | undefined;
}

const ANYTHING: Beginning = { from: 0, before: undefined };

const isAbsent = ({ before }: Beginning) => before !== undefined && Number.isNaN(before);
/** First tick at which it is there, and at which it can be true. */
const presentFrom = (own: Beginning) => (isAbsent(own) ? own.from : 0);
const trueFrom = (own: Beginning) => (isAbsent(own) || own.before === 0 ? own.from : 0);

function gateOpens(node: Node | undefined, own: Beginning = ANYTHING): number {
  return node?.base === 'bool' ? trueFrom(own) : presentFrom(own);
}

function beginningsOf(
  nodes: readonly Node[],
  spokenFrom: (model: string) => number,
  paramOf: (name: string) => number | undefined,
): readonly Beginning[] {
  const found: Beginning[] = [];
  for (const node of nodes) {
    const { op, args, attrs } = node;
    const own = args.map(id => found[id] ?? ANYTHING);
    found.push(beginningOf());

    function beginningOf(): Beginning {
      if (op === 'predict' || op === 'drift') return { from: spokenFrom(attrs.name ?? ''), before: Number.NaN };
      if (op === 'const') return { from: Number.POSITIVE_INFINITY, before: attrs.value };
      if (op === 'param') return { from: Number.POSITIVE_INFINITY, before: paramOf(attrs.name ?? '') };
      return (AROUND[op] ?? of(op))(own);
    }
  }
  return found;
}

/** Absent while an argument is; one number while all of them are one. */
function of(op: string): (own: readonly Beginning[]) => Beginning {
  return own => {
    const absentUntil = Math.max(0, ...own.map(presentFrom));
    if (absentUntil > 0) return { from: absentUntil, before: Number.NaN };
    const { reference } = specOf(op);
    const before = own.flatMap(each => (each.before === undefined ? [] : [each.before]));
    if (own.length === 0 || before.length < own.length || reference.kind !== 'pointwise') return ANYTHING;
    return { from: Math.min(...own.map(({ from }) => from)), before: reference.evaluate(before) };
  };
}

/** Operators that have a value where an argument has none. */
const AROUND: Readonly<Record<string, (own: readonly Beginning[]) => Beginning>> = {
  and: own => {
    // False while one of them is, and not true before all can be.
    if (own.some(({ before }) => before === 0)) return { from: Math.max(...own.map(trueFrom)), before: 0 };
    return of('and')(own);
  },
  or: own => ({ from: Math.min(...own.map(trueFrom)), before: Number.NaN }),
  or_else: ([first = ANYTHING, second = ANYTHING]) => {
    if (!isAbsent(first)) return first;
    if (second.before === undefined) return ANYTHING;
    return { from: Math.min(first.from, second.from), before: second.before };
  },
  present: () => ANYTHING,
  state: () => ANYTHING,
  if: ([condition = ANYTHING, then = ANYTHING, otherwise = ANYTHING]) => ({
    from: Math.max(presentFrom(condition), Math.min(presentFrom(then), presentFrom(otherwise))),
    before: Number.NaN,
  }),
};
