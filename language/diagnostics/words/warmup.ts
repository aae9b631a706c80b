/** W07xx: bars that pass before a strategy can act. Raised when it meets data. */
import type { RunEntry } from '../entry.ts';

export const WARMUP: { readonly W0701: RunEntry; readonly W0702: RunEntry } = {
  W0701: {
    severity: 'warning',
    title: 'no order is possible on these data',
    message: facts =>
      facts.ready === undefined
        ? `no order is possible: what \`${facts.rule}\` reads never comes within the ${facts.bars} bars of these data`
        : `no order is possible: \`${facts.rule}\` needs ${facts.ready} bars, and the data have ${facts.bars}`,
    why: 'A rule acts once all it reads has enough bars behind it; here a window is longer than the data.',
    help: () => 'give more data, or shorten the longest window; `vela explain FILE` lists what each stream needs',
    page: {
      case: 'A strategy with `sma(close, 200)` every `1d` runs on half a year of candles.',
      facts: { rule: 'when close crosses above trend', ready: 201, bars: 181 },
      mended: 'Give a year of candles or more, or use a shorter average.',
    },
  },
  W0702: {
    severity: 'warning',
    title: 'no order is possible for a long part of these data',
    message: facts =>
      `no order is possible before ${facts.first}: \`${facts.rule}\` needs ${facts.ready} of the ${facts.bars} bars to warm up`,
    why: 'A rule acts once all it reads has enough bars behind it; the figures of the report start at the first bar asked for all the same.',
    help: () => 'give data that begin earlier and start with `--from`, or shorten the longest window',
    page: {
      case: 'A strategy with a 100-day average on its day clock runs on a year of hourly candles.',
      facts: { rule: 'when close > latest(trend)', first: '2021-04-11 00:00 UTC', ready: 2400, bars: 8760 },
      mended: 'Give candles from the year before as well and run with `--from 2021-01-01`.',
    },
  },
};
