"""Historical value at risk, expected shortfall and correlation: {returns, others, levels} -> {tails, correlation}."""
import json
import sys

import numpy as np

question = json.load(sys.stdin)
returns = np.array(question["returns"])
others = np.array(question["others"])
tails = []
for level in question["levels"]:
    quantile = np.quantile(returns, 1 - level)
    tails.append({"valueAtRisk": -quantile, "expectedShortfall": -returns[returns <= quantile].mean()})
print(json.dumps({"tails": tails, "correlation": float(np.corrcoef(returns, others)[0, 1])}))
