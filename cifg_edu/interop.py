"""Weights to and from PyTorch and ONNX: to_torch_lstm, from_torch_lstm, to_onnx, from_onnx.

Each has one block for each gate, but the orders and shapes differ:

              gates                    input weights       recurrent weights   biases
    here      i, f, o, g               Wx (D, 4H)          Wh (H, 4H)          b (4H,)
    PyTorch   i, f, g, o               weight_ih (4H, D)   weight_hh (4H, H)   two of (4H,)
    ONNX      i, o, f, c (our g)       W (1, 4H, D)        R (1, 4H, H)        two in B (1, 8H)

The CIFG here has no f. ONNX has the CIFG too, with the attribute input_forget = 1. In PyTorch
and ONNX only the sum of the two biases matters.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.errors import UserError
from cifg_edu.gates import split_gates
from cifg_edu.model import find_cell

if TYPE_CHECKING:
    from onnx import ModelProto

GATES = {"cifg": "iog", "lstm": "ifog"}
TORCH_GATES = "ifgo"
ONNX_GATES = "iofg"

TORCH_NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
ONNX_INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
ONNX_ACTIVATIONS = [b"sigmoid", b"tanh", b"tanh"]
# The two belong together, and every onnxruntime since 1.8 reads them.
ONNX_OPSET, ONNX_IR_VERSION = 14, 7


def to_torch_lstm(parameters: Tensors) -> Tensors:
    """The weights of a vanilla LSTM, as `torch.nn.LSTM(D, H)` keeps them.

    This function does not need PyTorch. To load the arrays there:
    `lstm.load_state_dict({name: torch.from_numpy(a) for name, a in state.items()})`.

    Args:
        parameters: Wx (D, 4H), Wh (H, 4H), b (4H,), in the gate order i, f, o, g; others,
            such as Wy, are left out.

    Returns:
        weight_ih_l0 (4H, D), weight_hh_l0 (4H, H), bias_ih_l0 and bias_hh_l0 (4H,), in the
        gate order i, f, g, o and the dtype of `parameters`. bias_ih_l0 is b, bias_hh_l0 is 0.

    Raises:
        UserError: the parameters are not those of a vanilla LSTM.

    Source: PyTorch's documentation of torch.nn.LSTM, "Variables".
    """
    Wx, Wh, b = (_reorder(a, GATES["lstm"], TORCH_GATES) for a in _tensors("lstm", parameters))
    return dict(zip(TORCH_NAMES, (Wx.T, Wh.T, b, np.zeros_like(b)), strict=True))


def from_torch_lstm(state: Mapping[str, Any]) -> Tensors:
    """The parameters of a vanilla LSTM from the `state_dict()` of a `torch.nn.LSTM`.

    Args:
        state: tensors or arrays with the names that `to_torch_lstm` gives; missing biases (as
            from `bias=False`) are 0.

    Returns:
        Wx (D, 4H), Wh (H, 4H), b (4H,), in the gate order i, f, o, g and the dtype of
        `state`: new arrays. b is the sum of the two biases.

    Raises:
        UserError: there are several layers, two directions or a projection, or the shapes or
            types are not those of an LSTM in NumPy.

    Source: PyTorch's documentation of torch.nn.LSTM, "Variables".
    """
    strangers = sorted(set(state) - set(TORCH_NAMES))
    if strangers:
        raise UserError(
            f"{strangers[0]} has no counterpart in one cell: give the state_dict() of a "
            "torch.nn.LSTM itself, with one layer, one direction and no projection."
        )
    if not {"weight_ih_l0", "weight_hh_l0"} <= set(state):
        raise UserError("Some weights are missing: give the whole state_dict() of a torch.nn.LSTM.")
    arrays = {name: _as_array(value) for name, value in state.items()}
    weights = arrays["weight_ih_l0"].T, arrays["weight_hh_l0"].T
    zeros = np.zeros(weights[1].shape[-1:], weights[1].dtype)
    biases = [arrays.get(name, zeros) for name in ("bias_ih_l0", "bias_hh_l0")]
    if not all(_fits(4, *weights, bias) for bias in biases):
        raise UserError(
            f"Shapes of {_shapes(arrays)} are not those of an LSTM: "
            "give the state_dict() of a torch.nn.LSTM, not of another layer."
        )
    tensors = *weights, biases[0] + biases[1]
    return _named(_reorder(a, TORCH_GATES, GATES["lstm"]) for a in tensors)


def to_onnx(cell: str, parameters: Tensors) -> "ModelProto":
    """A model of one ONNX LSTM node, with input_forget = 1 for the CIFG.

    The forget block of a CIFG is minus its input block. With input_forget = 1 onnxruntime
    never reads it. ONNX's reference evaluator ignores the attribute, and still computes the
    CIFG, because sigma(-a) = 1 - sigma(a).

    To write the model: `write_atomically(path, model.SerializeToString())`.

    Args:
        cell: "cifg" or "lstm".
        parameters: Wx (D, G*H), Wh (H, G*H), b (G*H,); others, such as Wy, are left out.

    Returns:
        An `onnx.ModelProto` in float32, since onnxruntime has no LSTM in float64. Inputs: X
        (T, B, D), initial_h and initial_c (1, B, H). Outputs: Y (T, 1, B, H), Y_h and Y_c
        (1, B, H).

    Raises:
        UserError: onnx is not installed, there is no such cell, or the shapes are not those of
            this cell.

    Source: the ONNX operator specification, LSTM, version 14.
    """
    helper, to_tensor = _onnx().helper, _onnx().numpy_helper.from_array
    W, R, b = (_onnx_rows(cell, a.astype(np.float32)) for a in _tensors(cell, parameters))
    D, H = W.shape[1], R.shape[1]
    weights = {"W": W, "R": R, "B": np.concatenate([b, np.zeros_like(b)])}
    node = helper.make_node(
        "LSTM",
        ["X", "W", "R", "B", "", "initial_h", "initial_c"],
        ["Y", "Y_h", "Y_c"],
        hidden_size=H,
        input_forget=int(cell == "cifg"),
    )

    def value(name: str, *shape: int | str) -> Any:
        return helper.make_tensor_value_info(name, _onnx().TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        [node],
        cell,
        [value("X", "T", "B", D), value("initial_h", 1, "B", H), value("initial_c", 1, "B", H)],
        [value("Y", "T", 1, "B", H), value("Y_h", 1, "B", H), value("Y_c", 1, "B", H)],
        [to_tensor(np.ascontiguousarray(a[None]), name) for name, a in weights.items()],
    )
    opset = helper.make_opsetid("", ONNX_OPSET)
    return helper.make_model(
        graph, producer_name="cifg_edu", opset_imports=[opset], ir_version=ONNX_IR_VERSION
    )


def from_onnx(model: "ModelProto") -> tuple[str, Tensors]:
    """The cell and the parameters of a model's only LSTM node.

    The caller takes care of the data: the order of the axes (layout), the lengths of sequences
    and, unless it is stored in the model, the first state.

    Args:
        model: such as `onnx.load(path)` returns; nodes of other kinds are ignored.

    Returns:
        cell: "cifg" where input_forget = 1, whose forget block is dropped; else "lstm".
        parameters: Wx (D, G*H), Wh (H, G*H), b (G*H,) in the dtype of the model: new arrays.

    Raises:
        UserError: onnx is not installed, the model has no LSTM node or several, its weights
            are not stored in it, or the node does more than the cells here do.

    Source: the ONNX operator specification, LSTM, versions 7 to 22.
    """
    get = _onnx().helper.get_attribute_value
    nodes = [node for node in model.graph.node if node.op_type == "LSTM"]
    if len(nodes) != 1:
        raise UserError(f"The model has {len(nodes)} LSTM nodes: give one with exactly one.")
    attributes = {a.name: get(a) for a in nodes[0].attribute}
    inputs = {k: name for k, name in zip(ONNX_INPUTS, nodes[0].input, strict=False) if name}
    stored = {t.name: t for t in model.graph.initializer if t.name in inputs.values()}
    arrays = {
        k: _onnx().numpy_helper.to_array(stored[name])
        for k, name in inputs.items()
        if name in stored
    }
    _refuse_more_than_a_cell(attributes, inputs, arrays)
    cell = "cifg" if attributes.get("input_forget") else "lstm"
    return cell, _named(_reorder(a, ONNX_GATES, GATES[cell]) for a in _onnx_tensors(arrays))


def _onnx() -> Any:
    """The onnx package, imported when it is needed."""
    try:
        import onnx
    except ImportError as error:
        raise UserError(
            "ONNX models need a package that is not installed: "
            "python -m pip install onnx onnxruntime"
        ) from error
    return onnx


def _as_array(value: Any) -> Array:
    """The array of a tensor, a parameter or an array."""
    if not hasattr(value, "detach"):
        return np.asarray(value)
    try:
        return value.detach().cpu().numpy()
    except TypeError as error:
        raise UserError(
            f"NumPy has no dtype {value.dtype}: give the state_dict() of lstm.float()."
        ) from error


def _shapes(arrays: Tensors) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in arrays.items())


def _named(tensors: Any) -> Tensors:
    return dict(zip(("Wx", "Wh", "b"), tensors, strict=True))


def _fits(gates: int, Wx: Array, Wh: Array, b: Array) -> bool:
    """Whether these are (D, G*H), (H, G*H) and (G*H,), with D and H of 1 or more."""
    if Wx.ndim != 2 or Wh.ndim != 2 or not Wx.size or not Wh.size:
        return False
    return Wx.shape[1:] == Wh.shape[1:] == b.shape == (gates * len(Wh),)


def _tensors(cell: str, parameters: Tensors) -> tuple[Array, Array, Array]:
    """Wx, Wh and b, checked to be those of this cell."""
    gates = find_cell(cell).gates
    found: Tensors = {k: parameters[k] for k in ("Wx", "Wh", "b") if k in parameters}
    if len(found) < 3 or not _fits(gates, *found.values()):
        raise UserError(
            f"Parameters of {_shapes(found) or 'no shape'} are not those of one {cell}: "
            f"give Wx (D, {gates}H), Wh (H, {gates}H) and b ({gates}H,)."
        )
    return found["Wx"], found["Wh"], found["b"]


def _reorder(a: Array, old: str, new: str) -> Array:
    """The blocks of the last axis in a new order of the gates; gates not named are dropped."""
    blocks = dict(zip(old, split_gates(a, len(old)), strict=True))
    return np.concatenate([blocks[gate] for gate in new], axis=-1)


def _onnx_rows(cell: str, a: Array) -> Array:
    """A tensor of this package in ONNX's order, one row for each unit of each gate."""
    gates = GATES[cell]
    if cell == "cifg":
        a, gates = np.concatenate([a, -split_gates(a, 3)[0]], axis=-1), gates + "f"
    return _reorder(a, gates, ONNX_GATES).T


