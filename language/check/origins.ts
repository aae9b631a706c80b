/**
 * Where each node was written. After an edit the places of all that was taken over have moved; they are moved when somebody
 * asks for one, which is seldom: only messages point at nodes.
 */
import type { Span } from '../syntax/tree.ts';
import type { NodeId, NodeOrigin } from './node.ts';

/** Arrays are such lists, too. */
export interface Origins {
  at(id: NodeId): NodeOrigin | undefined;
}

type Move = (span: Span) => Span;

/** Those of an earlier check, as far as they were taken over. */
interface Earlier {
  readonly origins: OriginList;
  readonly count: number;
  readonly move: Move;
}

/** So many checks stand behind one another at most; then places are moved once for all. */
const MOST_EARLIER = 64;

export class OriginList implements Origins {
  private readonly earlier: Earlier | undefined;
  private readonly depth: number;
  /** Of the nodes behind those that were taken over. */
  private readonly own: NodeOrigin[] = [];

  /** `move`: from places of the earlier text to those of this one, in the strategy's own file. */
  constructor(before?: OriginList, move: Move = span => span) {
    this.depth = before === undefined ? 0 : (before.depth + 1) % MOST_EARLIER;
    if (before === undefined) return;
    if (this.depth > 0) {
      this.earlier = { origins: before, count: before.length, move };
      return;
    }
    for (let id = 0; id < before.length; id++) {
      const origin = before.at(id);
      if (origin !== undefined) this.own.push(moved(origin, move));
    }
  }

  get length(): number {
    return (this.earlier?.count ?? 0) + this.own.length;
  }

  at(id: NodeId): NodeOrigin | undefined {
    const moves: Move[] = [];
    let list: OriginList = this;
    for (let { earlier } = list; earlier !== undefined && id < earlier.count; { earlier } = list) {
      moves.push(earlier.move);
      list = earlier.origins;
    }
    const found = list.own[id - (list.earlier?.count ?? 0)];
    return found && moves.reduceRight(moved, found);
  }

  push(origin: NodeOrigin): void {
    this.own.push(origin);
  }

  /** Gives the origin of a node that was made in this check a name. */
  name(id: NodeId, name: string): void {
    const index = id - (this.earlier?.count ?? 0);
    const origin = this.own[index];
    if (origin !== undefined && origin.name === undefined) this.own[index] = { ...origin, name };
  }

  /** Forgets those from `length` on. */
  forget(length: number): void {
    this.own.length = length - (this.earlier?.count ?? 0);
  }
}

function moved(origin: NodeOrigin, move: Move): NodeOrigin {
  return origin.file === 0 ? { ...origin, span: move(origin.span) } : origin;
}
