/** `vela train`: the versions of a strategy's models, at every instant of their calendar that lies in the candles. */
import { refuseUnwritable } from '../../runtime/report/write.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { CONFIG_OPTION } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import { readStrategyFile } from '../files.ts';
import { jsonDocument } from '../json.ts';

export const train: Command = {
  name: 'train',
  usage: 'FILE --data CANDLES… [options]',
  summary: "a strategy's models: trains what is due, and says what they know out of sample",
  arguments: [{ usage: '[file]', doc: 'the strategy' }],
  options: [
    { usage: '--data <[symbol=]path...>', doc: 'candles: files, folders or patterns, CSV or gzip CSV' },
    { usage: '--mark <path...>', doc: 'mark prices of a perpetual' },
    { usage: '--funding <path...>', doc: 'funding rates of a perpetual' },
    { usage: '--to <date>', doc: 'bars that close after this are left out (UTC)' },
    { usage: '--set <name=value...>', doc: 'another value for a param, within its range' },
    { usage: '--market <facts.json>', doc: "the venue's price step, quantity step, minimum order, maintenance margin" },
    { usage: '--max-gap <length>', doc: 'largest hole in the data that may be bridged, as in `6h`' },
    { usage: '--null <runs>', doc: 'reruns on returns whose signs are drawn by lot: what the figures are worth' },
    { usage: '--threads <number>', doc: 'threads to train on; the result does not depend on it' },
    CONFIG_OPTION,
    { usage: '--report <file.html>', doc: 'write the report of the training' },
    JSON_OPTION,
  ],
  examples: [
    'vela train ranker.vela --data candles/',
    'vela train meta_label.vela --data BTCUSDT-1h.csv.gz --null 20 --report training.html',
  ],
  run: async call => {
    const { readTrainRequest, trainDocument, trainFiles, trainSummary } = await import('../rooms/models.ts');
    const request = readTrainRequest(call);
    const source = readStrategyFile(request.file);
    // Before the work, which may take long, and not after it.
    if (request.reportFile !== undefined) refuseUnwritable(request.reportFile);
    const outcome = await trainFiles(call, source, request);
    if (outcome === undefined) return EXIT.errors;
    const { terminal } = call;
    await terminal.checkpoint();
    if (request.reportFile !== undefined) {
      const { writeTrainingReport } = await import('../rooms/report.ts');
      await writeTrainingReport(outcome, request.reportFile);
    }
    if (call.json) {
      terminal.out(jsonDocument(trainDocument(outcome, request.reportFile)));
      return EXIT.done;
    }
    terminal.out(trainSummary(outcome, terminal.outPaint));
    for (const warning of outcome.warnings) terminal.out(`${terminal.outPaint('yellow', 'warning')} ${warning}\n`);
    if (request.reportFile !== undefined) terminal.out(`\nreport: ${request.reportFile}\n`);
    return EXIT.done;
  },
};
