/**
 * `--market facts.json`: a venue's steps and limits. Steps are text, so that they stay the decimals they are. A file for
 * several instruments says under `instruments` what differs, symbol by symbol.
 */
import type { MarketFacts } from '../../runtime/data/series.ts';
import { DEFAULT_FACTS } from '../../runtime/engine/settings.ts';
import { CommandError } from '../errors.ts';
import { readText } from '../files.ts';

/** Facts of each instrument that a file names, and of all others. */
export interface FactTable {
  readonly common: MarketFacts;
  readonly bySymbol: Readonly<Record<string, MarketFacts>>;
}

export const NO_FACTS: FactTable = { common: DEFAULT_FACTS, bySymbol: {} };

export function factsFor({ common, bySymbol }: FactTable, symbol: string): MarketFacts {
  return bySymbol[symbol] ?? common;
}

const STEPS = ['tick', 'lot', 'minNotional'] as const;
const KEYS = [...STEPS, 'maintenance', 'source'] as const;
const DECIMAL = /^(0|[1-9]\d*)(\.\d+)?$/;
/** Half a percent, where a file says nothing: what the report calls a stated default. */
const USUAL_MAINTENANCE = 0.005;

type Wrong = (what: string, help: string) => CommandError;

export function readFacts(path: string): FactTable {
  const text = readText(path);
  const wrong: Wrong = (what, help) => new CommandError('market-facts', `${path}: ${what}`, { file: path, help });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong(`not JSON (${error.message})`, 'market facts are a JSON object, as `vela init` writes one');
  }
  const { instruments, ...given } = objectOf(value, '', wrong);
  const common = factsOf(given, path, '', wrong);
  const named = instruments === undefined ? {} : objectOf(instruments, '`instruments`: ', wrong);
  const bySymbol = Object.entries(named).map(([symbol, own]): [string, MarketFacts] => {
    const where = `\`${symbol}\`: `;
    return [symbol, factsOf({ ...given, ...objectOf(own, where, wrong) }, path, where, wrong)];
  });
  return { common, bySymbol: Object.fromEntries(bySymbol) };
}

function objectOf(value: unknown, where: string, wrong: Wrong): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw wrong(
    `${where}not a JSON object`,
    'write { "tick": "0.01", "lot": "0.00001", "minNotional": "5", "source": "…" }',
  );
}

function factsOf(given: Readonly<Record<string, unknown>>, path: string, where: string, wrong: Wrong): MarketFacts {
  const unknown = Object.keys(given).find(key => !KEYS.some(known => known === key));
  if (unknown !== undefined)
    throw wrong(`${where}\`${unknown}\` is no market fact`, `there are ${KEYS.map(key => `\`${key}\``).join(', ')}`);
  const steps: { tick?: string; lot?: string; minNotional?: string } = {};
  for (const key of STEPS) {
    const step = given[key];
    if (step === undefined) continue;
    // A JSON number has been through binary already, but a short one prints as it was written.
    const decimal = typeof step === 'number' ? String(step) : step;
    if (typeof decimal !== 'string' || !DECIMAL.test(decimal) || Number(decimal) === 0) {
      throw wrong(
        `${where}\`${key}\` must be a positive decimal, not ${JSON.stringify(step)}`,
        `write it as text: "${key}": "0.01"`,
      );
    }
    steps[key] = decimal;
  }
  const maintenance = given.maintenance ?? USUAL_MAINTENANCE;
  if (typeof maintenance !== 'number' || !(maintenance >= 0 && maintenance < 1)) {
    throw wrong(`${where}\`maintenance\` must be a ratio from 0 to 1`, 'half a percent is 0.005');
  }
  const source = given.source ?? path;
  if (typeof source !== 'string') throw wrong(`${where}\`source\` must be text`, 'say where the facts come from');
  return { ...steps, maintenance, source };
}
