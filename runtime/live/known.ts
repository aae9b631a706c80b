/** What a run knows of its orders and of time, by which what a venue tells becomes what the engine hears. */
import type { Known } from './heard.ts';
import type { FillContext } from './reconcile/real-fill.ts';
import type { LiveRun } from './run.ts';

export function knownTo(run: LiveRun): Known {
  const { binding, trader } = run.parts;
  const { live, currency } = trader;
  return {
    orderOf: clientId => run.orderOf(clientId),
    currentOf: clientId => currentOf(run, clientId),
    isLeaving: id => trader.orders.some(({ order, status }) => order.id === id && status === 'leaving'),
    instrumentOf: symbol => binding.symbols.indexOf(symbol),
    isAlone: binding.symbols.length === 1,
    tick: live.length,
    // At the latest the bar that is going on now.
    tickOf: timeMs => Math.min(live.length, live.tickOf(timeMs - 1)),
    currency,
    fillContext: (order, symbol) => fillContext(run, order, symbol),
    shareOf: symbol => shareOf(run, binding.symbols.indexOf(symbol)),
  };
}

function currentOf(run: LiveRun, clientId: string): number | undefined {
  const order = run.orderOf(clientId);
  return order !== undefined && run.clientIds.get(order) === clientId ? order : undefined;
}

function fillContext(run: LiveRun, order: number, symbol: string): FillContext {
  const { trader, venue, binding } = run.parts;
  const instrument = binding.symbols.indexOf(symbol);
  const about = trader.run.plan.instruments[instrument];
  return {
    order,
    tick: trader.live.length,
    actual: trader.orders.find(known => known.order.id === order),
    position: trader.position(instrument).quantity,
    steps: run.stepsOf(instrument),
    base: about?.market === 'spot' ? about.base : undefined,
    currency: trader.currency,
    reducesFreely: venue.abilities.reduceOnly,
  };
}

function shareOf(run: LiveRun, instrument: number): number {
  const { trader, venue } = run.parts;
  // Before its first fill nothing of it was the run's.
  if (venue.abilities.tellsAgain !== true && run.books.lastFillMs(instrument) === undefined) return 0;
  const beside = run.books.beside.get(instrument) ?? 0;
  const own = trader.position(instrument).quantity;
  return beside === 0 || own === 0 || own + beside === 0 ? 1 : Math.min(1, Math.max(0, own / (own + beside)));
}
