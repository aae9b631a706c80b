"""Random forest of scikit-learn: {rows, labels, ask, trees, depth, columns} -> probability of 1 for each row asked."""
import json
import sys

import numpy as np
from sklearn.ensemble import RandomForestClassifier

question = json.load(sys.stdin)
forest = RandomForestClassifier(
    n_estimators=question["trees"],
    max_depth=question["depth"],
    max_features=question["columns"],
    random_state=0,
)
forest.fit(np.array(question["rows"], dtype=np.float32), np.array(question["labels"]))
print(json.dumps(forest.predict_proba(np.array(question["ask"], dtype=np.float32))[:, 1].tolist()))
