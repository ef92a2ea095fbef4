"""The cells that are compared, each with a read-out: CELLS, first_parameters, from_zeros, ...

    h, c = cell(x, 0, 0)        outputs_t = h_t Wy + by

These are the taught cells, the GRU and the plain network. All are clear functions in the same
style, so that their seconds can be compared.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cifg_edu import model
from cifg_edu.arrays import Array, Tensors
from cifg_edu.cifg import SequenceGradients
from cifg_edu.comparison.gru import gru_step, gru_step_backward, initialize_gru
from cifg_edu.comparison.rnn import HiddenGradients, initialize_rnn, rnn_step, rnn_step_backward
from cifg_edu.errors import look_up
from cifg_edu.initializers import glorot_uniform, initialize_lstm
from cifg_edu.model import Cell, Pass, forward_pass, initial_state


def without_c(
    name: str,
    gates: int,
    step: Callable[[Array, Array, Array, Array, Array], tuple[Array, Any]],
    step_backward: Callable[[Array, Array, Array, Any], HiddenGradients],
    initialize: Callable[..., Tensors],
) -> Cell:
    """A network that has only h, with the functions of a cell.

    Args:
        name, gates, initialize: as in `Cell`.
        step, step_backward: as `rnn_step` and `rnn_step_backward`.

    Returns:
        The cell. Its c is c0 at every step. Nothing reads it, so its gradient is 0.

    Source: Werbos (1990), "Backpropagation through time: what it does and how to do it".
    """

    def step_with_c(
        x: Array, h_prev: Array, c_prev: Array, Wx: Array, Wh: Array, b: Array
    ) -> tuple[Array, Array, Any]:
        h, cache = step(x, h_prev, Wx, Wh, b)
        return h, c_prev, cache

    def forward(
        x: Array, h0: Array, c0: Array, Wx: Array, Wh: Array, b: Array
    ) -> tuple[Array, Array, list[Any]]:
        h, caches = [], []
        h_prev = h0
        for x_t in x:
            h_prev, _, cache = step_with_c(x_t, h_prev, c0, Wx, Wh, b)
            h.append(h_prev)
            caches.append(cache)
        return np.array(h), np.broadcast_to(c0, (len(h), *c0.shape)), caches  # (T, B, H), twice

    def backward(dh: Array, Wx: Array, Wh: Array, caches: list[Any]) -> SequenceGradients:
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0])
        dh_next = np.zeros_like(dh[0])
        dx = []
        for dh_t, cache in zip(dh[::-1], caches[::-1], strict=True):
            back = step_backward(dh_t + dh_next, Wx, Wh, cache)
            dh_next = back.dh_prev
            dx.append(back.dx)
            dWx += back.dWx
            dWh += back.dWh
            db += back.db
        return SequenceGradients(np.array(dx[::-1]), dh_next, np.zeros_like(dh_next), dWx, dWh, db)

    return Cell(name, gates, step_with_c, forward, backward, initialize)


def initialize_closed_lstm(rng: np.random.Generator, input_size: int, hidden_size: int) -> Tensors:
    """An LSTM whose input gate begins as the CIFG's does, at 0.27 and not at 0.5.

    Args:
        rng, input_size, hidden_size: as for `initialize_lstm`.

    Returns:
        As `initialize_lstm`, with an input bias of -1.
    """
    parameters = initialize_lstm(rng, input_size, hidden_size)
    parameters["b"][:hidden_size] = -1.0  # the gate order is i, f, o, g
    return parameters


CELLS = {
    **model.CELLS,
    "lstm_closed": model.CELLS["lstm"]._replace(
        name="lstm_closed", initialize=initialize_closed_lstm
    ),
    "gru": without_c("gru", 3, gru_step, gru_step_backward, initialize_gru),
    "rnn": without_c("rnn", 1, rnn_step, rnn_step_backward, initialize_rnn),
}


def first_parameters(
    rng: np.random.Generator, cell: str, input_size: int, hidden_size: int, output_size: int
) -> Tensors:
    """Initial parameters of a cell with a read-out.

    Args:
        rng: the source of randomness.
        cell: a name in `CELLS`.
        input_size, hidden_size, output_size: D, H and V.

    Returns:
        float32 tensors: Wx (D, G*H), Wh (H, G*H), b (G*H,), Wy (H, V), by (V,).

    Raises:
        UserError: there is no such cell.

    Source: Glorot and Bengio (2010) for Wy.
    """
    parameters = look_up("cell", cell, CELLS).initialize(rng, input_size, hidden_size)
    parameters["Wy"] = glorot_uniform(rng, hidden_size, output_size)
    parameters["by"] = np.zeros(output_size)
    return {name: value.astype(np.float32) for name, value in parameters.items()}


def from_zeros(cell: str, parameters: Tensors, inputs: Array) -> Pass:
    """The forward pass of a cell with a read-out, from a state of zeros.

    Args:
        cell: a name in `CELLS`.
        parameters: Wx, Wh, b, Wy, by.
        inputs: (T, B, D).

    Returns:
        As for `model.forward_pass`.

    Raises:
        UserError: there is no such cell.
    """
    zeros = initial_state(inputs.shape[1], len(parameters["Wh"]), parameters["Wh"].dtype)
    return forward_pass(look_up("cell", cell, CELLS), parameters, inputs, *zeros)
