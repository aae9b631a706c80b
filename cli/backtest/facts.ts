/** `--market facts.json`: a venue's steps and limits. Steps are text, so that they stay the decimals they are. */
import type { MarketFacts } from '../../runtime/data/series.ts';
import { CommandError } from '../errors.ts';
import { readText } from '../files.ts';

const STEPS = ['tick', 'lot', 'minNotional'] as const;
const DECIMAL = /^(0|[1-9]\d*)(\.\d+)?$/;
/** Half a percent, where a file says nothing: what the report calls a stated default. */
const USUAL_MAINTENANCE = 0.005;

export function readFacts(path: string): MarketFacts {
  const text = readText(path);
  const wrong = (what: string, help: string) =>
    new CommandError('market-facts', `${path}: ${what}`, { file: path, help });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong(`not JSON (${error.message})`, 'market facts are a JSON object, as `vela init` writes one');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('not a JSON object', 'write { "tick": "0.01", "lot": "0.00001", "minNotional": "5", "source": "…" }');
  }
  const given: Readonly<Record<string, unknown>> = { ...value };
  const known = [...STEPS, 'maintenance', 'source'];
  const unknown = Object.keys(given).find(key => !known.includes(key));
  if (unknown !== undefined)
    throw wrong(`\`${unknown}\` is no market fact`, `there are ${known.map(key => `\`${key}\``).join(', ')}`);
  const steps: { tick?: string; lot?: string; minNotional?: string } = {};
  for (const key of STEPS) {
    const step = given[key];
    if (step === undefined) continue;
    // A JSON number has been through binary already, but a short one prints as it was written.
    const decimal = typeof step === 'number' ? String(step) : step;
    if (typeof decimal !== 'string' || !DECIMAL.test(decimal) || Number(decimal) === 0) {
      throw wrong(
        `\`${key}\` must be a positive decimal, not ${JSON.stringify(step)}`,
        `write it as text: "${key}": "0.01"`,
      );
    }
    steps[key] = decimal;
  }
  const maintenance = given.maintenance ?? USUAL_MAINTENANCE;
  if (typeof maintenance !== 'number' || !(maintenance >= 0 && maintenance < 1)) {
    throw wrong('`maintenance` must be a ratio from 0 to 1', 'half a percent is 0.005');
  }
  const source = given.source ?? path;
  if (typeof source !== 'string') throw wrong('`source` must be text', 'say where the facts come from');
  return { ...steps, maintenance, source };
}
