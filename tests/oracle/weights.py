"""Average uniqueness by the snippets of Advances in Financial Machine Learning (4.1 concurrency, 4.2 average uniqueness),
on labels whose span (t, end] is the whole ticks t + 1 .. end; Kish's effective number; decay."""
import json
import sys

import numpy as np


def uniqueness(t, end):
    ticks = np.arange(t.min() + 1, end.max() + 1)
    count = np.zeros(len(ticks))
    for a, b in zip(t, end):
        count[(ticks >= a + 1) & (ticks <= b)] += 1
    return [float((1.0 / count[(ticks >= a + 1) & (ticks <= b)]).mean()) for a, b in zip(t, end)]


answers = []
for case in json.load(sys.stdin):
    t, lane, end = (np.array(case[k]) for k in ("tick", "lane", "end"))
    unique = np.zeros(len(t))
    for k in set(lane.tolist()):
        unique[lane == k] = uniqueness(t[lane == k], end[lane == k])
    w = unique * 0.5 ** ((case["at"] - t) / case["halfLife"])
    w = w / w.mean()
    answers.append({"uniqueness": unique.tolist(), "weights": w.tolist(), "effective": float(w.sum() ** 2 / (w**2).sum())})
json.dump(answers, sys.stdout)
