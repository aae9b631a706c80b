/**
 * What can be wrong with candles, marks and funding: one entry a code, with the facts it needs and its words.
 * Errors stop the load; warnings travel with the series and are printed with the result.
 */
import { instantText, intervalText, lengthText } from './text.ts';

/** The facts each code is raised with. The place (file, line, column) travels beside them in the `DataError`. */
export interface DataFacts {
  D1001: { readonly path: string };
  D1002: { readonly pattern: string; readonly what: 'folder' | 'pattern' };
  D1003: { readonly onlyHeader: boolean };
  D1004: {
    readonly missing: readonly string[];
    readonly found: readonly string[];
    readonly twice?: string;
    /** The first line holds numbers instead of names. */
    readonly headerless?: true;
  };
  D1005: { readonly name: string; readonly text: string };
  D1006: { readonly text: string; readonly why: 'unreadable' | 'unit' | 'out of range' };
  D1007: { readonly timeMs: number; readonly previousMs: number };
  D1008: { readonly timeMs: number; readonly firstLine: number };
  D1009: { readonly name: string; readonly value: number };
  D1010: { readonly name: string; readonly value: number };
  D1011: Record<string, never>;
  D1012: { readonly reason: 'damaged' | 'not gzip' | 'binary' | 'UTF-16' };
  D1013: { readonly expected: number; readonly found: number };
  D1014: { readonly timeMs: number; readonly first: string; readonly second: string };
  D1015: {
    readonly first: string;
    readonly firstFile: string;
    readonly second: string;
    readonly secondFile: string;
    readonly symbol: string;
    /** What selects the strategy's own market, where one of the files speaks of it. */
    readonly meant?: string;
  };
  D1016: {
    readonly firstFile: string;
    readonly firstMs: number;
    readonly secondFile: string;
    readonly secondMs: number;
  };
  D1017: { readonly rows: number; readonly mostCommonMs?: number };
  D1018: { readonly dataMs: number; readonly clock: string };
  D1019: { readonly parts: readonly { readonly what: string; readonly fromMs: number; readonly toMs: number }[] };
  D1020: { readonly given: string; readonly symbol: string };
  D1021: { readonly markMs: number; readonly clock: string };
  D1022: { readonly symbol: string };
  D1023: { readonly path: string; readonly reason: string };
  D1024: { readonly symbol: string };
  D1025: { readonly rows: number; readonly clock: string };
  D1026: { readonly toMs: number; readonly fromMs: number };
  D1027: {
    readonly symbol: string;
    /** Markets that the files' names speak of, and how many files there are. */
    readonly found: readonly string[];
    readonly files: number;
  };
  D1028: {
    readonly first: string;
    readonly firstFile: string;
    readonly firstMs: number;
    readonly second: string;
    readonly secondFile: string;
    readonly secondMs: number;
  };
  D1029: { readonly before: string; readonly endMs: number; readonly after: string; readonly startMs: number };
  E0810: {
    readonly what: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly maxGapMs: number;
    readonly policy: 'hold' | 'absent' | 'fail';
  };
  D1051: { readonly found: string; readonly symbol: string; readonly path: string };
  D1052: { readonly path: string; readonly reason: string };
  D1053: { readonly what: string; readonly endMs: number; readonly cutMs: number };
  D1054: { readonly path: string; readonly reason: string };
  D1055: { readonly count: number; readonly firstMs: number };
  D1056: { readonly lastMs: number };
  D1057: { readonly folder: string; readonly reason: string };
  D1058: { readonly members: readonly { readonly symbol: string; readonly endMs: number }[]; readonly lastMs: number };
  D1059: { readonly symbols: readonly string[] };
  D1060: { readonly symbols: readonly string[] };
}

export type DataCode = keyof DataFacts;

