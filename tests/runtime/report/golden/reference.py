"""Writes reference.json: what empyrical and quantstats say of one small series of returns.

Run once by hand, in an environment of its own:
  pip install empyrical-reloaded==0.7.1 quantstats==0.0.86 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1
  python reference.py
"""

import json
import os
import random

import empyrical as ep
import numpy as np
import pandas as pd
import quantstats.stats as qs
from scipy import stats

DAYS = 150
YEAR = 365

random.seed(3)
returns = [round(random.gauss(0.0045, 0.02) + (-0.07 if day % 47 == 40 else 0), 6) for day in range(DAYS)]
benchmark = [round(0.6 * r + random.gauss(0.0003, 0.015), 6) for r in returns]
profits = [round(random.gauss(3, 40), 2) for _ in range(40)]

index = pd.date_range("2023-11-20", periods=DAYS, freq="D")
r = pd.Series(returns, index=index)
b = pd.Series(benchmark, index=index)
trades = pd.Series(profits)
alpha, beta = ep.alpha_beta(r, b, annualization=YEAR)
monthly = qs.monthly_returns(r, eoy=True, prepare_returns=False)

expected = {
    "totalReturn": ep.cum_returns_final(r),
    "cagr": ep.cagr(r, annualization=YEAR),
    "volatility": ep.annual_volatility(r, annualization=YEAR),
    "sharpe": ep.sharpe_ratio(r, annualization=YEAR),
    "sortino": ep.sortino_ratio(r, annualization=YEAR),
    "calmar": ep.calmar_ratio(r, annualization=YEAR),
    "omega": ep.omega_ratio(r, annualization=YEAR),
    "maxDrawdown": ep.max_drawdown(r),
    "longestDrawdownDays": int(qs.drawdown_details(qs.to_drawdown_series(r))["days"].max()),
    "ulcer": qs.ulcer_index(r),
    "valueAtRisk": ep.value_at_risk(r),
    "expectedShortfall": ep.conditional_value_at_risk(r),
    "skew": qs.skew(r, prepare_returns=False),
    "kurtosis": qs.kurtosis(r, prepare_returns=False),
    "tailRatio": ep.tail_ratio(r),
    "probabilisticSharpe": qs.probabilistic_sharpe_ratio(r, periods=YEAR),
    "benchmarkReturn": ep.cum_returns_final(b),
    "alpha": alpha,
    "beta": beta,
    "informationRatio": qs.information_ratio(r, b, prepare_returns=False) * np.sqrt(YEAR),
    "winRate": qs.win_rate(trades, prepare_returns=False),
    "profitFactor": qs.profit_factor(trades, prepare_returns=False),
    "payoff": qs.payoff_ratio(trades, prepare_returns=False),
}
normal = [-40, -9.5, -7.5, -5, -1.959963984540054, -0.3, 0, 0.3, 1, 2.5, 7.05, 8]
shares = [1e-300, 1e-20, 1e-6, 0.025, 0.1, 0.5, 0.7, 0.975, 0.999999]

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "reference.json"), "w") as out:
    json.dump(
        {
            "versions": {"empyrical-reloaded": "0.7.1", "quantstats": "0.0.86", "scipy": "1.17.1"},
            "firstDay": "2023-11-20",
            "returns": returns,
            "benchmark": benchmark,
            "profits": profits,
            "expected": {name: float(value) for name, value in expected.items()},
            "monthly": [[int(year)] + [float(x) for x in row] for year, row in zip(monthly.index, monthly.values)],
            "normalCdf": [[x, float(stats.norm.cdf(x))] for x in normal],
            "normalQuantile": [[p, float(stats.norm.ppf(p))] for p in shares],
        },
        out,
        indent=1,
    )
    out.write("\n")
