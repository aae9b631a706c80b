/** `vela convert`: a strategy in the other of its two spellings. */

import { writeWhole } from '../../runtime/report/write.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { readStrategyFile } from '../files.ts';
import { jsonDocument } from '../json.ts';

export const convert: Command = {
  name: 'convert',
  summary: 'a strategy in its other spelling: `.vela` to YAML, YAML to `.vela`',
  arguments: [{ usage: '<file>', doc: 'the strategy' }],
  options: [{ usage: '-o, --output <file>', doc: 'where it goes; standard output unless stated' }, JSON_OPTION],
  examples: ['vela convert sma_cross.vela -o sma_cross.yaml', 'vela convert sma_cross.yaml'],
  run: async call => {
    const { terminal, json } = call;
    const source = readStrategyFile(call.arguments[0] ?? '');
    const { convertSource, tellDiagnostics } = await import('../rooms/front.ts');
    const { form, text, problems } = convertSource(source);
    if (problems.length > 0) {
      tellDiagnostics(call, source.name, problems);
      return EXIT.errors;
    }
    const output = call.text('output');
    if (output !== undefined) writeWhole(output, text);
    if (json) terminal.out(jsonDocument(output === undefined ? { form, text } : { form, output }));
    else terminal.out(output === undefined ? text : `${terminal.outPaint('green', 'wrote')} ${output}\n`);
    return EXIT.done;
  },
};
