/**
 * `universe majors = "BTC/USDT", "ETH/USDT" on binance`: a list of instruments. Its members become instruments of the
 * program, in order of their symbols, so that nothing depends on how the list was written.
 */
import type { Property, Text, UniverseDeclaration } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import type { Context, Universe } from './context.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Reporter } from './elaborator.ts';
import { gapsOf, type ParsedSymbol, parseSymbol } from './instrument.ts';
import type { Instrument } from './program.ts';
import type { Assets } from './units.ts';

/** What chooses the members of a universe from many candidates, rather than listing them. */
const CHOICE_KEYS = ['pick', 'where', 'every', 'keep', 'max', 'except'] as const;
const KEYS = ['gaps', 'max_gap', ...CHOICE_KEYS] as const;

/** Members of a universe trade against one currency; their base asset is whatever the member is. */
function assetsOfMembers(name: string, first: ParsedSymbol | undefined): Assets {
  const quote = first?.quote ?? 'the quote currency';
  return { base: `a member of ${name}`, quote, settle: first?.settle ?? quote };
}

/** Adds the universe and those of its members that are not instruments of the program yet. */
export function lowerUniverse(cx: Context, declaration: UniverseDeclaration, reporter: Reporter): void {
  const { name, venue, span } = declaration;
  const gaps = gapsOf(declaration.properties, KEYS, 'a universe', reporter);
  const found = new Map<string, ParsedSymbol>();
  for (const symbol of declaration.symbols) {
    const parsed = memberOf(symbol, found, reporter);
    if (parsed) found.set(symbol.value, parsed);
  }
  refuseChoice(declaration, reporter);
  const [first] = found.values();
  for (const [symbol, { quote, settle }] of found)
    if (first && (quote !== first.quote || settle !== first.settle))
      reporter.notYet(span, `a universe with members in \`${first.settle}\` and in \`${settle}\` (\`${symbol}\`)`);
  const members = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([symbol, parsed]) => {
      const known = cx.instruments.findIndex(other => other.symbol === symbol && other.venue === venue.text);
      if (known >= 0) return known;
      const at = declaration.symbols.find(({ value }) => value === symbol)?.span ?? span;
      const instrument: Instrument = { symbol, venue: venue.text, ...parsed, ...gaps, span: at };
      cx.instruments.push(instrument);
      return cx.instruments.length - 1;
    });
  const universe: Universe = {
    name: name.text,
    venue: venue.text,
    members,
    span,
    assets: assetsOfMembers(name.text, first ?? parseSymbol(declaration.symbols[0]?.value.replace('*', 'ANY') ?? '')),
  };
  cx.universes.push(universe);
}

function memberOf(
  symbol: Text,
  found: ReadonlyMap<string, ParsedSymbol>,
  reporter: Reporter,
): ParsedSymbol | undefined {
  if (symbol.value.includes('*')) return undefined;
  const parsed = parseSymbol(symbol.value);
  if (!parsed)
    reporter.report({ code: DECLARATION_CODE.badSymbol, span: symbol.span, facts: { symbol: symbol.value } });
  else if (found.has(symbol.value))
    reporter.report({ code: EXPRESSION_CODE.declaredTwice, span: symbol.span, facts: { name: symbol.value } });
  else if (parsed.market === 'inverse')
    reporter.notYet(symbol.span, `\`${symbol.value}\`, a contract settled in its base currency`);
  return parsed && !found.has(symbol.value) ? parsed : undefined;
}

/** Members chosen by a rule come and go, which needs the history of every candidate. */
function refuseChoice({ properties, symbols, span }: UniverseDeclaration, reporter: Reporter): void {
  const chooses = properties.some(({ key }: Property) => CHOICE_KEYS.some(choice => choice === key.text));
  if (chooses || symbols.some(({ value }) => value.includes('*')))
    reporter.notYet(span, 'a universe whose members are chosen by a rule');
}
