"""Exhibit 6. A lighter LSTM, built from gates that are objects

What it claims: "Our LSTM, made a quarter lighter: f is 1 - i now, and all the rest is unchanged."
Conventions: x is (T, B, D), states are (B, H). Each gate is an object with W (D + H, H) and b (H,)
for the rows [x, h]. It remembers what it did, and goes back through it, the last step first.
How to call it: net = LighterLSTM(weights), h = net(x, h0, c0), gradients = net.backward(dh).
"""

import numpy as np

from cifg_edu.arrays import Array, Tensors

T, B, D, H = 3, 4, 2, 3
GATES = "iog"


class Gate:
    """A weighted sum and a squashing function, with a memory of its runs."""

    def __init__(self, W: Array, b: Array, tanh: bool = False) -> None:
        self.W, self.b, self.tanh = W, b, tanh
        self.dW, self.db = np.zeros_like(W), np.zeros_like(b)
        self.runs: list[tuple[Array, Array]] = []

    def __call__(self, xh: Array) -> Array:
        a = xh @ self.W + self.b
        return self.remember(xh, np.tanh(a) if self.tanh else 1 / (1 + np.exp(-a)))

    def remember(self, xh: Array, value: Array) -> Array:
        self.runs.append((xh, value))
        return value

    def backward(self, dvalue: Array) -> Array:
        xh, value = self.runs.pop()
        da = dvalue * (1 - value**2 if self.tanh else value * (1 - value))
        self.dW += xh.T @ da
        self.db += da.sum(axis=0)
        return da @ self.W.T


class LighterLSTM:
    """An LSTM whose forget gate is what the input gate leaves over."""

    def __init__(self, weights: Tensors) -> None:
        self.gates = {k: Gate(weights["W" + k], weights["b" + k], k == "g") for k in GATES}
        self.gates["f"] = Gate(np.zeros((D + H, H)), np.zeros(H))
        self.cells: list[tuple[Array, ...]] = []

    def __call__(self, x: Array, h: Array, c: Array) -> Array:
        outputs = []
        for x_t in x:
            xh = np.hstack([x_t, h])
            i, o, g = (self.gates[k](xh) for k in GATES)
            f = self.gates["f"].remember(xh, 1 - i)
            c_prev, c = c, f * c + i * g
            h = o * np.tanh(c)
            outputs.append(h)
            self.cells.append((c_prev, c, i, f, o, g))
        return np.array(outputs)

    def backward(self, dh: Array) -> Tensors:
        dh_next, dc = np.zeros_like(dh[0]), np.zeros_like(dh[0])
        dx = []
        for t in reversed(range(len(dh))):
            c_prev, c, i, f, o, g = self.cells[t]
            dh_t = dh[t] + dh_next
            dc = dc + dh_t * o * (1 - np.tanh(c) ** 2)
            dxh = self.gates["o"].backward(dh_t * np.tanh(c))
            dxh += self.gates["i"].backward(dc * g)
            dxh += self.gates["f"].backward(dc * c_prev)
            dxh += self.gates["g"].backward(dc * i)
            dc = dc * f
            dx.append(dxh[:, :D])
            dh_next = dxh[:, D:]
        gradients = {"x": np.array(dx[::-1]), "h0": dh_next, "c0": dc}
        gradients |= {"W" + name: gate.dW for name, gate in self.gates.items()}
        return gradients | {"b" + name: gate.db for name, gate in self.gates.items()}


def tensors(steps: int = T, seed: int = 6, state: float = 1.0) -> Tensors:
    rng = np.random.default_rng(seed)
    drawn: Tensors = {
        "x": rng.normal(size=(steps, B, D)),
        "h0": state * rng.normal(size=(B, H)),
        "c0": state * rng.normal(size=(B, H)),
    }
    drawn |= {"W" + gate: 0.7 * rng.normal(size=(D + H, H)) for gate in GATES}
    return drawn | {"b" + gate: rng.normal(size=H) for gate in GATES}


def loss(x: Array, h0: Array, c0: Array, **weights: Array) -> float:
    return float(0.5 * np.sum((LighterLSTM(weights)(x, h0, c0) - 0.5) ** 2))


def gradients(x: Array, h0: Array, c0: Array, **weights: Array) -> Tensors:
    net = LighterLSTM(weights)
    return net.backward(net(x, h0, c0) - 0.5)
