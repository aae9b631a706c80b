/** JSON for other programs: instants as ISO text in UTC, undefined figures as null, typed arrays as arrays. */

export function jsonDocument(value: unknown): string {
  return `${JSON.stringify(value, plain, 2)}\n`;
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  if (value instanceof Float64Array) return Array.from(value, entry => (Number.isFinite(entry) ? entry : null));
  return value;
}

/** `2021-01-01T00:00:00Z`; milliseconds only where there are any. */
export function isoInstant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}
