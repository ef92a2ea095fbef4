"""The loss and its units: softmax, softmax_cross_entropy, perplexity, bits_per_character."""

import numpy as np

from cifg_edu.arrays import Array, Ids


def softmax(logits: Array) -> Array:
    """Turn scores into probabilities along the last axis: exp(z) / sum(exp(z)).

    Subtracting the largest score first does not change the ratio, and keeps `exp` from
    overflowing.

    Args:
        logits: scores, shape (..., V).

    Returns:
        Probabilities of the same shape; each row sums to 1.

    Source: Bridle (1990), "Training stochastic model recognition algorithms".
    """
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def softmax_cross_entropy(logits: Array, targets: Ids) -> tuple[float, Array]:
    """Mean cross-entropy in nats per character, and its gradient for the logits.

    The loss is the mean of -log softmax(logits)[target] over every position. Its gradient
    is (softmax(logits) - one_hot(target)) / number of positions.

    Args:
        logits: scores of any size, however large, shape (..., V).
        targets: the right class at each position, integers in [0, V), shape (...).

    Returns:
        loss: mean nats per character.
        dlogits: gradient of the loss for the logits, of the shape of `logits`.

    Raises:
        ValueError: the shapes do not fit together.
        IndexError: a target lies outside [0, V).

    Source: Goodfellow et al. (2016), "Deep Learning", section 6.2.2.3.
    """
    if targets.shape != logits.shape[:-1]:
        raise ValueError(
            f"Targets of shape {targets.shape} do not fit logits of shape {logits.shape}: "
            "give one integer for each row of logits."
        )
    scores = logits.reshape(-1, logits.shape[-1])  # (..., V) becomes (N, V)
    shifted = scores - scores.max(axis=-1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    rows = np.arange(targets.size)
    dlogits = np.exp(log_probabilities)
    dlogits[rows, targets.ravel()] -= 1.0
    loss = -log_probabilities[rows, targets.ravel()].mean()
    return float(loss), (dlogits / targets.size).reshape(logits.shape)


def perplexity(mean_nats: float) -> float:
    """The number of equally likely characters that a model is effectively choosing between.

    It is exp of the mean cross-entropy.

    Args:
        mean_nats: cross-entropy in nats per character; a mean, never a sum over a window.

    Returns:
        The perplexity, at least 1; V for a model that knows nothing about V characters, and
        infinity where `exp` overflows.

    Source: Jelinek et al. (1977), "Perplexity: a measure of the difficulty of speech
    recognition tasks".
    """
    with np.errstate(over="ignore"):
        return float(np.exp(mean_nats))


def bits_per_character(mean_nats: float) -> float:
    """The same mean cross-entropy in bits: nats / ln 2.

    Args:
        mean_nats: cross-entropy in nats per character.

    Returns:
        Bits per character, which an ideal compressor with this model would need.

    Source: Shannon (1951), "Prediction and entropy of printed English".
    """
    return float(mean_nats / np.log(2.0))
