/** What rules, brackets and costs can be blamed for before any data are seen (E09xx, W09xx). */
import { ENGINE_STREAMS } from '../operators/streams.ts';
import type { Problem } from '../syntax/problem.ts';
import type { Property, Span } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import { askedAt } from './exposure.ts';
import type { Causality } from './facts.ts';
import { fixedValues, type ParamValues } from './fixed.ts';
import { isAverageRange, type Level, levelOf } from './level.ts';
import type { Node, NodeId } from './node.ts';
import type { Bracket, EnterRule, Program } from './program.ts';

export function checkRules(program: Program, causality: readonly Causality[], values: ParamValues): readonly Problem[] {
  const entries = program.rules.filter(rule => rule.verb === 'enter');
  const fixed = fixedValues(program.nodes, values);
  return [
    ...entries.flatMap(rule => plainLevel(rule, program, causality)),
    ...entries.flatMap(rule => withoutExit(rule, program)),
    ...entries.flatMap(rule => wrongSide(rule, program, fixed)),
    ...entries.flatMap(rule => insideOneBar(rule, program, fixed)),
    ...entries.flatMap(rule => beyondBudget(rule, program, values, fixed)),
    ...sameCondition(entries, program),
    ...neverTrue(program, fixed),
    ...costsNotStated(program),
    ...fillsAtOwnClose(program),
    ...orderTypes(program),
  ];
}

type Report = Omit<Problem, 'file'>;

function problem(program: Program, report: Report): Problem {
  return { file: program.tree.source, ...report };
}

function title(rule: EnterRule): string {
  return `enter ${rule.side}`;
}

/** The condition as it is written. */
function conditionSpan(
  rule: { readonly when: NodeId; readonly span: Span; readonly text: string },
  program: Program,
): Span {
  const at = program.tree.source.text.indexOf(rule.text, rule.span.start);
  return at >= 0 && at < rule.span.end ? { start: at, end: at + rule.text.length } : rule.span;
}

/** Span of a property of the rule, found in the tree. */
function propertySpan(rule: { readonly span: Span }, key: string, program: Program): Span {
  const declaration = program.tree.declarations.find(
    candidate => candidate.kind === 'when' && candidate.span.start === rule.span.start,
  );
  const property = declaration?.kind === 'when' ? declaration.properties.find(one => one.key.text === key) : undefined;
  return property?.span ?? rule.span;
}

// ---------------------------------------------------------------- entries and exits

/** An entry on a level enters again in the bar after its stop, unless something makes it wait. */
function plainLevel(rule: EnterRule, program: Program, causality: readonly Causality[]): readonly Problem[] {
  if (program.risk.pauses.length > 0 || !hasExits(rule.bracket)) return [];
  // A condition that looks at the account waits in its own way.
  if (causality[rule.when]?.account || isMomentary(rule.when, program.nodes)) return [];
  return [
    problem(program, {
      code: DECLARATION_CODE.plainLevelEntry,
      span: conditionSpan(rule, program),
      facts: { rule: title(rule) },
    }),
  ];
}

function hasExits({ stop, targets, trail, hold }: Bracket): boolean {
  return stop !== undefined || targets.length > 0 || trail !== undefined || hold !== undefined;
}

const EVENTS = new Set(ENGINE_STREAMS.filter(stream => stream.event).map(stream => stream.field));

/** True at single bars by its make: an event, a crossing, the first bar of a day. */
function isMomentary(id: NodeId, nodes: readonly Node[]): boolean {
  const node = nodes[id];
  if (!node) return false;
  switch (node.op) {
    case 'signal':
    case 'delay':
      return isMomentary(node.args[0] ?? -1, nodes);
    case 'and':
      return node.args.some(arg => isMomentary(arg, nodes)) || isCrossing(node, nodes);
    case 'or':
      return node.args.every(arg => isMomentary(arg, nodes));
    case 'calendar':
      return node.attrs.field === 'new' || node.attrs.field === 'ends';
    case 'engine':
      return EVENTS.has(node.attrs.field ?? '');
    case 'ne': {
      // `x != prev x`
      const [a, b] = node.args.map(arg => nodes[arg]);
      return (a?.op === 'delay' && a.args[0] === node.args[1]) || (b?.op === 'delay' && b.args[0] === node.args[0]);
    }
    default:
      return false;
  }
}

