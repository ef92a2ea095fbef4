"""The cells that are compared, each with a read-out: CELLS, forward_pass, backward_pass, ...

    h, c = cell(x, 0, 0)        outputs_t = h_t Wy + by

All cells are the clear functions of `cifg.py`, `lstm.py`, `gru.py` and `rnn.py`, written in one
style, so that their seconds can be set side by side.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.cifg import SequenceGradients, cifg_backward, cifg_forward
from cifg_edu.comparison.gru import gru_backward, gru_forward, initialize_gru
from cifg_edu.comparison.rnn import HiddenGradients, initialize_rnn, rnn_backward, rnn_forward
from cifg_edu.errors import UserError
from cifg_edu.initializers import glorot_uniform, initialize_cifg, initialize_lstm
from cifg_edu.lstm import lstm_backward, lstm_forward
from cifg_edu.statistics import count_model_parameters, matched_hidden_size

Forward = Callable[..., tuple[Array, Array, list[Any]]]
Backward = Callable[..., SequenceGradients]


class ComparedCell(NamedTuple):
    """One kind of cell: its name, its blocks of weights, and its functions, as `cifg.py` has."""

    name: str
    gates: int
    forward: Forward
    backward: Backward
    initialize: Callable[..., Tensors]


def with_idle_cell(
    forward: Callable[..., tuple[Array, list[Any]]], backward: Callable[..., HiddenGradients]
) -> tuple[Forward, Backward]:
    """Give a network without a cell the interface of one that has a cell.

    Args:
        forward, backward: as `rnn_forward` and `rnn_backward`.

    Returns:
        The two with the arguments and results of `cifg_forward` and `cifg_backward`: c is c0 at
        every step, nothing reads it, and so its gradient is 0.

    Source: an adapter; no mathematics of its own.
    """

    def forward_with_cell(
        x: Array, h0: Array, c0: Array, Wx: Array, Wh: Array, b: Array
    ) -> tuple[Array, Array, list[Any]]:
        h, caches = forward(x, h0, Wx, Wh, b)
        return h, np.broadcast_to(c0, h.shape), caches

    def backward_with_cell(dh: Array, Wx: Array, Wh: Array, caches: list[Any]) -> SequenceGradients:
        back = backward(dh, Wx, Wh, caches)
        return SequenceGradients(
            back.dx, back.dh0, np.zeros_like(back.dh0), back.dWx, back.dWh, back.db
        )

    return forward_with_cell, backward_with_cell


CELLS = {
    cell.name: cell
    for cell in (
        ComparedCell("cifg", 3, cifg_forward, cifg_backward, initialize_cifg),
        ComparedCell("lstm", 4, lstm_forward, lstm_backward, initialize_lstm),
        ComparedCell("gru", 3, *with_idle_cell(gru_forward, gru_backward), initialize_gru),
        ComparedCell("rnn", 1, *with_idle_cell(rnn_forward, rnn_backward), initialize_rnn),
    )
}


def find_cell(name: str) -> ComparedCell:
    """The cell of this name.

    Args:
        name: "cifg", "lstm", "gru" or "rnn".

    Returns:
        Its functions and its number of gates.

    Raises:
        UserError: there is no such cell.

    Source: `CELLS`.
    """
    if name not in CELLS:
        raise UserError(f"There is no cell called {name!r}: choose one of {', '.join(CELLS)}.")
    return CELLS[name]


def hidden_size_for(
    cell: str, matching: str, reference: str, hidden_size: int, input_size: int, output_size: int
) -> int:
    """How many units a cell gets beside a reference model.

    Args:
        cell: the cell that is to be matched.
        matching: "size" or "parameters".
        reference, hidden_size: the reference's cell and its H.
        input_size, output_size: D and V.

    Returns:
        The reference's H, or the H whose whole model, cell and read-out, has the count of
        parameters that is nearest to the reference's.

    Raises:
        UserError: there is no such cell or matching, or no model is as small as the reference.

    Source: `matched_hidden_size`.
    """
    if matching == "size":
        return hidden_size
    if matching != "parameters":
        raise UserError(f"matching is {matching!r}: give size or parameters.")
    gates = find_cell(reference).gates
    parameters = count_model_parameters(input_size, hidden_size, output_size, gates)
    return matched_hidden_size(parameters, input_size, output_size, find_cell(cell).gates)


def first_parameters(
    rng: np.random.Generator, cell: str, input_size: int, hidden_size: int, output_size: int
) -> Tensors:
    """First parameters of a cell with a read-out.

    Args:
        rng: the source of randomness.
        cell: a name in `CELLS`.
        input_size, hidden_size, output_size: D, H and V.

    Returns:
        float32 tensors: Wx (D, G*H), Wh (H, G*H), b (G*H,), Wy (H, V), by (V,).

    Raises:
        UserError: there is no such cell.

    Source: each cell's own initializer; Glorot and Bengio (2010) for Wy.
    """
    parameters = find_cell(cell).initialize(rng, input_size, hidden_size)
    parameters["Wy"] = glorot_uniform(rng, hidden_size, output_size)
    parameters["by"] = np.zeros(output_size)
    return {name: value.astype(np.float32) for name, value in parameters.items()}


class Pass(NamedTuple):
    """What a forward pass leaves: the outputs, and what its backward pass needs."""

    outputs: Array
    h: Array
    caches: list[Any]


def forward_pass(cell: str, parameters: Tensors, inputs: Array) -> Pass:
    """The outputs of a cell with a read-out, from a state of zeros.

    Args:
        cell: a name in `CELLS`.
        parameters: Wx, Wh, b, Wy, by.
        inputs: (T, B, D).

    Returns:
        outputs: h Wy + by for every step, (T, B, V);
        h: (T, B, H); caches: for `backward_pass`.

    Raises:
        UserError: there is no such cell.

    Source: Graves (2013), "Generating sequences with recurrent neural networks", section 2.
    """
    Wx, Wh, b, Wy, by = (parameters[name] for name in ("Wx", "Wh", "b", "Wy", "by"))
    zeros = np.zeros((inputs.shape[1], len(Wh)), Wh.dtype)
    h, _, caches = find_cell(cell).forward(inputs, zeros, zeros, Wx, Wh, b)
    return Pass(h @ Wy + by, h, caches)


def backward_pass(cell: str, parameters: Tensors, done: Pass, doutputs: Array) -> Tensors:
    """The gradients of a cell with a read-out.

    Args:
        cell: a name in `CELLS`.
        parameters: those of the forward pass.
        done: what `forward_pass` left.
        doutputs: gradient of the loss for the outputs, (T, B, V).

    Returns:
        Gradients under the names of the parameters.

    Raises:
        UserError: there is no such cell.

    Source: Werbos (1990).
    """
    Wx, Wh, Wy = (parameters[name] for name in ("Wx", "Wh", "Wy"))
    back = find_cell(cell).backward(doutputs @ Wy.T, Wx, Wh, done.caches)
    h, d = (a.reshape(-1, a.shape[-1]) for a in (done.h, doutputs))
    return {"Wx": back.dWx, "Wh": back.dWh, "b": back.db, "Wy": h.T @ d, "by": d.sum(axis=0)}
