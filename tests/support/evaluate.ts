/** Values of expressions of the language over given bars, through the whole compiler and the Wasm kernel. */
import { compileProgram, openKernelRun } from '../../compiler/index.ts';
import { check } from '../../language/check/check.ts';
import { parse } from '../../language/syntax/parse.ts';
import type { Tree } from '../../language/syntax/tree.ts';
import type { BarColumns } from '../../runtime/data/series.ts';
import { librarySources } from '../../stdlib/library.ts';

let trees: readonly Tree[] | undefined;

export function library(): readonly Tree[] {
  trees ??= librarySources().map(source => parse(source).tree);
  return trees;
}

/** One column an expression, on daily bars that start on 1970-01-01. Throws when one does not check. */
export function evaluate(expressions: readonly string[], bars: BarColumns): readonly Float64Array[] {
  const length = bars.close.length;
  const names = expressions.map((_, index) => `value_${index}`);
  const text = [
    'strategy "Values" instrument "AAA/BBB" on binance every 1d',
    ...expressions.map((expression, index) => `let value_${index} = ${expression}`),
  ].join('\n');
  const { tree, problems } = parse({ name: 'values.vela', text, form: 'vela' });
  const program = check(tree, { library: library() });
  const errors = [...problems, ...program.problems].filter(problem => problem.code.startsWith('E'));
  if (errors.length > 0)
    throw new Error(JSON.stringify(errors.map(({ code, facts, span }) => ({ code, facts, span }))));
  const plan = compileProgram(program, names);
  const { open, high, low, close, volume } = bars;
  const run = openKernelRun(
    plan,
    {},
    {
      clocks: [{ firstOrdinal: 0, length, fields: { open, high, low, close, volume } }],
      completed: [new Int32Array(0)],
    },
    [{}],
  );
  const columns = names.map(() => new Float64Array(length).fill(Number.NaN));
  while (run.nextBlock()) {
    for (const [index, { value }] of plan.watches.entries()) {
      const { blockStart, blockLength } = run;
      if (value.from === 'market') columns[index].set(run.market[value.index].subarray(0, blockLength), blockStart);
      else if (value.from === 'flag') columns[index].set(run.flags[value.index].subarray(0, blockLength), blockStart);
      else if (value.from === 'fixed')
        columns[index].fill(run.fixed[value.index], blockStart, blockStart + blockLength);
      else throw new Error('an account value has no column of its own');
    }
  }
  return columns;
}
