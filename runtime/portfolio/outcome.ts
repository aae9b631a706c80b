/** What a finished portfolio run leaves behind, read off its state. */
import { equityAt } from '../engine/ledger.ts';
import { once } from '../engine/outcome.ts';
import { REFUSALS } from '../engine/refusals.ts';
import type { Fill, RunResult } from '../engine/result.ts';
import type { Member } from './member.ts';
import type { MemberResult, PortfolioResult } from './result.ts';
import type { PortfolioState } from './state.ts';

export interface PortfolioJournaled {
  readonly bytes: Uint8Array;
  readonly hash: string;
  /** The fills among its records, of all instruments or of one by its number. */
  readonly fills: (instrument?: number) => readonly Fill[];
}

export function outcomeOfPortfolio(state: PortfolioState, journal: PortfolioJournaled): PortfolioResult {
  const { settings, fromTick, toTick, counts } = state;
  const members = settings.members.map(member => memberResult(member, journal));
  const refused = REFUSALS.flatMap((reason, code) => (state.refusals[code] ? [[reason, state.refusals[code]]] : []));
  const fills = once(() => journal.fills());
  return {
    fromTick,
    toTick,
    capital: settings.capital,
    currency: settings.currency,
    trades: members.flatMap(({ trades }) => trades).toSorted((a, b) => a.exitTick - b.exitTick),
    get fills() {
      return fills();
    },
    equity: state.equity,
    ticksInMarket: state.ticksInMarket,
    totals: totalsOf(settings.members),
    counts: {
      ...counts,
      ambiguousFills: 0,
      refusals: Object.fromEntries(refused),
      heldBars: settings.members.reduce((sum, member) => sum + heldIn(member, fromTick, toTick), 0),
      stateNaN: state.run.stateNaN(),
      halts: state.risk.halts,
    },
    journalHash: journal.hash,
    journal: journal.bytes,
    members,
    rebalances: state.rebalances,
    ...(state.firstDecision !== undefined && { firstDecision: state.firstDecision }),
    limited: Object.fromEntries([...state.limited].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function memberResult(member: Member, journal: PortfolioJournaled): MemberResult {
  const { number, instrument, ledger, trades, ticksHeld, firstTick, endTick } = member;
  const fills = once(() => journal.fills(number));
  return {
    number,
    symbol: instrument.symbol,
    profit: equityAt(ledger.balance, ledger.position, ledger.entry, ledger.mark),
    trades: trades.list(instrument.symbol),
    get fills() {
      return fills();
    },
    totals: { ...ledger.totals },
    ticksHeld,
    firstTick,
    endTick,
  };
}

/** Of all members together. */
export function totalsOf(members: readonly Pick<Member, 'ledger'>[]): RunResult['totals'] {
  const sum = { fees: 0, slippage: 0, funding: 0, turnover: 0 };
  for (const { totals } of members.map(({ ledger }) => ledger)) {
    sum.fees += totals.fees;
    sum.slippage += totals.slippage;
    sum.funding += totals.funding;
    sum.turnover += totals.turnover;
  }
  return sum;
}

/** Ticks of the span without a bar although the instrument was listed. */
function heldIn({ market, firstTick, endTick }: Member, from: number, to: number): number {
  let count = 0;
  for (let tick = Math.max(from, firstTick); tick < Math.min(to, endTick); tick++) {
    if (market.held[tick] === 1) count += 1;
  }
  return count;
}
