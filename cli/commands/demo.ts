/** `vela demo`: an example on a simulated market, with nothing but Vela itself. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { show } from './backtest.ts';

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
    const { EXAMPLE_NAME, exampleText } = await import('../examples.ts');
    const { demoBacktest } = await import('../backtest/from_simulation.ts');
    const source = { name: EXAMPLE_NAME, text: exampleText(), form: 'vela' } as const;
    const outcome = await demoBacktest(call, source, MARKET);
    if (outcome === undefined) return EXIT.errors;
    await call.terminal.checkpoint();
    const reportFile = call.text('report') ?? REPORT;
    const { writeReport } = await import('../backtest/write_report.ts');
    await writeReport(call.terminal, outcome, reportFile);
    await show(call, outcome, reportFile);
    return EXIT.done;
  },
};
