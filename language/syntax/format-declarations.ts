/**
 * One declaration → its text without the comments before it. Declarations of one kind that follow each other are
 * written as a table: `columnsOf` gives the cells to be aligned, format.ts their widths.
 */
import { axisText, boundsText, durationText, flat, LINE_WIDTH, layout, rangeText } from './format-expressions.ts';
import { blockLines, withBlock, withTrailing } from './format-properties.ts';
import { quote } from './scan.ts';
import type {
  Action,
  CapAction,
  CapRule,
  Declaration,
  FeatureColumn,
  FeatureGroup,
  FnDeclaration,
  ModelDeclaration,
  ParamDeclaration,
  PauseRule,
  RebalanceDeclaration,
  StandingOrder,
  StateDeclaration,
  TestDeclaration,
  Text,
  WhenDeclaration,
  WhileDeclaration,
} from './tree.ts';

/** Anything that stands on lines of its own: a declaration, or a statement of a block. */
export type Statement = Declaration | FeatureColumn | FeatureGroup | CapRule | PauseRule;

/** Writes the statements of a block; given by format.ts, which aligns them. */
export type WriteStatements = (statements: readonly Statement[], indent: number) => string[];

/**
 * The leading cells of a statement that line up with those of its neighbours of the same kind, and the text behind
 * them. Statements whose cells are not worth aligning have none.
 */
export function columnsOf(statement: Statement): readonly string[] {
  switch (statement.kind) {
    case 'let':
    case 'signal':
    case 'label':
      return [`${statement.kind} ${statement.name.text}`];
    case 'column':
      return [statement.name.text];
    case 'clock':
      return [`clock ${statement.name.text}`];
    case 'param':
      return paramCells(statement);
    case 'when': {
      const condition = `when ${flat(statement.condition, 'chain')}`;
      const whole = withBlock(whenText(statement, condition, 0), statement.properties, statement.comments);
      return condition.length <= 40 && !whole.includes('\n') ? [condition] : [];
    }
    case 'cap':
      return [`cap ${statement.name.text}`];
    default:
      return [];
  }
}

function paramCells({ name, type, value, range }: ParamDeclaration): string[] {
  const head = `param ${name.text}${type === undefined ? '' : `: ${type.text}`}`;
  if (range === undefined) return [head];
  const cells = [head, `= ${flat(value, 'simple')}`];
  return range.step === undefined ? cells : [...cells, `in ${boundsText(range.low, range.high)}`];
}

