/** The metrics of a run in the text format of Prometheus, from its latest status. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { RunStatus } from '../live/status.ts';
import { METRICS, type Metric, type Sample } from './metrics-table.ts';

export interface MetricsText {
  readonly contentType: string;
  /** Of a status; undefined: the run has said nothing yet. */
  text(status: RunStatus | undefined): Promise<string>;
}

export function metricsText(): MetricsText {
  const registry = new Registry();
  const fills = METRICS.map(metric => ({ metric, fill: register(metric, registry) }));
  return {
    contentType: registry.contentType,
    text: status => {
      for (const { metric, fill } of fills) fill(status === undefined ? [] : metric.read(status));
      return registry.metrics();
    },
  };
}

/** Gives what replaces all samples of a metric. */
function register(
  { exported: name, type, labels, doc: help }: Metric,
  registry: Registry,
): (samples: readonly Sample[]) => void {
  const settings = { name, help, labelNames: labels, registers: [registry] };
  const metric = type === 'gauge' ? new Gauge(settings) : new Counter(settings);
  return samples => {
    metric.reset();
    // A metric that has no labels is 0 after a reset, which would be a claim.
    if (samples.length === 0 && labels.length === 0) metric.remove();
    for (const { labels: at, value } of samples) {
      if (metric instanceof Gauge) metric.set(at, value);
      else metric.inc(at, value);
    }
  };
}
