/** `vela models list`, `show` and `compare`: what is in the registry, as text and as data. */

import type { Registry } from '../../runtime/models/registry/registry.ts';
import type { TrainedOrigin, Version } from '../../runtime/models/registry/version.ts';
import { formatNumber } from '../../runtime/report/format.ts';
import { aligned } from '../table.ts';
import type { Paint } from '../terminal.ts';

export interface VersionRow {
  readonly id: string;
  readonly model: string;
  readonly origin: Version['origin']['kind'];
  readonly trainer: string;
  readonly trainedAt: string | null;
  readonly activeFrom: string | null;
  readonly rows: number | null;
  readonly accepted: boolean;
  readonly promoted: boolean;
}

export function listVersions(registry: Registry): readonly VersionRow[] {
  return registry.list().map(version => rowOf(version, registry));
}

function rowOf({ id, model, origin, activeFrom }: Version, registry: Registry): VersionRow {
  const trained = origin.kind === 'trained' ? origin : undefined;
  return {
    id,
    model,
    origin: origin.kind,
    trainer: trained?.trainer.name ?? (origin.kind === 'imported' ? origin.file : origin.kind),
    trainedAt: trained?.trainedAt ?? null,
    activeFrom,
    rows: trained?.rows.train ?? null,
    accepted: trained?.accepted ?? true,
    promoted: registry.promoted(model) === id,
  };
}

export function listText(rows: readonly VersionRow[], folder: string, paint: Paint): string {
  if (rows.length === 0) return `no versions in ${folder}: \`vela train\` makes them\n`;
  const cells = rows.map(({ id, model, trainer, activeFrom, rows: learned, accepted, promoted }) => [
    id.slice(0, 12),
    model,
    trainer,
    activeFrom === null ? 'unproven' : `from ${activeFrom.slice(0, 16).replace('T', ' ')}`,
    learned === null ? '' : `${formatNumber(learned, 0)} rows`,
    promoted ? 'promoted' : accepted ? '' : 'not accepted',
  ]);
  return `${aligned(cells, new Set([4]))
    .map((line, i) => (rows[i]?.promoted ? paint('bold', line) : line))
    .join('\n')}\n`;
}

export function versionDetails(version: Version, registry: Registry): object {
  return { ...version, promoted: registry.promoted(version.model) === version.id };
}

export function detailsText(version: Version, registry: Registry, paint: Paint): string {
  const { id, digest, model, features, steps, upstream, graph, calibration, params } = version;
  const row = rowOf(version, registry);
  const lines: readonly (readonly [string, string])[] = [
    ['Digest', digest],
    ['Active from', row.activeFrom ?? 'unproven: nothing says up to when it was trained'],
    ['Graph', `${graph.kind}, ${graph.features} columns in, ${graph.outputs} out`],
    ['Features', `${features.length}; ${steps.left.length} left: ${leftText(version)}`],
    ['Calibration', calibration?.kind ?? 'none'],
    ...(params === undefined ? [] : [['Params', paramsText(params)] as const]),
    ...(upstream.length > 0 ? [['Made with', upstream.map(each => each.slice(0, 12)).join(', ')] as const] : []),
    ...originLines(version),
  ];
  const head = `${paint('bold', model)} ${id}${row.promoted ? paint('green', ' promoted') : ''}`;
  return `${head}\n${lines.map(([label, value]) => `  ${label.padEnd(14)} ${value}`).join('\n')}\n`;
}

function paramsText(params: NonNullable<Version['params']>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function leftText({ steps, features }: Version): string {
  const named = steps.left.map(({ column, cause }) => `${features[column]?.name} (${cause})`);
  return named.length === 0 ? 'none' : named.join(', ');
}

function originLines({ origin }: Version): readonly (readonly [string, string])[] {
  switch (origin.kind) {
    case 'trained':
      return trainedLines(origin);
    case 'imported':
      return [
        ['From', origin.file],
        ['Trained to', origin.trainedTo ?? 'not stated'],
      ];
    case 'compressed': {
      const { name, before, after, bound } = origin.metric;
      return [
        ['Made from', origin.parent.slice(0, 12)],
        ['Compressed by', origin.by],
        [name, `${before.toPrecision(5)} → ${after.toPrecision(5)}, bound ${bound}`],
      ];
    }
  }
}

function trainedLines(origin: TrainedOrigin): readonly (readonly [string, string])[] {
  const { rows, settings, valid = {}, baseRates, search } = origin;
  const dropped = Object.entries(rows.dropped).map(([cause, count]) => `${count} ${cause}`);
  return [
    ['Trained at', `${origin.trainedAt}, on data from ${origin.dataFrom}`],
    ['Trainer', `${origin.trainer.name} ${origin.trainer.version}, ${origin.rounds} rounds`],
    ['Label', `${origin.label.name}, closed ${origin.label.horizon} bars later`],
    ['Rows', `${rows.train} learned, ${rows.valid} valid, ${rows.effective.toFixed(0)} effective`],
    ['Dropped', dropped.length === 0 ? 'none' : dropped.join(', ')],
    ['Base rates', baseRates.map(rate => rate.toFixed(3)).join(', ')],
    [
      'Settings',
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
    ...(search === undefined ? [] : [['Search', `${search.trials.length} trials`] as const]),
    ...Object.entries(valid).map(([name, value]): readonly [string, string] => [
      `Valid ${name}`,
      value === null ? '–' : value.toPrecision(5),
    ]),
    ['Accepted', origin.accepted ? 'yes' : 'no: it never serves'],
  ];
}

export interface Difference {
  readonly what: string;
  readonly first: string;
  readonly second: string;
}

/** Whatever two versions differ in, but for their bytes. */
export function compareVersions(first: Version, second: Version): readonly Difference[] {
  const [a, b] = [flattened(comparable(first)), flattened(comparable(second))];
  const keys = [...new Set([...a.keys(), ...b.keys()])];
  return keys.flatMap(what => {
    const [one = '–', two = '–'] = [a.get(what), b.get(what)];
    return one === two ? [] : [{ what, first: one, second: two }];
  });
}

function comparable({ id, digest, model, origin, features, steps, params, activeFrom, upstream }: Version): unknown {
  const trained = origin.kind === 'trained' ? origin : undefined;
  return {
    id: id.slice(0, 12),
    digest: digest.slice(0, 12),
    model,
    origin: origin.kind,
    activeFrom,
    upstream: upstream.map(each => each.slice(0, 12)).join(' '),
    features: Object.fromEntries(features.map(({ name, hash }) => [name, hash.slice(0, 12)])),
    columnsLeft: steps.left.length,
    params,
    ...(trained !== undefined && {
      trainer: trained.trainer,
      trainedAt: trained.trainedAt,
      dataFrom: trained.dataFrom,
      label: trained.label,
      settings: trained.settings,
      rows: trained.rows,
      baseRates: trained.baseRates.map(rate => rate.toFixed(4)).join(' '),
      rounds: trained.rounds,
      valid: trained.valid,
      accepted: trained.accepted,
    }),
  };
}

function flattened(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) flattened(each, path === '' ? key : `${path}.${key}`, into);
  else if (value !== undefined) into.set(path, String(value));
  return into;
}

export function compareText(differences: readonly Difference[], paint: Paint): string {
  if (differences.length === 0) return 'they differ in nothing\n';
  const cells = differences.map(({ what, first, second }) => [what, first, second]);
  return `${aligned(cells, new Set())
    .map((line, i) => (i < 2 ? paint('bold', line) : line))
    .join('\n')}\n`;
}
