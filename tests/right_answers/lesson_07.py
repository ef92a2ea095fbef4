"""Right answers to lesson 07, as learners write them."""

import numpy as np

from cifg_edu.cifg import SequenceGradients, cifg_step_backward
from cifg_edu.lstm import lstm_step_backward


def by_index(step_backward, dh, Wx, Wh, caches):
    T = len(caches)
    dx = [None] * T
    dWx = dWh = db = 0
    dh_next = dc_next = 0 * dh[0]
    for t in reversed(range(T)):
        dx[t], dh_next, dc_next, *more = step_backward(dh[t] + dh_next, dc_next, Wx, Wh, caches[t])
        dWx, dWh, db = dWx + more[0], dWh + more[1], db + more[2]
    return np.stack(dx), dh_next, dc_next, dWx, dWh, db


def by_recursion(step_backward, dh, Wx, Wh, caches):
    """The gradients of a sequence are those of its tail, and one step more."""

    def from_step(t):
        if t == len(caches):
            nothing = np.zeros_like(dh[0])
            return [], nothing, nothing, 0.0, 0.0, 0.0
        dx, dh_t, dc_t, dWx, dWh, db = from_step(t + 1)
        step = step_backward(dh[t] + dh_t, dc_t, Wx, Wh, caches[t])
        return (
            [step.dx, *dx],
            step.dh_prev,
            step.dc_prev,
            dWx + step.dWx,
            dWh + step.dWh,
            db + step.db,
        )

    dx, *rest = from_step(0)
    return SequenceGradients(np.array(dx), *rest)


def cifg_by_index(dh, Wx, Wh, caches):
    return by_index(cifg_step_backward, dh, Wx, Wh, caches)


def cifg_by_recursion(dh, Wx, Wh, caches):
    return by_recursion(cifg_step_backward, dh, Wx, Wh, caches)


def cifg_with_every_step_kept_and_summed_at_the_end(dh, Wx, Wh, caches):
    steps, dh_next, dc_next = [], np.zeros(dh.shape[1:]), np.zeros(dh.shape[1:])
    for t in range(len(dh) - 1, -1, -1):
        steps.insert(0, cifg_step_backward(dh[t] + dh_next, dc_next, Wx, Wh, caches[t]))
        dh_next, dc_next = steps[0].dh_prev, steps[0].dc_prev
    return (
        np.array([s.dx for s in steps]),
        steps[0].dh_prev,
        steps[0].dc_prev,
        sum(s.dWx for s in steps),
        sum(s.dWh for s in steps),
        np.sum([s.db for s in steps], axis=0),
    )


def lstm_by_index(dh, Wx, Wh, caches):
    return by_index(lstm_step_backward, dh, Wx, Wh, caches)


def lstm_by_recursion(dh, Wx, Wh, caches):
    return by_recursion(lstm_step_backward, dh, Wx, Wh, caches)


RIGHT_ANSWERS = {
    "cifg_backward": [
        cifg_by_index,
        cifg_by_recursion,
        cifg_with_every_step_kept_and_summed_at_the_end,
    ],
    "lstm_backward": [lstm_by_index, lstm_by_recursion],
}
