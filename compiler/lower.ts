/**
 * Rules, risk and execution of a Program as the engine reads them: every node replaced by where its value is found.
 * An enter or add can act only once its condition and all that the order is made of are ready, so its flag is gated by
 * condition, size, price, bracket levels and slippage.
 */
import type { Rebalance } from '../language/check/model.ts';
import type { NodeId } from '../language/check/node.ts';
import type { AddRule, Bracket, EnterRule, OrderSpec, Program, Rule, Size } from '../language/check/program.ts';
import { splitLevel } from './graph/brackets.ts';
import { CompileError } from './graph/compile-error.ts';
import type { Requester } from './graph/requests.ts';
import type {
  PlanBracket,
  PlanCap,
  PlanExecution,
  PlanOrder,
  PlanPause,
  PlanRebalance,
  PlanRule,
  PlanSize,
} from './plan.ts';

export interface Lowered {
  readonly rules: readonly PlanRule[];
  readonly caps: readonly PlanCap[];
  readonly pauses: readonly PlanPause[];
  readonly rebalances: readonly PlanRebalance[];
  readonly execution: PlanExecution;
  readonly requires: readonly { readonly fixed: number; readonly text: string }[];
}

/** `at` gives the graph's node for a node of the program. */
export function lower(program: Program, requester: Requester, at: (id: NodeId) => NodeId): Lowered {
  const lowering = { requester, at, value: (id: NodeId) => requester.value(at(id)) };
  const slippage = program.execution.slippage;
  return {
    rules: program.rules.map(rule => lowerRule(rule, slippage, ofOne(lowering))),
    caps: program.risk.caps.map(({ name, limit, action }) => ({ name, limit: lowering.value(limit), action })),
    pauses: program.risk.pauses.map(({ length, when, text }) => ({
      length: lowering.value(length),
      when: requester.flag(notOfMembers(at(when), requester), []),
      text,
    })),
    rebalances: program.rebalances.map(rebalance => lowerRebalance(rebalance, lowering)),
    execution: lowerExecution(program, lowering),
    requires: program.requires.map(({ node, text }) => ({ fixed: requester.fixed(at(node)), text })),
  };
}

interface Lowering {
  readonly requester: Requester;
  readonly at: (id: NodeId) => NodeId;
  readonly value: (id: NodeId) => ReturnType<Requester['value']>;
}

function lowerRule(rule: Rule, slippage: NodeId, lowering: Lowering): PlanRule {
  const { requester, at, value } = lowering;
  const base = { text: rule.text, instrument: rule.instrument };
  const ungated = () => requester.flag(at(rule.when), []);
  switch (rule.verb) {
    case 'enter': {
      const { verb, side, prefer } = rule;
      const order = entryOf(rule, slippage, lowering);
      return { ...base, verb, side, ...order, ...(prefer === undefined ? {} : { prefer: value(prefer) }) };
    }
    case 'add':
      return { ...base, verb: rule.verb, ...sideOf(rule), ...entryOf(rule, slippage, lowering) };
    case 'reduce':
      return {
        ...base,
        verb: rule.verb,
        ...sideOf(rule),
        when: requester.flag(at(rule.when), [at(rule.share)]),
        share: value(rule.share),
      };
    case 'exit': {
      const { verb, order } = rule;
      return { ...base, verb, ...sideOf(rule), when: ungated(), order: lowerOrder(order, lowering), else: rule.else };
    }
    case 'flatten':
      return { ...base, verb: rule.verb, when: ungated() };
    case 'alert':
      return { ...base, verb: rule.verb, when: ungated(), message: rule.message };
  }
}

function sideOf(rule: { readonly side?: EnterRule['side'] }) {
  return rule.side === undefined ? {} : { side: rule.side };
}

function entryOf(rule: EnterRule | AddRule, slippage: NodeId, lowering: Lowering) {
  const { requester, at } = lowering;
  const gates = [...sizeNodes(rule.size), ...orderNodes(rule.order), ...bracketNodes(rule.bracket), slippage];
  return {
    when: requester.flag(at(rule.when), gates.map(at)),
    size: lowerSize(rule.size, lowering),
    order: lowerOrder(rule.order, lowering),
    bracket: lowerBracket(rule.bracket, lowering),
  };
}

function sizeNodes(size: Size): NodeId[] {
  return size.basis === 'volatility' ? [size.amount, size.deviation] : [size.amount];
}

function orderNodes({ price, expire }: OrderSpec): NodeId[] {
  return price === undefined ? [expire] : [price, expire];
}

function bracketNodes({ stop, targets, trail, hold }: Bracket): NodeId[] {
  const shares = targets.map(({ share }) => (share === 'rest' ? undefined : share));
  const all = [stop, ...targets.map(({ price }) => price), ...shares, trail?.distance, trail?.after, hold];
  return all.filter(id => id !== undefined);
}

function lowerSize(size: Size, { value }: Lowering): PlanSize {
  if (size.basis !== 'volatility') return { basis: size.basis, amount: value(size.amount) };
  return { basis: size.basis, amount: value(size.amount), deviation: value(size.deviation) };
}

function lowerOrder({ type, price, expire }: OrderSpec, { value }: Lowering): PlanOrder {
  return { type, ...(price === undefined ? {} : { price: value(price) }), expire: value(expire) };
}

function lowerBracket({ stop, targets, trail, hold }: Bracket, { requester, at, value }: Lowering): PlanBracket {
  const level = (id: NodeId) => splitLevel(at(id), requester);
  return {
    ...(stop === undefined ? {} : { stop: level(stop) }),
    targets: targets.map(({ share, price }) => ({
      share: share === 'rest' ? share : value(share),
      price: level(price),
    })),
    ...(trail === undefined
      ? {}
      : {
          trail: {
            distance: value(trail.distance),
            distanceIs: trail.distanceIs,
            ...(trail.after === undefined ? {} : { after: value(trail.after) }),
          },
        }),
    ...(hold === undefined ? {} : { hold: level(hold) }),
  };
}

function ofOne({ requester, at }: Lowering): Lowering {
  const one = (id: NodeId) => notOfMembers(at(id), requester);
  return { requester, at: one, value: id => requester.value(one(id)) };
}

/** The engine acts on one instrument: what rules and pauses read is one value. */
function notOfMembers(id: NodeId, requester: Requester): NodeId {
  if (requester.node(id).axis === null) return id;
  throw new CompileError('not yet', 'a rule for each member of a universe cannot run yet');
}

function lowerRebalance(
  { when, text, to, band, leavers }: Rebalance,
  { requester, at, value }: Lowering,
): PlanRebalance {
  return {
    when: requester.flag(notOfMembers(at(when), requester), []),
    text,
    to:
      to.kind === 'across'
        ? { kind: to.kind, axis: to.axis, weight: value(to.weight) }
        : {
            kind: to.kind,
            weights: to.weights.map(({ instrument, weight }) => ({ instrument, weight: value(weight) })),
          },
    ...(band === undefined ? {} : { band: value(band) }),
    leavers,
  };
}

function lowerExecution({ execution }: Program, { value }: Lowering): PlanExecution {
  const { maker, taker, slippage, leverage, participation, span: _span, ...rest } = execution;
  return {
    ...rest,
    maker: value(maker),
    taker: value(taker),
    slippage: value(slippage),
    leverage: value(leverage),
    ...(participation === undefined ? {} : { participation: value(participation) }),
  };
}