export interface DataWords<Facts> {
  readonly severity: 'error' | 'warning';
  /** The machine's fault rather than the data's: a file that is not there or may not be read, a cache that is full. */
  readonly environment?: true;
  /** The fault of how the run was asked for: the data are as they should be. */
  readonly usage?: true;
  /** Head of the code's page. */
  readonly title: string;
  /** One plain sentence without the place, no final stop. */
  readonly message: (facts: Facts) => string;
  /** Why this matters, for the page and under the message. */
  readonly why: string;
  readonly mend: (facts: Facts) => string;
}

const columnList = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ');

function headerMend({ missing, found }: DataFacts['D1004']): string {
  const spare = found.length - missing.length;
  if (spare < 0) return `a file needs the columns ${columnList(missing)} and a first line that names them`;
  const line = [...missing, ...Array.from({ length: spare }, () => '-')].join(',');
  const unread = spare > 0 ? ' (`-` for what is not read)' : '';
  return `put a line in front that names the columns in their order, such as \`${line}\`${unread}`;
}

export const DATA_CODES: { readonly [Code in DataCode]: DataWords<DataFacts[Code]> } = {
  D1001: {
    severity: 'error',
    environment: true,
    title: 'data file not found',
    message: facts => (facts.path === '' ? 'a data file is named by nothing' : `there is no file \`${facts.path}\``),
    why: 'Paths are taken from the folder the command is started in.',
    mend: facts =>
      facts.path === ''
        ? 'write the path of the file; where a shell variable stands for it, check that it is set'
        : 'check the spelling, or give the path from the root, as in `/path/to/file.csv.gz`',
  },
  D1002: {
    severity: 'error',
    environment: true,
    title: 'no data file matches',
    message: facts =>
      facts.what === 'folder'
        ? `the folder \`${facts.pattern}\` holds no CSV file`
        : `no file matches \`${facts.pattern}\``,
    why: 'A folder stands for the `.csv` and `.csv.gz` files in it; a pattern may use `*`, `**`, `?` and `{a,b}`.',
    mend: facts =>
      facts.what === 'folder'
        ? 'name a folder with `.csv` or `.csv.gz` files, or the file itself'
        : 'quote the pattern so that the shell leaves it alone, and check the folder in it',
  },
  D1003: {
    severity: 'error',
    title: 'data file is empty',
    message: facts => (facts.onlyHeader ? 'the file has a header and no rows' : 'the file is empty'),
    why: 'An empty file is most often a download that failed.',
    mend: () => 'download the file again, or leave it out',
  },
  D1004: {
    severity: 'error',
    title: 'header lacks a column',
    message: facts =>
      facts.twice !== undefined
        ? `the header names the column \`${facts.twice}\` twice`
        : facts.headerless
          ? 'the file has no header: its first line holds numbers, not the names of columns'
          : `the header has no column ${columnList(facts.missing)}`,
    why: 'Columns are found by their names in the first line, in any order and any case; other columns are ignored.',
    mend: facts =>
      facts.twice !== undefined
        ? `rename one of the two \`${facts.twice}\` columns`
        : facts.headerless
          ? headerMend(facts)
          : `the first line must name ${columnList(facts.missing)}; it reads: ${facts.found.join(',') || '(nothing)'}`,
  },
  D1005: {
    severity: 'error',
    title: 'text where a number belongs',
    message: facts =>
      facts.text === ''
        ? `nothing stands in the column \`${facts.name}\``
        : `\`${facts.text}\` in the column \`${facts.name}\` is not a number`,
    why: 'A value that cannot be read is never taken as zero.',
    mend: facts =>
      facts.text === ''
        ? 'leave out the whole row: a missing bar is a gap, and gaps have a stated policy'
        : 'write plain numbers such as `7195.24`: a point for the decimals, nothing between the thousands',
  },
  D1006: {
    severity: 'error',
    title: 'time stamp cannot be read',
    message: facts =>
      facts.why === 'unit'
        ? `the stamp \`${facts.text}\` has another unit than the file's first one`
        : facts.why === 'out of range'
          ? `the stamp \`${facts.text}\` lies outside the years 1971 to 2200`
          : `\`${facts.text}\` is not a time stamp`,
    why: 'A stamp is the opening of the bar in UTC: `2024-01-31T12:00:00Z`, or seconds, milliseconds or microseconds since 1970.',
    mend: facts =>
      facts.why === 'unit'
        ? 'use one unit in the whole file'
        : 'write ISO dates (`2024-01-31 12:00:00`) or epoch seconds, milliseconds or microseconds',
  },
  D1007: {
    severity: 'error',
    title: 'bars are not in order of time',
    message: facts => `the bar of ${instantText(facts.timeMs)} comes after the one of ${instantText(facts.previousMs)}`,
    why: 'A strategy reads bars in the order of time; rows out of order most often come from files pasted together.',
    mend: () => 'sort the rows by their time stamp, oldest first',
  },
  D1008: {
    severity: 'error',
    title: 'two different bars for one time',
    message: facts =>
      `the bar of ${instantText(facts.timeMs)} is already in line ${facts.firstLine}, with other values`,
    why: 'Equal rows are dropped and counted; of two that differ, nobody can say which one is right.',
    mend: () => 'delete the wrong one of the two rows',
  },
  D1009: {
    severity: 'error',
    title: 'price that cannot be',
    message: facts => `the price ${facts.value} in the column \`${facts.name}\` is not a positive number`,
    why: 'Prices at or under zero, or without bound, would turn into profits that never were.',
    mend: () => 'correct the row, or leave it out: a missing bar is a gap, and gaps have a stated policy',
  },
  D1010: {
    severity: 'error',
    title: 'volume or rate that cannot be',
    message: facts => `the value ${facts.value} in the column \`${facts.name}\` cannot be`,
    why: 'A volume is zero or more, and finite; a funding rate is a fraction under 1.',
    mend: () => 'correct the row, or leave it out',
  },
  D1011: {
    severity: 'error',
    title: 'compressed file is cut off',
    message: () => 'the gzip file ends in the middle',
    why: 'The end of a gzip file holds its checksum; without it nobody knows what is missing.',
    mend: () => 'download the file again',
  },
  D1012: {
    severity: 'error',
    title: 'file is not what its name says',
    message: facts =>
      facts.reason === 'damaged'
        ? 'the gzip file is damaged'
        : facts.reason === 'not gzip'
          ? 'the name ends in `.gz`, but the content is not gzip'
          : facts.reason === 'UTF-16'
            ? 'the file is UTF-16 text'
            : 'the file is binary, not CSV text',
    why: 'Data files are CSV text in UTF-8, plain or compressed with gzip.',
    mend: facts =>
      facts.reason === 'damaged'
        ? 'download the file again; `gzip -t FILE` tells whether it is whole'
        : facts.reason === 'not gzip'
          ? 'rename it if it is plain CSV, or compress it with `gzip`'
          : facts.reason === 'UTF-16'
            ? 'save it as CSV in UTF-8'
            : 'export it as CSV with a header line',
  },
  D1013: {
    severity: 'error',
    title: 'row of another width',
    message: facts => `the row has ${facts.found} fields, the header names ${facts.expected}`,
    why: 'A row with fields missing or left over cannot be matched to the columns: a cut line, or a comma inside a number.',
    mend: () => 'correct or delete the row',
  },
  D1014: {
    severity: 'error',
    title: 'two files disagree',
    message: facts =>
      `two files have different values for ${instantText(facts.timeMs)}: \`${facts.first}\` and \`${facts.second}\``,
    why: 'Files may overlap where they agree. Where they differ, nobody can say which one is right.',
    mend: () =>
      'leave one file out, or delete the wrong row; the last bar of a file is often one that had not closed yet',
  },
  D1015: {
    severity: 'error',
    title: 'two markets in one selection',
    message: facts =>
      `the selection mixes two markets: ${facts.first} (\`${facts.firstFile}\`) and ${facts.second} (\`${facts.secondFile}\`)`,
    why: 'Candles of two markets in one series would be traded as if they were one price.',
    mend: facts =>
      facts.meant === undefined
        ? `name the file of \`${facts.symbol}\`, or a pattern that only its files match`
        : `name the files of \`${facts.symbol}\` alone: \`--data ${facts.meant}\``,
  },
  D1016: {
    severity: 'error',
    title: 'two bar lengths in one selection',
    message: facts =>
      `\`${facts.firstFile}\` has bars of ${intervalText(facts.firstMs)}, \`${facts.secondFile}\` of ${intervalText(facts.secondMs)}`,
    why: 'A series has bars of one length; slower clocks are built from it.',
    mend: facts =>
      `keep the files of ${intervalText(Math.min(facts.firstMs, facts.secondMs))}: slower bars are built from them`,
  },
  D1017: {
    severity: 'error',
    title: 'no bar length in the stamps',
    message: facts =>
      facts.rows < 2
        ? 'one row does not tell how long a bar is'
        : `the ${facts.rows} stamps have no common step${
            facts.mostCommonMs === undefined ? '' : `; the most common one is ${intervalText(facts.mostCommonMs)}`
          }`,
    why: 'The length of a bar is taken from the steps between stamps; trades and ticks have none.',
    mend: () => 'give bars (one row an interval); a file name such as `BTCUSDT-1h.csv` states it for a single row',
  },
  D1018: {
    severity: 'error',
    title: 'bars do not fit the clock',
    message: facts => `bars of ${intervalText(facts.dataMs)} cannot make the strategy's bars of ${facts.clock}`,
    why: 'Bars of a clock are built from whole finer bars; a coarse bar cannot be taken apart.',
    mend: facts =>
      `give bars of ${facts.clock}, or finer ones that divide it, or write \`every ${intervalText(facts.dataMs)}\``,
  },
  D1019: {
    severity: 'error',
    title: 'inputs never exist together',
    message: facts =>
      `there is no time that all inputs cover: ${facts.parts
        .map(part => `${part.what} ${instantText(part.fromMs)} to ${instantText(part.toMs)}`)
        .join(', ')}`,
    why: 'A run starts at the first instant at which all its inputs exist and ends with the first that ends.',
    mend: () => 'give files that overlap, and check `--from` and `--to`',
  },
  D1020: {
    severity: 'error',
    title: 'data for another symbol',
    message: facts => `data are given for \`${facts.given}\`, the strategy trades \`${facts.symbol}\``,
    why: '`SYMBOL=PATH` says which instrument of the strategy the file belongs to.',
    mend: facts => `write \`${facts.symbol}=PATH\`, or only the path`,
  },
  D1021: {
    severity: 'error',
    title: 'marks slower than the bars',
    message: facts => `mark bars of ${intervalText(facts.markMs)} cannot mark the strategy's bars of ${facts.clock}`,
    why: 'Equity and liquidation are tested at every bar: with an old mark price both would be wrong between marks.',
    mend: facts =>
      `give marks of ${facts.clock} or finer, or leave \`--mark\` out: positions are then marked at the traded price`,
  },
  D1022: {
    severity: 'error',
    title: 'funding data missing',
    message: facts => `\`${facts.symbol}\` pays funding, and no funding file is given`,
    why: 'Funding can be the largest cost of a perpetual; leaving it out silently would flatter the result.',
    mend: () => 'give `--funding FILE`, or write `funding: ignored` in `execution`',
  },
  D1023: {
    severity: 'error',
    environment: true,
    title: 'data file cannot be read',
    message: facts => `the file \`${facts.path}\` cannot be read: ${facts.reason}`,
    why: 'The operating system refused to hand the file over.',
    mend: () => 'check the permissions of the file and its folder',
  },
  D1024: {
    severity: 'error',
    title: 'no data given',
    message: facts => `no candles are given for \`${facts.symbol}\``,
    why: 'A backtest reads bars from files.',
    mend: () => 'add `--data FILE` (a CSV or gzip CSV file, a folder or a pattern)',
  },
  D1025: {
    severity: 'error',
    title: 'too few bars',
    message: facts => `the ${facts.rows} rows hold no whole bar of ${facts.clock}`,
    why: 'Bars that the data cover only in part are left out, so that the first and the last are like all others.',
    mend: facts => `give data that cover at least one whole period of ${facts.clock}`,
  },
  D1026: {
    severity: 'error',
    usage: true,
    title: 'run ends before the data begin',
    message: facts => `no bar closes by ${instantText(facts.toMs)}: the data begin at ${instantText(facts.fromMs)}`,
    why: 'Bars that close after `--to` do not exist for a run.',
    mend: () => 'give a later `--to`, or data that reach further back',
  },
  D1027: {
    severity: 'error',
    title: 'an instrument without candles',
    message: facts =>
      facts.files === 1
        ? `no candles are given for \`${facts.symbol}\`: the one file given ${foundText(facts)}`
        : `no candles are given for \`${facts.symbol}\`: the ${facts.files} files given ${foundText(facts)}`,
    why: 'Every instrument that a strategy names, and every member of its universe, needs data of its own; files are told apart by the symbols in their names.',
    mend: facts => `add its file, as in \`--data ${facts.symbol}=FILE\`, or take it out of the strategy`,
  },
  D1028: {
    severity: 'error',
    title: 'instruments with bars of different lengths',
    message: facts =>
      `the bars of \`${facts.first}\` are ${intervalText(facts.firstMs)} long (\`${facts.firstFile}\`), those of \`${facts.second}\` ${intervalText(facts.secondMs)} (\`${facts.secondFile}\`)`,
    why: 'Members of a universe are compared bar by bar; bars built from different sources differ for reasons that have nothing to do with the market.',
    mend: () => 'give files of one bar length for all of them',
  },
  D1029: {
    severity: 'error',
    title: 'instruments that never exist together',
    message: facts =>
      `the candles of ${facts.before} end at ${instantText(facts.endMs)}, before those of ${facts.after} begin at ${instantText(facts.startMs)}`,
    why: 'A run of several instruments has one calendar, and between these two instants there is nothing on it.',
    mend: () => 'give files that overlap, or run the two spans apart',
  },
  E0810: {
    severity: 'error',
    title: 'hole in the data longer than allowed',
    message: facts =>
      `${facts.what} have a hole of ${lengthText(facts.toMs - facts.fromMs)}: nothing between ${instantText(facts.fromMs)} and ${instantText(facts.toMs)}, ${
        facts.policy === 'fail'
          ? 'and the instrument says `gaps: fail`'
          : `longer than max_gap ${lengthText(facts.maxGapMs)}`
      }`,
    why: 'A short hole is held at the last close with nothing happening on it; over a long one indicators would be computed from prices that never were.',
    mend: facts =>
      facts.policy === 'fail'
        ? 'fill the hole, or state `gaps: hold` or `gaps: absent`'
        : 'get the missing bars, start later with `--from`, or allow it with `--max-gap`',
  },
  D1051: {
    severity: 'warning',
    title: 'file name speaks of another market',
    message: facts => `the file \`${facts.path}\` looks like ${facts.found}, the strategy trades \`${facts.symbol}\``,
    why: 'The strategy runs on whatever candles it is given; the report names its own symbol.',
    mend: facts => `if this is meant, write \`--data ${facts.symbol}=${facts.path}\``,
  },
  D1052: {
    severity: 'warning',
    environment: true,
    title: 'cache cannot be written',
    message: facts => `the parsed candles could not be kept in \`${facts.path}\`: ${facts.reason}`,
    why: 'The run is not touched by this; the next one parses the files again.',
    mend: () => 'make room, or point `VELA_CACHE` to a folder that can be written (empty: no cache)',
  },
  D1053: {
    severity: 'warning',
    title: 'an input ends early',
    message: facts =>
      `${facts.what} end at ${instantText(facts.cutMs)}; the bars after it, up to ${instantText(facts.endMs)}, are left out`,
    why: 'A run ends where the first of its inputs ends.',
    mend: () => 'give a longer file to use the rest of the bars',
  },
  D1054: {
    severity: 'warning',
    environment: true,
    title: 'cache was damaged',
    message: facts => `the cached candles \`${facts.path}\` were damaged (${facts.reason}) and have been made again`,
    why: 'The cache is checked at every load; the files it was made from are what counts.',
    mend: () => 'nothing to do; if it happens again, check the disk',
  },
  D1055: {
    severity: 'warning',
    title: 'settlements may be missing',
    message: facts =>
      `the funding file has ${facts.count} step${facts.count === 1 ? '' : 's'} longer than usual, the first after ${instantText(facts.firstMs)}`,
    why: 'Venues change the interval at times, but a step that is longer than those around it is often a lost settlement.',
    mend: () => "compare the file with the venue's own history",
  },
  D1056: {
    severity: 'warning',
    title: 'last bar had not closed',
    message: facts => `the file was written before its last bar, of ${instantText(facts.lastMs)}, closed`,
    why: 'The values of that bar are those of its first part.',
    mend: () => 'end the run before it with `--to`, or download the file again',
  },
  D1057: {
    severity: 'warning',
    environment: true,
    title: 'cache cannot be tidied',
    message: facts => `old entries in \`${facts.folder}\` could not be removed: ${facts.reason}`,
    why: 'Entries of more than 30 days ago are removed when a new one is written, so that the cache does not grow without end.',
    mend: () => 'make the folder and what lies in it your own, or delete it: it is made again',
  },
  D1058: {
    severity: 'warning',
    title: 'an instrument whose candles end early',
    message: facts =>
      `the candles of ${facts.members
        .slice(0, MOST_LISTED)
        .map(({ symbol, endMs }) => `${symbol} end at ${instantText(endMs)}`)
        .join(
          ', of ',
        )}${andMore(facts.members)}, before the last bar of the others (${instantText(facts.lastMs)}): from then on ${facts.members.length === 1 ? 'it does' : 'they do'} not exist`,
    why: 'A listing that ended cannot be traded any more: what is held of it is closed at its last price.',
    mend: () => 'nothing to do if the listing ended; otherwise give a longer file',
  },
  D1059: {
    severity: 'warning',
    title: 'an instrument that does not exist yet',
    message: facts =>
      `${facts.symbols.slice(0, MOST_LISTED).join(', ')}${andMore(facts.symbols)} ${facts.symbols.length === 1 ? 'has' : 'have'} no bar in the time of this run`,
    why: 'The run ends before the first of its candles.',
    mend: () => 'give a later `--to`, or take it out of the strategy',
  },
  D1060: {
    severity: 'warning',
    title: 'marks for some of the instruments only',
    message: facts =>
      `no mark prices are given for ${facts.symbols.slice(0, MOST_LISTED).join(', ')}${andMore(facts.symbols)}: marked at the traded price`,
    why: 'Equity and liquidation follow the mark price where there is one; a traded price can jump where the mark does not.',
    mend: () => 'add the mark prices with `--mark`',
  },
};

/** More than this many names make no message easier to understand. */
const MOST_LISTED = 6;

function andMore(items: readonly unknown[]): string {
  return items.length > MOST_LISTED ? ` and ${items.length - MOST_LISTED} more` : '';
}

function foundText({ found, files }: DataFacts['D1027']): string {
  if (found.length === 0) return files === 1 ? 'bears no symbol in its name' : 'bear no symbols in their names';
  return `${files === 1 ? 'speaks' : 'speak'} of ${found.slice(0, MOST_LISTED).join(', ')}${andMore(found)}`;
}
