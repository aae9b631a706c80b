/** Checking small strategies: a line or two of interest under a fixed head, with the shipped library. */
import { readdirSync, readFileSync } from 'node:fs';
import { check } from '../../../language/check/check.ts';
import type { Program } from '../../../language/check/program.ts';
import { unitWords } from '../../../language/check/units.ts';
import { parse } from '../../../language/syntax/parse.ts';
import type { Tree } from '../../../language/syntax/tree.ts';

export const HEAD = 'strategy "test"\ninstrument "BTC/USDT" on binance\nevery 1h\nclock day = 1d\n';

export function tree(text: string, name = 'test.vela'): Tree {
  const { tree: read, problems } = parse({ name, text, form: 'vela' });
  if (problems.length > 0)
    throw new Error(`does not parse: ${JSON.stringify(problems.map(({ code, facts }) => [code, facts]))}`);
  return read;
}

const stdlib = new URL('../../../stdlib/', import.meta.url);
export const LIBRARY: readonly Tree[] = readdirSync(stdlib)
  .filter(file => file.endsWith('.vela'))
  .map(file => tree(readFileSync(new URL(file, stdlib), 'utf8'), file));

export function program(body: string, head = HEAD): Program {
  return check(tree(head + body), { library: LIBRARY });
}

/** `E0110 clse`: code and the words it points at. Warnings of what a fragment leaves out are not of interest. */
export function complaints(body: string, head = HEAD): readonly string[] {
  return program(body, head)
    .problems.filter(({ code }) => code.startsWith('E'))
    .map(({ code, file, span }) => `${code} ${file.text.slice(span.start, span.end)}`);
}

/** Words of one problem, by code. */
export function facts(body: string, code: string, head = HEAD): Readonly<Record<string, unknown>> {
  const found = program(body, head).problems.find(problem => problem.code === code);
  if (!found) throw new Error(`no ${code} in ${JSON.stringify(complaints(body, head))}`);
  return found.facts;
}

/** The text after the one fix of the problem with this code is applied. */
export function mended(body: string, code: string, head = HEAD): string {
  const found = program(body, head).problems.find(problem => problem.code === code);
  const [edit] = found?.fix?.edits ?? [];
  if (!edit) throw new Error(`no fix of ${code} in ${JSON.stringify(complaints(body, head))}`);
  const text = head + body;
  return (text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end)).slice(head.length);
}

const SIGNS: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

/** What a stream was lowered to: `(> close (mean close 20))`. */
export function lowered(body: string, name: string, head = HEAD): string {
  const { nodes, streams, labels, clocks, problems } = program(body, head);
  const stream = [...streams, ...labels].find(candidate => candidate.name === name);
  if (!stream)
    throw new Error(`no stream ${name}: ${JSON.stringify(problems.map(({ code, facts }) => [code, facts]))}`);
  const show = (id: number): string => {
    const node = nodes[id];
    if (!node) throw new Error(`no node ${id}`);
    const { op, attrs, args } = node;
    const own =
      op === 'const'
        ? String(attrs.value)
        : op === 'param'
          ? `$${attrs.name}`
          : op === 'input' || op === 'engine' || op === 'meta'
            ? `${attrs.field}${node.clock > 0 ? `@${clocks[node.clock]?.name}` : ''}`
            : op === 'calendar'
              ? `${attrs.field}${attrs.clock === undefined ? '' : `:${clocks[attrs.clock]?.name}`}`
              : op === 'state' || op === 'state_prev'
                ? `${op}#${attrs.state}`
                : (SIGNS[op] ?? op);
    return args.length === 0 ? own : `(${[own, ...args.map(show)].join(' ')})`;
  };
  return show(stream.node);
}

/** Base type, unit in words, clock: `num, a price in USDT per BTC, 1h`. */
export function typeOf(body: string, name: string, head = HEAD): string {
  const { nodes, streams, clocks, problems } = program(body, head);
  const node = nodes[streams.find(candidate => candidate.name === name)?.node ?? -1];
  if (!node) throw new Error(`no stream ${name}: ${JSON.stringify(problems.map(({ code, facts }) => [code, facts]))}`);
  const clock = clocks[node.clock];
  return `${node.base === 'num' ? unitWords(node.unit) : node.base} @${clock?.name ?? 'base'}`;
}
