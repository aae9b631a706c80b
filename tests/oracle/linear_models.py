"""Ridge and logistic regression of scikit-learn: {kind, rows, labels, weights, alpha | C, intercept} -> {weights, bias}."""
import json
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

question = json.load(sys.stdin)
x = np.array(question["rows"], dtype=np.float64)
y = np.array(question["labels"], dtype=np.float64)
weights = question.get("weights")
intercept = question["intercept"]
if question["kind"] == "ridge":
    model = Ridge(alpha=question["alpha"], fit_intercept=intercept, solver="cholesky")
    model.fit(x, y, sample_weight=weights)
else:
    model = LogisticRegression(C=question["C"], fit_intercept=intercept, solver="newton-cg", tol=1e-12, max_iter=2000)
    model.fit(x, y.astype(int), sample_weight=weights)
print(json.dumps({
    "weights": np.atleast_2d(model.coef_).tolist(),
    "bias": np.atleast_1d(model.intercept_).tolist(),
}))