/** A statement whose first cells have already been written, padded, as `head` (empty when it has none). */
export function statementText(statement: Statement, head: string, indent: number, write: WriteStatements): string {
  const { comments } = statement;
  switch (statement.kind) {
    case 'strategy':
      return withTrailing(`strategy ${quote(statement.title.value)}`, comments);
    case 'use':
      return withTrailing(`use ${quote(statement.path.value)} as ${statement.as.text}`, comments);
    case 'instrument': {
      const name = statement.name === undefined ? '' : `${statement.name.text} = `;
      const text = `instrument ${name}${quote(statement.symbol.value)} on ${statement.venue.text}`;
      return withBlock(text, statement.properties, comments, { indent });
    }
    case 'universe': {
      const symbols = listLines(`universe ${statement.name.text} = `, statement.symbols.map(quoted), indent);
      return withBlock(`${symbols} on ${statement.venue.text}`, statement.properties, comments, { indent });
    }
    case 'every':
      return withTrailing(`every ${durationText(statement.period)}`, comments);
    case 'clock': {
      const zone = statement.zone === undefined ? '' : ` in ${quote(statement.zone.value)}`;
      return withTrailing(`${head} = ${durationText(statement.period)}${zone}`, comments);
    }
    case 'session': {
      const { name, hours, zone, days } = statement;
      const on = days === undefined ? '' : ` on ${daysText(days)}`;
      return withTrailing(`session ${name.text} = ${quote(hours.value)} in ${quote(zone.value)}${on}`, comments);
    }
    case 'account':
    case 'execution':
      return withBlock(statement.kind, statement.properties, comments, { always: true, indent });
    case 'input': {
      const { name, type, period, from } = statement;
      const text = `input ${name.text}: ${type.text} every ${durationText(period)} from ${quote(from.value)}`;
      return withBlock(text, statement.properties, comments, { indent });
    }
    case 'param':
      return withTrailing(`${head} ${paramTail(statement)}`.trimEnd(), comments);
    case 'require':
      return withTrailing(`require ${layout(statement.condition, 'whole', indent + 8, indent + 2)}`, comments);
    case 'let':
    case 'signal':
    case 'label':
    case 'column': {
      const column = indent + head.length + 3;
      return withTrailing(`${head} = ${layout(statement.value, 'whole', column, indent + 2)}`, comments);
    }
    case 'state':
      return withTrailing(stateText(statement, indent), comments);
    case 'fn':
      return fnText(statement, indent, write);
    case 'at':
      return blockLines(`at ${statement.clock.text}`, write(statement.declarations, indent + 2), comments, indent);
    case 'features': {
      const axis = statement.axis === undefined ? '' : ` ${axisText(statement.axis)}`;
      return blockLines(
        `features ${statement.name.text}${axis}`,
        write(statement.columns, indent + 2),
        comments,
        indent,
      );
    }
    case 'group':
      return withTrailing(groupText(statement), comments);
    case 'model':
      return withBlock(modelText(statement), statement.properties, comments, { indent });
    case 'train': {
      const text = `train ${statement.model.text} ${statement.method.text}`;
      return withBlock(text, statement.properties, comments, { indent });
    }
    case 'when':
      return withBlock(whenText(statement, head, indent), statement.properties, comments, { indent });
    case 'while':
      return withBlock(whileText(statement, indent), statement.properties, comments, { indent });
    case 'rebalance':
      return withBlock(rebalanceText(statement, indent), statement.properties, comments, { indent });
    case 'risk':
      return blockLines('risk', write(statement.rules, indent + 2), comments, indent);
    case 'cap': {
      const action = statement.else === undefined ? '' : ` else ${capActionText(statement.else)}`;
      return withTrailing(`${head} at ${flat(statement.limit, 'chain')}${action}`, comments);
    }
    case 'pause': {
      const axis = statement.axis === undefined ? '' : ` ${axisText(statement.axis)}`;
      const condition = layout(statement.condition, 'chain', indent + 20, indent + 2);
      return withTrailing(`pause ${flat(statement.length, 'chain')} when ${condition}${axis}`, comments);
    }
    case 'plot': {
      const pane = statement.pane === undefined ? '' : ` on ${statement.pane.text}`;
      const series = listLines(
        'plot ',
        statement.series.map(one => flat(one)),
        indent,
      );
      return withTrailing(`${series}${pane}`, comments);
    }
    case 'test':
      return blockLines(
        `test ${quote(statement.title.value)}`,
        testLines(statement, indent + 2, write),
        comments,
        indent,
      );
  }
}

function quoted(text: Text): string {
  return quote(text.value);
}

/** `a, b, c`, over several lines where one is too long. */
function listLines(head: string, items: readonly string[], indent: number): string {
  const lines: string[] = [];
  let line = head;
  for (const [index, item] of items.entries()) {
    const text = index === items.length - 1 ? item : `${item},`;
    const isStart = line === head || line.trim() === '';
    if (!isStart && indent + line.length + text.length + 1 > LINE_WIDTH) {
      lines.push(line);
      line = ' '.repeat(indent + 2);
    }
    line += line.endsWith(' ') ? text : ` ${text}`;
  }
  return [...lines, line].join('\n');
}

/** What stands behind the aligned cells of a param. */
function paramTail({ value, range, choices }: ParamDeclaration): string {
  if (range !== undefined) {
    return range.step === undefined ? `in ${rangeText(range)}` : `step ${flat(range.step, 'chain')}`;
  }
  const list = choices === undefined ? '' : ` of ${choices.map(choice => flat(choice, 'simple')).join(', ')}`;
  return `= ${flat(value, 'simple')}${list}`;
}

/** `mon..fri`; a single day stands alone. */
export function daysText({
  first,
  last,
}: {
  readonly first: { text: string };
  readonly last: { text: string };
}): string {
  return first.text === last.text ? first.text : `${first.text}..${last.text}`;
}

function stateText({ name, starts, then: update, reset }: StateDeclaration, indent: number): string {
  const head = `state ${name.text} starts ${flat(starts)}`;
  const single = `${head} then ${flat(update)}`;
  if (reset === undefined && indent + single.length <= LINE_WIDTH) return single;
  const line = `\n${' '.repeat(indent + 2)}`;
  const next = `${line}then ${layout(update, 'whole', indent + 7, indent + 4)}`;
  const again = reset === undefined ? '' : `${line}reset when ${layout(reset, 'whole', indent + 13, indent + 4)}`;
  return `${head}${next}${again}`;
}

