/**
 * A deliberately naive portfolio backtester, written from the design: cash, units, loops. It shares no code with the
 * product. What it does at a tick: fill what waits at the open (sales, then purchases as far as the cash goes), value the
 * account at the close, turn weights into orders.
 */
export interface NaiveMember {
  /** One entry a tick of the common calendar; NaN where there is no such instrument. */
  readonly open: readonly number[];
  readonly close: readonly number[];
  /** False where there is no real bar. */
  readonly real: readonly boolean[];
  /** One past its last real bar. */
  readonly end: number;
  /** NaN: no opinion. */
  readonly weight: readonly number[];
  /** Rates paid at each tick's open. */
  readonly funding?: readonly (readonly number[])[];
}

export interface NaiveRules {
  readonly capital: number;
  readonly fee: number;
  readonly slippage: number;
  readonly band: number;
  /** Spot: no weight below zero, all is paid in cash. */
  readonly spot: boolean;
  readonly position?: number;
  readonly gross?: number;
  readonly turnover?: number;
  readonly minimum?: number;
}

export interface NaiveFill {
  readonly tick: number;
  readonly member: number;
  readonly side: 'buy' | 'sell';
  readonly price: number;
  readonly quantity: number;
  readonly fee: number;
}

export interface NaiveOutcome {
  readonly equity: number[];
  readonly fills: NaiveFill[];
  readonly cuts: number;
}

export function tradePortfolio(
  members: readonly NaiveMember[],
  rebalances: ReadonlySet<number>,
  rules: NaiveRules,
): NaiveOutcome {
  const ticks = members[0]?.open.length ?? 0;
  const units = members.map(() => 0);
  const prices = members.map(() => Number.NaN);
  const orders: (number | undefined)[] = members.map(() => undefined);
  const fills: NaiveFill[] = [];
  const equity: number[] = [];
  let cash = rules.capital;
  let cuts = 0;

  const fill = (member: number, tick: number, quantity: number, at: number) => {
    const price = at * (1 + Math.sign(quantity) * rules.slippage);
    const fee = Math.abs(quantity) * price * rules.fee;
    cash -= quantity * price + fee;
    units[member] = (units[member] ?? 0) + quantity;
    if (Math.abs(units[member] ?? 0) < Math.abs(quantity) * 1e-12) units[member] = 0;
    fills.push({
      tick,
      member,
      side: quantity > 0 ? 'buy' : 'sell',
      price,
      quantity: Math.abs(quantity),
      fee,
    });
  };

  for (let t = 0; t < ticks; t++) {
    members.forEach(({ open, close, end, funding }, m) => {
      const held = units[m] ?? 0;
      for (const rate of funding?.[t] ?? []) {
        const at = Number.isNaN(open[t] ?? Number.NaN) ? prices[m] : open[t];
        if (held !== 0) cash -= held * (at ?? 0) * rate;
      }
      if (t !== end) return;
      orders[m] = undefined;
      if (held !== 0) fill(m, t, -held, close[t - 1] ?? Number.NaN);
    });
    members.forEach(({ open, real }, m) => {
      const order = orders[m];
      const held = units[m] ?? 0;
      if (order === undefined || !real[t] || order * held >= 0) return;
      const closing = Math.abs(order) >= Math.abs(held) ? -held : order;
      fill(m, t, closing, open[t] ?? Number.NaN);
      orders[m] = Math.abs(order - closing) > 1e-12 * Math.abs(order) ? order - closing : undefined;
    });
    members.forEach(({ open, real }, m) => {
      const order = orders[m];
      if (order === undefined || !real[t]) return;
      orders[m] = undefined;
      const at = open[t] ?? Number.NaN;
      const price = at * (1 + Math.sign(order) * rules.slippage);
      const unit = price * (1 + rules.fee);
      const payable = rules.spot ? Math.min(Math.abs(order), Math.max(0, cash) / unit) : Math.abs(order);
      if (payable * price <= rules.capital * 1e-12) return;
      if (payable < Math.abs(order) * (1 - 1e-12)) cuts += 1;
      fill(m, t, Math.sign(order) * payable, at);
    });
    let total = cash;
    members.forEach(({ close }, m) => {
      const price = close[t] ?? Number.NaN;
      if (!Number.isNaN(price)) prices[m] = price;
      if (units[m] !== 0) total += (units[m] ?? 0) * (prices[m] ?? 0);
    });
    equity.push(total);
    if (!rebalances.has(t)) continue;

    const now = members.map((_, m) => ((units[m] ?? 0) === 0 ? 0 : ((units[m] ?? 0) * (prices[m] ?? 0)) / total));
    const said = members.map(({ weight, real }) => {
      const value = weight[t] ?? Number.NaN;
      return real[t] === true && (!rules.spot || value >= 0) ? value : Number.NaN;
    });
    const wanted = limited(now, said, rules);
    members.forEach(({ close }, m) => {
      if (Number.isNaN(said[m] ?? Number.NaN)) return;
      orders[m] = undefined;
      const distance = Math.abs((wanted[m] ?? 0) - (now[m] ?? 0));
      if (distance <= 1e-12 * Math.max(1, Math.abs(wanted[m] ?? 0), Math.abs(now[m] ?? 0))) return;
      const price = close[t] ?? Number.NaN;
      const held = units[m] ?? 0;
      const goal = ((wanted[m] ?? 0) * total) / price;
      const turns = held !== 0 && goal * held <= 0;
      const change = turns ? goal : goal - held;
      const isTooSmall = Math.abs(change) * price < (rules.minimum ?? 0);
      if (turns) orders[m] = isTooSmall ? -held : goal - held;
      else if (!isTooSmall) orders[m] = goal - held;
    });
  }
  return { equity, fills, cuts };
}

