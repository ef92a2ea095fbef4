"""The character model for speed: Engine, FlatAdam. Same mathematics as `model.py`, to 1e-10.

What makes it fast, with the cell's equations as in `cifg.py` and `lstm.py`:

* one fused weight; the input product only looks up rows in the table Wx + b;
* sigma(a) = (1 + tanh(a / 2)) / 2: the sigmoid gates' columns are halved first, so one tanh
  computes all gates;
* each step is one matrix product into a buffer that is reused from window to window;
* the backward loop only multiplies by factors that are computed for all steps at once;
* weight gradients are one product over all steps, after the loop.
"""

from typing import Any

import numpy as np

from cifg_edu.arrays import Array, Ids, Tensors
from cifg_edu.errors import UserError
from cifg_edu.model import find_cell

BLOCK_ELEMENTS = 32_768


class Engine:
    """A character model whose parameters and gradients are two flat vectors.

    Args:
        cell: "cifg" or "lstm".
        vocabulary_size, hidden_size: V and H.
        embedding_size: D of an embedding, or None for one-hot characters.
        dtype: of every array; float32 for speed, float64 for checks.

    Attributes:
        parameters, gradients: tensors by name, views of flat_parameters and flat_gradients:
            Wx (D, G*H), Wh (H, G*H), b (G*H,), Wy (H, V), by (V,) and, with an embedding,
            embedding (V, D).
        dh0, dc0: gradients for the first state of the last window, each (B, H).

    Raises:
        UserError: there is no such cell, or a size is below 1.
    """

    def __init__(
        self,
        cell: str,
        vocabulary_size: int,
        hidden_size: int,
        *,
        embedding_size: int | None = None,
        dtype: Any = np.float32,
    ) -> None:
        gates = find_cell(cell).gates
        sizes = [vocabulary_size, hidden_size] + (
            [] if embedding_size is None else [embedding_size]
        )
        if min(sizes) < 1:
            raise UserError(f"An engine of sizes {sizes} is empty: give sizes of 1 or more.")
        self.cell, self.dtype = cell, np.dtype(dtype)
        self.hidden_size, self.gates = hidden_size, gates
        columns = gates * hidden_size
        shapes = {
            "Wx": (embedding_size or vocabulary_size, columns),
            "Wh": (hidden_size, columns),
            "b": (columns,),
            "Wy": (hidden_size, vocabulary_size),
            "by": (vocabulary_size,),
        }
        if embedding_size is not None:
            shapes["embedding"] = (vocabulary_size, embedding_size)
        total = sum(int(np.prod(shape)) for shape in shapes.values())
        self.flat_parameters = np.zeros(total, self.dtype)
        self.flat_gradients = np.zeros(total, self.dtype)
        self.parameters = _views(self.flat_parameters, shapes)
        self.gradients = _views(self.flat_gradients, shapes)
        # The tanh gets the sigmoid gates halved, and g, the last block, unchanged.
        self._half = np.full(columns, 0.5, self.dtype)
        self._half[-hidden_size:] = 1.0
        self._shape = (0, 0)

    def loss(self, inputs: Ids, targets: Ids, h0: Array, c0: Array) -> tuple[float, Array, Array]:
        """Forward only.

        Args:
            inputs, targets: ids, each (T, B).
            h0, c0: the state before the window, each (B, H).

        Returns:
            Mean nats per character, and the state after the window, h and c, each (B, H).

        Raises:
            UserError: the shapes do not fit, or an id lies outside the vocabulary.
        """
        self._check(inputs, targets, h0, c0)
        self._allocate(*inputs.shape)
        self._forward(inputs, h0, c0)
        return self._cross_entropy(targets), self._h[-1].copy(), self._c[-1].copy()

    def loss_and_gradients(
        self, inputs: Ids, targets: Ids, h0: Array, c0: Array, *, reset: bool = True
    ) -> tuple[float, Array, Array]:
        """Forward and backward; the gradients are then in `gradients`, dh0 and dc0.

        Args:
            inputs, targets: ids, each (T, B).
            h0, c0: the state before the window, each (B, H).
            reset: set the gradients to zero first; False adds to the old ones.

        Returns:
            As for `loss`.

        Raises:
            UserError: the shapes do not fit, or an id lies outside the vocabulary.
        """
        if reset:
            self.flat_gradients[...] = 0
        result = self.loss(inputs, targets, h0, c0)
        self._output_gradients(targets)
        self._local_factors()
        self._backward_through_time()
        self._weight_gradients(inputs)
        return result

    def _check(self, inputs: Ids, targets: Ids, h0: Array, c0: Array) -> None:
        size = len(self.parameters["by"])
        if inputs.ndim != 2 or inputs.shape != targets.shape or inputs.size == 0:
            raise UserError(
                f"Inputs of shape {inputs.shape} and targets of shape {targets.shape} do not fit: "
                "give two arrays of ids of one shape (steps, batch)."
            )
        state = (inputs.shape[1], self.hidden_size)
        if h0.shape != state or c0.shape != state:
            raise UserError(
                f"States of shapes {h0.shape} and {c0.shape} do not fit: give two of shape {state}."
            )
        for ids in (inputs, targets):
            if ids.min() < 0 or ids.max() >= size:
                raise UserError(
                    f"An id lies outside the vocabulary: give ids from 0 to {size - 1}."
                )

    def _allocate(self, T: int, B: int) -> None:
        """Buffers for a window; they are kept until the window's shape changes."""
        if self._shape == (T, B):
            return
        self._shape = (T, B)
        H, V = self.hidden_size, len(self.parameters["by"])
        self._gates = np.empty((T, B, self.gates * H), self.dtype)
        self._h = np.empty((T + 1, B, H), self.dtype)
        self._c = np.empty((T + 1, B, H), self.dtype)
        self._tanh_c = np.empty((T, B, H), self.dtype)
        self._keep = np.empty((T, B, H), self.dtype)
        self._dh = np.empty((T, B, H), self.dtype)
        self._scores = np.empty((T * B, V), self.dtype)
        self._product = np.empty((B, self.gates * H), self.dtype)

    def _forward(self, inputs: Ids, h0: Array, c0: Array) -> None:
        """Fill the gates with i, (f,) o, g, and h, c, tanh(c) for every step."""
        H, h, c, tanh_c, product = self.hidden_size, self._h, self._c, self._tanh_c, self._product
        Wh = self.parameters["Wh"] * self._half
        # Some versions of take() accept no integers wider than intp.
        ids = inputs.astype(np.intp, casting="same_kind", copy=False)
        np.take(self._table() * self._half, ids, axis=0, out=self._gates, mode="clip")
        h[0], c[0] = h0, c0
        for t, a in enumerate(self._gates):
            np.matmul(h[t], Wh, out=product)
            np.add(a, product, out=a)
            np.tanh(a, out=a)
            sigmoids = a[:, :-H]
            np.multiply(sigmoids, 0.5, out=sigmoids)
            np.add(sigmoids, 0.5, out=sigmoids)
            i, o, g = a[:, :H], a[:, -2 * H : -H], a[:, -H:]
            if self.cell == "cifg":
                # (1 - i) c_prev + i g = c_prev + i (g - c_prev): one product fewer.
                np.subtract(g, c[t], out=c[t + 1])
                np.multiply(i, c[t + 1], out=c[t + 1])
                np.add(c[t], c[t + 1], out=c[t + 1])
            else:
                np.multiply(a[:, H : 2 * H], c[t], out=c[t + 1])
                np.multiply(i, g, out=tanh_c[t])
                np.add(c[t + 1], tanh_c[t], out=c[t + 1])
            np.tanh(c[t + 1], out=tanh_c[t])
            np.multiply(o, tanh_c[t], out=h[t + 1])

    def _table(self) -> Array:
        """x Wx + b for every character x, (V, G*H)."""
        p = self.parameters
        return (p["embedding"] @ p["Wx"] if "embedding" in p else p["Wx"]) + p["b"]

    def _cross_entropy(self, targets: Ids) -> float:
        """Mean nats; leaves the probabilities in the buffer of the scores."""
        scores = self._scores
        np.matmul(self._outputs(), self.parameters["Wy"], out=scores)
        scores += self.parameters["by"]
        scores -= scores.max(axis=1, keepdims=True)
        picked = scores[np.arange(targets.size), targets.ravel()]
        np.exp(scores, out=scores)
        totals = scores.sum(axis=1)
        scores /= totals[:, None]
        return float(np.mean(np.log(totals) - picked))

    def _outputs(self) -> Array:
        return self._h[1:].reshape(-1, self.hidden_size)

    def _output_gradients(self, targets: Ids) -> None:
        """From the probabilities to the gradients of Wy, by and of each step's output."""
        dscores, g = self._scores, self.gradients
        dscores[np.arange(targets.size), targets.ravel()] -= 1
        dscores /= targets.size
        g["Wy"] += self._outputs().T @ dscores
        g["by"] += dscores.sum(axis=0)
        np.matmul(dscores, self.parameters["Wy"].T, out=self._dh.reshape(-1, self.hidden_size))

    def _local_factors(self) -> None:
        """Replace each gate, in place, by the factor of its gradient in the backward pass.

        With dc the whole gradient for c, and dh that for h:
            da_i = dc (g - c_prev) i (1 - i)      da_g = dc i (1 - g^2)
            da_o = dh tanh(c) o (1 - o)           dc  += dh o (1 - tanh(c)^2)
        For the LSTM da_i has no c_prev, and da_f = dc c_prev f (1 - f).
        The cells are not needed after that, so their buffer holds intermediate results.
        """
        T, B, H = self._tanh_c.shape
        # A block of steps at a time, so that each line finds the previous results in the cache.
        block = max(1, BLOCK_ELEMENTS // (B * H))
        scratch = np.empty((min(block, T), B, H), self.dtype)
        for start in range(0, T, block):
            steps = slice(start, min(start + block, T))
            gates, tanh_c, keep = self._gates[steps], self._tanh_c[steps], self._keep[steps]
            i, o, g = gates[..., :H], gates[..., -2 * H : -H], gates[..., -H:]
            c_prev, s = self._c[:-1][steps], scratch[: len(keep)]
            np.subtract(1, i, out=s)
            s *= i
            if self.cell == "cifg":
                np.subtract(1, i, out=keep)
                s *= np.subtract(g, c_prev, out=c_prev)
            else:
                f = gates[..., H : 2 * H]
                keep[...] = f
                f *= c_prev
                f *= np.subtract(1, keep, out=c_prev)
                s *= g
            g *= g
            np.subtract(1, g, out=g)
            g *= i
            i[...] = s
            np.multiply(tanh_c, tanh_c, out=s)
            np.subtract(1, s, out=s)
            s *= o
            tanh_c *= o
            np.subtract(1, o, out=o)
            o *= tanh_c
            tanh_c[...] = s

    def _backward_through_time(self) -> None:
        """The loop over the steps: turn the factors into the pre-activations' gradients."""
        H, dh, through_tanh = self.hidden_size, self._dh, self._tanh_c
        Wh_T = np.ascontiguousarray(self.parameters["Wh"].T)
        self.dh0, self.dc0 = np.zeros_like(dh[0]), np.zeros_like(dh[0])
        dh_next, dc, scratch = self.dh0, self.dc0, np.empty_like(dh[0])
        for t in reversed(range(len(dh))):
            a = self._gates[t]
            dh_t = np.add(dh[t], dh_next, out=dh[t])
            np.multiply(dh_t, through_tanh[t], out=scratch)
            np.add(dc, scratch, out=dc)
            cell_gates = a.reshape(-1, self.gates, H)
            cell_gates[:, :-2] *= dc[:, None]
            a[:, -2 * H : -H] *= dh_t
            a[:, -H:] *= dc
            np.multiply(dc, self._keep[t], out=dc)
            np.matmul(a, Wh_T, out=dh_next)

    def _weight_gradients(self, inputs: Ids) -> None:
        """One product over all steps for each weight."""
        g, p = self.gradients, self.parameters
        da = self._gates.reshape(inputs.size, -1)
        g["Wh"] += self._h[:-1].reshape(inputs.size, -1).T @ da
        # The scores are no longer needed: their buffer takes the one-hot inputs.
        x = self._scores
        x[...] = 0
        x[np.arange(inputs.size), inputs.ravel()] = 1
        dtable = x.T @ da
        g["b"] += dtable.sum(axis=0)
        if "embedding" in p:
            g["Wx"] += p["embedding"].T @ dtable
            g["embedding"] += dtable @ p["Wx"].T
        else:
            g["Wx"] += dtable


def _views(flat: Array, shapes: dict[str, tuple[int, ...]]) -> Tensors:
    """Tensors of the given shapes, one after another in one flat vector."""
    ends = np.cumsum([np.prod(shape) for shape in shapes.values()])
    pieces = np.split(flat, ends[:-1])
    return {name: piece.reshape(shapes[name]) for name, piece in zip(shapes, pieces, strict=True)}


class FlatAdam:
    """Adam on one flat vector, in place; the same numbers as `optimizers.adam_step`.

    Args:
        size: number of parameters.
        dtype: of the running means.
        learning_rate, beta1, beta2, epsilon: as in `adam_step`.

    Attributes:
        m, v: running means of the gradient and of its square.
        step_count: steps taken in the whole run; the first is number 1.

    Source: Kingma and Ba (2015), algorithm 1.
    """

    def __init__(
        self,
        size: int,
        dtype: Any = np.float32,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta1, self.beta2 = beta1, beta2
        self.m, self.v = np.zeros(size, dtype), np.zeros(size, dtype)
        self.step_count = 0
        self._scratch = np.empty(size, dtype)

    def step(self, parameters: Array, gradients: Array) -> None:
        """Change the parameters, in place.

        Args:
            parameters: the flat vector of parameters.
            gradients: their gradients, left unchanged.

        Source: Kingma and Ba (2015), algorithm 1 and the reordering at the end of section 2.
        """
        self.step_count += 1
        s = self._scratch
        np.multiply(gradients, 1 - self.beta1, out=s)
        self.m *= self.beta1
        self.m += s
        np.multiply(gradients, gradients, out=s)
        s *= 1 - self.beta2
        self.v *= self.beta2
        self.v += s
        # m_hat / (sqrt(v_hat) + epsilon), with both corrections applied to single numbers.
        root = float(np.sqrt(1 - self.beta2**self.step_count))
        rate = self.learning_rate * root / (1 - self.beta1**self.step_count)
        np.sqrt(self.v, out=s)
        s += self.epsilon * root
        np.divide(self.m, s, out=s)
        s *= rate
        parameters -= s
