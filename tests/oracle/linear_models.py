"""Ridge and logistic regression of scikit-learn, model by model: the rows and {kind, alpha | C, ...} -> {weights, bias}."""
import json
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

asked = json.load(sys.stdin)
x = np.array(asked["rows"], dtype=np.float64)
weights = np.array(asked["weights"])


def fitted(question):
    labels = np.array(question["labels"], dtype=np.float64)
    intercept = question["fit_intercept"]
    if question["kind"] == "ridge":
        model = Ridge(alpha=question["alpha"], fit_intercept=intercept, solver="cholesky")
    else:
        labels = labels.astype(int)
        model = LogisticRegression(C=question["C"], fit_intercept=intercept, solver="newton-cg", tol=1e-12, max_iter=2000)
    model.fit(x, labels, sample_weight=weights)
    return {"weights": np.atleast_2d(model.coef_).tolist(), "bias": np.atleast_1d(model.intercept_).tolist()}


print(json.dumps([fitted(question) for question in asked["models"]]))
