/** The market of a plan from files: one instrument as it is, several on one calendar. */
import type { Plan } from '../../compiler/plan.ts';
import { dataError } from '../../runtime/data/errors.ts';
import { loadMarket } from '../../runtime/data/load.ts';
import { loadMarkets } from '../../runtime/data/load-many.ts';
import { loneSet, type MarketSet } from '../../runtime/data/market-set.ts';
import { CommandError } from '../errors.ts';
import type { BacktestRequest } from './request.ts';

export interface LoadRequest
  extends Pick<BacktestRequest, 'data' | 'mark' | 'funding' | 'maxGapMs' | 'toMs' | 'fromMs'> {
  /** See `MarketRequest.readsFromMs`. */
  readonly readsFromMs?: number;
  readonly cacheDir: string | false;
}

export async function loadFor(plan: Plan, request: LoadRequest): Promise<MarketSet> {
  const { instruments } = plan;
  const [only] = instruments;
  if (only === undefined) throw new CommandError('no-instrument', 'the strategy names no instrument');
  if (plan.execution.funding === 'data' && request.funding.length === 0) {
    const paying = instruments.find(({ market }) => market === 'linear') ?? only;
    throw dataError('D1022', { symbol: paying.symbol });
  }
  const { fromMs, ...rest } = request;
  const asked = {
    ...rest,
    clocks: plan.clocks.map(clock => clock.period),
    ...(fromMs !== undefined && { tradesFromMs: fromMs }),
  };
  return instruments.length === 1
    ? loneSet(await loadMarket({ ...asked, instrument: only }))
    : await loadMarkets({ ...asked, instruments });
}
