/** The three strategies of the language's description, which are also what its grammar is shown by. */
export const SMA_CROSS = `strategy "SMA cross"

instrument "BTC/USDT" on binance
every 1h

## Look-back of the quick average.
param fast: bars = 20  in 5..60   step 5
## Look-back of the slow average.
param slow: bars = 100 in 40..300 step 20
require fast < slow

let quick = sma(close, fast)
let trend = sma(close, slow)

signal up   = quick crosses above trend
signal down = quick crosses below trend

when up   enter long { size: 95% of equity }
when down exit

execution { fill: next_open  fee: 10bp  slippage: 2bp }
plot quick, trend on price
`;

export const DIP_BUYER = `strategy "Dip buyer"

instrument "ETH/USDT:USDT" on binance
every 15m
clock day = 1d

param n: bars  = 14  in 5..30
param oversold = 28  in 15..40
param k        = 2.0 in 1.0..4.0 step 0.25

at day {                                  # everything in here ticks once per day
  let bullish = close > ema(close, 50)
  let span    = atr(20)
}

fn calm(src: price, len: bars) -> bool =
  stdev(returns(src), len) < 0.4%

let r     = rsi(close, n)
let reach = k * latest(span) / 4          # latest() = the last COMPLETED day

signal dip  = latest(bullish) and calm(close, 26 bars) and r crosses below oversold
signal done = r > 55

state stops starts 0
  then prev stops + (if stopped_out then 1 else 0)
  reset when new(day)

when dip and stops < 3 enter long {
  at:     limit close * (1 - 1bp)         # without \`at\`: a market order at the next open
  expire: 2 bars                          # life of the unfilled order
  size:   risking 0.5% of equity
  stop:   entry - reach
  target: entry + 1.5 * reach
  hold:   26 bars                         # then out at market
}
when done exit long

risk {
  cap exposure   at 150% of equity
  cap daily_loss at 2% of equity else halt until day
  cap drawdown   at 12% else flatten
  pause 8 bars when stopped_out
}

execution {
  fee: maker 2bp taker 5bp   slippage: 0.05 * atr(14)   funding: data
  leverage: 3   margin: isolated
}
`;

export const RANKER = `strategy "Ranker"

universe majors = "BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "ADA/USDT", "LTC/USDT" on binance
every 1d

features x across majors {
  mom   = rank(close[21] / close[126] - 1)
  rev   = rank(-(close / close[5] - 1))
  vol   = zscore(stdev(returns(close), 20))
  flow  = zscore(volume / sma(volume, 60))
}

label edge = rank(forward_return(7)) across majors        # only labels look ahead; they start and end at fills

model gbm = xgboost learn edge from x {
  n_estimators:  400 in 100..800 step 100
  max_depth:     5
  learning_rate: 0.05
  seed:          7
}

train gbm walk_forward {
  window: 2y   retrain: 3mo   valid: 20%
}

let pick = rank(predict(gbm, x)) across majors
let want = (if pick >= 0.6 then 1 else 0) / stdev(returns(close), 60)

rebalance every 1w to scale(want, gross = 100%) across majors { band: 1%  leavers: exit }

risk {
  cap position at 25% of equity
  cap gross    at 100% of equity
  cap turnover at 30% of equity
  cap drawdown at 10% else flatten
}

execution { fill: next_open  fee: 5bp  slippage: 5bp }
`;

export const EXAMPLES = { SMA_CROSS, DIP_BUYER, RANKER } as const;
