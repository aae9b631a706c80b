/**
 * The three configuration documents of a deployment (language.md §4), read and validated by runtime/config. Plain data;
 * every key may be left out, and is then as in the documents that are shipped, below.
 */
import type { TrainerName } from './model.ts';

export interface Configuration {
  readonly model?: ModelDocument;
  readonly trading?: TradingDocument;
  readonly system?: SystemDocument;
}

/** A value as written: numbers and words; `20%`, `2y`, `uniqueness(win) * decay(180d)` are texts of the language. */
export type Scalar = number | string | boolean;

/** `config/model.yaml` below `model:`. */
export interface ModelDocument {
  readonly type?: TrainerName;
  /** By the trainer's own names (trainer-settings.ts). */
  readonly params?: Readonly<Record<string, Scalar>>;
  /** Names of feature groups. */
  readonly features?: readonly string[];
  /** Slower clocks that the groups are taken over too, `1d`; the base clock alone unless stated. */
  readonly over?: readonly string[];
  /** `0..5`. */
  readonly lags?: string;
  /** A label of the strategy, or a label's expression; `triple_barrier(3 * atr(24), 3 * atr(24), 24 bars)` unless stated. */
  readonly label?: string;
  readonly seed?: number;
  /** `method: walk_forward` and its properties, as in a `train` block. */
  readonly train?: Readonly<Record<string, Scalar>>;
  /** Other properties of a `model` block: `weight scale clip impute calibrate accept max_age device on_failure`. */
  readonly options?: Readonly<Record<string, Scalar>>;
}

/** `config/trading.yaml` below `trading:`. */
export interface TradingDocument {
  /** Ratios of equity; leverage a plain number. They apply on top of a strategy's own, the tighter wins. */
  readonly risk_limits?: {
    readonly max_position_size?: number;
    readonly max_drawdown?: number;
    readonly max_leverage?: number;
  };
  /** `config.entry_threshold` and `config.exit_threshold`. */
  readonly signal_thresholds?: { readonly entry?: number; readonly exit?: number };
}

/** `config/system.yaml` below `system:`; nothing in it changes what a strategy means. */
export interface SystemDocument {
  readonly data_sources?: readonly string[];
  /** `1GB`; seconds. */
  readonly cache_settings?: { readonly max_size?: string; readonly ttl?: number };
  readonly logging?: { readonly level?: string; readonly handlers?: readonly string[] };
  /** By ccxt's ids. */
  readonly venues?: Readonly<Record<string, VenueDocument>>;
  readonly monitoring?: MonitoringDocument;
  readonly alerts?: readonly AlertDocument[];
}

export type AlertSink = 'log' | 'webhook' | 'telegram';

/** Who may ask how a run is, and who is told; tokens are in no document. */
export interface MonitoringDocument {
  /** `127.0.0.1:9464`. */
  readonly listen?: string;
  /** Other machines may reach it. */
  readonly public?: boolean;
  readonly token_file?: string;
  readonly webhook?: { readonly url?: string; readonly url_file?: string };
  readonly telegram?: {
    readonly chat: string | number;
    readonly token_file?: string;
    readonly api?: string;
  };
  readonly daily_report?: readonly AlertSink[];
}

/** A rule over the metrics of a run; all of it may be left out where `name` is that of a built-in rule. */
export interface AlertDocument {
  readonly name?: string;
  /** `drawdown > 10%`. */
  readonly when?: string;
  /** `5m`. */
  readonly for?: string;
  readonly severity?: 'info' | 'warning' | 'critical';
  readonly cool_down?: string;
  readonly message?: string;
  readonly sinks?: readonly AlertSink[];
  readonly action?: 'stop' | 'flatten';
}

/** How runs get at a venue; the keys themselves are in no document. */
export interface VenueDocument {
  /** `binance-main`: its keys are VELA_BINANCE_MAIN_KEY and VELA_BINANCE_MAIN_SECRET. */
  readonly account?: string;
  /** Of keys, instead of the environment. */
  readonly key_file?: string;
  readonly allow_withdrawals?: boolean;
  /** Rehearsal: an address of this machine that stands for all of the venue's hosts. */
  readonly redirect?: string;
}

/**
 * What is shipped in config/*.yaml. `predict(model)` and the thresholds fall back to these where no document says
 * otherwise; limits of the account and settings of declared models come only from documents that are there.
 */
export const SHIPPED = {
  model: {
    type: 'xgboost',
    params: { n_estimators: 1000, max_depth: 8, learning_rate: 0.01 },
    features: ['price_features', 'volume_features', 'technical_indicators'],
    seed: 0,
    train: { method: 'walk_forward', window: '2y', retrain: '3mo' },
  },
  trading: {
    risk_limits: { max_position_size: 1, max_drawdown: 0.2, max_leverage: 3 },
    signal_thresholds: { entry: 0.4, exit: 0.35 },
  },
  system: {
    data_sources: ['binance', 'coinbase'],
    cache_settings: { max_size: '1GB', ttl: 3600 },
    logging: { level: 'INFO', handlers: ['console', 'file'] },
    venues: {},
    monitoring: {},
    alerts: [],
  },
} as const satisfies Configuration;