const OPPOSITE: Readonly<Record<string, string>> = { gt: 'le', ge: 'lt', lt: 'ge', le: 'gt' };

/** `above now and not above one bar ago`, in whichever spelling. */
function isCrossing(node: Node, nodes: readonly Node[]): boolean {
  const [a, b] = node.args.map(arg => nodes[arg]);
  const crosses = (now: Node | undefined, before: Node | undefined): boolean => {
    const was = before?.op === 'not' ? nodes[before.args[0] ?? -1] : before;
    if (!now || was?.op !== 'delay') return false;
    const earlier = nodes[was.args[0] ?? -1];
    if (before?.op === 'not') return earlier === now;
    if (earlier?.op === 'not') return nodes[earlier.args[0] ?? -1] === now;
    return earlier?.op === OPPOSITE[now.op] && earlier.args.every((arg, index) => arg === now.args[index]);
  };
  return crosses(a, b) || crosses(b, a);
}

function withoutExit(rule: EnterRule, program: Program): readonly Problem[] {
  const closes = program.rules.some(
    other =>
      other.verb === 'flatten' ||
      (other.verb === 'exit' && (other.side ?? rule.side) === rule.side) ||
      (other.verb === 'enter' && other.side !== rule.side),
  );
  // An `exit` that is broken was meant to close it.
  const broken = program.tree.declarations.some(
    declaration => declaration.kind === 'when' && ['exit', 'flatten'].includes(declaration.action.verb),
  );
  if (closes || broken || hasExits(rule.bracket)) return [];
  return [
    problem(program, {
      code: DECLARATION_CODE.entryWithoutExit,
      span: actionSpan(rule, program),
      facts: { rule: title(rule), side: rule.side },
    }),
  ];
}

function actionSpan(rule: EnterRule, program: Program): Span {
  const declaration = program.tree.declarations.find(
    candidate => candidate.kind === 'when' && candidate.span.start === rule.span.start,
  );
  return declaration?.kind === 'when' ? declaration.action.span : rule.span;
}

function sameCondition(entries: readonly EnterRule[], program: Program): readonly Problem[] {
  return entries.flatMap((rule, index) => {
    const earlier = entries
      .slice(0, index)
      .find(other => other.when === rule.when && other.instrument === rule.instrument);
    if (!earlier) return [];
    const related = [{ file: program.tree.source, span: conditionSpan(earlier, program), message: 'the other rule' }];
    const span = conditionSpan(rule, program);
    return [
      earlier.side === rule.side
        ? problem(program, { code: DECLARATION_CODE.ruleNeverActs, span, facts: { reason: 'same' }, related })
        : problem(program, { code: DECLARATION_CODE.sameTickBothSides, span, facts: {}, related }),
    ];
  });
}

function neverTrue(program: Program, fixed: Float64Array): readonly Problem[] {
  return program.rules.flatMap(rule => {
    const node = program.nodes[rule.when];
    const condition = node?.op === 'signal' ? (node.args[0] ?? rule.when) : rule.when;
    if (program.nodes[condition]?.stage !== 'const' || fixed[condition] === 1) return [];
    const span = conditionSpan(rule, program);
    return [problem(program, { code: DECLARATION_CODE.ruleNeverActs, span, facts: { reason: 'never true' } })];
  });
}