def _onnx_tensors(arrays: Tensors) -> tuple[Array, Array, Array]:
    """Wx, Wh and b in ONNX's order, from W (1, 4H, D), R (1, 4H, H) and perhaps B (1, 8H)."""
    if not {"W", "R"} <= arrays.keys():
        raise UserError(
            "The LSTM's weights are not stored in the model: export it with its weights inside."
        )
    W, R = arrays["W"], arrays["R"]
    D, H = (a.shape[-1] if a.ndim else 0 for a in (W, R))
    B = arrays.get("B", np.zeros((1, 8 * H), R.dtype))
    expected = (1, 4 * H, D), (1, 4 * H, H), (1, 8 * H)
    if (W.shape, R.shape, B.shape) != expected or not D * H:
        raise UserError(
            f"Shapes of {_shapes(arrays)} are not those of one LSTM: "
            "give a model with W (1, 4H, D), R (1, 4H, H) and B (1, 8H)."
        )
    return W[0].T, R[0].T, B[0, : 4 * H] + B[0, 4 * H :]


def _refuse_more_than_a_cell(
    attributes: Mapping[str, Any], inputs: Mapping[str, str], arrays: Tensors
) -> None:
    """Refuse a node whose equations are not those of `cifg.py` or `lstm.py`."""
    activations = [name.lower() for name in attributes.get("activations", ONNX_ACTIVATIONS)]
    more = {
        "another direction than forward": attributes.get("direction", b"forward") != b"forward",
        "other activations than sigmoid and tanh": activations != ONNX_ACTIVATIONS,
        "a clip": "clip" in attributes,
        "peepholes": "P" in inputs,
        "biases that are not stored in the model": "B" in inputs and "B" not in arrays,
        "a first state other than 0": any(
            name in arrays and arrays[name].any() for name in ("initial_h", "initial_c")
        ),
    }
    found = " and ".join(what for what, is_there in more.items() if is_there)
    if found:
        raise UserError(
            f"The LSTM node has {found}, which no cell here has: export the model without."
        )
