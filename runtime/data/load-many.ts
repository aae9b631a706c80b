/** The way in for a run of several instruments: files are dealt out among them, each is read as it would be alone. */
import { assembleMarket, type MarketInputs, type MarketInstrument } from './assemble.ts';
import { DataError, type DataWarning, dataError } from './errors.ts';
import { cacheFolder, type MarketRequest, readInputs } from './load.ts';
import { marketText } from './market-name.ts';
import { absentSeries, type MarketSet, placeTogether } from './market-set.ts';
import { marketsAmong, type Selections, selectForEach, type WantedInstrument } from './select-many.ts';
import type { MarketSeries } from './series.ts';

export interface MarketsRequest extends Omit<MarketRequest, 'instrument'> {
  /** In the plan's order. */
  readonly instruments: readonly (MarketInstrument & WantedInstrument)[];
}

/** Reads everything that is asked for and puts it on one calendar. Rejects with a `DataError` for what is wrong with it. */
export async function loadMarkets(request: MarketsRequest): Promise<MarketSet> {
  const { instruments } = request;
  if (request.data.length === 0) throw dataError('D1024', { symbol: instruments[0]?.symbol ?? '' });
  const cacheDir = await cacheFolder(request);
  const select = (selectors: readonly string[] | undefined, kind: 'bars' | 'mark' | 'funding'): Selections =>
    selectors === undefined || selectors.length === 0
      ? { files: [], found: [], warnings: [] }
      : selectForEach(selectors, kind, instruments);
  const [bars, mark, funding] = [
    select(request.data, 'bars'),
    select(request.mark, 'mark'),
    select(request.funding, 'funding'),
  ];
  refuseMissing(instruments, bars);
  const inputs: (MarketInputs & { readonly warnings: readonly DataWarning[] })[] = [];
  for (const [number, instrument] of instruments.entries()) {
    const files = {
      bars: bars.files[number] ?? [],
      mark: mark.files[number] ?? [],
      funding: funding.files[number] ?? [],
    };
    inputs.push(await readInputs({ ...request, instrument }, files, cacheDir));
  }
  refuseMixedLengths(inputs);
  const set = placeTogether(assembleAll(inputs));
  const selecting = [bars, mark, funding].flatMap(({ warnings }) => warnings);
  return { ...set, warnings: [...selecting, ...inputs.flatMap(({ warnings }) => warnings), ...set.warnings] };
}

function refuseMissing(instruments: MarketsRequest['instruments'], { files, found }: Selections): void {
  const missing = instruments.find((_, number) => (files[number] ?? []).length === 0);
  if (missing === undefined) return;
  const names = marketsAmong(found).map(marketText);
  throw dataError('D1027', { symbol: missing.symbol, found: names, files: found.length });
}

function refuseMixedLengths(inputs: readonly MarketInputs[]): void {
  const [first] = inputs;
  const other = inputs.find(({ bars }) => bars.periodMs !== first?.bars.periodMs);
  if (first === undefined || other === undefined) return;
  throw dataError('D1028', {
    first: first.instrument.symbol,
    firstFile: first.bars.files[0] ?? '',
    firstMs: first.bars.periodMs,
    second: other.instrument.symbol,
    secondFile: other.bars.files[0] ?? '',
    secondMs: other.bars.periodMs,
  });
}

/** One that is not listed yet when the run ends does not exist; when none is, the run has no bars. */
function assembleAll(inputs: readonly MarketInputs[]): readonly MarketSeries[] {
  let refusal: DataError | undefined;
  const series = inputs.map(input => {
    try {
      return assembleMarket({ ...input, isAmongOthers: true });
    } catch (error) {
      if (!(error instanceof DataError && error.code === 'D1026')) throw error;
      refusal ??= error;
      const { symbol, venue } = input.instrument;
      return absentSeries(symbol, venue, input.clocks, input.bars.periodMs);
    }
  });
  const isEmpty = series.every(({ clocks: [base] }) => (base?.length ?? 0) === 0);
  if (isEmpty && refusal !== undefined) throw refusal;
  return series;
}
