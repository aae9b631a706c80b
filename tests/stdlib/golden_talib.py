"""Writes talib.golden.json: TA-Lib's outputs on simulated bars, so that the library is checked against the field.

pip install TA-Lib numpy; python tests/stdlib/golden_talib.py > tests/stdlib/talib.golden.json
The bars come from integer arithmetic alone and are rebuilt, equal to the bit, in talib.test.ts.
"""
import json
import numpy as np
import talib

BARS = 260
SAMPLES = [*range(0, 60), 100, 150, 200, 259]


def bars():
    state = 20260101

    def draw(n):
        nonlocal state
        state = (state * 16807) % 2147483647
        return (state // 16) % n

    o, h, l, c, v = [], [], [], [], []
    price = 10000
    for _ in range(BARS):
        opened = price
        closed = opened + draw(201) - 100
        high = max(opened, closed) + draw(60)
        low = min(opened, closed) - draw(60)
        o.append(opened / 100)
        h.append(high / 100)
        l.append(low / 100)
        c.append(closed / 100)
        v.append(float(1000 + draw(9000)))
        price = closed
    return [np.array(x, dtype=float) for x in (o, h, l, c, v)]


o, h, l, c, v = bars()
outputs = {
    "sma(close, 20)": talib.SMA(c, 20),
    "ema(close, 20)": talib.EMA(c, 20),
    "wma(close, 15)": talib.WMA(c, 15),
    "dema(close, 10)": talib.DEMA(c, 10),
    "tema(close, 10)": talib.TEMA(c, 10),
    "true_range()": talib.TRANGE(h, l, c),
    "atr(14)": talib.ATR(h, l, c, 14),
    "stdev(close, 20)": talib.STDDEV(c, 20, 1),
    "variance(close, 20)": talib.VAR(c, 20, 1),
    "bollinger(close, 20, 2).upper": talib.BBANDS(c, 20, 2, 2, 0)[0],
    "bollinger(close, 20, 2).middle": talib.BBANDS(c, 20, 2, 2, 0)[1],
    "bollinger(close, 20, 2).lower": talib.BBANDS(c, 20, 2, 2, 0)[2],
    "rsi(close, 14)": talib.RSI(c, 14),
    "stochastic(14, 3, 3).k": talib.STOCH(h, l, c, 14, 3, 0, 3, 0)[0],
    "stochastic(14, 3, 3).d": talib.STOCH(h, l, c, 14, 3, 0, 3, 0)[1],
    "macd(close, 12, 26, 9).line": talib.MACD(c, 12, 26, 9)[0],
    "macd(close, 12, 26, 9).trigger": talib.MACD(c, 12, 26, 9)[1],
    "macd(close, 12, 26, 9).histogram": talib.MACD(c, 12, 26, 9)[2],
    "roc(close, 10)": talib.ROC(c, 10),
    "momentum(close, 10)": talib.MOM(c, 10),
    "cci(20)": talib.CCI(h, l, c, 20),
    "williams_r(14)": talib.WILLR(h, l, c, 14),
    "dmi(14).plus": talib.PLUS_DI(h, l, c, 14),
    "dmi(14).minus": talib.MINUS_DI(h, l, c, 14),
    "adx(14)": talib.ADX(h, l, c, 14),
    "aroon(14).up": talib.AROON(h, l, 14)[1],
    "aroon(14).down": talib.AROON(h, l, 14)[0],
    "aroon(14).oscillator": talib.AROONOSC(h, l, 14),
    "obv()": talib.OBV(c, v),
    "mfi(14)": talib.MFI(h, l, c, v, 14),
    "highest(high, 20)": talib.MAX(h, 20),
    "lowest(low, 20)": talib.MIN(l, 20),
    "returns(close)": talib.ROCP(c, 1),
    "correlation(high, low, 30)": talib.CORREL(h, l, 30),
    "linreg(close, 14)": talib.LINEARREG(c, 14),
    "slope(close, 14)": talib.LINEARREG_SLOPE(c, 14),
    "psar(0.02, 0.2).line": talib.SAR(h, l, 0.02, 0.2),
}
print("{")
print(f'  "source": "TA-Lib {talib.__version__}",')
print(f'  "samples": {json.dumps(SAMPLES)},')
print('  "outputs": {')
rows = []
for name, values in outputs.items():
    row = [None if np.isnan(values[i]) else float(values[i]) for i in SAMPLES]
    rows.append(f"    {json.dumps(name)}: {json.dumps(row)}")
print(",\n".join(rows))
print("  }")
print("}")
