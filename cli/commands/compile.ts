/** `vela compile`: the plan as a file, with its hashes. */

import { writeWhole } from '../../runtime/report/write.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { CONFIG_OPTION, configurationFor } from '../configuration.ts';
import { EXIT, usageError } from '../errors.ts';
import { jsonDocument } from '../json.ts';
import { size } from '../size.ts';

export const compile: Command = {
  name: 'compile',
  summary: 'a strategy as a compiled plan, with its hashes',
  arguments: [{ usage: '<file>', doc: 'the strategy' }],
  options: [{ usage: '-o, --output <plan>', doc: 'where the plan is written' }, CONFIG_OPTION, JSON_OPTION],
  examples: ['vela compile sma_cross.vela -o sma_cross.plan'],
  run: async call => {
    const { terminal, json } = call;
    const output = call.text('output');
    if (output === undefined)
      throw usageError('where should the plan go?', 'name a file with `-o`, as in `-o sma_cross.plan`');
    const { loadRunnable } = await import('../rooms/front.ts');
    const strategy = loadRunnable(call, call.arguments[0] ?? '', await configurationFor(call));
    if (strategy === undefined) return EXIT.errors;
    const { compileProgram, encodePlan } = await import('../rooms/compiler.ts');
    const plan = compileProgram(strategy.program);
    const bytes = encodePlan(plan);
    writeWhole(output, bytes);
    const facts = {
      strategy: plan.title,
      planHash: plan.planHash,
      layoutHash: plan.layoutHash,
      cacheKey: plan.cacheKey,
      bytes: bytes.length,
      wasmBytes: plan.wasm.length,
      stateBytes: plan.memory.stateBytes,
    };
    if (json) terminal.out(jsonDocument({ output, ...facts }));
    else {
      const { out, outPaint } = terminal;
      out(
        `${outPaint('green', 'wrote')} ${output}, ${size(bytes.length)}, ${size(plan.wasm.length)} of it WebAssembly\n`,
      );
      for (const name of ['planHash', 'layoutHash', 'cacheKey'] as const) out(`  ${name.padEnd(11)} ${facts[name]}\n`);
    }
    return EXIT.done;
  },
};
