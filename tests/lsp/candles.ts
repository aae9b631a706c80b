/** Candles for tests of runs. */

/** Two years of hours that a small generator makes up: enough to trade on, the same every time. */
export function candles(seed = 12_345): string {
  const lines = ['timestamp,open,high,low,close,volume'];
  let price = 30_000;
  let state = seed;
  const chance = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  for (let hour = 0; hour < 17_520; hour++) {
    const open = price;
    price *= 1 + (chance() - 0.5) * 0.02 + Math.sin(hour / 300) * 0.0008;
    const [high, low] = [
      Math.max(open, price) * (1 + chance() * 0.003),
      Math.min(open, price) * (1 - chance() * 0.003),
    ];
    const time = Date.UTC(2022, 0, 1) + hour * 3_600_000;
    lines.push(
      [time, open.toFixed(2), high.toFixed(2), low.toFixed(2), price.toFixed(2), (100 + chance() * 50).toFixed(3)].join(
        ',',
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}
