/** `vela demo`: an example on a simulated market, with nothing but Vela itself. */
import { refuseUnwritable } from '../../runtime/report/write.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { EXAMPLE_NAME, exampleText } from '../examples.ts';
import { tellOutcome } from './backtest.ts';

/** Two and a half years of hours: long enough for a report worth looking at. */
const MARKET = { seed: 7, bars: 21_900 } as const;
const REPORT = 'vela-demo.html';

export const demo: Command = {
  name: 'demo',
  summary: 'backtest an example on a simulated market and write its report',
  arguments: [],
  options: [
    { usage: '--report <file.html>', doc: `where the report goes; ${REPORT} in this folder unless stated` },
    JSON_OPTION,
  ],
  run: async call => {
    const report = call.text('report') ?? REPORT;
    refuseUnwritable(report);
    const { backtestSimulation } = await import('../rooms/backtest.ts');
    const source = { name: EXAMPLE_NAME, text: exampleText(), form: 'vela' } as const;
    const outcome = await backtestSimulation(call, source, MARKET);
    if (outcome === undefined) return EXIT.errors;
    await tellOutcome(call, outcome, report);
    return EXIT.done;
  },
};
