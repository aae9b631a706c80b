/**
 * Markets change while a run goes on: trading stops, a settlement or a delisting is announced, steps become others. They are
 * read again every hour, and what follows from it is journaled like everything else.
 */
import type { StepTexts } from '../../engine/events.ts';
import { VenueError, type VenueMarket } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import type { DegradedCode } from '../status.ts';

const EVERY_MS = 3_600_000;
/** A market that could not be read is read again sooner. */
const AGAIN_MS = 60_000;
/** A position is closed this long before the venue would settle it: two readings, so that none can be missed. */
const LEAVE_BEFORE_MS = 2 * EVERY_MS;

/** Where states are told: the guard. */
interface Teller {
  begin(cause: DegradedCode, text: string, instrument?: number): Promise<void>;
  end(cause: DegradedCode, instrument?: number): Promise<void>;
}

export class MarketWatch {
  readonly #run: LiveRun;
  #nextMs = Number.NEGATIVE_INFINITY;
  #isLooking = false;

  constructor(run: LiveRun) {
    this.#run = run;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#nextMs && !this.#isLooking;
  }

  async look(teller: Teller): Promise<void> {
    this.#isLooking = true;
    let nextMs = EVERY_MS;
    const round = {};
    try {
      for (const instrument of this.#run.parts.trader.traded) {
        const market = await this.#read(instrument, round);
        if (market === undefined) nextMs = AGAIN_MS;
        else await this.#act(instrument, market, teller);
      }
    } finally {
      this.#nextMs = this.#run.parts.clock() + nextMs;
      this.#isLooking = false;
    }
  }

  /** One that the venue does not have any more is one that is not traded. */
  async #read(
    instrument: number,
    round: object,
  ): Promise<(Pick<VenueMarket, 'isTrading' | 'endsMs'> & Partial<VenueMarket>) | undefined> {
    const symbol = this.#run.symbolOf(instrument);
    try {
      return await this.#run.parts.venue.market(symbol, round);
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      if (error.reason === 'not trading') return { isTrading: false };
      this.#run.notice('warning', 'market cannot be read', { symbol, why: error.message });
      return undefined;
    }
  }

  async #act(
    instrument: number,
    { isTrading, endsMs, facts }: Pick<VenueMarket, 'isTrading' | 'endsMs'> & Partial<VenueMarket>,
    teller: Teller,
  ): Promise<void> {
    const symbol = this.#run.symbolOf(instrument);
    if (facts !== undefined) await this.#follow(instrument, facts);
    if (!isTrading)
      return teller.begin('not trading', `${symbol} is not traded now: no entries until it is`, instrument);
    if (endsMs === undefined) return teller.end('not trading', instrument);
    const text = `${symbol} is settled at ${new Date(endsMs).toISOString()}: no entries, and what is held is closed before`;
    await teller.begin('not trading', text, instrument);
    if (this.#run.parts.venue.now() < endsMs - LEAVE_BEFORE_MS) return;
    if (this.#run.parts.trader.position(instrument).quantity === 0) return;
    this.#run.notice('alert', 'the market ends: closed at market', { symbol, endsMs });
    await this.#run.take({ type: 'event', event: { type: 'flatten', ...this.#run.about(instrument) } });
  }

  /** Steps that are others than those that prices were rounded to. */
  async #follow(instrument: number, { tick, lot, minNotional }: StepTexts): Promise<void> {
    const steps: StepTexts = {
      ...(tick !== undefined && { tick }),
      ...(lot !== undefined && { lot }),
      ...(minNotional !== undefined && { minNotional }),
    };
    const text = JSON.stringify(steps);
    if (text === JSON.stringify(this.#run.stepTexts(instrument))) return;
    this.#run.notice('warning', 'the venue has other steps now', {
      symbol: this.#run.symbolOf(instrument),
      steps: text,
    });
    await this.#run.take({ type: 'event', event: { type: 'steps', ...this.#run.about(instrument), steps } });
  }
}
