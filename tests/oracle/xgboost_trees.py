"""XGBoost itself: trains on what it is given, answers margins and trees.

Reads a list of questions, answers a list. Arrays travel as base64 of little-endian numbers; the matrix column by column, absent as NaN.
"""

import base64
import json
import sys

import numpy as np
import xgboost as xgb


def numbers(text, kind):
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def matrix(part, threads):
    values = numbers(part["values"], "<f4").reshape(part["columns"], part["rows"]).T
    data = xgb.DMatrix(np.ascontiguousarray(values), label=numbers(part["labels"], "<f8"), nthread=threads)
    if "groups" in part:
        data.set_group(part["groups"])
    if "weights" in part:
        data.set_weight(numbers(part["weights"], "<f8"))
    return data


def trees(booster):
    model = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]
    names = {
        "feature": "split_indices",
        "cut": "split_conditions",
        "left": "left_children",
        "right": "right_children",
        "absentLeft": "default_left",
        "gain": "loss_changes",
        "cover": "sum_hessian",
    }
    return [{ours: tree[theirs] for ours, theirs in names.items()} for tree in model["trees"]]


def answer(question):
    threads = question.get("threads", 1)
    train = matrix(question["train"], threads)
    params = {"tree_method": "hist", "nthread": threads, "verbosity": 0, **question["params"]}
    watched = [(matrix(question["valid"], threads), "valid")] if "valid" in question else []
    history = {}
    booster = xgb.train(
        params,
        train,
        question["rounds"],
        evals=watched,
        early_stopping_rounds=question.get("stop"),
        evals_result=history,
        verbose_eval=False,
    )
    last = booster.best_iteration + 1 if "stop" in question else 0
    ask = matrix(question["ask"], threads) if "ask" in question else train
    margins = booster.predict(ask, output_margin=True, iteration_range=(0, last))
    config = json.loads(booster.save_config())["learner"]["learner_model_param"]
    return {
        "version": xgb.__version__,
        "margins": base64.b64encode(np.ascontiguousarray(margins.T, dtype="<f4").tobytes()).decode(),
        "trees": trees(booster) if question.get("trees") else [],
        "base": config["base_score"],
        "curve": next(iter(history.get("valid", {}).values()), []),
        "rounds": last,
    }


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
