/** Short ways to write an `OpSpec`; a family's table should read as a table. */
import type {
  ArgumentRule,
  MissingRule,
  OperatorArgument,
  OpSpec,
  ReferenceForm,
  TimeRule,
  UnitRule,
} from './operator.ts';

export const argument = (
  name: string,
  rule: ArgumentRule['kind'] | ArgumentRule,
  doc: string,
  more: Pick<OperatorArgument, 'default' | 'repeats'> = {},
): OperatorArgument => ({ name, rule: typeof rule === 'string' ? ruleOf(rule) : rule, doc, ...more });

function ruleOf(kind: ArgumentRule['kind']): ArgumentRule {
  if (kind === 'length') return { kind, min: 1 };
  if (kind === 'same') return { kind, as: 0 };
  return { kind };
}

export const unitOf = (n: number): UnitRule => ({ kind: 'of', argument: n });

interface PointwiseShape {
  readonly name: string;
  readonly doc: string;
  readonly formula: string;
  readonly arguments: readonly OperatorArgument[];
  readonly evaluate: (args: readonly number[]) => number;
  readonly result?: OpSpec['result'];
  readonly unit?: UnitRule;
  readonly unify?: readonly number[];
  readonly missing?: MissingRule;
  readonly partial?: boolean;
  readonly callable?: boolean;
}

export function pointwise(shape: PointwiseShape): OpSpec {
  return {
    name: shape.name,
    callable: shape.callable ?? false,
    doc: shape.doc,
    formula: shape.formula,
    arguments: shape.arguments,
    result: shape.result ?? 'num',
    unit: shape.unit ?? { kind: 'plain' },
    unify: shape.unify ?? [],
    time: { kind: 'pointwise' },
    missing: shape.missing ?? 'propagate',
    partial: shape.partial ?? false,
    reference: { kind: 'pointwise', evaluate: shape.evaluate },
  };
}

interface WindowShape {
  readonly name: string;
  readonly doc: string;
  readonly formula: string;
  readonly arguments: readonly OperatorArgument[];
  /** Index of the argument that is the window's length. */
  readonly length: number;
  readonly evaluate: (windows: readonly Float64Array[], split: number, fixed: readonly number[]) => number;
  readonly unit?: UnitRule;
  readonly partial?: boolean;
}

export function window(shape: WindowShape): OpSpec {
  return {
    name: shape.name,
    callable: true,
    doc: shape.doc,
    formula: shape.formula,
    arguments: shape.arguments,
    result: 'num',
    unit: shape.unit ?? unitOf(0),
    unify: [],
    time: { kind: 'window', length: shape.length },
    missing: 'strict',
    partial: shape.partial ?? false,
    reference: { kind: 'window', evaluate: shape.evaluate },
  };
}

interface SpecialShape {
  readonly name: string;
  readonly doc: string;
  readonly formula: string;
  readonly arguments?: readonly OperatorArgument[];
  readonly result?: OpSpec['result'];
  readonly unit?: UnitRule;
  readonly time?: TimeRule;
  readonly missing?: MissingRule;
  readonly partial?: boolean;
  readonly reference?: ReferenceForm;
}

/** An operator that the checker knows by name: only syntax, or the checker itself, makes it. */
export function special(shape: SpecialShape): OpSpec {
  return {
    name: shape.name,
    callable: false,
    doc: shape.doc,
    formula: shape.formula,
    arguments: shape.arguments ?? [],
    result: shape.result ?? 'same',
    unit: shape.unit ?? unitOf(0),
    unify: [],
    time: shape.time ?? { kind: 'special' },
    missing: shape.missing ?? 'propagate',
    partial: shape.partial ?? false,
    reference: shape.reference ?? { kind: 'special' },
  };
}
