"""The character model for speed: Engine, FlatAdam. Same mathematics as `model.py`, to 1e-10.

What makes it fast, with the cell's equations as in `cifg.py` and `lstm.py`. The shares are of the
processor time of a step at (H, T, B) = (128, 64, 32) on an AMD EPYC without AVX-512, one thread:

* The weights are one vector, and so are the gradients: Adam and clipping are a few long sums.
* The input product only looks up rows in the table Wx + b. Its gradient adds up, for each
  character, the rows where it is read: 0.6 ms, where the product with one-hot rows took 1.4 (of
  18); at 5,000 characters 5 ms where it took 140.
* Each gate of a step is a block (B, H) of contiguous numbers, and a step's blocks lie together.
  A slice of 128 columns out of 384 takes four times as long to multiply. This and the next three
  made the forward loop 22 % faster.
* sigma(a) = 1 / (1 + exp(-a)), with the minus in the weights: NumPy's exp takes 1.6 ns for a
  number and its tanh 2.7.
* The views of each step are made once, not in each window: at (100, 25, 1) 10 % of a step.
* An operand that is one number is an array without axes: 0.4 us less for each call than a float.
* The backward loop only multiplies by factors that are computed for all steps at once, from
  h = o tanh(c) and in place: 0.6 to 0.8 ms, where the factors took 1.8.
* The gradient of Wh is one product for each gate over all steps, after the loop.
* Buffers are reused from window to window. New ones cost more than the sums that fill them.

What is left is mostly products: 52 to 55 us of 100 in a step forward, 52 of 63 in one backward.
"""

from typing import Any

import numpy as np

