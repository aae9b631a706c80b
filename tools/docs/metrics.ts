/** docs/metrics.md: the metrics of a run, the conditions and the built-in rules of alerts, from their tables. */
import type { AlertRule } from '../../runtime/monitor/alerts.ts';
import { BUILT_IN, TOLD } from '../../runtime/monitor/built-in-alerts.ts';
import { TROUBLES } from '../../runtime/monitor/condition.ts';
import { METRIC_GROUPS, type Metric, type MetricUnit } from '../../runtime/monitor/metrics-table.ts';
import { code, page, table } from './markdown.ts';

const UNITS: Readonly<Record<MetricUnit, string>> = {
  ratio: '`%` `bp` or a fraction',
  seconds: '`ms` `s` `m` `h` `d`',
  bytes: '`KB` `MB` `GB` `TB`',
  money: "the run's currency",
  quantity: 'base coin or contracts',
  count: 'a number',
  flag: '0 or 1',
  plain: 'a number',
};

const SET_OFF: Readonly<Record<string, string>> = {
  'came back': 'the process before ended without a word',
  strategy: 'a rule of the strategy, `when … alert "text"`, becomes true',
  notice: 'the run itself calls something an alert',
};

export function metricsPage(): string {
  return page(
    '# Metrics and alert rules',
    'What [monitoring](monitoring.md) knows of a run. The name in the first column is for alert rules, the second is what `/metrics` gives; a metric that is not known at the moment has no sample.',
    ...METRIC_GROUPS.map(({ title, metrics }) => [`## ${title}`, metricTable(metrics)].join('\n\n')),
    '## Troubles',
    'Words that are a condition by themselves.',
    table(
      ['word', 'while'],
      TROUBLES.map(({ word, doc }) => [code(word), doc]),
    ),
    '## Built-in rules',
    'Every run has them. An entry of `system.alerts` with the name of one changes its severity, times, sinks, words or action. The log hears of all of them in any case.',
    table(
      ['rule', 'when', 'for', 'severity', 'cool-down', 'what to do'],
      [
        ...BUILT_IN.map(rule => ruleRow(rule)),
        ...Object.values(TOLD).map(({ name, severity, coolDownMs, todo = '' }) => [
          linked(name),
          SET_OFF[name] ?? '',
          'at once',
          severity,
          timeText(coolDownMs),
          todo,
        ]),
      ],
    ),
  );
}

function metricTable(metrics: readonly Metric[]): string {
  return table(
    ['in rules', 'exported', 'in', 'labels', 'is'],
    metrics.map(({ name, exported, type, unit, labels, doc }) => [
      code(name),
      `${code(exported)}${type === 'counter' ? ', a counter' : ''}`,
      UNITS[unit],
      labels.map(code).join(' '),
      doc,
    ]),
  );
}

function ruleRow({ name, condition, forMs, severity, coolDownMs, todo = '' }: AlertRule): readonly string[] {
  return [linked(name), code(conditionText(condition)), timeText(forMs), severity, timeText(coolDownMs), todo];
}

function conditionText(condition: AlertRule['condition']): string {
  if (condition.kind === 'trouble') return condition.word;
  const { metric, only, windowMs, comparison, bound } = condition;
  const of = only === undefined ? '' : `(${only})`;
  const window = windowMs === undefined ? '' : ` in ${timeText(windowMs)}`;
  return `${metric.name}${of}${window} ${comparison} ${boundText(bound, metric.unit)}`;
}

function boundText(bound: number, unit: MetricUnit): string {
  if (unit === 'ratio') return `${bound * 100}%`;
  if (unit === 'bytes') return `${bound / 1e6}MB`;
  if (unit === 'seconds') return `${bound}s`;
  return String(bound);
}

function timeText(ms: number): string {
  if (ms === 0) return 'at once';
  const [unit, length] = (
    [
      ['d', 86_400_000],
      ['h', 3_600_000],
      ['m', 60_000],
      ['s', 1000],
    ] as const
  ).find(([, one]) => ms % one === 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}

function linked(name: string): string {
  return `[${name}](runbooks.md#${name.replaceAll(' ', '-')})`;
}
