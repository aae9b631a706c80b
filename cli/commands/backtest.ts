/** `vela backtest`: a strategy on candles: a summary, a JSON document, an HTML report. */
import { refuseUnwritable } from '../../runtime/report/write.ts';
import { type Call, type Command, JSON_OPTION } from '../command.ts';
import { CONFIG_OPTION } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import { readStrategyFile } from '../files.ts';
import { jsonDocument } from '../json.ts';
import type { Outcome } from '../rooms/backtest.ts';

export const backtest: Command = {
  name: 'backtest',
  usage: 'FILE --data CANDLES… [options]',
  summary: 'a strategy on candles: summary, JSON, HTML report',
  arguments: [{ usage: '[file]', doc: 'the strategy' }],
  options: [
    { usage: '--data <[symbol=]path...>', doc: 'candles: files, folders or patterns, CSV or gzip CSV' },
    { usage: '--mark <path...>', doc: 'mark prices of a perpetual' },
    { usage: '--funding <path...>', doc: 'funding rates of a perpetual' },
    { usage: '--from <date>', doc: 'first bar to trade: opens at or after this; earlier bars only warm up (UTC)' },
    { usage: '--to <date>', doc: 'bars that close after this are left out (UTC)' },
    { usage: '--capital <amount>', doc: "what the run starts with; otherwise the strategy's own, or 10 000" },
    { usage: '--set <name=value...>', doc: 'another value for a param, within its range' },
    { usage: '--market <facts.json>', doc: "the venue's price step, quantity step, minimum order, maintenance margin" },
    { usage: '--max-gap <length>', doc: 'largest hole in the data that may be bridged, as in `6h`' },
    CONFIG_OPTION,
    { usage: '--report <file.html>', doc: 'write the report' },
    { usage: '--trades', doc: 'every trade: as a table, with --json in the document' },
    { usage: '--equity', doc: 'with --json: equity at the close of every bar' },
    { usage: '--series <names...>', doc: 'with --json: values of named streams at every bar' },
    JSON_OPTION,
  ],
  examples: [
    'vela backtest sma_cross.vela --data BTCUSDT-1h.csv.gz --report report.html',
    'vela backtest sma_cross.vela --data candles/ --from 2023-01-01 --set fast=30 slow=120 --json --trades',
    "vela backtest dip_buyer_perp.vela --data 'perp/*-1h.csv.gz' --mark marks.csv.gz --funding funding.csv.gz",
  ],
  run: async call => {
    const { backtestFiles, readRequest } = await import('../rooms/backtest.ts');
    const request = readRequest(call);
    const source = readStrategyFile(request.file);
    // Before the work, which may take long, and not after it.
    if (request.reportFile !== undefined) refuseUnwritable(request.reportFile);
    const outcome = await backtestFiles(call, source, request);
    if (outcome === undefined) return EXIT.errors;
    await tellOutcome(call, outcome, request.reportFile);
    return EXIT.done;
  },
};

/** The report first, so that a result is shown only once everything has gone well. */
export async function tellOutcome(call: Call, outcome: Outcome, reportFile: string | undefined): Promise<void> {
  const { terminal } = call;
  await terminal.checkpoint();
  if (reportFile !== undefined) {
    const { writeReport } = await import('../rooms/report.ts');
    await writeReport(outcome, reportFile);
  }
  const { backtestDocument, summaryText, tradeTable } = await import('../rooms/backtest.ts');
  if (call.json) {
    const extras = { trades: call.flag('trades'), equity: call.flag('equity') };
    terminal.out(
      jsonDocument(backtestDocument(outcome, { ...extras, ...(reportFile !== undefined && { reportFile }) })),
    );
    return;
  }
  terminal.out(summaryText(outcome, terminal.outPaint));
  if (call.flag('trades')) terminal.out(`\n${tradeTable(outcome, terminal.outPaint)}`);
  for (const warning of outcome.warnings) terminal.out(`${terminal.outPaint('yellow', 'warning')} ${warning}\n`);
  if (reportFile !== undefined) terminal.out(`\nreport: ${reportFile}\n`);
}
