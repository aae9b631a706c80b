/**
 * What the lowering of declarations (rules, risk, execution, plots) needs from the elaboration of expressions.
 * An elaboration that fails has reported its problem and gives `undefined`; callers then stay silent (no cascades).
 */
import type { Problem } from '../syntax/problem.ts';
import type { Expression, Name, SourceFile, Span } from '../syntax/tree.ts';
import type { Universe } from './model.ts';
import type { Attributes, ClockId, Node, NodeId, Stage } from './node.ts';
import type { Clock, Instrument } from './program.ts';

/** What a place asks of an expression. Literals take the unit that is asked for; anything else must already have it. */
export interface Expected {
  readonly base: 'num' | 'bool' | 'any';
  /** `price`, `money`, `qty` are those of the given instrument. Absent: any unit. */
  readonly unit?: 'price' | 'money' | 'qty' | 'ratio' | 'bars' | 'duration' | 'index' | 'plain';
  readonly instrument?: number;
  /** Latest stage allowed: `param` where a value must not vary by tick. */
  readonly stage?: Stage;
  /** Clock that a series must tick on (0 for rules). */
  readonly clock?: ClockId;
  /** How messages name the place: "the size of `enter long`". */
  readonly what: string;
}

/** Where declarations report to while no expression can be elaborated yet (instruments, account). */
export type Reporter = Pick<Elaborator, 'file' | 'report' | 'notYet'>;

export interface Elaborator {
  readonly file: SourceFile;
  readonly instruments: readonly Instrument[];
  readonly universes: readonly Pick<Universe, 'name'>[];
  /** The instrument that a rule without `on` trades. */
  readonly own: number | undefined;
  readonly clocks: readonly Clock[];
  elaborate(expression: Expression, expected: Expected): NodeId | undefined;
  /** A literal or derived value that no source text spells, for example the 1 bar of an unstated `expire`. */
  constant(value: number, unit: NonNullable<Expected['unit']>, span: Span): NodeId;
  /** Applies an operator to nodes that exist; unit and stage follow its spec. */
  apply(op: string, args: readonly NodeId[], span: Span, attributes?: Attributes): NodeId | undefined;
  node(id: NodeId): Node;
  clockNamed(name: Name): ClockId | undefined;
  instrumentNamed(name: Name): number | undefined;
  report(problem: Omit<Problem, 'file'>): void;
  /** Checked, but cannot run yet: lands in `Program.notYet`. */
  notYet(span: Span, what: string): void;
  /** The source text of an expression, for `text` fields. */
  textOf(expression: Expression): string;
}
