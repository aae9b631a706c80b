/** From what the strategy names and the configuration says to a connection with the venue; each refusal says how to mend it. */

import type { VenueDocument } from '../../language/check/configuration.ts';
import type { Instrument } from '../../language/check/program.ts';
import type { ResolvedSystem } from '../../runtime/config/read.ts';
import type { FeedSettings } from '../../runtime/data/live/feed.ts';
import { timeframeOf, timeframesOf } from '../../runtime/data/live/history.ts';
import { type Connection, type ConnectionSettings, connect } from '../../runtime/exchange/ccxt/connection.ts';
import { KeyError, readKeys, type VenueKeys } from '../../runtime/exchange/ccxt/keys.ts';
import type { VenueProfile } from '../../runtime/exchange/ccxt/profile.ts';
import { VENUES } from '../../runtime/exchange/ccxt/venues.ts';
import { periodName } from '../../runtime/live/candle-store.ts';
import type { Companion } from '../../runtime/live/companion.ts';
import { type RejectReason, VenueError } from '../../runtime/live/ports.ts';
import { type CommandCode, CommandError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';

/** What a test puts in place of real time. */
export interface World extends Pick<ConnectionSettings, 'ticks' | 'pace'> {
  readonly feed?: FeedSettings;
  readonly companion?: Companion;
}

export interface VenuePlace {
  readonly profile: VenueProfile;
  readonly document: VenueDocument;
}

/** Names of venues in strategies, by kind of market. */
const PROFILES: Readonly<Record<string, string>> = {
  'binance spot': 'binance',
  'binance linear': 'binanceusdm',
  'binanceusdm linear': 'binanceusdm',
  'coinbase spot': 'coinbase',
};

const KIND: Readonly<Record<Instrument['market'], string>> = {
  spot: 'spot markets',
  linear: 'linear perpetuals',
  inverse: 'inverse contracts',
};

/** The venue of a strategy's instruments, all of which must be traded there. */
export function venueOf(
  instruments: readonly Instrument[],
  { venues, data_sources: sources }: Pick<ResolvedSystem, 'venues' | 'data_sources'>,
): VenuePlace {
  const names = new Set(
    instruments.map(({ venue, market, symbol }) => {
      const name = PROFILES[`${venue} ${market}`];
      if (name !== undefined && !sources.includes(venue) && !sources.includes(name)) {
        throw new CommandError('no-venue', `the configuration does not list ${venue} among its \`data_sources\``, {
          help: `write it into config/system.yaml, as in \`data_sources: [${[...sources, venue].join(', ')}]\``,
        });
      }
      if (name !== undefined) return name;
      throw new CommandError('no-venue', `${symbol}: runs cannot trade ${KIND[market]} of ${venue}`, {
        help: 'they can trade spot markets of binance and coinbase, and linear perpetuals of binance; `--replay` rehearses others',
      });
    }),
  );
  const [name, other] = [...names];
  const profile = VENUES[name ?? ''];
  if (name === undefined || profile === undefined) {
    throw new CommandError('no-instrument', 'the strategy names no instrument', {
      help: 'name it in the strategy: `instrument "BTC/USDT" on binance`',
    });
  }
  if (other !== undefined) {
    throw new CommandError('no-venue', `a run trades at one venue, and this strategy names ${name} and ${other}`, {
      help: 'write a strategy for each of them',
    });
  }
  return { profile, document: venues[name] ?? {} };
}

/** The account that a live run trades. */
export function accountOf({ profile, document }: VenuePlace): string {
  if (document.account !== undefined) return document.account;
  throw new CommandError('no-account', `the configuration names no account at ${profile.name}`, {
    help: `write \`system: { venues: { ${profile.name}: { account: ${profile.name}-main } } }\` into config/system.yaml`,
  });
}

/** Of the account that the configuration names. */
export function keysOf(place: VenuePlace, environment: Terminal['environment']): VenueKeys {
  const { key_file: file } = place.document;
  try {
    return readKeys({ account: accountOf(place), ...(file !== undefined && { file }) }, environment);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new CommandError('no-keys', error.message, {
      help: 'a key at the venue that can read and trade is enough; `vela explain no-keys` says where keys may stand',
    });
  }
}

/** `keys` absent: market data alone. */
export async function connectTo(
  { profile, document }: VenuePlace,
  keys: VenueKeys | undefined,
  { ticks, pace }: World,
): Promise<Connection> {
  const { redirect, allow_withdrawals: allowWithdrawals } = document;
  const connection = await redirected(redirect, profile.name, () =>
    connect({
      profile,
      ...(keys !== undefined && { keys }),
      ...(redirect !== undefined && { redirect }),
      ...(allowWithdrawals !== undefined && { allowWithdrawals }),
      ...(ticks !== undefined && { ticks }),
      ...(pace !== undefined && { pace }),
    }),
  );
  const uncertaintyMs = connection.time.last?.uncertaintyMs ?? 0;
  if (uncertaintyMs <= SURE_MS) return connection;
  await connection.close();
  throw new CommandError(
    'clock-unsure',
    `${profile.name} took ${Math.round(2 * uncertaintyMs)} ms to say its time, which is then known to ${Math.round(uncertaintyMs)} ms only`,
    { help: 'check the network, or run closer to the venue' },
  );
}

const SURE_MS = 1000;

/** The venue's own name of the strategy's bar length. */
export function refuseOtherBars(connection: Connection, periodMs: number): void {
  try {
    timeframeOf(connection, periodMs);
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    throw new CommandError('no-bars', `${connection.profile.name} has no bars of ${periodName(periodMs)}`, {
      help: `let the strategy run on one of ${timeframesOf(connection).join(', ')}`,
    });
  }
}

interface Refusal {
  readonly code: CommandCode;
  readonly help: string;
}

const REFUSALS: Partial<Record<RejectReason, Refusal>> = {
  authentication: {
    code: 'keys-refused',
    help: 'give the key and the secret that belong together, both whole, of a key that can read and trade and that the venue lets this address use; `vela explain keys-refused` says more',
  },
  permission: {
    code: 'keys-refused',
    help: 'change that at the venue: it takes a key that can read and trade, and nothing else; `vela explain keys-refused` says more',
  },
  'not trading': {
    code: 'no-market',
    help: 'write the symbol as ccxt calls the market: `BTC/USDT` on spot, `BTC/USDT:USDT` for a perpetual',
  },
};
const OTHER_REFUSAL: Refusal = {
  code: 'venue-refused',
  help: 'look up at the venue what it says; in maintenance, start again later',
};

/** Does something at a venue; what it refuses or does not answer becomes words. */
export async function said<T>(venue: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(venue, error);
  }
}

