"""The Python package onnx: `check` examines our files; `make` gives files as other libraries write them, base64."""
import base64
import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

question = json.load(sys.stdin)


def check(text):
    model = onnx.load_from_string(base64.b64decode(text))
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    shape = lambda value: [d.dim_value or d.dim_param for d in value.type.tensor_type.shape.dim]
    return {
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        "opsets": {entry.domain: entry.version for entry in model.opset_import},
        "inputs": {value.name: shape(value) for value in inferred.graph.input},
        "outputs": {value.name: shape(value) for value in inferred.graph.output},
    }


def tensor(name, values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=kind), name)


def info(name, dims, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, dims)


def model(nodes, inputs, outputs, constants=(), opsets=(("", 17), ("ai.onnx.ml", 3)), ir=8):
    graph = helper.make_graph(nodes, "made elsewhere", inputs, outputs, list(constants))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(*o) for o in opsets], ir_version=ir, producer_name="test")


FOREST = dict(
    n_targets=1, nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[1, 0, 0],
    nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values=[0.5, 0.0, 0.0], nodes_truenodeids=[1, 0, 0],
    nodes_falsenodeids=[2, 0, 0], target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[-1.0, 1.0],
)

ml = lambda op, i, o, **a: helper.make_node(op, i, o, domain="ai.onnx.ml", **a)
op = helper.make_node
rows2 = [info("X", [None, 2])]
one = [info("Y", [None, 1])]
identity = tensor("W", [[1.0], [2.0]])


def classifier(zipmap):
    """As skl2onnx writes a pipeline of an imputer, a scaler and a logistic regression."""
    nodes = [
        ml("Imputer", ["X"], ["imputed"], imputed_value_floats=[0.5, 0.25], replaced_value_float=float("nan")),
        ml("Scaler", ["imputed"], ["scaled"], offset=[0.5, 0.0], scale=[2.0, 1.0]),
        ml("LinearClassifier", ["scaled"], ["label", "scores"], coefficients=[-1.0, -0.5, 1.0, 0.5],
           intercepts=[0.25, -0.25], classlabels_ints=[0, 1], multi_class=0, post_transform="LOGISTIC"),
        ml("Normalizer", ["scores"], ["probabilities"], norm="L1"),
    ]
    label = info("label", [None], TensorProto.INT64)
    if not zipmap:
        return model(nodes, rows2, [label, info("probabilities", [None, 2])])
    nodes.append(ml("ZipMap", ["probabilities"], ["output_probability"], classlabels_int64s=[0, 1]))
    value = helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    zipped = helper.make_value_info("output_probability", helper.make_sequence_type_proto(value))
    return model(nodes, rows2, [label, zipped])


def external():
    made = model([op("MatMul", ["X", "W"], ["Y"])], rows2, one, [identity])
    weight = made.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    entry = weight.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    return made


FILES = {
    "forest": lambda: model([ml("TreeEnsembleRegressor", ["X"], ["Y"], **FOREST)], rows2, one),
    "classifier": lambda: classifier(False),
    "zipmap": lambda: classifier(True),
    "flat output": lambda: model([op("MatMul", ["X", "W"], ["Z"]), op("Squeeze", ["Z", "axis"], ["Y"])], rows2,
                                 [info("Y", [None])], [identity, tensor("axis", [1], np.int64)]),
    "double": lambda: model([op("MatMul", ["X", "W"], ["Y"])], [info("X", [None, 2], TensorProto.DOUBLE)],
                            [info("Y", [None, 1], TensorProto.DOUBLE)], [tensor("W", [[1.0], [2.0]], np.float64)]),
    "weights as inputs": lambda: model([op("MatMul", ["X", "W"], ["Y"])], rows2 + [info("W", [2, 1])], one, [identity]),
    "unstated width": lambda: model([op("MatMul", ["X", "W"], ["Y"])], [info("X", [None, None])], one, [identity]),
    "width 3": lambda: model([op("Identity", ["X"], ["Y"])], [info("X", [None, 3])], [info("Y", [None, 3])]),
    "one row": lambda: model([op("MatMul", ["X", "W"], ["Y"])], [info("X", [1, 2])], [info("Y", [1, 1])], [identity]),
    "flat input": lambda: model([op("Identity", ["X"], ["Y"])], [info("X", [None])], [info("Y", [None])]),
    "whole numbers": lambda: model([op("Cast", ["X"], ["Y"], to=1)], [info("X", [None, 2], TensorProto.INT64)],
                                   [info("Y", [None, 2])]),
    "text": lambda: model([op("Cast", ["X"], ["Y"], to=1)], [info("X", [None, 2], TensorProto.STRING)], [info("Y", [None, 2])]),
    "two inputs": lambda: model([op("Add", ["a", "b"], ["Y"])], [info("a", [None, 1]), info("b", [None, 1])], one),
    "no input": lambda: model([op("Identity", ["W"], ["Y"])], [], [info("Y", [2, 1])], [identity]),
    "two outputs": lambda: model([op("MatMul", ["X", "W"], ["Y"]), op("Neg", ["Y"], ["Z"])], rows2,
                                 one + [info("Z", [None, 1])], [identity]),
    "labels alone": lambda: model([op("Cast", ["X"], ["Y"], to=7)], rows2, [info("Y", [None, 2], TensorProto.INT64)]),
    "unknown operator": lambda: model([op("Frobnicate", ["X"], ["Y"])], rows2, one),
    "foreign operator": lambda: model([helper.make_node("Secret", ["X"], ["Y"], domain="com.example")], rows2, one,
                                      opsets=(("", 17), ("com.example", 1))),
    "future operators": lambda: model([op("Identity", ["X"], ["Y"])], rows2, [info("Y", [None, 2])], opsets=(("", 99),)),
    "future format": lambda: model([op("Identity", ["X"], ["Y"])], rows2, [info("Y", [None, 2])], ir=99),
    "shapes that clash": lambda: model([op("MatMul", ["X", "W"], ["Y"])], rows2, one, [tensor("W", [[1.0], [2.0], [3.0]])]),
    "logarithm": lambda: model([op("MatMul", ["X", "W"], ["Z"]), op("Log", ["Z"], ["Y"])], rows2, one, [identity]),
    "fixed inside": lambda: model([op("Reshape", ["X", "shape"], ["Y"])], rows2, one, [tensor("shape", [2, 1], np.int64)]),
    "external": external,
}

if question["do"] == "check":
    print(json.dumps([check(text) for text in question["files"]]))
else:
    print(json.dumps({name: base64.b64encode(make().SerializeToString()).decode() for name, make in FILES.items()}))
