/**
 * The thread that runs strategies while they are written. It keeps the data of the latest runs, so that a run after an
 * edit only compiles and plays. Between its steps it looks whether a newer job has come, and then leaves the old one.
 */
import { parentPort } from 'node:worker_threads';
import type { RunJob, RunTold } from '../../lsp/server/runs.ts';
import { reportAssets } from '../../runtime/report/assets.ts';
import { reportDocument } from '../../runtime/report/html/document.ts';
import { asksModels } from '../backtest/from_files.ts';
import { reportInput } from '../backtest/report_input.ts';
import { runBacktest } from '../backtest/run.ts';
import { describeFailure } from '../failure.ts';
import { plainPaint, type Terminal } from '../terminal.ts';
import { figuresOf, tradeBars } from './figures.ts';
import { KeptPredictions, trainMissing } from './models.ts';
import type { FromThread, ToThread } from './runner.ts';
import { sensitivityOf } from './sensitivity.ts';
import { isTold, type Prepared, prepared, Setting, type Told } from './setting.ts';

const SILENT: Terminal = {
  out: () => undefined,
  log: () => undefined,
  outPaint: plainPaint,
  logPaint: plainPaint,
  interactive: false,
  columns: 100,
  environment: {},
  checkpoint: async () => undefined,
};

/** A run that nobody waits for any more. */
class Overtaken extends Error {}

/** Serves until the thread is ended. */
export function serveThread(): Promise<void> {
  const port = parentPort;
  if (port === null) return Promise.resolve();
  const latest = new Map<string, RunJob>();
  const setting = new Setting();
  const kept = new KeptPredictions();
  const tell = (told: RunTold) => port.postMessage({ of: 'told', told } satisfies FromThread);
  let working: Promise<void> = Promise.resolve();

  port.on('message', (message: ToThread) => {
    switch (message.of) {
      case 'forget':
        latest.delete(message.uri);
        return;
      case 'run':
        latest.set(message.job.uri, message.job);
        working = working.then(() => run(message.job));
        return;
      case 'report':
        working = working.then(async () => answer(message.id, await told(() => report(message.job))));
        return;
      case 'train':
        working = working.then(async () => answer(message.id, await told(() => train(message.job))));
        return;
      case 'trade':
        working = working.then(async () => answer(message.id, await told(() => trade(message.job, message.trade))));
    }
  });
  const answer = (id: number, given: unknown) =>
    port.postMessage({ of: 'answer', id, answer: given } satisfies FromThread);

  /** Lets messages in, and stops where they make this job an old one. */
  const checkpoint = async ({ uri, version }: RunJob) => {
    await new Promise(resolve => setImmediate(resolve));
    if (latest.get(uri)?.version !== version) throw new Overtaken();
  };

  const run = async (job: RunJob) => {
    const { uri, version } = job;
    const startedMs = performance.now();
    try {
      await checkpoint(job);
      const wait = () => checkpoint(job);
      const ready = await prepare(job, wait);
      if (isTold(ready)) {
        tell({ of: 'status', uri, version, status: ready });
        return;
      }
      await checkpoint(job);
      const outcome = runBacktest(ready.input);
      tell({ of: 'figures', uri, version, figures: figuresOf(ready, outcome, performance.now() - startedMs) });
      if (job.settings.sensitivity === false) return;
      const sensitivity = await sensitivityOf(ready, outcome, wait);
      tell({ of: 'sensitivity', uri, version, sensitivity });
    } catch (error) {
      if (error instanceof Overtaken) return;
      tell({ of: 'status', uri, version, status: { state: 'failed', why: whyOf(error) } });
    }
  };

  /** Without a checkpoint for somebody who waits for the answer, whatever is written meanwhile. */
  const prepare = async (job: RunJob, wait = SILENT.checkpoint): Promise<Prepared | Told> => {
    const market = await setting.market(job);
    if (isTold(market)) return market;
    await wait();
    if (!asksModels(market.plan)) return prepared(market, undefined);
    const models = await kept.of({ ...SILENT, checkpoint: wait }, market);
    return isTold(models) ? models : prepared(market, models);
  };

  const report = async (job: RunJob) => {
    const ready = await prepare(job);
    if (isTold(ready)) return { unavailable: 'why' in ready ? ready.why : 'There is nothing to report.' };
    return { html: reportDocument(reportInput(runBacktest(ready.input)), await reportAssets()) };
  };

  const trade = async (job: RunJob, number: number) => {
    const ready = await prepare(job);
    if (isTold(ready)) return { unavailable: 'why' in ready ? ready.why : 'There are no trades.' };
    return tradeBars(ready, runBacktest(ready.input), number);
  };

  const train = async (job: RunJob) => {
    const market = await setting.market(job);
    if (isTold(market)) return { unavailable: 'why' in market ? market.why : 'There is nothing to train.' };
    if (!asksModels(market.plan)) return { unavailable: 'The strategy asks no model.' };
    const tellHow = (how: string) => port.postMessage({ of: 'training', how } satisfies FromThread);
    return { trained: await trainMissing(SILENT, market, tellHow) };
  };

  return new Promise(resolve => port.on('close', () => resolve()));
}

async function told<Answer>(make: () => Promise<Answer>): Promise<Answer | { readonly unavailable: string }> {
  try {
    return await make();
  } catch (error) {
    return { unavailable: whyOf(error) };
  }
}

/** One line: what is wrong, and the mend where there is one. */
function whyOf(error: unknown): string {
  const { message, help } = describeFailure(error, SILENT);
  return help === undefined ? message : `${message} (${help})`;
}
