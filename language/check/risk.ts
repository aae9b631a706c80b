/** `risk { cap NAME at X [else ACTION]   pause D when BOOL }`: limits and protections. */
import type { CapAction, CapRule, PauseRule, RiskDeclaration } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import type { NodeId } from './node.ts';
import type { Cap, CapName, Pause, Risk } from './program.ts';
import { barsOf, POSITIVE, within } from './ranges.ts';
import { shareOfEquity } from './size.ts';
import { nearest } from './suggest.ts';

interface CapKind {
  /** What the limit is: a ratio of equity (written `X of equity` or bare), or a plain number. */
  readonly unit: 'ratio' | 'plain';
  /** `reduce` cuts an order to what is left of the limit, which only makes sense where an order is what is limited. */
  readonly limits: 'orders' | 'losses';
  /** Whether only portfolios know what it limits, or nothing does yet. */
  readonly runs: 'always' | 'portfolio' | 'never';
}

const CAPS: Readonly<Record<CapName, CapKind>> = {
  exposure: { unit: 'ratio', limits: 'orders', runs: 'always' },
  leverage: { unit: 'plain', limits: 'orders', runs: 'always' },
  position: { unit: 'ratio', limits: 'orders', runs: 'always' },
  daily_loss: { unit: 'ratio', limits: 'losses', runs: 'always' },
  drawdown: { unit: 'ratio', limits: 'losses', runs: 'always' },
  gross: { unit: 'ratio', limits: 'orders', runs: 'portfolio' },
  net: { unit: 'ratio', limits: 'orders', runs: 'portfolio' },
  turnover: { unit: 'ratio', limits: 'orders', runs: 'portfolio' },
  concentration: { unit: 'ratio', limits: 'orders', runs: 'never' },
  positions: { unit: 'plain', limits: 'orders', runs: 'portfolio' },
  orders: { unit: 'plain', limits: 'orders', runs: 'never' },
};
const CAP_NAMES = Object.keys(CAPS) as CapName[];

/** Without `else`, an order is cut to what the limit leaves; after a loss, new entries are refused. */
const DEFAULT_ACTION = { orders: { kind: 'reduce' }, losses: { kind: 'refuse' } } as const;

/** `portfolio`: the strategy holds weights, rather than trading by rules. */
export function lowerRisk(declarations: readonly RiskDeclaration[], portfolio: boolean, elaborator: Elaborator): Risk {
  const rules = declarations.flatMap(declaration => declaration.rules);
  return {
    caps: rules.flatMap(rule => (rule.kind === 'cap' ? (lowerCap(rule, portfolio, elaborator) ?? []) : [])),
    pauses: rules.flatMap(rule => (rule.kind === 'pause' ? (lowerPause(rule, elaborator) ?? []) : [])),
  };
}

function lowerCap(rule: CapRule, portfolio: boolean, elaborator: Elaborator): Cap | undefined {
  const name = CAP_NAMES.find(candidate => candidate === rule.name.text);
  if (name === undefined) {
    const suggestion = nearest(rule.name.text, CAP_NAMES);
    elaborator.report({
      code: DECLARATION_CODE.unknownCap,
      span: rule.name.span,
      facts: { name: rule.name.text, suggestion, known: CAP_NAMES.map(cap => `\`${cap}\``).join(' ') },
      ...(suggestion !== undefined && {
        fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: rule.name.span, text: suggestion }] },
      }),
    });
    return undefined;
  }
  const kind = CAPS[name];
  const runs = kind.runs === 'always' || (kind.runs === 'portfolio' && portfolio);
  if (!runs) elaborator.notYet(rule.span, `\`cap ${name}\``);
  const limit = lowerLimit(rule, name, kind, elaborator);
  const action = lowerCapAction(rule, name, kind, elaborator);
  return limit === undefined || !action || !runs ? undefined : { name, limit, action, span: rule.span };
}

function lowerLimit(rule: CapRule, name: CapName, kind: CapKind, elaborator: Elaborator): NodeId | undefined {
  const share = kind.unit === 'ratio' ? shareOfEquity(rule.limit) : undefined;
  const expression = share ?? rule.limit;
  const what = `the limit of \`cap ${name}\``;
  const limit = elaborator.elaborate(expression, { base: 'num', unit: kind.unit, stage: 'param', what });
  return limit === undefined ? undefined : within(limit, expression.span, { what, ...POSITIVE }, elaborator);
}

function lowerCapAction(
  rule: CapRule,
  name: CapName,
  kind: CapKind,
  elaborator: Elaborator,
): Cap['action'] | undefined {
  const action: CapAction = rule.else ?? DEFAULT_ACTION[kind.limits];
  if (action.kind === 'reduce' && kind.limits === 'losses') {
    elaborator.report({ code: DECLARATION_CODE.capAction, span: rule.span, facts: { name, action: action.kind } });
    return undefined;
  }
  if (action.kind !== 'halt') return action;
  if (!action.until) return { kind: 'halt' };
  const until = elaborator.clockNamed(action.until);
  return until === undefined ? undefined : { kind: 'halt', until };
}

function lowerPause(rule: PauseRule, elaborator: Elaborator): Pause | undefined {
  if (rule.axis) elaborator.notYet(rule.span, 'a pause for each member of a universe');
  const length = barsOf(rule.length, 'the length of a pause', elaborator);
  const when = elaborator.elaborate(rule.condition, { base: 'bool', clock: 0, what: 'the condition of a pause' });
  if (length === undefined || when === undefined || rule.axis) return undefined;
  return { length, when, text: elaborator.textOf(rule.condition), span: rule.span };
}