/** Position, gross, band, gross once more for what the band kept, turnover. */
function limited(now: readonly number[], said: readonly number[], rules: NaiveRules): number[] {
  const wanted = now.map((weight, m) => (Number.isNaN(said[m]) ? weight : (said[m] ?? 0)));
  const decided = (m: number) => !Number.isNaN(said[m]);
  const { position = Infinity, gross = Infinity, turnover = Infinity } = rules;
  for (const [m, weight] of wanted.entries())
    if (decided(m) && Math.abs(weight) > position) wanted[m] = Math.sign(weight) * position;
  let kept = 0;
  let asked = 0;
  for (const [m, weight] of wanted.entries()) {
    if (decided(m)) asked += Math.abs(weight);
    else kept += Math.abs(weight);
  }
  if (kept + asked > gross)
    for (const [m, weight] of wanted.entries())
      if (decided(m)) wanted[m] = weight * Math.max(0, (gross - kept) / asked);
  for (const [m, weight] of wanted.entries())
    if (weight !== 0 && Math.abs(weight - (now[m] ?? 0)) < rules.band) wanted[m] = now[m] ?? 0;

  const floor = () =>
    wanted.map((weight, m) => {
      const before = now[m] ?? 0;
      if (weight * before <= 0) return 0;
      return Math.abs(weight) <= Math.abs(before) ? weight : before;
    });
  const squeeze = (used: number, room: number) => {
    const floors = floor();
    const more = wanted.reduce((sum, weight, m) => sum + Math.abs(weight - (floors[m] ?? 0)), 0);
    if (more === 0 || used + more <= room * (1 + 1e-12)) return;
    const share = Math.max(0, (room - used) / more);
    for (const [m, weight] of wanted.entries()) wanted[m] = (floors[m] ?? 0) + share * (weight - (floors[m] ?? 0));
  };
  squeeze(
    floor().reduce((sum, weight) => sum + Math.abs(weight), 0),
    gross,
  );
  squeeze(
    floor().reduce((sum, weight, m) => sum + Math.abs(weight - (now[m] ?? 0)), 0),
    turnover,
  );
  return wanted;
}
