/** Versions with made-up contents: the registry does not look into them. */
import { hashOf } from '../../../../runtime/models/registry/hash.ts';
import { digestOf } from '../../../../runtime/models/registry/registry.ts';
import type { Version } from '../../../../runtime/models/registry/version.ts';

export interface Made {
  readonly version: Version;
  readonly graph: Uint8Array;
}

/** `bytes` of graph; `seed` decides the id, `content` what the trainer made of it. */
export function versionOf(seed: number, more: Partial<Version> = {}, content = seed, bytes = 64): Made {
  const graph = Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + content) & 255);
  const document = {
    format: 1,
    id: hashOf([{ name: 'seed', document: seed }]),
    model: 'gbm',
    origin: {
      kind: 'trained',
      trainer: { name: 'xgboost', version: 1 },
      numeric: 1,
      trainedAt: '2024-01-01T00:00:00Z',
      dataFrom: '2022-01-01T00:00:00Z',
      label: { name: 'win', hash: 'b', horizon: 3 },
      recipe: { seed },
      settings: { max_depth: 3 },
      rows: { train: 10, valid: 2, calibrate: 0, effective: 9.5, ticks: 10, dropped: {} },
      baseRates: [0.5],
      rounds: 3,
      curve: [],
      accepted: true,
    },
    objective: { kind: 'logistic' },
    features: [{ name: 'mom', hash: 'a' }],
    steps: { kept: [{ column: 0, centre: 0, spread: 1 }], left: [] },
    graph: { features: 1, outputs: 1, kind: 'trees' },
    upstream: [],
    activeFrom: '2024-01-01T01:00:00Z',
    ...more,
  } satisfies Omit<Version, 'digest'> as Omit<Version, 'digest'>;
  return { version: { ...document, digest: digestOf(document, graph) }, graph };
}
