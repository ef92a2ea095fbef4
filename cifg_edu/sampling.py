"""Text from a trained model: next_character, sample."""

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.errors import UserError
from cifg_edu.losses import softmax
from cifg_edu.model import ModelConfig, embed, find_cell, initial_state
from cifg_edu.text import decode, encode


def next_character(
    rng: np.random.Generator, logits: Array, temperature: float = 1.0, top_k: int | None = None
) -> int:
    """Draw the next character's id from the model's scores.

    Args:
        rng: the source of randomness.
        logits: scores, shape (V,).
        temperature: scores are divided by it. Below 1 likely characters become likelier,
            above 1 unlikely ones; 0 is greedy and always takes the best.
        top_k: draw only from the k best; None, or more than V, draws from all.

    Returns:
        An id in [0, V).

    Raises:
        UserError: the temperature is below 0 or not a number, or `top_k` below 1.

    Source: Ackley et al. (1985) for the temperature; Fan et al. (2018) for top-k.
    """
    if not temperature >= 0:
        raise UserError(f"temperature is {temperature}: give 0 or more.")
    if top_k is not None and top_k < 1:
        raise UserError(f"top_k is {top_k}: give 1 or more.")
    if temperature == 0:
        return int(np.argmax(logits))
    best = np.argsort(-logits, kind="stable")[:top_k]
    # Dividing differences and not the scores avoids an overflow at a tiny temperature.
    with np.errstate(over="ignore"):
        scores = (logits[best] - logits[best[0]]).astype(np.float64) / temperature
    return int(rng.choice(best, p=softmax(scores)))


def sample(
    rng: np.random.Generator,
    parameters: Tensors,
    config: ModelConfig,
    length: int,
    prompt: str = "",
    temperature: float = 1.0,
    top_k: int | None = None,
) -> str:
    """Let a model write: each character drawn is the next input.

    The first input is a character like any other, as in training.

    Args:
        rng: the source of randomness.
        parameters: the model's tensors.
        config: the model's cell, vocabulary and sizes.
        length: number of characters to draw.
        prompt: the beginning of the text, read before the first draw. Without a prompt the
            model reads a newline, or the first character of a vocabulary without newline,
            which is not shown.
        temperature, top_k: as in `next_character`.

    Returns:
        The prompt followed by `length` characters.

    Raises:
        UserError: the prompt holds a character outside the vocabulary, or an option is out
            of range.

    Source: Graves (2013), "Generating sequences with recurrent neural networks", section 2.
    """
    if length < 0:
        raise UserError(f"length is {length}: give 0 or more.")
    step = find_cell(config.cell).step
    Wx, Wh, b, Wy, by = (parameters[name] for name in ("Wx", "Wh", "b", "Wy", "by"))
    h, c = initial_state(1, config.hidden_size, Wh.dtype)

    start = prompt or ("\n" if "\n" in config.characters else config.characters[0])
    inputs = list(encode(start, config.characters))
    drawn: list[int] = []
    while len(drawn) < length:
        for number in inputs:
            h, c, _ = step(embed(parameters, np.array([number])), h, c, Wx, Wh, b)
        # (1, V) becomes (V,)
        drawn.append(next_character(rng, (h @ Wy + by)[0], temperature, top_k))
        inputs = drawn[-1:]
    return prompt + decode(np.array(drawn, dtype=np.intp), config.characters)
