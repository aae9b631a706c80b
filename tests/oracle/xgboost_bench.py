"""XGBoost on a matrix in a file, for the benchmark of the trainer.

    xgboost_bench.py FILE ROWS COLUMNS            reads a training a line, answers its seconds, the data matrix included
    xgboost_bench.py FILE ROWS COLUMNS TRAINING   trains once, answers the bytes of memory above the loaded matrix

The file holds the matrix row by row, then the labels, as little-endian floats.
"""

import json
import resource
import sys
import time

import numpy as np
import xgboost as xgb

path, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
numbers = np.fromfile(path, dtype="<f4")
values = numbers[: rows * columns].reshape(rows, columns)
labels = numbers[rows * columns :]


def train(training):
    threads = training["threads"]
    params = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": training["depth"],
        "learning_rate": training["rate"],
        "base_score": 0.5,
        "nthread": threads,
        "verbosity": 0,
    }
    start = time.perf_counter()
    data = xgb.DMatrix(values, label=labels, nthread=threads)
    xgb.train(params, data, training["trees"])
    return time.perf_counter() - start


if len(sys.argv) > 4:
    with open("/proc/self/statm") as file:
        before = int(file.read().split()[1]) * resource.getpagesize()
    train(json.loads(sys.argv[4]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before)
else:
    print(xgb.__version__, flush=True)
    for line in sys.stdin:
        print(train(json.loads(line)), flush=True)
