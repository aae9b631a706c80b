/**
 * The configuration of a deployment: the documents of one folder, `./config` unless another is named, validated; those that
 * are not there stay out, and what a document leaves out is as it is shipped (language/check/configuration.ts).
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Configuration,
  type ModelDocument,
  SHIPPED,
  type SystemDocument,
  type TradingDocument,
} from '../../language/check/configuration.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { modelError } from '../models/errors.ts';
import { DOCUMENTS } from './texts.ts';

export interface FoundConfiguration {
  readonly configuration: Configuration;
  /** Paths of the documents that were read. */
  readonly files: readonly string[];
}

const NOTHING: FoundConfiguration = { configuration: {}, files: [] };

/** `folder`: `--config`. Rejects with a `ModelError` E1100–E1108. Where there are no documents nothing is loaded for them. */
export async function readConfiguration(folder?: string): Promise<FoundConfiguration> {
  const place = folder ?? 'config';
  if (!isFolder(place)) {
    if (folder !== undefined) throw modelError('E1100', { folder });
    return NOTHING;
  }
  const sources = DOCUMENTS.flatMap(name => {
    const source = sourceOf(join(place, `${name}.yaml`));
    return source === undefined ? [] : [{ name, source }];
  });
  if (sources.length === 0) return NOTHING;
  const { examine } = await import('./examine.ts');
  const { configuration, mistakes } = examine(sources);
  const [first] = mistakes;
  if (first !== undefined) throw first.error;
  return { configuration, files: sources.map(({ source }) => source.name) };
}

/** A folder that holds none of ours, such as the `config` of another program, is none. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function sourceOf(file: string): SourceFile | undefined {
  try {
    return { name: file, text: readFileSync(file, 'utf8'), form: 'yaml' };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') return undefined;
    throw modelError('E1107', { file, reason: error.message }, { file });
  }
}

/** The documents with everything filled in, for people and for what the runtime needs of them. */
export interface ResolvedConfiguration {
  readonly model: ModelDocument;
  readonly trading: TradingDocument;
  readonly system: ResolvedSystem;
}
export type ResolvedSystem = {
  readonly [Key in Exclude<keyof SystemDocument, 'monitoring'>]-?: Required<NonNullable<SystemDocument[Key]>>;
} & { readonly monitoring: NonNullable<SystemDocument['monitoring']> };

/** Mappings are merged key by key; lists and values replace. Parameters of one trainer are none of another's. */
export function resolved({ model, trading, system }: Configuration): ResolvedConfiguration {
  const sameTrainer = model?.type === undefined || model.type === SHIPPED.model.type;
  const params = { ...(sameTrainer && SHIPPED.model.params), ...model?.params };
  return {
    model: { ...SHIPPED.model, ...model, params, train: { ...SHIPPED.model.train, ...model?.train } },
    trading: {
      risk_limits: { ...SHIPPED.trading.risk_limits, ...trading?.risk_limits },
      signal_thresholds: { ...SHIPPED.trading.signal_thresholds, ...trading?.signal_thresholds },
    },
    system: {
      data_sources: system?.data_sources ?? SHIPPED.system.data_sources,
      cache_settings: { ...SHIPPED.system.cache_settings, ...system?.cache_settings },
      logging: { ...SHIPPED.system.logging, ...system?.logging },
      venues: system?.venues ?? SHIPPED.system.venues,
      monitoring: { ...SHIPPED.system.monitoring, ...system?.monitoring },
      alerts: system?.alerts ?? SHIPPED.system.alerts,
    },
  };
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** What the cache of data sets is held to. */
export function cacheLimits({ cache_settings }: ResolvedSystem): { readonly maxBytes: number; readonly ttlMs: number } {
  const [, count, unit] = /^([\d.]+) ?([KMGT]?B)?$/.exec(String(cache_settings.max_size)) ?? [];
  return { maxBytes: Number(count) * (UNITS[unit ?? 'B'] ?? 1), ttlMs: cache_settings.ttl * 1000 };
}