// ---------------------------------------------------------------- levels and limits

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
      problem(program, {
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
    if (!near || !far || near.step === undefined || near.step !== far.step) return [];
    if (near.entry !== far.entry || !isAverageRange(near.step, program.nodes)) return [];
    const width = Math.abs(far.steps - near.steps);
    if (width >= 1) return [];
    return [
      problem(program, {
        code: DECLARATION_CODE.insideOneBar,
        span: propertySpan(rule, 'target', program),
        facts: { width: rounded(width) },
        related: [{ file: program.tree.source, span: propertySpan(rule, 'stop', program), message: 'the stop' }],
      }),
    ];
  });
}

/** A size that is always beyond the strategy's own limit. */
function beyondBudget(rule: EnterRule, program: Program, values: ParamValues, fixed: Float64Array): readonly Problem[] {
  const asked = askedAt(rule, program, values);
  if (asked === undefined) return [];
  const exceeded = program.risk.caps.find(
    cap =>
      (cap.name === 'exposure' || cap.name === 'position' || cap.name === 'leverage') &&
      asked > (fixed[cap.limit] ?? Number.POSITIVE_INFINITY) + 1e-9,
  );
  if (!exceeded) return [];
  return [
    problem(program, {
      code: DECLARATION_CODE.exceedsBudget,
      span: rule.size.span,
      facts: {
        rule: title(rule),
        asked: percent(asked),
        cap: exceeded.name,
        limit: exceeded.name === 'leverage' ? rounded(fixed[exceeded.limit] ?? 0) : percent(fixed[exceeded.limit] ?? 0),
      },
      related: [{ file: program.tree.source, span: exceeded.span, message: 'the limit' }],
    }),
  ];
}

function percent(ratio: number): string {
  return `${rounded(ratio * 100)}%`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}

// ---------------------------------------------------------------- costs, fills, venues

function costsNotStated(program: Program): readonly Problem[] {
  const entry = program.rules.find(rule => rule.verb === 'enter');
  if (!entry) return [];
  const { execution } = program;
  const unstated = [
    ...(execution.feeStated ? [] : [{ cost: 'fee', example: '`fee: 10bp`' }]),
    ...(execution.slippageStated ? [] : [{ cost: 'slippage', example: '`slippage: 2bp`' }]),
    ...(execution.funding === 'none' || executionProperty('funding', program)
      ? []
      : [{ cost: 'funding', example: '`funding: data`' }]),
  ];
  if (unstated.length === 0) return [];
  return [
    problem(program, {
      code: DECLARATION_CODE.costNotStated,
      span: execution.span ? headOf(execution.span, 'execution') : entry.span,
      facts: {
        costs: joined(unstated.map(({ cost }) => cost)),
        example: `${joined(unstated.map(({ example }) => example))} to \`execution\``,
      },
    }),
  ];
}

function headOf(span: Span, word: string): Span {
  return { start: span.start, end: Math.min(span.end, span.start + word.length) };
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function executionProperty(key: string, program: Program): Property | undefined {
  return program.tree.declarations
    .flatMap(declaration => (declaration.kind === 'execution' ? declaration.properties : []))
    .find(property => property.key.text === key);
}

function fillsAtOwnClose(program: Program): readonly Problem[] {
  const property = executionProperty('fill', program);
  if (program.execution.fill !== 'this_close' || !property) return [];
  return [problem(program, { code: DECLARATION_CODE.fillsAtOwnClose, span: property.span, facts: {} })];
}

/**
 * Order types that a venue does not offer. Short on purpose: what the venue itself says is asked live, through ccxt;
 * here stand the cases that surprise. Coinbase Advanced Trade has stop-limit orders only.
 */
const LACKING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  coinbase: { stop: '`at: limit …`' },
};

function orderTypes(program: Program): readonly Problem[] {
  return program.rules.flatMap(rule => {
    if (!('order' in rule)) return [];
    const venue = program.instruments[rule.instrument]?.venue ?? '';
    const instead = LACKING[venue]?.[rule.order.type];
    if (instead === undefined) return [];
    return [
      problem(program, {
        code: DECLARATION_CODE.orderTypeLacking,
        span: propertySpan(rule, 'at', program),
        facts: { venue, type: rule.order.type, instead },
      }),
    ];
  });
}
