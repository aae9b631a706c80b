/** Every statement and every form of property value once. It parses; it makes no sense. */
export const EVERYTHING = `strategy "Everything"
use "lib/stops.vela" as stops
instrument "BTC/USDT" on binance { gaps: hold  max_gap: 6h }
instrument perp = "BTC/USDT:USDT" on bybit
universe top = "*/USDT" on binance { pick: 20 by sma(quote_volume, 30d)  where: age > 90d  every: 1w  keep: 30  max: 600  except: "USDC/USDT", "TUSD/USDT" }
every 1h
clock nyday = 1d in "America/New_York"
session ny = "09:30-16:00" in "America/New_York" on mon..fri
session one = "09:30-16:00" in "UTC" on mon
account { currency: USDT  capital: 10000 }
input fng: index every 1d from "fng" { lag: 1h  gaps: hold  max_gap: 3d }
param kind = "ema" of "ema", "sma"
param neg = -0.5 in -1..1 step 0.1
fn bollinger(src: price, n: bars = 20, k: num) -> (upper, middle, lower) { let middle = sma(src, n)  let w = k * stdev(src, n) let upper = middle + w let lower = middle - w }
fn last_high(x: price) -> price { state s starts x then max(prev s, x) reset when new(day) }
let lower = bollinger(close, 20, 2).lower
let a = x is up and close between low and high or else false
let b = -a ^ 2 ^ c mod 3 of 4
let c = not a > b and prev x[1] + 5 bars - (base * 1.4) quote
let d = sum(x, across = pairs)
label lbl = triple_barrier(up = 3 * atr(24), down = 3 * atr(24), within = 24 bars)
features x { use technical_indicators over 1h, 1d lags 0..5  mom = rank(close) }
features y across top by sector { use g }
model m = xgboost learn win from x when primary { weight: uniqueness(win) * decay(180d) }
model o = onnx("path.onnx", trained_to = 2023-12-31) from x
train m walk_forward { window: 2y retrain: 3mo search { method: tpe  trials: 40 inner: purged_kfold(4) } refit: yes }
when predict(model).up > config.entry_threshold enter long { target: [50% at entry * 1.1, rest at entry * 1.2] trail: 1% after 3% }
when a add
when a add short { size: 0.1 base }
when b reduce 50% long on perp
when c exit across top { at: limit close  expire: 1 bar  else: market }
when d flatten
when e alert "text \\"x\\""
when f enter short across top by sector { size: target_vol 20%  prefer: vol at: stop high }
while quiet keep buy 0.1 base at limit close * (1 - k * 1%) then sell at limit close * 1.01 for k in 1..n on perp { post_only reprice: 1bp again: 1d oco: grid }
while x keep sell at stop low
rebalance when changed(carry) to spot = 45%, perp = -45% { legs: together  within: 30s }
risk { pause 4 bars when stopped_out across top cap turnover at 30% of equity else reduce cap x at 3 else refuse cap y at 1 else halt }
plot a
test "name" { given let x = 1 param y = 2 expect x + y == 3 expect x }
`;