from cifg_edu.arrays import Array, Ids, views
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
        self._shapes = shapes
        total = sum(int(np.prod(shape)) for shape in shapes.values())
        self.use_memory(np.zeros(total, self.dtype), np.zeros(total, self.dtype))
        # 0-d arrays are cheaper operands than Python's numbers. The sigmoid gates are negated in
        # the weights, since sigma(a) = 1 / (1 + exp(-a)); g, the last, is not.
        self._one = np.ones((), self.dtype)
        self._sign = np.where(np.arange(gates) < gates - 1, -1, 1).astype(self.dtype)[:, None, None]
        self._shape = (0, 0)

    def use_memory(self, parameters: Array, gradients: Array) -> None:
        """Use these flat vectors, and what they hold, from now on.

        Args:
            parameters, gradients: of the engine's dtype, with one element for each parameter.
        """
        self.flat_parameters, self.flat_gradients = parameters, gradients
        self.parameters = views(parameters, self._shapes)
        self.gradients = views(gradients, self._shapes)

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
        before = None if reset else self.flat_gradients.copy()
        result = self.loss(inputs, targets, h0, c0)
        self._output_gradients(targets)
        self._local_factors()
        self._backward_through_time()
        self._weight_gradients(inputs)
        if before is not None:
            self.flat_gradients += before
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
        self._gates = np.empty((T, self.gates, B, H), self.dtype)  # i, (f,) o, g
        self._product = np.empty((self.gates, B, H), self.dtype)
        self._h = np.empty((T + 1, B, H), self.dtype)
        self._c = np.empty((T + 1, B, H), self.dtype)
        self._tanh_c = np.empty((T, B, H), self.dtype)
        self._keep = np.empty((T, B, H), self.dtype)
        self._dh = np.empty((T, B, H), self.dtype)
        self._da = np.empty((self.gates, T * B, H), self.dtype)
        self._scores = np.empty((T * B, V), self.dtype)
        # What the loops over the steps work on: taking a view costs as much as a short sum.
        a, h, c, tanh_c = self._gates, self._h, self._c, self._tanh_c
        i, o, g = a[:, 0], a[:, -2], a[:, -1]
        self._forward_views = list(
            zip(a, a[:, :-1], i, a[:, 1], o, g, tanh_c, h[:-1], h[1:], c[:-1], c[1:], strict=True)
        )
        self._backward_views = list(
            zip(a, a[:, :-2], o, g, tanh_c, self._keep, self._dh, strict=True)
        )[::-1]

    def _by_gate(self, weights: Array) -> Array:
        """Each gate's columns of a fused weight (rows, G*H): a view (G, rows, H)."""
        return weights.reshape(len(weights), self.gates, self.hidden_size).swapaxes(0, 1)

    def _forward(self, inputs: Ids, h0: Array, c0: Array) -> None:
        """Fill the gates, c, tanh(c) and h of every step."""
        one, product = self._one, self._product
        Wh = np.multiply(self._by_gate(self.parameters["Wh"]), self._sign, order="C")
        table = np.multiply(self._by_gate(self._table()), self._sign, order="C")
        # Each gate's rows of the table, (G*V, H). Some versions of take() accept no integers
        # wider than intp.
        ids = inputs.astype(np.intp, casting="same_kind", copy=False)
        rows = ids[:, None] + len(table[0]) * np.arange(self.gates)[:, None]  # (T, G, B)
        np.take(table.reshape(-1, self.hidden_size), rows, axis=0, out=self._gates, mode="clip")
        self._h[0], self._c[0] = h0, c0
        with np.errstate(over="ignore"):  # where exp(-a) is infinite, sigma(a) is 0
            for a, sigmoids, i, f, o, g, tanh_c, h_prev, h, c_prev, c in self._forward_views:
                np.matmul(h_prev, Wh, out=product)
                np.add(a, product, out=a)
                np.exp(sigmoids, out=sigmoids)
                np.add(sigmoids, one, out=sigmoids)
                np.divide(one, sigmoids, out=sigmoids)
                np.tanh(g, out=g)
                if self.cell == "cifg":
                    # (1 - i) c_prev + i g = c_prev + i (g - c_prev): one product fewer.
                    np.subtract(g, c_prev, out=c)
                    np.multiply(i, c, out=c)
                    np.add(c_prev, c, out=c)
                else:
                    np.multiply(f, c_prev, out=c)
                    np.multiply(i, g, out=tanh_c)
                    np.add(c, tanh_c, out=c)
                np.tanh(c, out=tanh_c)
                np.multiply(o, tanh_c, out=h)

    def _table(self) -> Array:
        """x Wx + b for every character x, (V, G*H)."""
        p = self.parameters
        return (p["embedding"] @ p["Wx"] if "embedding" in p else p["Wx"]) + p["b"]

    def _cross_entropy(self, targets: Ids) -> float:
        """Mean nats; leaves exp(score - largest) and, in _totals, its sum over the characters."""
        scores, self._totals = self._scores, np.empty(targets.size, self.dtype)
        np.matmul(self._outputs(), self.parameters["Wy"], out=scores)
        nats = np.empty_like(self._totals)
        for rows in _pieces(*scores.shape):
            s = scores[rows]
            s += self.parameters["by"]
            s -= s.max(axis=1, keepdims=True)
            picked = s[np.arange(len(s)), targets.ravel()[rows]]
            np.exp(s, out=s)
            np.sum(s, axis=1, out=self._totals[rows])
            nats[rows] = np.log(self._totals[rows]) - picked
        return float(nats.mean())

    def _outputs(self) -> Array:
        return self._h[1:].reshape(-1, self.hidden_size)

    def _output_gradients(self, targets: Ids) -> None:
        """The gradients of Wy, by and of each step's output: (softmax - one_hot) / (T*B)."""
        dscores, g, share = self._scores, self.gradients, 1 / targets.size
        dscores *= (share / self._totals)[:, None]
        dscores[np.arange(targets.size), targets.ravel()] -= share
        np.matmul(self._outputs().T, dscores, out=g["Wy"])
        np.sum(dscores, axis=0, out=g["by"])
        np.matmul(dscores, self.parameters["Wy"].T, out=self._dh.reshape(-1, self.hidden_size))

    def _local_factors(self) -> None:
        """Replace each gate, and tanh(c), in place by its factor in the backward pass.

        With dc the whole gradient for c, and dh that for h:
            da_i = dc (g - c_prev) i (1 - i)      da_g = dc i (1 - g^2)
            da_o = dh tanh(c) o (1 - o)           dc  += dh o (1 - tanh(c)^2)
        For the LSTM da_i has no c_prev, and da_f = dc c_prev f (1 - f). With h = o tanh(c),
        the factors of dh are h (1 - o) and o - h tanh(c).
        The cells are not needed after that, so their buffer holds intermediate results.
        """
        one = self._one
        T, B, H = self._dh.shape
        # A piece at a time, so that each line finds the previous results in the cache.
        for steps in _pieces(T, B * H):
            a, tanh_c, keep = self._gates[steps], self._tanh_c[steps], self._keep[steps]
            i, o, g, c_prev, h = (
                a[:, 0],
                a[:, -2],
                a[:, -1],
                self._c[:-1][steps],
                self._h[1:][steps],
            )
            if self.cell == "cifg":
                np.subtract(one, i, out=keep)
                np.subtract(g, c_prev, out=c_prev)
                c_prev *= keep
            else:
                f = a[:, 1]
                keep[...] = f
                np.subtract(one, f, out=f)
                f *= keep
                f *= c_prev
                np.subtract(one, i, out=c_prev)
                c_prev *= g
            np.multiply(g, g, out=g)
            np.subtract(one, g, out=g)
            g *= i
            i *= c_prev
            tanh_c *= h
            np.subtract(o, tanh_c, out=tanh_c)
            np.subtract(one, o, out=o)
            o *= h

    def _backward_through_time(self) -> None:
        """The loop over the steps: turn the factors into the pre-activations' gradients."""
        product, dc = self._product, np.zeros_like(self._dh[0])
        Wh_T = np.ascontiguousarray(self._by_gate(self.parameters["Wh"]).swapaxes(1, 2))
        self.dh0 = np.zeros_like(dc)
        for da, i_and_f, o, g, through_tanh, keep, dh in self._backward_views:
            np.add(dh, self.dh0, out=dh)
            np.multiply(through_tanh, dh, out=through_tanh)
            np.add(dc, through_tanh, out=dc)
            np.multiply(o, dh, out=o)
            np.multiply(i_and_f, dc, out=i_and_f)
            np.multiply(g, dc, out=g)
            np.multiply(keep, dc, out=keep)
            dc = keep
            np.matmul(da, Wh_T, out=product)
            np.add.reduce(product, axis=0, out=self.dh0)
        self.dc0 = dc.copy()

    def _weight_gradients(self, inputs: Ids) -> None:
        """One product over all steps for Wh; for Wx, sums over the places of each character.

        An input is one-hot, so the row of Wx for a character collects da wherever it is read.
        """
        g, p, H, da = self.gradients, self.parameters, self.hidden_size, self._da
        da.reshape(self.gates, *self._dh.shape)[...] = self._gates.swapaxes(0, 1)
        np.matmul(self._h[:-1].reshape(-1, H).T, da, out=self._by_gate(g["Wh"]))
        # The same rows sorted by character; the buffer of the gates is free by now.
        order = np.argsort(inputs, axis=None, kind="stable")
        ids, rows = inputs.ravel()[order], self._gates.reshape(da.shape)
        np.take(da, order, axis=1, out=rows, mode="clip")
        starts = [0, *(np.flatnonzero(ids[1:] != ids[:-1]) + 1).tolist()]
        seen = ids[starts]
        dtable = np.empty((len(seen), self.gates, H), self.dtype)
        for total, start, end in zip(dtable, starts, [*starts[1:], len(ids)], strict=True):
            np.add.reduce(rows[:, start:end], axis=1, out=total)
        dtable = dtable.reshape(len(seen), -1)
        np.sum(dtable, axis=0, out=g["b"])
        if "embedding" in p:
            np.matmul(p["embedding"][seen].T, dtable, out=g["Wx"])
            g["embedding"][...] = 0
            g["embedding"][seen] = dtable @ p["Wx"].T
        else:
            g["Wx"][...] = 0
            g["Wx"][seen] = dtable


def _pieces(rows: int, width: int) -> list[slice]:
    """Slices of rows, a cacheful of numbers each."""
    size = max(1, BLOCK_ELEMENTS // width)
    return [slice(start, min(start + size, rows)) for start in range(0, rows, size)]


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
