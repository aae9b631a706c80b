/**
 * `instrument "BTC/USDT" on binance { … }`: the symbol taken apart, the gap policy of its data.
 *
 * Symbols are ccxt's unified ones: `BTC/USDT` is spot, `ETH/USDT:USDT` a perpetual settled in the quote currency
 * (linear), `BTC/USD:BTC` one settled in the base currency (inverse).
 */
import type { InstrumentDeclaration, Property } from '../syntax/tree.ts';
import { fixedMs } from './calendar.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Reporter } from './elaborator.ts';
import type { Instrument } from './program.ts';
import { choiceOf, durationOf, readProperties } from './properties.ts';

/** 2 days, unless the strategy says otherwise (engine.md, Gaps in the data). */
export const DEFAULT_MAX_GAP_MS = 2 * 86_400_000;

const GAP_POLICIES = ['hold', 'absent', 'fail'] as const;

export interface ParsedSymbol {
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
  readonly market: Instrument['market'];
}

/** `undefined` when the text is not a unified symbol of a spot market or a perpetual. */
export function parseSymbol(symbol: string): ParsedSymbol | undefined {
  const match = /^([A-Za-z0-9.$-]+)\/([A-Za-z0-9.$-]+)(?::([A-Za-z0-9.$]+))?$/.exec(symbol);
  if (!match) return undefined;
  const [, base = '', quote = '', settle] = match;
  if (settle === undefined) return { base, quote, settle: quote, market: 'spot' };
  if (settle === quote) return { base, quote, settle, market: 'linear' };
  if (settle === base) return { base, quote, settle, market: 'inverse' };
  return undefined;
}

export function lowerInstruments(
  declarations: readonly InstrumentDeclaration[],
  reporter: Reporter,
): readonly Instrument[] {
  return declarations.flatMap(declaration => lowerInstrument(declaration, reporter) ?? []);
}

function lowerInstrument(declaration: InstrumentDeclaration, reporter: Reporter): Instrument | undefined {
  const symbol = declaration.symbol.value;
  const parsed = parseSymbol(symbol);
  const gaps = gapsOf(declaration.properties, ['gaps', 'max_gap'], 'an instrument', reporter);
  if (!parsed) {
    reporter.report({ code: DECLARATION_CODE.badSymbol, span: declaration.symbol.span, facts: { symbol } });
    return undefined;
  }
  if (parsed.market === 'inverse')
    reporter.notYet(declaration.symbol.span, `\`${symbol}\`, a contract settled in its base currency`);
  return {
    ...(declaration.name && { name: declaration.name.text }),
    symbol,
    venue: declaration.venue.text,
    ...parsed,
    ...gaps,
    span: declaration.span,
  };
}

/** What is done about holes in the data of an instrument, or of the members of a universe. */
export function gapsOf(
  written: readonly Property[],
  keys: readonly string[],
  where: string,
  reporter: Reporter,
): Pick<Instrument, 'gaps' | 'maxGapMs'> {
  const properties = readProperties(written, keys, where, reporter);
  const maxGap = durationOf(properties.get('max_gap'), reporter);
  const maxGapMs = maxGap && fixedMs(maxGap);
  if (maxGap && maxGapMs === undefined)
    reporter.report({
      code: DECLARATION_CODE.propertyShape,
      span: maxGap.span,
      facts: { property: 'max_gap', expected: 'a length in hours, days or weeks, such as `6h` or `2d`' },
    });
  return {
    gaps: choiceOf(properties.get('gaps'), GAP_POLICIES, reporter) ?? 'hold',
    maxGapMs: maxGapMs ?? DEFAULT_MAX_GAP_MS,
  };
}
