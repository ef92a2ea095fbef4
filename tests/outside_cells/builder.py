"""A toolkit's default builder, coupled without saying so: a class, weights for each gate."""

import numpy as np


class Builder:
    def __init__(self, input_dim, hidden_dim):
        rng = np.random.default_rng(0)
        for gate in ("i", "o", "c"):
            setattr(self, f"W_x{gate}", rng.normal(size=(hidden_dim, input_dim)))
            setattr(self, f"W_h{gate}", rng.normal(size=(hidden_dim, hidden_dim)))
            setattr(self, f"b_{gate}", np.zeros(hidden_dim))

    def add_input(self, x, state):
        h, c = state
        i = 1 / (1 + np.exp(-(self.W_xi @ x + self.W_hi @ h + self.b_i)))
        o = 1 / (1 + np.exp(-(self.W_xo @ x + self.W_ho @ h + self.b_o)))
        g = np.tanh(self.W_xc @ x + self.W_hc @ h + self.b_c)
        c = (1 - i) * c + i * g
        return o * np.tanh(c), c
