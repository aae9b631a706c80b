/** Verdicts about devices, kept by model, driver and batch class: a device is tried once, not at every start. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BatchClass, Device, Verdict } from './device.ts';

export interface VerdictKey {
  readonly model: Uint8Array;
  readonly device: Device;
  readonly driver: string;
  /** Of onnxruntime-node. */
  readonly version: string;
  readonly batch: BatchClass;
}

function fileOf(folder: string, { model, device, driver, version, batch }: VerdictKey): string {
  const digest = createHash('sha256').update(model).digest('hex');
  const key = createHash('sha256').update([digest, device, driver, version, batch].join('\n')).digest('hex');
  return join(folder, 'devices', `${key.slice(0, 32)}.json`);
}

/** Absent where there is none, or one that cannot be read: then the device is tried again. */
export function keptVerdict(folder: string, key: VerdictKey): Verdict | undefined {
  try {
    const { device, outcome, reason } = JSON.parse(readFileSync(fileOf(folder, key), 'utf8'));
    if (device !== key.device || (outcome !== 'works' && outcome !== 'slower')) return undefined;
    return { device, outcome, reason: String(reason) };
  } catch {
    return undefined;
  }
}

/** Only of devices that can be used: what is missing or broken may be mended at any time. Gives why it was not kept. */
export function keepVerdict(folder: string, key: VerdictKey, verdict: Verdict): string | undefined {
  if (verdict.outcome !== 'works' && verdict.outcome !== 'slower') return undefined;
  const file = fileOf(folder, key);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(verdict));
    renameSync(`${file}.${process.pid}`, file);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
