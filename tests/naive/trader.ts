/**
 * A backtester as one would write it on an afternoon from the design: one loop over all bars, one position, plain numbers.
 * Slow, obvious, and without a line in common with the engine it checks.
 */
import type { Candles, Marks } from './candles.ts';

export type Side = 'long' | 'short';

/** What a strategy may read of the account at a close. */
export interface View {
  readonly stoppedOut: boolean;
  readonly timedOut: boolean;
  readonly closed: boolean;
}

export interface Protection {
  readonly stop?: (entry: number) => number;
  /** `share` of the quantity bought; `price` may move with the time held. */
  readonly targets?: readonly { readonly share: number; readonly price: (entry: number, heldMs: number) => number }[];
  readonly holdBars?: number;
}

export interface Entry {
  readonly side: Side;
  readonly type: 'market' | 'limit' | 'stop';
  /** Of the limit or stop order. */
  readonly price?: number;
  readonly expireBars?: number;
  /** Notional of `share` of equity, or so much that `risk` of equity is lost at the stop. */
  readonly size: { readonly share: number } | { readonly risk: number };
  readonly protection: Protection;
}

export interface Idea {
  /** Called once at every bar's close, also a held one's, before the rules. */
  readonly watch?: (bar: number, view: View) => void;
  readonly entries: (bar: number) => readonly Entry[];
  readonly exits: (bar: number) => readonly (Side | 'any')[];
  /** Lengths, in bars, of the pauses that begin at this bar. */
  readonly pauses?: (bar: number, view: View) => readonly number[];
  /** Distance of the trail and how far ahead of the entry it starts, both as of this bar. */
  readonly trail?: { readonly distance: (bar: number) => number; readonly isRatio: boolean; readonly after?: number };
  readonly caps?: {
    /** Notional over equity; orders are cut to it. */
    readonly exposure?: number;
    /** Loss of the day over its first equity; no entries for the rest of the day. */
    readonly dailyLoss?: number;
    readonly drawdown?: { readonly limit: number; readonly action: 'flatten' | 'halt' };
  };
  readonly maker: number;
  readonly taker: number;
  /** At this bar's close; as a ratio of the price or a distance. */
  readonly slippage: (bar: number) => number;
  readonly slippageIsRatio: boolean;
  readonly leverage: number;
}

export interface NaiveFill {
  readonly bar: number;
  readonly side: 'buy' | 'sell';
  readonly price: number;
  readonly quantity: number;
  readonly fee: number;
  readonly why: string;
}

export interface Outcome {
  readonly fills: readonly NaiveFill[];
  /** At each bar's close. */
  readonly equity: readonly number[];
  readonly fees: number;
  readonly funding: number;
  /** Round trips completed. */
  readonly trades: number;
  readonly liquidations: number;
}

export interface World {
  readonly candles: Candles;
  readonly spot: boolean;
  readonly marks?: Marks;
  readonly funding?: readonly (readonly number[])[];
  readonly capital: number;
  /** Maintenance margin ratio of a perpetual. */
  readonly maintenance: number;
}

const DAY = 86_400_000;

const at = (values: readonly number[], index: number): number => values[index] ?? Number.NaN;