/** The same where a local venue stands for it: whoever tried that out may have left it in the configuration. */
async function redirected<T>(redirect: string | undefined, venue: string, work: () => Promise<T>): Promise<T> {
  try {
    return await said(venue, work);
  } catch (error) {
    if (redirect === undefined || !(error instanceof CommandError) || error.code !== 'no-network') throw error;
    throw new CommandError('no-network', `${error.message} (\`redirect\` sends all of it to ${redirect})`, {
      help: 'start what answers at that address, write the address that it has now into config/system.yaml, or take `redirect` out to reach the venue itself',
    });
  }
}

/** What a venue refused or did not answer, for a person; anything else as it is. */
export function inWords(venue: string, error: unknown): unknown {
  if (!(error instanceof VenueError)) return error;
  if (error.kind !== 'rejected') {
    return new CommandError('no-network', `${venue} cannot be reached: ${plain(venue, error.message)}`, {
      help: "check the network and the venue's status page, then start again",
    });
  }
  const { code, help } = REFUSALS[error.reason ?? 'other'] ?? OTHER_REFUSAL;
  return new CommandError(code, `${venue}: ${plain(venue, error.message)}`, { help });
}

/** Without the venue's name, which ccxt puts before it; of its JSON the words. */
function plain(venue: string, message: string): string {
  const text = message.replace(new RegExp(`^${venue} (has |took )?`), (_, verb: string | undefined) => verb ?? '');
  if (!text.startsWith('{')) return text;
  try {
    const { code, msg, message: said, error = code }: Readonly<Record<string, unknown>> = JSON.parse(text);
    const words = [msg, said].find(each => typeof each === 'string' && each !== '');
    return words === undefined ? text : `${words}${error === undefined ? '' : ` (its code ${error})`}`;
  } catch (failure) {
    if (!(failure instanceof SyntaxError)) throw failure;
    return text;
  }
}
