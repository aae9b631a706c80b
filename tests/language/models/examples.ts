/** Two strategies that learn, with most of what can be said about it. */

export const RANKER = `strategy "Ranker"
universe majors = "BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT" on binance { gaps: absent }
every 1d
features x across majors {
  mom = rank(close[21] / close[126] - 1)
  flow = zscore(volume / sma(volume, 60), need = 3)
  use price_features over 1d, 1w lags 0..2
}
label edge = rank(forward_return(7)) across majors
model gbm = xgboost learn edge from x {
  n_estimators: 400 in 100..800 step 100
  objective: quantile(0.9)
  select: correlation(0.95), gain(30)
  accept: mae <= 0.5
  weight: uniqueness(edge) * decay(180d)
}
train gbm walk_forward {
  window: expanding  from: 2019-01-01  retrain: 3mo  valid: 20%  refit: yes
  search { method: tpe  trials: 40  score: quantile_loss  inner: purged_kfold(4)  every: 1y }
}
let want = (if rank(predict(gbm, x)) >= 0.6 then 1 else 0) / stdev(returns(close), 60)
rebalance every 1w to scale(want, gross = 100%) across majors { band: 1%  leavers: exit }
risk { cap gross at 100% of equity  cap drawdown at 10% else flatten }
execution { fill: next_open  fee: 5bp  slippage: 5bp }
`;

export const META = `strategy "Meta"
instrument "BTC/USDT" on binance
instrument eth = "ETH/USDT" on binance
every 1h
let quick = sma(close, 20)
signal primary = quick crosses above sma(close, 100)
features x {
  use technical_indicators
  other = returns(eth.close, 24)
}
label win = triple_barrier(3 * atr(24), 2 * atr(24), 24 bars, side = if quick > close then 1 else -1) is up
label third = quantile_class(forward_return(24), 3)
model meta = logistic learn win from x when primary { C: 0.1  calibrate: isotonic  impute: median  on_failure: flat }
model file = onnx("models/other.onnx", trained_to = 2023-12-31) from x { device: cpu }
train meta hold_out { at: 2023-01-01  valid: 20%  train_lag: 2h }
when predict(meta) > config.entry_threshold and drift(meta, prediction, window = 300 bars) < 0.2 enter long {
  size: 50% of equity  stop: entry - 2 * atr(24)  hold: 24 bars
}
when predict(file) < 0 exit
execution { fill: next_open  fee: 5bp  slippage: 5bp }
`;
