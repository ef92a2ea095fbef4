"""Exercise `sample` of lesson 10."""

from typing import Any

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.exercises import Case, Exercise, Function, Mutant
from cifg_edu.exercises.lesson_10._small_model import model
from cifg_edu.losses import softmax
from cifg_edu.model import (
    ModelConfig,
    embed,
    find_cell,
    initial_state,
    initialize_model,
)
from cifg_edu.sampling import sample
from cifg_edu.text import encode

# How often a character is drawn, in many short texts, is compared with the model's probability
# within NEAR. For a right answer, however it draws, Hoeffding's inequality bounds the chance to
# be further off by 2 exp(-2 DRAWS NEAR^2) = 1.4e-12 for a character: it will not happen. The
# wrong answers are off by 0.15 or more. The texts are short for the sake of an answer that is
# right and slow, as one that reads all of its text again for each draw.
LENGTH = 20


DRAWS = 70 * LENGTH


NEAR = 0.1


# What the models that leave nothing to chance write after each prompt.
CIFG_TEXTS = {"cab": "\nbed\nadd\ncede\ndead\nbabe\n", "": "abed\ndecade\n"}


LSTM_TEXTS = {"bed": "\nace\nabbacab"}


SURE = 60.0


def sharp_model(cell: str, texts: dict[str, str]) -> tuple[Tensors, ModelConfig]:
    """A model so sure of itself that what it writes after each prompt hangs on no draw.

    Its readout is solved for: after each character of the texts the next one is SURE nats
    ahead of every other.
    """
    config = ModelConfig(cell, "\nabcde", 64)
    parameters = model(np.random.default_rng(0), config, scale=1.5)
    step, scores, states = find_cell(cell).step, SURE * np.eye(6), []
    wanted = []
    for prompt, text in texts.items():
        h, c = initial_state(1, config.hidden_size)
        ids = encode((prompt or "\n") + text, config.characters)
        for place in range(len(ids) - 1):
            x = embed(parameters, ids[place : place + 1])
            h, c, _ = step(x, h, c, *(parameters[name] for name in ("Wx", "Wh", "b")))
            if place + 1 >= len(ids) - len(text):
                states.append(h[0])
                wanted.append(scores[ids[place + 1]] - parameters["by"])
    parameters["Wy"] = np.linalg.lstsq(np.array(states), np.array(wanted))[0]
    return parameters, config


def _forgetful_model(characters: str, logits: Array) -> tuple[Tensors, ModelConfig]:
    """A model that gives each character the same scores at every step."""
    config = ModelConfig("cifg", characters, 3)
    parameters = initialize_model(np.random.default_rng(0), config)
    return parameters | {"Wy": np.zeros((3, len(characters))), "by": logits}, config


def _sample_cases(rng: np.random.Generator) -> list[Case]:
    sharp, twin = sharp_model("cifg", CIFG_TEXTS), sharp_model("lstm", LSTM_TEXTS)
    two = _forgetful_model("ab", np.array([2.2, 0.0]))
    four = _forgetful_model("abcd", np.log([0.2, 0.4, 0.1, 0.3]))
    five = _forgetful_model("abcde", np.log([0.1, 0.1, 0.1, 0.6, 0.1]))
    return [
        Case("a model sure of itself, prompt 'cab'", (rng, *sharp, 24, "cab", 1.0, None)),
        Case("a model sure of itself, no prompt", (rng, *sharp, 12, "", 1.0, None)),
        Case("config.cell is 'lstm', prompt 'bed'", (rng, *twin, 12, "bed", 1.0, None)),
        Case("temperature 2", (rng, *two, LENGTH, "a", 2.0, None)),
        Case("temperature 1, the best two characters only", (rng, *four, LENGTH, "a", 1.0, 2)),
        Case("temperature 0, which takes the best", (rng, *five, LENGTH, "b", 0.0, None)),
    ]


