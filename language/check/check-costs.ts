/** Costs left unsaid, fills that flatter, orders that a venue does not take (W0902, W0905, W0906). */
import type { Problem } from '../syntax/problem.ts';
import type { Span } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Program } from './program.ts';
import { valueSpan } from './properties.ts';
import { actionSpan, executionProperty, problemIn, propertySpan } from './rule-places.ts';

export function checkCosts(program: Program): readonly Problem[] {
  return [...costsNotStated(program), ...fillsAtOwnClose(program), ...orderTypes(program)];
}

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
    problemIn(program, {
      code: DECLARATION_CODE.costNotStated,
      span: execution.span ? headOf(execution.span, 'execution') : actionSpan(entry, program),
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

function fillsAtOwnClose(program: Program): readonly Problem[] {
  const property = executionProperty('fill', program);
  if (program.execution.fill !== 'this_close' || !property) return [];
  const edits = [{ span: valueSpan(property), text: 'next_open' }];
  return [
    problemIn(program, {
      code: DECLARATION_CODE.fillsAtOwnClose,
      span: property.span,
      facts: {},
      fix: { title: 'Fill at the next open', safe: false, edits },
    }),
  ];
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
      problemIn(program, {
        code: DECLARATION_CODE.orderTypeLacking,
        span: propertySpan(rule, 'at', program),
        facts: { venue, type: rule.order.type, instead },
      }),
    ];
  });
}
