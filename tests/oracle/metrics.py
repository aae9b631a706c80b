"""Metrics by scikit-learn and scipy; the t of a mean by Newey and West's formula."""
import json
import sys

import numpy as np
from scipy.stats import pearsonr, spearmanr
from sklearn import metrics as m


def binary(c):
    y, p, w = (np.array(c[k], dtype=float) for k in ("label", "prediction", "weight"))
    edges = np.linspace(0, 1, 11)
    bins = np.clip(np.digitize(p, edges, right=True) - 1, 0, 9)
    ece = sum(abs((w * (p - y))[bins == b].sum()) for b in range(10)) / w.sum()
    answers = (p > 0.5).astype(int)
    return {
        "auc": m.roc_auc_score(y, p, sample_weight=w),
        "log_loss": m.log_loss(y, p, sample_weight=w),
        "brier": m.brier_score_loss(y, p, sample_weight=w),
        "accuracy": m.accuracy_score(y, answers, sample_weight=w),
        "ece": ece,
        "confusion": m.confusion_matrix(y, answers, sample_weight=w).tolist(),
        "ic": spearmanr(p, y)[0],
        "linear_ic": pearsonr(p, y)[0],
    }


def classes(c):
    y, p, w = np.array(c["label"]).astype(int), np.array(c["prediction"]).T, np.array(c["weight"])
    return {
        "auc": m.roc_auc_score(y, p, multi_class="ovr", average="macro", sample_weight=w),
        "log_loss": m.log_loss(y, p, sample_weight=w),
        "brier": m.brier_score_loss(y, p, sample_weight=w, scale_by_half=False),
        "accuracy": m.accuracy_score(y, p.argmax(axis=1), sample_weight=w),
        "confusion": m.confusion_matrix(y, p.argmax(axis=1), sample_weight=w).tolist(),
    }


def number(c):
    y, p, w = (np.array(c[k], dtype=float) for k in ("label", "prediction", "weight"))
    return {
        "rmse": m.root_mean_squared_error(y, p, sample_weight=w),
        "mae": m.mean_absolute_error(y, p, sample_weight=w),
        "r2": m.r2_score(y, p, sample_weight=w),
        "quantile_loss": m.mean_pinball_loss(y, p, sample_weight=w, alpha=c["at"]),
    }


def newey_west(ticks, x, lag):
    series = np.zeros(ticks[-1] - ticks[0] + 1)
    series[np.array(ticks) - ticks[0]] = x - x.mean()
    variance = (series**2).sum()
    for l in range(1, lag + 1):
        variance += 2 * (1 - l / (lag + 1)) * (series[l:] * series[:-l]).sum()
    return x.mean() / np.sqrt(variance) * len(x)


def grade(y):
    from scipy.stats import rankdata

    return np.floor(30 * (rankdata(y) - 1) / (len(y) - 1) + 0.5)


def panel(c):
    t, y, p = np.array(c["tick"]), np.array(c["label"]), np.array(c["prediction"])
    ticks = [k for k in sorted(set(t.tolist())) if (t == k).sum() >= 5]
    ticks = [k for k in ticks if p[t == k].std() > 0]
    order = np.array([spearmanr(p[t == k], y[t == k])[0] for k in ticks])
    size = np.array([pearsonr(p[t == k], y[t == k])[0] for k in ticks])
    gain = [m.ndcg_score([2 ** grade(y[t == k]) - 1], [p[t == k]]) for k in sorted(set(t.tolist())) if (t == k).sum() > 1]
    lag = c["horizon"] - 1
    return {
        "ic": order.mean(),
        "ic_deviation": order.std(ddof=1),
        "ic_t": newey_west(ticks, order, lag),
        "linear_ic": size.mean(),
        "linear_ic_t": newey_west(ticks, size, lag),
        "ndcg": float(np.mean(gain)),
    }


question = json.load(sys.stdin)
json.dump({k: [f(c) for c in question[k]] for k, f in [("binary", binary), ("classes", classes), ("number", number), ("panel", panel)]}, sys.stdout)
