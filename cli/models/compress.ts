/** `vela models compress`: a net in fewer bits becomes a version, where it is as good on the rows that its parent was stopped by. */
import { availableParallelism } from 'node:os';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { compressible, compressVersion, type Precision } from '../../runtime/models/pipeline/compress.ts';
import { Registry } from '../../runtime/models/registry/registry.ts';
import type { Version } from '../../runtime/models/registry/version.ts';
import type { Call } from '../command.ts';
import { usageError } from '../errors.ts';
import { type MarketRequest, modelsOnMarket } from './market.ts';
import { prepare } from './prepare.ts';

export interface CompressRequest {
  readonly id: string;
  readonly precision: Precision;
  readonly bound: number;
  readonly market: MarketRequest;
}

/** Refused before anything is computed: E1142, E1143, E1172. */
export function readCompressRequest(call: Call, given: string): CompressRequest {
  const registry = new Registry();
  const version = registry.resolve(given);
  compressible(registry, version);
  const data = call.list('data');
  if (data.length === 0)
    throw usageError(
      'no candles were named',
      'a compressed net is accepted on the rows that its parent was stopped by: give `--data` what it was trained on',
    );
  const factsFile = call.text('market');
  return {
    id: version.id,
    precision: precisionOf(call.text('to')),
    bound: boundOf(call.text('within')),
    market: {
      data,
      mark: call.list('mark'),
      funding: call.list('funding'),
      settings: call.list('set'),
      threads: availableParallelism(),
      ...(factsFile !== undefined && { factsFile }),
    },
  };
}

function precisionOf(text: string | undefined): Precision {
  if (text === 'float16' || text === 'int8') return text;
  throw usageError(
    text === undefined ? 'compress to what?' : `\`--to ${text}\` is not known`,
    'write `--to float16`, half the size, or `--to int8`, a quarter',
  );
}

const USUAL_BOUND = '0.005';

function boundOf(text = USUAL_BOUND): number {
  const bound = text.trim() === '' ? Number.NaN : Number(text);
  if (bound >= 0 && bound < Infinity) return bound;
  throw usageError(`\`--within ${text}\` is no bound`, 'write how much worse the metric may become, as in 0.005');
}

/** Undefined when the strategy has errors; they have been told by then. */
export async function compressFor(
  call: Call,
  source: SourceFile,
  { id, precision, bound, market }: CompressRequest,
): Promise<Version | undefined> {
  const models = await modelsOnMarket(call, source, market);
  if (models === undefined) return undefined;
  const { registry } = models.input;
  const parent = registry.resolve(id);
  const prepared = await prepare(call.terminal, { ...models.input, unpromoted: true });
  return compressVersion(registry, parent, prepared, precision, bound);
}