function fnText(statement: FnDeclaration, indent: number, write: WriteStatements): string {
  const head = signatureText(statement);
  if (statement.body.kind === 'block') {
    return blockLines(head, write(statement.body.declarations, indent + 2), statement.comments, indent);
  }
  const { value } = statement.body;
  const single = `${head} = ${flat(value)}`;
  if (indent + single.length <= LINE_WIDTH) return withTrailing(single, statement.comments);
  const body = layout(value, 'whole', indent + 2, indent + 4);
  return withTrailing(`${head} =\n${' '.repeat(indent + 2)}${body}`, statement.comments);
}

/** `fn calm(src: price, len: bars = 14) -> bool` */
function signatureText({ name, parameters, result }: FnDeclaration): string {
  const list = parameters.map(({ name: parameter, type, default: preset }) =>
    preset === undefined ? `${parameter.text}: ${type.text}` : `${parameter.text}: ${type.text} = ${flat(preset)}`,
  );
  const gives = result.kind === 'single' ? result.type.text : `(${result.names.map(({ text }) => text).join(', ')})`;
  return `fn ${name.text}(${list.join(', ')}) -> ${gives}`;
}

function groupText({ group, over, lags }: FeatureGroup): string {
  const periods = over.length === 0 ? '' : ` over ${over.map(durationText).join(', ')}`;
  const range = lags === undefined ? '' : ` lags ${rangeText(lags)}`;
  return `use ${group.text}${periods}${range}`;
}

function modelText({ name, trainer, learn, from, when: rows }: ModelDeclaration): string {
  const label = learn === undefined ? '' : ` learn ${learn.text}`;
  const condition = rows === undefined ? '' : ` when ${flat(rows, 'chain')}`;
  return `model ${name.text} = ${flat(trainer)}${label} from ${from.text}${condition}`;
}

export function actionText(action: Action): string {
  const side = 'side' in action && action.side !== undefined ? ` ${action.side}` : '';
  switch (action.verb) {
    case 'reduce':
      return `reduce ${flat(action.share, 'chain')}${side}`;
    case 'alert':
      return `alert ${quote(action.message.value)}`;
    default:
      return `${action.verb}${side}`;
  }
}

function targetText(target: WhenDeclaration['target']): string {
  if (target === undefined) return '';
  return target.kind === 'on' ? ` on ${target.name.text}` : ` ${axisText(target.axis)}`;
}

function whenText({ condition, action, target }: WhenDeclaration, head: string, indent: number): string {
  const what = `${actionText(action)}${targetText(target)}`;
  if (head !== '') return `${head} ${what}`;
  const text = layout(condition, 'chain', indent + 5, indent + 4);
  const separator = text.includes('\n') ? `\n${' '.repeat(indent + 2)}` : ' ';
  return `when ${text}${separator}${what}`;
}

export function orderText({ side, size, type, price }: StandingOrder): string {
  const amount = size === undefined ? '' : `${flat(size, 'chain')} `;
  return `${side} ${amount}at ${type} ${flat(price, 'chain')}`;
}

/** `k in 1..n` */
export function stepsText({ name, low, high }: NonNullable<WhileDeclaration['for']>): string {
  return `${name.text} in ${boundsText(low, high)}`;
}

function whileText(statement: WhileDeclaration, indent: number): string {
  const { condition, order, then: next, for: steps, target } = statement;
  const parts = [
    `while ${flat(condition, 'chain')}`,
    `keep ${orderText(order)}`,
    ...(next === undefined ? [] : [`then ${orderText(next)}`]),
    ...(steps === undefined ? [] : [`for ${stepsText(steps)}`]),
    ...(target === undefined ? [] : [targetText(target).trimStart()]),
  ];
  const single = parts.join(' ');
  return indent + single.length <= LINE_WIDTH ? single : parts.join(`\n${' '.repeat(indent + 2)}`);
}

function rebalanceText({ on, to }: RebalanceDeclaration, indent: number): string {
  const moment = on.kind === 'every' ? `every ${durationText(on.period)}` : `when ${flat(on.condition, 'chain')}`;
  const head = `rebalance ${moment} to `;
  if (to.kind === 'weights') return head + layout(to.value, 'whole', indent + head.length, indent + 2);
  return listLines(
    head,
    to.weights.map(({ name, value }) => `${name.text} = ${flat(value, 'chain')}`),
    indent,
  );
}

export function capActionText(action: CapAction): string {
  return action.kind === 'halt' && action.until !== undefined ? `halt until ${action.until.text}` : action.kind;
}

function testLines({ given, expect }: TestDeclaration, indent: number, write: WriteStatements): string[] {
  const pad = ' '.repeat(indent);
  const head = given.length === 0 ? [] : [`${pad}given`];
  const values = write(given, indent + 2);
  const checks = expect.map(one => `${pad}expect ${layout(one, 'whole', indent + 7, indent + 2)}`);
  return [...head, ...values, ...checks];
}
