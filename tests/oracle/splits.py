"""Blocks of k-fold by scikit-learn; rows of combinatorial purged k-fold by the snippets of Advances in Financial Machine
Learning (7.1 purging, 7.2 embargo), on labels whose span (t, t + h] is the whole ticks t + 1 .. t + h."""
import itertools
import json
import sys

import numpy as np
from sklearn.model_selection import KFold


def get_train_times(start, end, test_times):
    keep = np.ones(len(start), dtype=bool)
    for i, j in test_times:
        starts_within = (i <= start) & (start <= j)
        ends_within = (i <= end) & (end <= j)
        envelops = (start <= i) & (j <= end)
        keep &= ~(starts_within | ends_within | envelops)
    return keep


answers = []
for case in json.load(sys.stdin):
    ticks, folds, test, h, embargo = (case[k] for k in ("ticks", "folds", "test", "horizon", "embargo"))
    t = np.arange(ticks)
    blocks = [b for _, b in KFold(folds).split(t)]
    rows = []
    for held in itertools.combinations(range(folds), test):
        times = [(blocks[k][0] + 1, blocks[k][-1] + h) for k in held]
        keep = get_train_times(t + 1, t + h, times)
        for k in held:
            end = blocks[k][-1] + h
            keep &= ~((t >= end) & (t < end + embargo))
            keep[blocks[k]] = False
        rows.append({"train": t[keep].tolist(), "test": np.concatenate([blocks[k] for k in held]).tolist()})
    answers.append(rows)
json.dump(answers, sys.stdout)
