/**
 * How a run is, for those outside its process: the terminal, metrics, health and alerts all read this and nothing else. The
 * run writes it every second; amounts are in its currency, times UTC milliseconds, shares fractions.
 */
export interface RunStatus {
  readonly pid: number;
  readonly strategy: string;
  readonly mode: 'replay' | 'paper' | 'live';
  /** Name of the venue, and of the account there. */
  readonly venue: string;
  readonly account: string;
  readonly state: 'starting' | 'running' | 'stopped' | 'ended' | 'failed';
  readonly why?: string;
  /** What keeps the run from doing all that it should; empty when nothing does. */
  readonly degraded: readonly Degraded[];
  readonly startedMs: number;
  /** Written every second while the run is alive. */
  readonly heartbeatMs: number;
  /** Bars consumed, and open of the last one. */
  readonly bars: number;
  readonly lastBarMs: number | null;

  readonly currency: string;
  readonly capital: number;
  readonly equity: number;
  readonly peakEquity: number;
  readonly dayStartEquity: number;
  /** At the closes of the latest bars, oldest first. */
  readonly equityCurve: readonly number[];
  readonly fees: number;
  /** Received; negative where it was paid. */
  readonly funding: number;
  /** Trades that are over, and fills, since the run began. */
  readonly trades: number;
  readonly fills: number;
  readonly slippage: SlippageStatus;
  readonly risk: RiskStatus;

  readonly instruments: readonly InstrumentStatus[];
  readonly orders: readonly OrderStatus[];
  /** The latest of them, newest first. */
  readonly signals: readonly SignalStatus[];
  readonly limits: readonly LimitStatus[];
  readonly models: readonly ModelStatus[];
  readonly counts: RunCounts;
  readonly orderLatencyMs: Quantiles;
  readonly system: SystemStatus;
}

/** One word for programs, one sentence for people: what it means and what to do. */
export interface Degraded {
  readonly code: DegradedCode;
  readonly sinceMs: number;
  readonly symbol?: string;
  readonly text: string;
}

/** - `blind`: the venue takes no calls for a while. - `clock`: its time jumped. - `foreign`: something there is not ours. */
export type DegradedCode =
  | 'blind'
  | 'disconnected'
  | 'stale'
  | 'clock'
  | 'unknown order'
  | 'unprotected'
  | 'foreign'
  | 'not trading'
  | 'disk'
  | 'model'
  | 'claimed twice';

export interface InstrumentStatus {
  readonly symbol: string;
  readonly price: number | null;
  readonly lastBarMs: number | null;
  /** From the close of the last bar until it was known here. */
  readonly latenessMs: number | null;
  readonly isStale: boolean;
  /** Signed base quantity; 0 is flat. */
  readonly position: number;
  readonly entry: number | null;
  readonly unrealised: number;
  readonly stop: number | null;
  readonly targets: readonly number[];
  /** What is held here and is not this run's. */
  readonly foreign: number;
  /** Entries are halted, and why. */
  readonly halted?: string;
}

export interface OrderStatus {
  readonly id: number;
  readonly symbol: string;
  readonly role: string;
  readonly type: string;
  readonly side: 'buy' | 'sell';
  readonly price: number | null;
  readonly quantity: number;
  readonly status: string;
  readonly clientId: string;
}

export interface SignalStatus {
  readonly symbol: string;
  readonly rule: string;
  readonly timeMs: number;
  /** Price and quantity asked for, and the named streams that the rule speaks of. */
  readonly values: Readonly<Record<string, number>>;
}

export interface LimitStatus {
  readonly name: string;
  /** Where it stands and where it acts, in the limit's own unit. */
  readonly value: number;
  readonly bound: number;
  readonly isHalted: boolean;
}

/**
 * Fills against what was expected of them when they were decided: the price of a limit or a stop, the close of the bar of a
 * market order. Of the process; positive is worse than expected.
 */
export interface SlippageStatus {
  readonly money: number;
  /** Of the latest fills, in hundredths of a percent. */
  readonly bps: Quantiles;
}

/** Shares of equity. Historical figures are of the latest bars, null while there are too few of them. */
export interface RiskStatus {
  /** Sum of the positions' values, without and with their signs. */
  readonly grossExposure: number;
  readonly netExposure: number;
  /** From the changes that equity made at the closes of the latest bars. */
  readonly own: TailRisk | null;
  /** What is held now, through the price moves of the latest bars; null while flat, too. */
  readonly held: TailRisk | null;
  /** Of the bar returns of the 20 largest positions. */
  readonly correlations: readonly { readonly a: string; readonly b: string; readonly value: number }[];
}

/**
 * Loss over one bar, positive, as a share of equity: value at risk is the quantile that is exceeded in 5 % or 1 % of the
 * bars (interpolated linearly), expected shortfall the mean of the bars at or beyond it.
 */
export interface TailRisk {
  readonly bars: number;
  readonly valueAtRisk95: number;
  readonly expectedShortfall95: number;
  readonly valueAtRisk99: number;
  readonly expectedShortfall99: number;
}

export interface ModelStatus {
  readonly name: string;
  readonly version: string;
  readonly activeFromMs: number | null;
  readonly latencyMs: Quantiles;
  readonly failures: number;
  /** Largest population stability index among its inputs; null where none is known. */
  readonly drift: number | null;
  readonly training?: string;
}

/** Since the process began; a notice says which of them it is one of (`Notice.counts`). */
export interface RunCounts {
  readonly placed: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly cancelled: number;
  readonly lateBars: number;
  readonly missingBars: number;
  readonly revisedBars: number;
  readonly reconnects: number;
  readonly reconciliations: number;
  readonly repairs: number;
  readonly errors: number;
}

export const NOTHING_COUNTED: RunCounts = {
  placed: 0,
  rejected: 0,
  unknown: 0,
  cancelled: 0,
  lateBars: 0,
  missingBars: 0,
  revisedBars: 0,
  reconnects: 0,
  reconciliations: 0,
  repairs: 0,
  errors: 0,
};

export interface Quantiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface SystemStatus {
  readonly rssBytes: number;
  /** Share of one core since the status before. */
  readonly cpu: number;
  readonly eventLoopMs: Quantiles;
  readonly freeDiskBytes: number | null;
}

/** Where a run trades, in a word or two: the account, or what stands for a venue where no money is. */
export function whereOf({ mode, venue, account }: Pick<RunStatus, 'mode' | 'venue' | 'account'>): string {
  return mode === 'live' ? account : venue;
}
