"""Population stability, mean correlation and deflated Sharpe with numpy and scipy."""
import json
import sys

import numpy as np
from scipy.stats import kurtosis, norm, skew


def number(x):
    return np.array([np.nan if v is None else v for v in x], dtype=np.float32)


def psi(train, now):
    cuts = np.unique(np.percentile(train[~np.isnan(train)].astype(float), np.arange(10, 100, 10)).astype(np.float32))

    def shares(values):
        present = values[~np.isnan(values)]
        counts = np.bincount(np.digitize(present, cuts), minlength=len(cuts) + 1).tolist() + [np.isnan(values).sum()]
        return np.maximum(np.array(counts) / len(values), 1e-4)

    p, q = shares(train), shares(now)
    return float(((q - p) * np.log(q / p)).sum())


def deflated(returns, trials):
    correlation = np.corrcoef(trials)
    n = len(trials)
    rho = (correlation.sum() - n) / (n * (n - 1))
    effective = 1 + (n - 1) * (1 - min(1, max(0, rho)))
    sharpes = trials.mean(axis=1) / trials.std(axis=1, ddof=1)
    gamma = np.euler_gamma
    best = np.sqrt(sharpes.var(ddof=1)) * (
        (1 - gamma) * norm.ppf(1 - 1 / effective) + gamma * norm.ppf(1 - 1 / (effective * np.e))
    )
    sr = returns.mean() / returns.std(ddof=1)
    g3, g4 = skew(returns, bias=False), kurtosis(returns, bias=False) + 3
    z = (sr - best) * np.sqrt(len(returns) - 1) / np.sqrt(1 - g3 * sr + (g4 - 1) / 4 * sr**2)
    return {"rho": rho, "effective": effective, "best": best, "probability": norm.cdf(z)}


question = json.load(sys.stdin)
json.dump(
    {
        "psi": [psi(number(case["train"]), number(case["now"])) for case in question["psi"]],
        "deflated": [deflated(np.array(c["returns"]), np.array(c["trials"])) for c in question["deflated"]],
    },
    sys.stdout,
)
