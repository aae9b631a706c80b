/** What the process of a run takes of its machine: processor, memory, disk, and how late its event loop is. */
import { statfsSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { SystemStatus } from './status.ts';

/** The event loop is looked at so often; how late the look comes is the lag. */
const RESOLUTION_MS = 10;
const MS = 1e6;

export class SystemGauge {
  readonly #path: string;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #cpu = process.cpuUsage();
  #atMs = performance.now();

  /** `path`: on the disk whose room counts. */
  constructor(path: string) {
    this.#path = path;
    this.#delay.enable();
  }

  /** Since it was read before. */
  read(): SystemStatus {
    const nowMs = performance.now();
    const { user, system } = process.cpuUsage(this.#cpu);
    const passedMs = nowMs - this.#atMs;
    this.#cpu = process.cpuUsage();
    this.#atMs = nowMs;
    const { count } = this.#delay;
    const late = (percent: number) => Math.max(0, this.#delay.percentile(percent) / MS - RESOLUTION_MS);
    const eventLoopMs = count === 0 ? { count, p50: null, p99: null } : { count, p50: late(50), p99: late(99) };
    this.#delay.reset();
    return {
      rssBytes: process.memoryUsage.rss(),
      cpu: passedMs > 0 ? (user + system) / 1000 / passedMs : 0,
      eventLoopMs,
      freeDiskBytes: freeBytes(this.#path),
    };
  }

  stop(): void {
    this.#delay.disable();
  }
}

/** What this user may still write; null where the system does not say. */
function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return null;
  }
}
