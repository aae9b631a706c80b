/** A program that teaches a model something, made by hand. */
import type { NodeId } from '../../language/check/node.ts';
import type { Program } from '../../language/check/program.ts';
import type { ProgramBuilder } from './program-builder.ts';

const SPAN = { start: 0, end: 0 };

export interface Lesson {
  readonly columns: readonly NodeId[];
  readonly label: NodeId;
  readonly when?: NodeId;
  readonly weight?: NodeId;
  readonly members?: number;
  readonly touch?: 'through' | 'fills';
}

/** Block, label and model 0. `from`: a builder, or a program that has all but the lesson. */
export function learning(from: ProgramBuilder | Program, lesson: Lesson): Program {
  const { columns, label, when, weight, members = 0, touch = 'through' } = lesson;
  const program = 'title' in from ? from : from.program({ members });
  const axis = members > 0 ? 0 : null;
  return {
    ...program,
    execution: { ...program.execution, touch },
    blocks: [
      {
        name: 'x',
        axis,
        clock: 0,
        columns: columns.map((node, index) => ({ name: `c${index}`, node, span: SPAN })),
        span: SPAN,
      },
    ],
    labels: [{ name: 'y', node: label, base: 'num', axis, clock: 0, span: SPAN }],
    models: [
      {
        name: 'm',
        source: { kind: 'trained', trainer: 'ridge' },
        label: 0,
        block: 0,
        ...(when !== undefined && { when: { node: when, text: 'when' } }),
        ...(weight !== undefined && { weight: [{ kind: 'value', node: weight }] }),
        objective: { kind: 'squared' },
        settings: [],
        seed: 0,
        steps: { scale: 'none', impute: 'none', select: [], calibrate: 'none' },
        device: 'auto',
        onFailure: 'flat',
        configured: false,
        span: SPAN,
      },
    ],
  };
}
