"""Right answers to lesson 05, as learners write them."""

import math

import numpy as np


def cross_entropy_position_by_position(logits, targets):
    V = logits.shape[-1]
    total, count = 0.0, 0
    dlogits = np.zeros(logits.shape)
    for place in np.ndindex(*targets.shape):
        z = [float(score) for score in logits[place]]
        top = max(z)
        log_sum = top + math.log(sum(math.exp(score - top) for score in z))
        total += log_sum - z[targets[place]]
        count += 1
        for k in range(V):
            dlogits[place][k] = math.exp(z[k] - log_sum) - (1 if k == targets[place] else 0)
    return total / count, dlogits / count


def cross_entropy_with_one_hot_rows(logits, targets):
    one_hot = np.eye(logits.shape[-1])[targets]
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    loss = -np.sum(log_p * one_hot) / targets.size
    return loss, (np.exp(log_p) - one_hot) / targets.size


def cross_entropy_with_logaddexp_and_take_along_axis(logits, targets):
    log_sum = np.logaddexp.reduce(logits, axis=-1)
    right = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    p = np.exp(logits - log_sum[..., None])
    np.put_along_axis(
        p, targets[..., None], np.take_along_axis(p, targets[..., None], axis=-1) - 1, axis=-1
    )
    return np.mean(log_sum - right), p / log_sum.size


def perplexity_in_one_line(mean_nats):
    return np.exp(mean_nats)


def perplexity_by_way_of_bits(mean_nats):
    try:
        return 2.0 ** (mean_nats / math.log(2.0))
    except OverflowError:
        return math.inf


def gradient_by_a_unit_array_for_each_element(f, x, step=1e-5):
    x = np.asarray(x, dtype=float)
    slopes = []
    for k in range(x.size):
        move = np.zeros(x.size)
        move[k] = step
        move = move.reshape(x.shape)
        slopes.append((f(x + move) - f(x - move)) / (2 * step))
    return np.array(slopes).reshape(x.shape)


def gradient_on_two_flat_copies(f, x, step=1e-5):
    up, down = x.astype(np.float64).copy(), x.astype(np.float64).copy()
    gradient = np.empty(x.shape)
    for k in range(x.size):
        up.flat[k] += step
        down.flat[k] -= step
        gradient.flat[k] = 0.5 * (f(up) - f(down)) / step
        up.flat[k] = down.flat[k] = x.flat[k]
    return gradient


def relative_error_with_norms_of_whole_arrays(a, b):
    bottom = np.linalg.norm(a) + np.linalg.norm(b)
    if bottom == 0:
        return 0
    return np.linalg.norm(a - b) / bottom


def relative_error_with_sums_of_squares(a, b):
    if not a.any() and not b.any():
        return 0.0
    return np.sqrt(((a - b) ** 2).sum()) / (math.sqrt((a * a).sum()) + math.sqrt((b * b).sum()))


RIGHT_ANSWERS = {
    "softmax_cross_entropy": [
        cross_entropy_position_by_position,
        cross_entropy_with_one_hot_rows,
        cross_entropy_with_logaddexp_and_take_along_axis,
    ],
    "perplexity": [perplexity_in_one_line, perplexity_by_way_of_bits],
    "numerical_gradient": [
        gradient_by_a_unit_array_for_each_element,
        gradient_on_two_flat_copies,
    ],
    "relative_error": [
        relative_error_with_norms_of_whole_arrays,
        relative_error_with_sums_of_squares,
    ],
}
