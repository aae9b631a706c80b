/**
 * What the configuration filled in: the configured model as the declarations it stands for, its thresholds, and the limits of
 * the account that came on top of a strategy's own. `vela check` prints it, so that nothing holds unseen.
 */
import type { Configuration } from '../../language/check/configuration.ts';
import type { Model } from '../../language/check/model.ts';
import type { Program } from '../../language/check/program.ts';
import type { Paint } from '../terminal.ts';

export interface FilledIn {
  readonly file: string;
  /** The configured model, as text of the language. */
  readonly model?: string;
  /** What holds for it without being written anywhere. */
  readonly unstated?: Readonly<Record<string, string>>;
  /** `config.entry_threshold` and `config.exit_threshold`, where the strategy reads them. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** Of `trading.yaml`. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** Nothing for a strategy that takes nothing from the configuration. */
export function filledIn(file: string, program: Program, { trading }: Configuration): readonly FilledIn[] {
  const configured = program.models.find(model => model.configured);
  const text = program.files.find(({ name }) => name.startsWith('config/model.yaml'))?.text;
  const thresholds = program.params.filter(({ name }) => name.startsWith('config.'));
  const limits = trading?.risk_limits;
  const found: FilledIn = {
    file,
    ...(configured !== undefined && text !== undefined && { model: text.trim(), unstated: unstatedOf(configured) }),
    ...(thresholds.length > 0 && {
      thresholds: Object.fromEntries(thresholds.map(({ name, value }) => [name, value])),
    }),
    ...(limits !== undefined && Object.keys(limits).length > 0 && { limits }),
  };
  return Object.keys(found).length > 1 ? [found] : [];
}

function unstatedOf({ objective, training, steps, weight, maxAgeMs }: Model): Readonly<Record<string, string>> {
  const classes = objective.kind === 'softmax' ? ` (${objective.classes.join(', ')})` : '';
  const lag = training?.split.kind === 'walk_forward' ? training.split.trainLagMs : undefined;
  return {
    objective: `${objective.kind}${classes}`,
    weight: weight === undefined ? 'uniqueness where labels overlap' : 'as written',
    scale: steps.scale,
    min_rows: String(training?.minRows ?? ''),
    ...(lag !== undefined && { train_lag: `${lag / 3_600_000}h` }),
    max_age: maxAgeMs === undefined ? 'twice `retrain`' : `${maxAgeMs / 86_400_000}d`,
  };
}

export function filledInText(filled: readonly FilledIn[], paint: Paint): string {
  return filled
    .map(({ file, model, unstated = {}, thresholds = {}, limits = {} }) => {
      const pairs = [
        ...Object.entries(unstated),
        ...Object.entries(thresholds).map(([name, value]): readonly [string, string] => [name, String(value)]),
        ...Object.entries(limits).map(([name, value]): readonly [string, string] => [name, String(value)]),
      ];
      const width = Math.max(0, ...pairs.map(([name]) => name.length));
      return [
        `${paint('bold', 'Filled in')} for ${file} by the configuration`,
        ...(model === undefined ? [] : model.split('\n').map(line => `  ${line}`)),
        ...pairs.map(([name, value]) => `  ${paint('dim', name.padEnd(width))}  ${value}`),
        '',
        '',
      ].join('\n');
    })
    .join('');
}
