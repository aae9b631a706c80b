/**
 * One exchange class of ccxt by its own file: the whole package takes three times as long to load and holds a hundred
 * venues. Its errors are a file of their own, shared by all classes.
 */
import type { Exchange } from 'ccxt';

/** What ccxt's classes have and its types leave out. */
export interface CcxtExchange extends Exchange {
  /** What a venue sent, read as JSON: an object, or a text or list that is none of ours. */
  handleMessage(client: object, message: unknown): void;
  /** Of Binance alone. */
  loadLeverageBrackets(): Promise<unknown>;
  fetchImplementation: unknown;
}

export type ExchangeClass = new (config: Readonly<Record<string, unknown>>) => CcxtExchange;

type ErrorClass = new (message: string) => Error;

export interface CcxtErrors {
  readonly BaseError: ErrorClass;
  readonly ExchangeError: ErrorClass;
  readonly NetworkError: ErrorClass;
  readonly OperationFailed: ErrorClass;
  readonly AuthenticationError: ErrorClass;
  readonly PermissionDenied: ErrorClass;
  readonly BadSymbol: ErrorClass;
  readonly MarketClosed: ErrorClass;
  readonly InsufficientFunds: ErrorClass;
  readonly InvalidOrder: ErrorClass;
  readonly OrderNotFound: ErrorClass;
  readonly OrderImmediatelyFillable: ErrorClass;
  readonly DuplicateOrderId: ErrorClass;
  readonly DDoSProtection: ErrorClass;
  readonly RateLimitExceeded: ErrorClass;
  readonly ExchangeNotAvailable: ErrorClass;
  readonly InvalidNonce: ErrorClass;
}

interface ClassModule {
  readonly default: unknown;
}

const CLASSES: Readonly<Record<string, () => Promise<ClassModule>>> = {
  binance: () => import('../../../node_modules/ccxt/js/src/pro/binance.js'),
  binanceusdm: () => import('../../../node_modules/ccxt/js/src/pro/binanceusdm.js'),
  coinbase: () => import('../../../node_modules/ccxt/js/src/pro/coinbase.js'),
};

export async function loadExchange(
  name: string,
): Promise<{ readonly Exchange: ExchangeClass; readonly errors: CcxtErrors }> {
  const load = CLASSES[name];
  if (load === undefined) throw new Error(`no exchange class ${name}`);
  const [{ default: Exchange }, errors] = await Promise.all([
    load(),
    import('../../../node_modules/ccxt/js/src/base/errors.js'),
  ]);
  return { Exchange: Exchange as ExchangeClass, errors: errors as unknown as CcxtErrors };
}
