/**
 * Which streams may be absent: the `?` of `num?`. Told apart from NaN of undefined arithmetic, which no type shows.
 *
 * A bracket is evaluated only while a position is open, and an `add`, `reduce` or `exit` acts only then, so there the
 * streams of the position (`entry`, `best` …) are present: `whileOpen` is the answer for such places.
 */

import { ENGINE_STREAMS, VENUE_STREAMS } from '../operators/streams.ts';
import { OPERATORS } from '../operators/table.ts';
import { begin, type Known } from './facts.ts';
import type { Node } from './node.ts';
import type { Instrument, StateSlot } from './program.ts';

export interface Absence {
  /** May be absent at any tick after it is ready. */
  readonly always: boolean;
  /** May be absent at a tick at which a position is open. */
  readonly whileOpen: boolean;
}

const PRESENT: Absence = { always: false, whileOpen: false };
const ABSENT: Absence = { always: true, whileOpen: true };

const ENGINE = new Map(ENGINE_STREAMS.map(stream => [stream.field, stream]));
const VENUE = new Map(VENUE_STREAMS.map(stream => [stream.field, stream]));

/** `known`: of an earlier check with the same states and markets. */
export function missing(
  nodes: readonly Node[],
  states: readonly Pick<StateSlot, 'optional'>[],
  instruments: readonly Pick<Instrument, 'gaps'>[],
  known?: Known<readonly Absence[]>,
): readonly Absence[] {
  const { result, ids } = begin(nodes, known);
  for (const id of ids) {
    const node = nodes[id];
    if (node !== undefined) result[id] = absenceOf(node, result, states, instruments);
  }
  return result;
}

function absenceOf(
  node: Node,
  known: readonly Absence[],
  states: readonly Pick<StateSlot, 'optional'>[],
  instruments: readonly Pick<Instrument, 'gaps'>[],
): Absence {
  const args = node.args.map(arg => known[arg] ?? PRESENT);
  switch (node.op) {
    case 'const':
      return Number.isNaN(node.attrs.value ?? 0) ? ABSENT : PRESENT;
    case 'param':
    case 'meta':
    case 'calendar':
      return PRESENT;
    case 'input': {
      const gaps = instruments[node.attrs.instrument ?? 0]?.gaps === 'absent';
      return gaps || VENUE.get(node.attrs.field ?? '')?.optional ? ABSENT : PRESENT;
    }
    case 'engine': {
      const stream = ENGINE.get(node.attrs.field ?? '');
      if (!stream?.optional) return PRESENT;
      return { always: true, whileOpen: stream.event };
    }
    case 'predict':
    case 'drift':
    case 'cross_section':
      // Before a model is active, while a window fills, where a member has no bar.
      return ABSENT;
    case 'state':
    case 'state_prev':
      // An update that is absent keeps what the state held.
      return states[node.attrs.state ?? -1]?.optional ? ABSENT : PRESENT;
    case 'latest':
      // With a greatest age it turns absent when stale.
      return node.args.length > 1 ? ABSENT : fromAnyTick(args[0] ?? PRESENT);
    case 'signal':
    case 'present':
      return PRESENT;
    case 'or_else': {
      const [, otherwise = PRESENT] = args;
      return otherwise;
    }
    default:
      return byRule(node.op, args);
  }
}

function byRule(op: string, args: readonly Absence[]): Absence {
  const spec = OPERATORS.get(op);
  const any = {
    always: args.some(argument => argument.always),
    whileOpen: args.some(argument => argument.whileOpen),
  };
  if (spec?.missing === 'discharge') return PRESENT;
  // What an operator remembers may come from ticks at which no position was open.
  return spec === undefined || spec.time.kind === 'pointwise' ? any : fromAnyTick(any);
}

function fromAnyTick(argument: Absence): Absence {
  return argument.always ? ABSENT : PRESENT;
}
