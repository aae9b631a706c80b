/** Models that are split in k folds: they evaluate and choose, and serve nothing; nothing of them is kept. */
import { openKernelRun } from '../../compiler/index.ts';
import { instrumentsOf, metaOf } from '../../runtime/lane.ts';
import { HONEST } from '../../runtime/models/parts.ts';
import { evaluateBlocks } from '../../runtime/models/pipeline/blocks.ts';
import type { ModelReport } from '../../runtime/models/pipeline/evaluate.ts';
import { plansOf } from '../../runtime/models/pipeline/plans.ts';
import { servesRules } from '../../runtime/models/pipeline/prepare.ts';
import type { PreparedModels } from '../../runtime/models/pipeline/types.ts';
import { factsFor, NO_FACTS } from '../backtest/facts.ts';
import type { Terminal } from '../terminal.ts';
import type { ModelsInput } from './prepare.ts';

export type KFoldInput = Pick<ModelsInput, 'program' | 'set' | 'values' | 'facts' | 'threads'>;

export async function kFoldReports(
  terminal: Terminal,
  { program, set, values, facts = NO_FACTS, threads }: KFoldInput,
  { predictions }: PreparedModels,
): Promise<readonly ModelReport[]> {
  const plans = plansOf(program);
  const ground = {
    data: { instruments: instrumentsOf(set), predictions },
    params: values,
    meta: program.instruments.map(({ symbol }) => metaOf(factsFor(facts, symbol))),
    open: openKernelRun,
    cache: { maxBytes: 0, ttlMs: 0 },
    parts: HONEST,
    runStart: 0,
    warn: () => {},
  };
  const reports: ModelReport[] = [];
  for (const model of program.models) {
    if (servesRules(model)) continue;
    await terminal.checkpoint();
    reports.push(await evaluateBlocks({ program, plans, ground, threads }, model));
  }
  return reports;
}