export function trade(idea: Idea, world: World): Outcome {
  const { candles, marks, spot, capital } = world;
  const { time, open, high, low, close, held, step } = candles;
  const fills: NaiveFill[] = [];
  const equityCurve: number[] = [];
  let [fees, fundingPaid, trades, liquidations] = [0, 0, 0, 0];

  // The account.
  let balance = capital;
  let quantity = 0;
  let side: Side = 'long';
  let entryPrice = Number.NaN;
  let openedBar = -1;
  let openedInside = false;
  let best = Number.NaN;
  let peak = capital;
  let equity = capital;

  // What protects the position.
  let protection: Protection = {};
  let stop = Number.NaN;
  let targets: { quantity: number; price: (entry: number, heldMs: number) => number }[] = [];
  let heldMs = 0;

  // What waits.
  let waiting: (Entry & { quantity: number; life: number }) | undefined;
  let leaving = false;

  // Limits.
  let pausedUntil = -1;
  let halted = false;
  let haltedForDay = false;
  let dayEquity = capital;
  let stoppedOut = false;
  let timedOut = false;
  let closed = false;
  let leavingByTime = false;

  const sign = (): number => (side === 'long' ? 1 : -1);
  const slip = (price: number, direction: number, bar: number): number => {
    const slippage = idea.slippage(bar - 1);
    return idea.slippageIsRatio ? price * (1 + direction * slippage) : price + direction * slippage;
  };
  const pay = (bar: number, direction: number, price: number, amount: number, rate: number, why: string): void => {
    const fee = price * amount * rate;
    balance -= fee;
    fees += fee;
    fills.push({ bar, side: direction > 0 ? 'buy' : 'sell', price, quantity: amount, fee, why });
  };
  const reduce = (bar: number, price: number, amount: number, rate: number, why: string): void => {
    balance += sign() * amount * (price - entryPrice);
    pay(bar, -sign(), price, amount, rate, why);
    quantity -= amount;
    if (quantity > 1e-12 * amount) return;
    quantity = 0;
    trades++;
    closed = true;
    leaving = false;
    protection = {};
    targets = [];
    stop = Number.NaN;
    if (why === 'stop') stoppedOut = true;
    if (why === 'hold') timedOut = true;
    leavingByTime = false;
  };
  const enter = (bar: number, price: number, rate: number, inside: boolean): void => {
    if (waiting === undefined) return;
    // All of the price on spot, the margin on a perpetual, and the fee.
    const unit = price / idea.leverage + price * rate;
    const amount = Math.min(waiting.quantity, balance / unit);
    side = waiting.side;
    quantity = amount;
    entryPrice = price;
    openedBar = bar;
    openedInside = inside;
    best = price;
    heldMs = 0;
    protection = waiting.protection;
    stop = protection.stop?.(price) ?? Number.NaN;
    targets = (protection.targets ?? []).map(target => ({ quantity: target.share * amount, price: target.price }));
    waiting = undefined;
    // A trail stands from the fill on, at the distance of the last close.
    moveTrail(bar - 1);
    pay(bar, sign(), price, amount, rate, 'entry');
  };

  for (let bar = 0; bar < time.length; bar++) {
    stoppedOut = false;
    timedOut = false;
    closed = false;
    const [barOpen, barHigh, barLow] = [at(open, bar), at(high, bar), at(low, bar)];
    if (bar === 0 || Math.floor(at(time, bar) / DAY) !== Math.floor(at(time, bar - 1) / DAY)) {
      dayEquity = equity;
      haltedForDay = false;
    }

    // 1. Funding, on the position held before the bar.
    for (const rate of world.funding?.[bar] ?? []) {
      const payment = -sign() * quantity * at(marks?.open ?? open, bar) * rate;
      balance += payment;
      fundingPaid += payment;
    }

    if (held[bar] === false) {
      // 2. Open: stops it has passed, market exits, market entries.
      const passed = (level: number, direction: number, price: number): boolean => direction * (price - level) >= 0;
      if (quantity > 0 && passed(liquidationLevel(), -sign(), at(marks?.open ?? open, bar))) liquidate(bar);
      if (quantity > 0 && passed(stop, -sign(), barOpen))
        reduce(bar, slip(barOpen, -sign(), bar), quantity, idea.taker, 'stop');
      if (quantity > 0 && leaving)
        reduce(bar, slip(barOpen, -sign(), bar), quantity, idea.taker, leavingByTime ? 'hold' : 'exit');
      leaving = false;
      if (waiting !== undefined) {
        const direction = waiting.side === 'long' ? 1 : -1;
        const level = waiting.price ?? Number.NaN;
        if (waiting.type === 'market') {
          if (quantity > 0) reduce(bar, slip(barOpen, -sign(), bar), quantity, idea.taker, 'reverse');
          enter(bar, slip(barOpen, direction, bar), idea.taker, false);
        } else if (waiting.type === 'stop') {
          if (passed(level, direction, barOpen)) enter(bar, slip(barOpen, direction, bar), idea.taker, false);
          else if (passed(level, direction, direction > 0 ? barHigh : barLow))
            enter(bar, slip(level, direction, bar), idea.taker, true);
        } else if (direction * (level - barOpen) > 0) enter(bar, barOpen, idea.maker, false);
        else if (direction * (level - (direction > 0 ? barLow : barHigh)) > 0) enter(bar, level, idea.maker, true);
      }

      // A target that the open has passed fills at the open, before anything that comes later in the bar.
      if (!(openedInside && openedBar === bar)) takeTargets(bar, barOpen);

      // 3. Path: what hurts first, the nearest to the open first; then targets.
      const enteredInside = openedInside && openedBar === bar;
      if (quantity > 0) {
        const adverse = side === 'long' ? barLow : barHigh;
        const liquidation = liquidationLevel();
        const adverseMark = at((side === 'long' ? marks?.low : marks?.high) ?? (side === 'long' ? low : high), bar);
        const stopHit = passed(stop, -sign(), adverse);
        const liquidated = passed(liquidation, -sign(), adverseMark);
        if (stopHit && !(liquidated && sign() * (liquidation - stop) > 0)) {
          // The worse of level and open; a position made inside the bar never saw the open.
          const level = !enteredInside && passed(stop, -sign(), barOpen) ? barOpen : stop;
          reduce(bar, slip(level, -sign(), bar), quantity, idea.taker, 'stop');
        } else if (liquidated) liquidate(bar);
      }
      if (!enteredInside) takeTargets(bar, side === 'long' ? barHigh : barLow);
    }

    // 4. Close.
    const mark = at(marks?.close ?? close, bar);
    equity = balance + sign() * quantity * (quantity > 0 ? mark - entryPrice : 0);
    peak = Math.max(peak, equity);
    equityCurve.push(equity);
    if (quantity > 0) {
      const seen = openedInside && openedBar === bar ? [at(close, bar)] : [barHigh, barLow];
      best = side === 'long' ? Math.max(best, ...seen) : Math.min(best, ...seen);
      // On a held bar nothing is placed or moved.
      if (held[bar] === false) {
        heldMs = at(time, bar) + step - at(time, openedBar);
        moveTrail(bar);
      }
    }
    const view: View = { stoppedOut, timedOut, closed };
    idea.watch?.(bar, view);
    for (const length of idea.pauses?.(bar, view) ?? []) pausedUntil = Math.max(pausedUntil, bar + length);
    if (held[bar] === true) continue;

    if (waiting !== undefined && waiting.type !== 'market') {
      waiting.life--;
      if (waiting.life === 0) waiting = undefined;
    }
    decide(bar);
  }
  return { fills, equity: equityCurve, fees, funding: fundingPaid, trades, liquidations };

  /** Price at which loss and margin cancel out: what a liquidated position is closed at. */
  function bankruptcyPrice(): number {
    const margin = Math.min((quantity * entryPrice) / idea.leverage, balance);
    return entryPrice - (sign() * margin) / quantity;
  }

  /** Mark price at which margin and open loss no longer cover the maintenance margin. */
  function liquidationLevel(): number {
    return spot ? Number.NaN : bankruptcyPrice() / (1 - sign() * world.maintenance);
  }

  function liquidate(bar: number): void {
    liquidations++;
    reduce(bar, bankruptcyPrice(), quantity, 0, 'liquidation');
  }

  /** Targets that the price trades through, at the better of their level and the open. */
  function takeTargets(bar: number, price: number): void {
    for (const target of targets) {
      if (quantity === 0) return;
      const level = target.price(entryPrice, heldMs);
      if (!(sign() * (price - level) > 0)) continue;
      targets = targets.filter(other => other !== target);
      const barOpen = at(open, bar);
      const better = sign() * (barOpen - level) > 0 ? barOpen : level;
      reduce(bar, better, Math.min(target.quantity, quantity), idea.maker, 'target');
    }
  }

  function moveTrail(bar: number): void {
    const { trail } = idea;
    if (trail === undefined) return;
    const start = trail.after === undefined ? entryPrice : entryPrice * (1 + sign() * trail.after);
    if (trail.after !== undefined && sign() * (best - start) < 0) return;
    const distance = trail.distance(bar);
    const level = trail.isRatio ? best * (1 - sign() * distance) : best - sign() * distance;
    if (!Number.isNaN(level) && !(sign() * (level - stop) <= 0)) stop = level;
  }

  function decide(bar: number): void {
    const { caps = {} } = idea;
    if (caps.dailyLoss !== undefined && dayEquity - equity >= caps.dailyLoss * dayEquity) {
      haltedForDay = true;
      waiting = undefined;
    }
    if (caps.drawdown !== undefined && peak - equity >= caps.drawdown.limit * peak) {
      waiting = undefined;
      if (caps.drawdown.action === 'halt') halted = true;
      else if (quantity > 0) leaving = true;
    }
    const broken = caps.drawdown !== undefined && peak - equity >= caps.drawdown.limit * peak;

    const exits = idea.exits(bar);
    const covers = (which: Side): boolean => exits.includes(which) || exits.includes('any');
    if (quantity > 0 && covers(side)) leaving = true;
    if (waiting !== undefined && covers(waiting.side)) waiting = undefined;
    if (!leaving && quantity > 0 && bar - openedBar + 1 >= (protection.holdBars ?? Infinity)) {
      leaving = true;
      leavingByTime = true;
    }

    const wanted = idea.entries(bar).filter(entry => !covers(entry.side));
    const sides = new Set(wanted.map(entry => entry.side));
    const [entry] = wanted;
    if (entry === undefined || sides.size > 1) return;
    if (waiting !== undefined || (quantity > 0 && side === entry.side)) return;
    if (halted || haltedForDay || broken || bar < pausedUntil) return;
    const reference = entry.price ?? at(close, bar);
    const direction = entry.side === 'long' ? 1 : -1;
    let amount: number;
    if ('share' in entry.size) amount = (entry.size.share * equity) / reference;
    else {
      const distance = direction * (reference - (entry.protection.stop?.(reference) ?? Number.NaN));
      if (!(distance > 0)) return;
      amount = (entry.size.risk * equity) / distance;
    }
    if (caps.exposure !== undefined) amount = Math.min(amount, (caps.exposure * equity) / reference);
    if (!(amount > 0)) return;
    waiting = { ...entry, quantity: amount, life: entry.expireBars ?? 1 };
  }
}
