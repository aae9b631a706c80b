"""Scaling, imputing, variance, correlation clusters, quantile cuts, isotonic and Platt calibration by scikit-learn, scipy
and numpy."""
import json
import sys

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.calibration import _SigmoidCalibration
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.preprocessing import RobustScaler, StandardScaler

question = json.load(sys.stdin)


def table(columns):
    return np.array([[np.nan if v is None else v for v in c] for c in columns], dtype=float).T


def column_answers(case):
    x, rows = table(case["columns"]), case["rows"]
    train = x[rows]
    scaler = {"standard": StandardScaler(), "robust": RobustScaler(unit_variance=True)}[case["scale"]].fit(train)
    scaled = scaler.transform(x)
    if case["clip"] is not None:
        scaled = np.clip(scaled, -case["clip"], case["clip"])
    median = SimpleImputer(strategy="median").fit(train).statistics_
    variance = VarianceThreshold(case["above"]).fit(train)
    correlation = np.abs(np.corrcoef(train, rowvar=False)) if not np.isnan(train).any() else None
    clusters = None
    if correlation is not None:
        distance = squareform(1 - correlation, checks=False)
        clusters = fcluster(linkage(distance, "single"), 1 - case["below"] + 1e-12, "distance").tolist()
    return {
        "scaled": [[None if np.isnan(v) else float(v) for v in c] for c in scaled.T.astype(np.float32)],
        "median": median.tolist(),
        "varied": variance.get_support().tolist(),
        "clusters": clusters,
    }


def calibration_answers(case):
    s, y, w, at = (np.array(case[k], dtype=float) for k in ("scores", "truths", "weights", "at"))
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(s, y, sample_weight=w)
    platt = _SigmoidCalibration().fit(s, y, sample_weight=w)
    return {"isotonic": isotonic.predict(at).tolist(), "platt": platt.predict(at).tolist()}


json.dump(
    {
        "columns": [column_answers(c) for c in question["columns"]],
        "calibration": [calibration_answers(c) for c in question["calibration"]],
        "cuts": [np.quantile(c["labels"], np.arange(1, c["classes"]) / c["classes"]).tolist() for c in question["cuts"]],
    },
    sys.stdout,
)
