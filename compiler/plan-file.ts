/**
 * A plan as one file (`vela compile -o`): magic, version, checksum, a JSON header, the Wasm bytes. JSON cannot hold NaN,
 * infinities and -0, so those stand in it by their bits.
 *
 * ```
 * 0   8 bytes   "VELAPLAN"
 * 8   u32       version of this layout
 * 12  u32       bytes of the header
 * 16  32 bytes  SHA-256 of everything behind it
 * 48  header    UTF-8 JSON
 * …   wasm
 * ```
 */
import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';

const MAGIC = 'VELAPLAN';
const VERSION = 1;
const HEADER_AT = 48;
const CHECKSUM_AT = 16;

/** Bytes that are no plan, with the reason in words. */
export class PlanFileError extends Error {
  override readonly name = 'PlanFileError';
}

export function encodePlan(plan: Plan): Uint8Array {
  const { wasm, ...rest } = plan;
  const header = new TextEncoder().encode(JSON.stringify(rest, hideOddNumbers));
  const file = new Uint8Array(HEADER_AT + header.length + wasm.length);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, VERSION, true);
  view.setUint32(12, header.length, true);
  file.set(header, HEADER_AT);
  file.set(wasm, HEADER_AT + header.length);
  file.set(checksum(file.subarray(HEADER_AT)), CHECKSUM_AT);
  return file;
}

/** Throws a `PlanFileError` for anything but what `encodePlan` has written. */
export function decodePlan(file: Uint8Array): Plan {
  const magic = new TextDecoder().decode(file.subarray(0, MAGIC.length));
  if (file.length < HEADER_AT || magic !== MAGIC) throw new PlanFileError('this is not a compiled plan');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw new PlanFileError(`the plan is of version ${version}, this program reads ${VERSION}: compile it again`);
  }
  const body = file.subarray(HEADER_AT);
  const stated = file.subarray(CHECKSUM_AT, HEADER_AT);
  if (!checksum(body).every((byte, index) => byte === stated[index])) {
    throw new PlanFileError(
      'the plan is damaged: its checksum does not fit (cut short, or changed after it was written)',
    );
  }
  const headerBytes = view.getUint32(12, true);
  if (headerBytes > body.length) throw new PlanFileError('the plan is damaged: its header is longer than the file');
  return { ...headerOf(body.subarray(0, headerBytes)), wasm: body.slice(headerBytes) };
}

/** The fields without which nothing can be done, by kind. What writes the checksum writes the rest. */
const FIELDS: Readonly<Record<Exclude<keyof Plan, 'wasm'>, 'string' | 'number' | 'array' | 'object'>> = {
  format: 'number',
  title: 'string',
  planHash: 'string',
  layoutHash: 'string',
  cacheKey: 'string',
  instruments: 'array',
  universes: 'array',
  clocks: 'array',
  params: 'array',
  account: 'object',
  graph: 'object',
  stages: 'array',
  brackets: 'array',
  marketColumns: 'array',
  flagColumns: 'array',
  accountColumns: 'array',
  fixed: 'array',
  requires: 'array',
  rules: 'array',
  caps: 'array',
  pauses: 'array',
  rebalances: 'array',
  execution: 'object',
  watches: 'array',
  memory: 'object',
};

function headerOf(bytes: Uint8Array): Omit<Plan, 'wasm'> {
  const header = parse(bytes);
  for (const [field, kind] of Object.entries(FIELDS)) {
    const value = header[field];
    const found = Array.isArray(value) ? 'array' : typeof value;
    if (found !== kind || value === null) throw new PlanFileError(`the plan is damaged: \`${field}\` is not there`);
  }
  if (header.format !== 1) throw new PlanFileError(`the plan has format ${header.format}, this program knows 1`);
  // A checked boundary: the fields are there, and the checksum says that they are as they were written.
  return header as unknown as Omit<Plan, 'wasm'>;
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), showOddNumbers);
    if (typeof header === 'object' && header !== null) return header as Record<string, unknown>;
  } catch (cause) {
    throw new PlanFileError('the plan is damaged: its header cannot be read', { cause });
  }
  throw new PlanFileError('the plan is damaged: its header is no object');
}

function checksum(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

// ---------------------------------------------------------------- numbers that JSON lacks

/** Text that begins with the mark gets another one in front. */
const MARK = '\u0000';
const ODD = `${MARK}f64 `;

function hideOddNumbers(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith(MARK)) return MARK + value;
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ODD + view.getBigUint64(0).toString(16);
}

function showOddNumbers(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
  if (!value.startsWith(ODD)) return value.slice(MARK.length);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${value.slice(ODD.length)}`));
  return view.getFloat64(0);
}
