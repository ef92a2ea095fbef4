"""The character model in clear functions: ModelConfig, initialize_model, loss_and_gradients, ...

    x_t = one_hot(id_t)  (or a row of the embedding)     h, c = cell(x, h_prev, c_prev)
    logits_t = h_t Wy + by                               loss = mean cross-entropy(logits, next id)

forward_pass and backward_pass, a cell with its read-out, know nothing about characters.
`engine.py` computes the same faster, and agrees to 1e-10.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Ids, Tensors
from cifg_edu.cifg import SequenceGradients, cifg_backward, cifg_forward, cifg_step
from cifg_edu.errors import UserError, look_up
from cifg_edu.initializers import (
    Initializer,
    glorot_normal,
    glorot_uniform,
    initialize_cifg,
    initialize_lstm,
    plain_normal,
)
from cifg_edu.losses import softmax_cross_entropy
from cifg_edu.lstm import lstm_backward, lstm_forward, lstm_step
from cifg_edu.optimizers import AdamState, adam_step, clip_by_global_norm
from cifg_edu.text import one_hot


class Cell(NamedTuple):
    """One kind of cell: its name, its number of gates, and the functions that make it."""

    name: str
    gates: int
    step: Callable[..., tuple[Array, Array, Any]]
    forward: Callable[..., tuple[Array, Array, list[Any]]]
    backward: Callable[..., SequenceGradients]
    initialize: Callable[..., Tensors]


CELLS = {
    "cifg": Cell("cifg", 3, cifg_step, cifg_forward, cifg_backward, initialize_cifg),
    "lstm": Cell("lstm", 4, lstm_step, lstm_forward, lstm_backward, initialize_lstm),
}

INITIALIZERS: dict[str, Initializer] = {
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "plain_normal": plain_normal,
}


class ModelConfig(NamedTuple):
    """What determines the shapes of a model: its cell, its vocabulary and its sizes."""

    cell: str
    characters: str
    hidden_size: int
    embedding_size: int | None = None


class ModelStep(NamedTuple):
    """What `loss_and_gradients` returns: the loss, its gradients, and the last state."""

    loss: float
    gradients: Tensors
    h: Array
    c: Array
    dh0: Array
    dc0: Array


def find_cell(name: str) -> Cell:
    """The cell with this name.

    Args:
        name: "cifg" or "lstm".

    Returns:
        Its functions and its number of gates.

    Raises:
        UserError: there is no such cell.
    """
    return look_up("cell", name, CELLS)


def initialize_model(
    rng: np.random.Generator,
    config: ModelConfig,
    weights: Initializer = glorot_uniform,
    max_lag: int | None = None,
) -> Tensors:
    """Initial parameters of a character model.

    The embedding is normal, and its rows have norms near 1, as one-hot rows have.

    Args:
        rng: the source of randomness.
        config: cell, vocabulary and sizes.
        weights: how a block of weights is drawn.
        max_lag: the longest lag for chrono biases, in steps, or None for the usual bias.

    Returns:
        float64 tensors: Wx (D, G*H), Wh (H, G*H), b (G*H,), Wy (H, V), by (V,) and, with an
        embedding, embedding (V, D); without one D = V.

    Raises:
        UserError: there is no such cell, or a size is below 1.
    """
    size = len(config.characters)
    if config.hidden_size < 1 or (config.embedding_size is not None and config.embedding_size < 1):
        raise UserError(
            f"A hidden size of {config.hidden_size} with an embedding size of "
            f"{config.embedding_size} leaves nothing to learn: give sizes of 1 or more."
        )
    input_size = config.embedding_size or size
    initialize = find_cell(config.cell).initialize
    parameters: Tensors = initialize(rng, input_size, config.hidden_size, weights, max_lag)
    parameters["Wy"] = weights(rng, config.hidden_size, size)
    parameters["by"] = np.zeros(size)
    if config.embedding_size is not None:
        parameters["embedding"] = rng.normal(size=(size, input_size)) / np.sqrt(input_size)
    return parameters


def initial_state(
    batch_size: int, hidden_size: int, dtype: Any = np.float64
) -> tuple[Array, Array]:
    """The state before the first character of a text: zeros.

    Args:
        batch_size, hidden_size: B and H.
        dtype: of the arrays.

    Returns:
        h0 and c0, each (B, H).

    Source: Greff et al. (2017), section 2.
    """
    return np.zeros((batch_size, hidden_size), dtype), np.zeros((batch_size, hidden_size), dtype)


def embed(parameters: Tensors, ids: Ids) -> Array:
    """The cell's input for each id: its row of the embedding, or a one-hot row without one.

    Args:
        parameters: the model's tensors.
        ids: integers in [0, V), any shape.

    Returns:
        Vectors of shape ids.shape + (D,).

    Raises:
        IndexError: an id lies outside the vocabulary.

    Source: Bengio et al. (2003), "A neural probabilistic language model", for embeddings.
    """
    if "embedding" in parameters:
        return parameters["embedding"][ids]
    return one_hot(ids, len(parameters["by"]), parameters["by"].dtype)


class Pass(NamedTuple):
    """What a forward pass returns: outputs, states, and what the backward pass needs."""

    outputs: Array
    h: Array
    c: Array
    caches: list[Any]


def forward_pass(cell: Cell, parameters: Tensors, x: Array, h0: Array, c0: Array) -> Pass:
    """The outputs of a cell with a read-out: h Wy + by at every step.

    Args:
        cell: the kind of cell.
        parameters: Wx (D, G*H), Wh (H, G*H), b (G*H,), Wy (H, V), by (V,).
        x: inputs, (T, B, D).
        h0, c0: the state before the first step, each (B, H).

    Returns:
        outputs (T, B, V); h, c: the states of every step, each (T, B, H); caches: for
        `backward_pass`.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Graves (2013), "Generating sequences with recurrent neural networks", section 2.
    """
    Wx, Wh, b, Wy, by = (parameters[name] for name in ("Wx", "Wh", "b", "Wy", "by"))
    h, c, caches = cell.forward(x, h0, c0, Wx, Wh, b)
    return Pass(h @ Wy + by, h, c, caches)  # (T, B, H) @ (H, V) is (T, B, V)


def backward_pass(
    cell: Cell, parameters: Tensors, done: Pass, doutputs: Array
) -> tuple[Tensors, SequenceGradients]:
    """The gradients of a cell with a read-out.

    Args:
        cell, parameters: those of the forward pass.
        done: what `forward_pass` returned.
        doutputs: gradient of the loss for the outputs, (T, B, V).

    Returns:
        The gradients of Wx, Wh, b, Wy and by under these names, and all gradients of the
        cell, with those of its inputs and of its first state.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Werbos (1990), "Backpropagation through time: what it does and how to do it".
    """
    Wx, Wh, Wy = (parameters[name] for name in ("Wx", "Wh", "Wy"))
    back = cell.backward(doutputs @ Wy.T, Wx, Wh, done.caches)  # (T, B, V) @ (V, H) is (T, B, H)
    h, d = (a.reshape(-1, a.shape[-1]) for a in (done.h, doutputs))  # (T*B, H), (T*B, V)
    gradients = {"Wx": back.dWx, "Wh": back.dWh, "b": back.db, "Wy": h.T @ d, "by": d.sum(axis=0)}
    return gradients, back


def loss_and_gradients(
    cell: str, parameters: Tensors, inputs: Ids, targets: Ids, h0: Array, c0: Array
) -> ModelStep:
    """Forward and backward through one window.

    Args:
        cell: "cifg" or "lstm".
        parameters: the model's tensors.
        inputs, targets: ids, each (T, B).
        h0, c0: the state before the window, each (B, H).

    Returns:
        loss (mean nats per character), gradients under the names of the parameters, h and c
        (B, H), the state after the window, and dh0 and dc0 (B, H).

    Raises:
        UserError: there is no such cell.
        ValueError: the shapes do not fit together.

    Source: Graves (2013), "Generating sequences with recurrent neural networks", section 2.
    """
    functions = find_cell(cell)
    done = forward_pass(functions, parameters, embed(parameters, inputs), h0, c0)
    loss, dlogits = softmax_cross_entropy(done.outputs, targets)

    gradients, back = backward_pass(functions, parameters, done, dlogits)
    if "embedding" in parameters:
        gradients["embedding"] = np.zeros_like(parameters["embedding"])
        np.add.at(gradients["embedding"], inputs, back.dx)
    return ModelStep(loss, gradients, done.h[-1], done.c[-1], back.dh0, back.dc0)


class TrainStep(NamedTuple):
    """What one step of training returns."""

    parameters: Tensors
    adam: AdamState
    h: Array
    c: Array
    loss: float
    gradient_norm: float


def train_step(
    cell: str,
    parameters: Tensors,
    adam: AdamState,
    inputs: Ids,
    targets: Ids,
    h: Array,
    c: Array,
    learning_rate: float = 2e-3,
    max_norm: float = 5.0,
) -> TrainStep:
    """One step of training: gradients, clipped by their global norm, then Adam.

    Args:
        cell: "cifg" or "lstm".
        parameters: the model's tensors.
        adam: the optimizer's state.
        inputs, targets: ids, each (T, B).
        h, c: the state carried over from the window before, each (B, H). No gradient flows
            back into it: this is truncated backpropagation through time.
        learning_rate: Adam's step size.
        max_norm: the largest global norm of the gradients.

    Returns:
        The new parameters and Adam state, the state to carry on, the loss before the step
        (mean nats per character) and the gradient norm before clipping.

    Raises:
        UserError: there is no such cell.

    Source: Williams and Peng (1990); Pascanu et al. (2013); Kingma and Ba (2015).
    """
    step = loss_and_gradients(cell, parameters, inputs, targets, h, c)
    clipped, norm = clip_by_global_norm(step.gradients, max_norm)
    parameters, adam = adam_step(parameters, clipped, adam, learning_rate)
    return TrainStep(parameters, adam, step.h, step.c, step.loss, norm)
