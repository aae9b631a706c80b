/**
 * What the server and its editors say to one another beyond the Language Server Protocol. Types and names only: an
 * extension may import this file without bringing the server along.
 *
 * Every request is answered by JSON data; positions in it are those of the protocol (UTF-16, from 0).
 */
import type { Location, Range } from 'vscode-languageserver-types';

/** `initializationOptions`. An editor that sends none gets plain LSP: real files and commands that the server runs. */
export interface EditorOptions {
  /**
   * The editor shows documents of the schemes `vela-library:` and `vela-manual:` (it asks for them with `vela/document`).
   * Otherwise the server writes such files into its cache folder and points there with `file:` addresses.
   */
  readonly virtualDocuments?: boolean;
  /** The editor registers the commands of `COMMANDS` itself; otherwise the server does, and opens files to show results. */
  readonly ownCommands?: boolean;
  /** For editors that cannot be asked for their settings (`workspace/configuration`). */
  readonly settings?: Settings;
}

/** The section `vela` of the editor's settings. Relative paths are relative to the workspace folder that holds the strategy. */
export interface Settings {
  /** What strategies are backtested on while they are written. */
  readonly data?: string | readonly string[];
  readonly mark?: string | readonly string[];
  readonly funding?: string | readonly string[];
  /** `vela backtest --market`: a file of venue facts. */
  readonly market?: string;
  /** The folder of model.yaml, trading.yaml, system.yaml (`--config`). */
  readonly config?: string;
  readonly from?: string;
  readonly to?: string;
  readonly capital?: number;
  readonly maxGap?: string;
  /** Where there are no data: simulated candles, labelled as such. */
  readonly simulate?: boolean;
  /** Whether strategies are run at all while they are written. True unless stated. */
  readonly runs?: boolean;
  /** Whether params show how the result depends on them. True unless stated. */
  readonly sensitivity?: boolean;
  readonly inlayHints?: {
    readonly units?: boolean;
    readonly warmup?: boolean;
    readonly argumentNames?: boolean;
  };
}

export const SCHEMES = { library: 'vela-library', manual: 'vela-manual' } as const;

/** Commands that code lenses and code actions name. The first argument of each is the address of the strategy. */
export const COMMANDS = {
  /** [uri] */
  showReport: 'vela.showReport',
  /** [uri] */
  showGraph: 'vela.showGraph',
  /** [uri] */
  explainWarmup: 'vela.explainWarmup',
  /** [uri, number of the trade]; without a number the editor offers a choice (`vela/trades`). */
  showTrade: 'vela.showTrade',
  /** [uri] The strategy has no data: offer to choose files, to download, or to simulate. */
  getData: 'vela.getData',
  /** [uri] Trains the strategy's models on the configured data; while they are trained, stops that. */
  train: 'vela.train',
} as const;

export interface OfDocument {
  readonly uri: string;
}

/** A text that is not on disk, or what stands in the way of giving it. */
export interface Text {
  readonly text: string;
  readonly languageId: 'vela' | 'yaml' | 'markdown' | 'html' | 'svg' | 'plaintext';
}
export interface Unavailable {
  /** One sentence for the user. */
  readonly unavailable: string;
}

/** Requests from the editor to the server: name, what is sent, what comes back. */
export interface Requests {
  /** The text of a `vela-library:` or `vela-manual:` document. */
  readonly 'vela/document': { readonly sent: OfDocument; readonly answer: Text | null };
  /** The whole report of the strategy as it stands in the editor: one HTML page without outside references. */
  readonly 'vela/report': { readonly sent: OfDocument; readonly answer: { readonly html: string } | Unavailable };
  /** The dataflow graph: an SVG, and the same as text. */
  readonly 'vela/graph': {
    readonly sent: OfDocument;
    readonly answer: { readonly svg: string; readonly text: string } | Unavailable;
  };
  /** Why no order is possible before a bar, stream by stream, as Markdown. */
  readonly 'vela/warmup': { readonly sent: OfDocument; readonly answer: { readonly markdown: string } | Unavailable };
  /** The trades of the latest run, oldest first. */
  readonly 'vela/trades': { readonly sent: OfDocument; readonly answer: readonly TradeRow[] | Unavailable };
  /** The values of all named streams at the bars that made one trade. */
  readonly 'vela/trade': {
    readonly sent: OfDocument & { readonly trade: number };
    readonly answer: TradeBars | Unavailable;
  };
  /** The same strategy in the other spelling. */
  readonly 'vela/twin': { readonly sent: OfDocument; readonly answer: Text | Unavailable };
  /**
   * Trains what versions are missing of the strategy's models, as it stands in the editor; answered when that has ended. Asked
   * once more meanwhile, it stops: what was trained by then is kept.
   */
  readonly 'vela/train': { readonly sent: OfDocument; readonly answer: { readonly trained: number } | Unavailable };
  /** What the latest run gave, or how it stands. */
  readonly 'vela/run': { readonly sent: OfDocument; readonly answer: RunStatus };
}

export interface TradeRow {
  readonly number: number;
  readonly instrument: string;
  readonly side: 'long' | 'short';
  /** ISO, UTC. */
  readonly entryTime: string;
  readonly exitTime: string;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly profit: number;
  readonly reason: string;
}

export interface TradeBars {
  readonly trade: TradeRow;
  /** The bar whose close decided the entry, then the one whose close decided the exit (or in which it was stopped). */
  readonly bars: readonly {
    readonly what: 'entry' | 'exit';
    /** Open of the bar, ISO, UTC. */
    readonly time: string;
    /** In file order; null where a stream is absent. */
    readonly values: readonly {
      readonly name: string;
      readonly kind: 'column' | 'let' | 'signal' | 'state';
      readonly value: number | boolean | null;
      /** Where it is declared; absent for the columns of the data. */
      readonly range?: Range;
    }[];
  }[];
  /** The rule that opened the position, when it can be told. */
  readonly rule?: Location;
}

/** What `vela/run` answers and `vela/status` tells; for the status bar. */
export type RunStatus =
  | { readonly state: 'off' | 'waiting' | 'running' }
  /** The file has errors: nothing to run. */
  | { readonly state: 'errors' }
  | { readonly state: 'noData'; readonly why: string }
  /** Models lack versions for these data, and nothing is trained while one types. */
  | { readonly state: 'untrained'; readonly why: string }
  | { readonly state: 'training'; readonly how: string }
  | { readonly state: 'failed'; readonly why: string }
  | { readonly state: 'done'; readonly summary: RunSummary };

/** Numbers are those of `vela backtest --json` on the same data, as they stand there. */
export interface RunSummary {
  readonly simulated: boolean;
  readonly totalReturn: number | null;
  readonly sharpe: number | null;
  readonly maxDrawdown: number | null;
  readonly trades: number;
  readonly bars: number;
  /** ISO, UTC. */
  readonly from: string;
  readonly to: string;
  readonly planHash: string;
  readonly dataHash: string;
  /** Milliseconds from the edit's analysis to the result. */
  readonly tookMs: number;
}

/** Notifications from the server to the editor. */
export interface Notifications {
  /** How the run of a document stands, whenever that changes. */
  readonly 'vela/status': OfDocument & { readonly version: number; readonly status: RunStatus };
}