def _observe_sample(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The text where nothing is left to chance; elsewhere, how often each character comes."""
    rng, parameters, config, length, prompt, temperature, top_k = arguments
    text = function(*arguments)
    if not isinstance(text, str) or length != LENGTH:
        return text
    texts = [text, *(function(rng, *arguments[1:]) for _ in range(DRAWS // LENGTH - 1))]
    if not all(isinstance(one, str) and len(one) == len(prompt) + LENGTH for one in texts):
        return texts[-1]
    twice = [function(np.random.default_rng(1), *arguments[1:]) for _ in range(2)]
    repeats = "one seed gives one text, and the generator goes on to others"
    if twice[0] != twice[1]:
        repeats = "one seed gives two texts"
    elif len(set(texts)) == 1 and temperature > 0:
        repeats = "the generator, used again, gives the same text"

    drawn = "".join(one.removeprefix(prompt) for one in texts)
    shares = np.array([drawn.count(character) for character in config.characters]) / DRAWS
    model = _probabilities(parameters["by"], temperature, top_k)
    if np.abs(shares - model).max() < NEAR and not shares[model == 0].any():
        return "as often as the model says", repeats
    rows = zip(config.characters, shares, model, strict=True)
    return ", ".join(f"{c!r} {s:.1f} (model {m:.2f})" for c, s, m in rows), repeats


def _probabilities(logits: Array, temperature: float, top_k: int | None) -> Array:
    """What a right answer draws from."""
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    scores = logits / temperature
    return softmax(np.where(scores >= np.sort(scores)[-(top_k or 0)], scores, -np.inf))


_DRAW = "next_character(rng, (h @ Wy + by)[0], temperature, top_k)"


_START = "prompt or ('\\n' if '\\n' in config.characters else config.characters[0])"


EXERCISE = Exercise(
    reference=sample,
    lesson=10,
    place=4,
    stars=3,
    outputs=("how often each character is drawn", "what a seed fixes"),
    make_cases=_sample_cases,
    observe=_observe_sample,
    hints=(
        "Two phases with the same step: first read the prompt, character by character, then "
        "draw, and let each character drawn be the next input. One state goes through both.",
        "Start from initial_state(1, config.hidden_size). For each character of the prompt: "
        "embed its id, in an array of one, and step. Then length times: scores h @ Wy + by, row "
        "0, into next_character; keep the id; embed it and step. No prompt? Read '\\n' instead, "
        "and do not show it. decode turns the ids into text.",
        "step = find_cell(config.cell).step\n"
        'Wx, Wh, b, Wy, by = (parameters[name] for name in ("Wx", "Wh", "b", "Wy", "by"))\n'
        "h, c = initial_state(1, config.hidden_size, Wh.dtype)\n"
        'for number in encode(prompt or "\\n", config.characters):\n'
        "    h, c, _ = step(embed(parameters, np.array([number])), h, c, Wx, Wh, b)\n"
        "drawn = []\n"
        "for _ in range(length):\n"
        "    drawn.append(next_character(rng, (h @ Wy + by)[0], temperature, top_k))\n"
        "    h, c, _ = step(embed(parameters, np.array(drawn[-1:])), h, c, Wx, Wh, b)\n"
        "return prompt + decode(np.array(drawn, dtype=int), config.characters)\n"
        '(Where the vocabulary has no "\\n", read its first character.)',
    ),
    mutants=(
        Mutant(
            "it always takes the best character: draw at random, with the model's probabilities.",
            {_DRAW: "next_character(rng, (h @ Wy + by)[0], 0.0, top_k)"},
        ),
        Mutant(
            "the scores are multiplied by the temperature: divide, so that a high one flattens.",
            {_DRAW: "next_character(rng, (h @ Wy + by)[0] * temperature, 1.0, top_k)"},
        ),
        Mutant(
            "the temperature is not used: hand it on to next_character.",
            {_DRAW: "next_character(rng, (h @ Wy + by)[0], 1.0, top_k)"},
        ),
        Mutant(
            "top_k is not used: hand it on to next_character.",
            {_DRAW: "next_character(rng, (h @ Wy + by)[0], temperature)"},
        ),
        Mutant(
            "softmax is taken along the wrong axis: the scores h @ Wy + by have shape (1, V), and "
            "the characters lie along the last.",
            {_DRAW: "int(rng.choice(len(by), p=softmax((h @ Wy + by).T)[:, 0]))"},
        ),
        Mutant(
            "the scores are h @ Wy without by: add the bias.",
            {"(h @ Wy + by)": "(h @ Wy)"},
        ),
        Mutant(
            "a new generator is made for every draw, so each draw is the same throw of the dice: "
            "use the `rng` that comes in.",
            {_DRAW: _DRAW.replace("rng", "np.random.default_rng(0)")},
        ),
        Mutant(
            "the state is reset before every character, so the model knows only one: set it to "
            "zeros once, at the start.",
            {
                "while len(drawn) < length:": (
                    "while len(drawn) < length:\n"
                    "        h, c = initial_state(1, config.hidden_size, Wh.dtype)"
                )
            },
        ),
        Mutant(
            "the prompt is never read: feed its characters through the cell before the first draw.",
            {_START: "'\\n'"},
        ),
        Mutant(
            "only the last character of the prompt is read: the state must pass through all.",
            {"encode(start, config.characters)": "encode(start[-1:], config.characters)"},
        ),
        Mutant(
            "without a prompt nothing is read before the first draw: read a line end, as if a "
            "line had just closed.",
            {_START: "prompt"},
        ),
        Mutant(
            "the character drawn is not fed back: it must be the next input.",
            {"inputs = drawn[-1:]": "inputs = inputs[-1:]"},
        ),
        Mutant(
            "the whole text so far is fed again for every draw, though the state already holds "
            "it: feed the new character only.",
            {"inputs = drawn[-1:]": "inputs = list(encode(start, config.characters)) + drawn"},
        ),
        Mutant(
            "the prompt is missing from the result: it comes first, then what was drawn.",
            {"return prompt + decode": "return decode"},
        ),
        Mutant(
            "the line end that is read in place of a prompt shows in the result: return prompt + "
            "what was drawn.",
            {"return prompt +": "return start +"},
        ),
        Mutant(
            "the prompt's characters are counted in `length`: draw `length` more.",
            {"len(drawn) < length": "len(drawn) < length - len(prompt)"},
        ),
        Mutant(
            "one character too many is drawn.",
            {"len(drawn) < length": "len(drawn) <= length"},
        ),
        Mutant(
            "h and c have changed places: a step returns h first, then c.",
            {"h, c, _ = step(": "c, h, _ = step("},
        ),
        Mutant(
            "the step is always the CIFG's: take find_cell(config.cell).step.",
            {"find_cell(config.cell)": "find_cell('cifg')"},
        ),
    ),
)
