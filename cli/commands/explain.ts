/** `vela explain`: the page of a message, or what a strategy needs, keeps and can at most be exposed to. */

import { writeWhole } from '../../runtime/report/write.ts';
import { type Call, type Command, JSON_OPTION } from '../command.ts';
import { CONFIG_OPTION, configurationFor } from '../configuration.ts';
import { EXIT, type ExitCode, usageError } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'what a message means; or the warm-up, memory, work and worst exposure of a strategy',
  arguments: [{ usage: '<file|code>', doc: 'a strategy, or the code of a message such as `E0301`' }],
  options: [
    { usage: '--graph [form]', doc: 'the dataflow graph, as `text` (unless stated) or `svg`' },
    { usage: '-o, --output <file>', doc: 'write the graph to a file' },
    CONFIG_OPTION,
    JSON_OPTION,
  ],
  examples: [
    'vela explain E0301',
    'vela explain out-of-range',
    'vela explain sma_cross.vela',
    'vela explain sma_cross.vela --graph svg -o graph.svg',
  ],
  run: async call => {
    const subject = call.arguments[0] ?? '';
    return /[./\\]/.test(subject) ? explainStrategy(call, subject) : explainMessage(call, subject);
  },
};

async function explainMessage({ terminal, json }: Call, subject: string): Promise<ExitCode> {
  const { commandCode, pageOf } = await import('../rooms/compiler.ts');
  const isNumbered = /^[a-z]\d{4}$/i.test(subject);
  const code = isNumbered ? subject.toUpperCase() : commandCode(subject);
  if (code === undefined) {
    throw usageError(
      `\`${subject}\` is neither a strategy nor a code`,
      'name a file, or a code such as `E0301` or `out-of-range`',
    );
  }
  const page = pageOf(code);
  if (page === undefined) throw usageError(`there is no message ${code}`, 'codes are listed in docs/diagnostics.md');
  terminal.out(json ? jsonDocument({ code, page }) : `${page}\n`);
  return EXIT.done;
}

async function explainStrategy(call: Call, file: string): Promise<ExitCode> {
  const { terminal, json } = call;
  const form = graphForm(call);
  const { loadRunnable } = await import('../rooms/front.ts');
  const strategy = loadRunnable(call, file, await configurationFor(call));
  if (strategy === undefined) return EXIT.errors;
  const { factsText, graphAs, strategyFacts } = await import('../rooms/compiler.ts');
  if (form !== undefined) {
    const graph = graphAs(strategy.program, form);
    const output = call.text('output');
    if (output !== undefined) {
      writeWhole(output, graph);
    }
    if (json) terminal.out(jsonDocument(output === undefined ? { form, graph } : { form, output }));
    else terminal.out(output === undefined ? graph : `${terminal.outPaint('green', 'wrote')} ${output}\n`);
    return EXIT.done;
  }
  const facts = strategyFacts(strategy.program);
  if (json) terminal.out(jsonDocument(facts));
  else {
    terminal.out(factsText(facts, strategy.program.clocks[0]?.period, terminal.outPaint));
  }
  return EXIT.done;
}

function graphForm(call: Call): 'text' | 'svg' | undefined {
  const stated = call.text('graph');
  if (stated === undefined) return call.flag('graph') ? 'text' : undefined;
  if (stated === 'text' || stated === 'svg') return stated;
  throw usageError(`\`--graph ${stated}\` is no form`, 'it can be `text` or `svg`');
}
