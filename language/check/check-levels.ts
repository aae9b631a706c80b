/** Stops, targets and sizes that can be told to be wrong before any data are seen (E0904, E0906, W0904). */
import type { Problem } from '../syntax/problem.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import { askedAt } from './exposure.ts';
import { isAverageRange, type Level, levelOf } from './level.ts';
import type { Node } from './node.ts';
import type { EnterRule, Program } from './program.ts';
import { percent, problemIn, propertySpan, rounded, titleOf } from './rule-places.ts';
import { sameNode } from './same-node.ts';

/** `fixed`: values of the nodes that no tick changes, at the params' own values. */
export function checkLevels(program: Program, fixed: Float64Array): readonly Problem[] {
  const entries = program.rules.filter(rule => rule.verb === 'enter');
  return entries.flatMap(rule => [
    ...wrongSide(rule, program, fixed),
    ...insideOneBar(rule, program, fixed),
    ...beyondBudget(rule, program, fixed),
  ]);
}

/** A stop of a long position lies below its entry, a target above; of a short one the other way round. */
function wrongSide(rule: EnterRule, program: Program, fixed: Float64Array): readonly Problem[] {
  const { stop, targets } = rule.bracket;
  const below = rule.side === 'long';
  const levels = [
    ...(stop === undefined ? [] : [{ name: 'stop', node: stop, below }]),
    ...targets.map(target => ({ name: 'target', node: target.price, below: !below })),
  ];
  return levels.flatMap(level => {
    const found = levelOf(level.node, program.nodes, fixed);
    const side = found && sideOf(found, program.nodes);
    if (side === undefined || side === (level.below ? -1 : 1)) return [];
    return [
      problemIn(program, {
        code: DECLARATION_CODE.levelWrongSide,
        span: propertySpan(rule, level.name, program),
        facts: {
          level: level.name,
          side: rule.side,
          where: side === 0 ? 'at' : side > 0 ? 'above' : 'below',
          mended: level.below ? 'below' : 'above',
          factor: found && found.step === undefined ? rounded(found.entry) : undefined,
        },
      }),
    ];
  });
}

/** -1 below the entry, 1 above, 0 at it; `undefined` where it cannot be told. */
function sideOf(level: Level, nodes: readonly Node[]): -1 | 0 | 1 | undefined {
  if (level.step === undefined || level.steps === 0) return level.entry > 0 ? signOf(level.entry - 1) : undefined;
  return Math.abs(level.entry - 1) < 1e-12 && isAverageRange(level.step, nodes) ? signOf(level.steps) : undefined;
}

function signOf(value: number): -1 | 0 | 1 {
  return value > 1e-12 ? 1 : value < -1e-12 ? -1 : 0;
}

/** Stop and target less than an average bar apart. */
function insideOneBar(rule: EnterRule, program: Program, fixed: Float64Array): readonly Problem[] {
  const { stop, targets } = rule.bracket;
  const near = stop === undefined ? undefined : levelOf(stop, program.nodes, fixed);
  return targets.slice(0, 1).flatMap(target => {
    const far = levelOf(target.price, program.nodes, fixed);
    if (!near || !far || near.step === undefined || !sameNode(near.step, far.step, program.nodes)) return [];
    if (near.entry !== far.entry || !isAverageRange(near.step, program.nodes)) return [];
    const width = Math.abs(far.steps - near.steps);
    if (width >= 1) return [];
    return [
      problemIn(program, {
        code: DECLARATION_CODE.insideOneBar,
        span: propertySpan(rule, 'target', program),
        facts: { width: rounded(width) },
        related: [{ file: program.tree.source, span: propertySpan(rule, 'stop', program), message: 'the stop' }],
      }),
    ];
  });
}

/** A size that is always beyond the strategy's own limit. */
function beyondBudget(rule: EnterRule, program: Program, fixed: Float64Array): readonly Problem[] {
  const asked = askedAt(rule, program, fixed);
  if (asked === undefined) return [];
  const exceeded = program.risk.caps.find(
    cap =>
      (cap.name === 'exposure' || cap.name === 'position' || cap.name === 'leverage') &&
      asked > (fixed[cap.limit] ?? Number.POSITIVE_INFINITY) + 1e-9,
  );
  if (!exceeded) return [];
  return [
    problemIn(program, {
      code: DECLARATION_CODE.exceedsBudget,
      span: rule.size.span,
      facts: {
        rule: titleOf(rule),
        asked: percent(asked),
        cap: exceeded.name,
        limit: exceeded.name === 'leverage' ? rounded(fixed[exceeded.limit] ?? 0) : percent(fixed[exceeded.limit] ?? 0),
      },
      related: [{ file: program.tree.source, span: exceeded.span, message: 'the limit' }],
    }),
  ];
}
