"""Exercise `sample` of lesson 10."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
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
# be further off by 2 exp(-2 DRAWS NEAR^2) = 6e-13 for a character: it will not happen. The
# wrong answers are off by 0.3 or more. The texts are short for the sake of an answer that is
# right and slow, as one that reads all of its text again for each draw.
LENGTH = 10


DRAWS = 36 * LENGTH


NEAR = 0.2


SURE = 60.0


class SharpModel(NamedTuple):
    """A model that leaves nothing to chance, and what it writes after each prompt."""

    cell: str
    characters: str
    hidden_size: int
    texts: Mapping[str, str]


SHARP = {
    "prompted": SharpModel("cifg", "\nabcde", 48, {"cab": "\nbed\nadd\ncede\n", "\n": "abed\nade"}),
    "line end": SharpModel("cifg", "ab\ncd", 31, {"": "cab\nbad\ndad\n"}),
    "no line end": SharpModel("cifg", "dab ce", 24, {"": " abe bade", "a": "bead d"}),
    "lstm": SharpModel("lstm", "\nabcde", 40, {"bed": "\nace\nabbacab"}),
}


def sharp_model(sharp: SharpModel) -> tuple[Tensors, ModelConfig]:
    """A model so sure of itself that what it writes after each prompt hangs on no draw.

    Its readout is solved for: after each character of the texts the next one is SURE nats
    ahead of every other.
    """
    config = ModelConfig(sharp.cell, sharp.characters, sharp.hidden_size)
    parameters = model(np.random.default_rng(0), config, scale=1.5)
    step, scores, states = find_cell(sharp.cell).step, SURE * np.eye(len(sharp.characters)), []
    wanted = []
    for prompt, text in sharp.texts.items():
        h, c = initial_state(1, config.hidden_size)
        start = prompt or ("\n" if "\n" in config.characters else config.characters[0])
        ids = encode(start + text, config.characters)
        for place in range(len(ids) - 1):
            x = embed(parameters, ids[place : place + 1])
            h, c, _ = step(x, h, c, *(parameters[name] for name in ("Wx", "Wh", "b")))
            if place + 1 >= len(ids) - len(text):
                states.append(h[0])
                wanted.append(scores[ids[place + 1]] - parameters["by"])
    parameters["Wy"] = np.linalg.lstsq(np.array(states), np.array(wanted))[0]
    return parameters, config


def _one_character_model(following: str) -> tuple[Tensors, ModelConfig]:
    """A model whose gates are open: it sees the last character alone, and is sure of the next."""
    size = len(following)
    config = ModelConfig("cifg", following, size)
    turn = np.roll(np.eye(size), 1, axis=1)
    parameters = {
        "Wx": np.hstack([np.zeros((size, 2 * size)), 4 * turn]),
        "Wh": np.zeros((size, 3 * size)),
        "b": np.concatenate([np.full(2 * size, SURE), np.zeros(size)]),
        "Wy": 2 * SURE * np.eye(size),
        "by": np.zeros(size),
    }
    return parameters, config


def _forgetful_model(characters: str, logits: Array) -> tuple[Tensors, ModelConfig]:
    """A model that gives each character the same scores at every step."""
    config = ModelConfig("cifg", characters, 3)
    parameters = initialize_model(np.random.default_rng(0), config)
    return parameters | {"Wy": np.zeros((3, len(characters))), "by": logits}, config


def _sample_cases(rng: np.random.Generator) -> list[Case]:
    prompted, line_end, no_line_end, twin = map(sharp_model, SHARP.values())
    letters = "abcdefghijklmnopqrstuvwxyz"
    many = _forgetful_model(letters, np.where(np.array(list(letters)) == "e", np.log(625.0), 0.0))
    four = _forgetful_model("abcd", np.log([0.1, 0.64, 0.1, 0.16]))
    five = _forgetful_model("abcde", np.log([0.1, 0.1, 0.1, 0.6, 0.1]))
    return [
        Case(ROUND, (rng, *_one_character_model("\nabcd"), 9, "b", 1.0, None)),
        Case("a model sure of itself, prompt 'cab'", (rng, *prompted, 14, "cab", 1.0, None)),
        Case("a line end as the prompt", (rng, *prompted, 8, "\n", 1.0, None)),
        Case("config.cell is 'lstm', prompt 'bed'", (rng, *twin, 12, "bed", 1.0, None)),
        Case("a model sure of itself, no prompt", (rng, *line_end, 12, "", 1.0, None)),
        Case("no prompt, and no line end in the vocabulary", (rng, *no_line_end, 9, "", 1.0, None)),
        Case("a prompt, and no line end in the vocabulary", (rng, *no_line_end, 6, "a", 1.0, None)),
        Case("temperature 0, which takes the best", (rng, *five, 11, "b", 0.0, None)),
        Case("temperature 2", (rng, *many, LENGTH, "a", 2.0, None)),
        Case("temperature 1, the best two characters only", (rng, *four, LENGTH, "a", 1.0, 2)),
    ]


ROUND = "a model that sees the last character alone, and is sure of the next"


def _as_in_the_lessons(function: Function) -> Function:
    """A caller that leaves out what has its default value, and gives top_k by its name."""

    def write(rng: np.random.Generator, *arguments: Any) -> Any:
        parameters, config, length, prompt, temperature, top_k = arguments
        options: dict[str, Any] = {}
        if top_k is not None:
            options = {"temperature": temperature, "top_k": top_k}
        by_place = [prompt, temperature] if temperature != 1 else [prompt] if prompt else []
        return function(rng, parameters, config, length, *by_place, **options)

    return write


def _observe_sample(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The text where nothing is left to chance; elsewhere, how often each character comes."""
    rng, parameters, config, length, prompt, temperature, top_k = arguments
    names = _properties(arguments)
    write = _as_in_the_lessons(function)
    text = write(*arguments)
    if text is None:
        return None
    if not isinstance(text, str):
        return dict.fromkeys(names, "unknown") | {"the result": f"a {type(text).__name__}"}
    drawn = text[len(prompt) :]
    start = ["text", len(text), text[: len(prompt)]]
    if length != LENGTH:
        return dict(zip(names, [*start, drawn[:1], drawn], strict=True))
    texts = [text, *(write(rng, *arguments[1:]) for _ in range(DRAWS // LENGTH - 1))]
    twice = [write(np.random.default_rng(1), *arguments[1:]) for _ in range(2)]
    if not all(isinstance(one, str) and len(one) == len(prompt) + LENGTH for one in texts):
        return dict(zip(names, [*start, "unknown", "the texts differ in length"], strict=True))
    repeats = "one seed gives one text, and the generator goes on to others"
    if twice[0] != twice[1]:
        repeats = "one seed gives two texts"
    elif len(set(texts)) == 1:
        repeats = "the generator, used again, gives the same text"
    model = _probabilities(parameters["by"], temperature, top_k)
    often = _frequencies("".join(one[len(prompt) :] for one in texts), config.characters, model)
    return dict(zip(names, [*start, repeats, often], strict=True))


def _properties(arguments: tuple[Any, ...]) -> tuple[str, ...]:
    """What is looked at in a case: what is wrong in one case may mean something else in another."""
    _, parameters, _, length, prompt, temperature, top_k = arguments
    names = "the result", "the number of characters", "the prompt"
    if length == LENGTH:
        how = "" if top_k is None else " among the best two"
        return *names, "what a seed fixes", f"how often each character is drawn{how}"
    where = ""
    if temperature == 0:
        where = " at temperature 0"
    elif not prompt:
        where = " without a prompt"
    elif not parameters["Wh"].any():
        where = " where one character leads to the next"
    return *names, f"the first character drawn{where}", f"the characters drawn{where}"


def _frequencies(drawn: str, characters: str, model: Array) -> str:
    """How often each character was drawn, where that is not as the model says."""
    shares = np.array([drawn.count(character) for character in characters]) / len(drawn)
    if np.abs(shares - model).max() < NEAR and not shares[model == 0].any():
        return "as often as the model says"
    off = np.argsort(-np.abs(shares - model), kind="stable")[:4]
    rows = ((characters[k], shares[k], model[k]) for k in np.sort(off))
    return ", ".join(f"{c!r} {s:.1f} (model {m:.2f})" for c, s, m in rows)


def _probabilities(logits: Array, temperature: float, top_k: int | None) -> Array:
    """What a right answer draws from."""
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    scores = logits / temperature
    return softmax(np.where(scores >= np.sort(scores)[-(top_k or 0)], scores, -np.inf))


_DRAW = "next_character(rng, (h @ Wy + by)[0], temperature, top_k)"


_START = "prompt or ('\\n' if '\\n' in config.characters else config.characters[0])"


def _ask(f: Function) -> str:
    config = ModelConfig("cifg", "abcd", 3)
    parameters = model(np.random.default_rng(0), config)
    cold, warm = (
        [
            f(np.random.default_rng(seed), parameters, config, 20, "a", temperature)
            for seed in (1, 2)
        ]
        for temperature in (0.0, 1.0)
    )
    return (
        f"At 0: {'yes' if cold[0] == cold[1] else 'no'}, the best character is always taken. At 1: "
        f"{'yes' if warm[0] == warm[1] else 'no'}, {warm[0]!r} and {warm[1]!r}."
    )


EXERCISE = Exercise(
    reference=sample,
    lesson=10,
    place=4,
    stars=3,
    outputs=("the number of characters", "the prompt"),
    make_cases=_sample_cases,
    observe=_observe_sample,
    reasons={
        "the result": "it should return text: decode makes it of ids.",
        "the number of characters": "the text is the prompt and `length` characters after it.",
        "the prompt": "the text begins with the prompt.",
        "the first character drawn where one character leads to the next": "the prompt is read "
        "first; then the scores h @ Wy + by, as they are, go to next_character.",
        "the characters drawn where one character leads to the next": "the first character drawn "
        "is right here and a later one is not: each character drawn must be the next input.",
        "the characters drawn": "the state must pass through the whole prompt and then through "
        "each character drawn: h and c go on from step to step.",
        "the first character drawn without a prompt": "without a prompt a line end is read before "
        "the first draw, or where the vocabulary has none its first character.",
        "the first character drawn at temperature 0": "at temperature 0 the character with the "
        "highest score is drawn, and the scores are h @ Wy + by.",
        "the characters drawn at temperature 0": "at temperature 0 the character with the "
        "highest score is always drawn: hand the temperature on to next_character.",
        "what a seed fixes": "every draw must come from the rng that is given.",
        "how often each character is drawn": "the scores are divided by the temperature before "
        "they become probabilities.",
        "how often each character is drawn among the best two": "only the top_k best characters "
        "may be drawn, in the ratio of their probabilities.",
    },
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
            "softmax is taken twice: next_character takes it itself, so give it the scores "
            "h @ Wy + by as they are.",
            {_DRAW: "next_character(rng, softmax((h @ Wy + by)[0]), temperature, top_k)"},
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
            "h and c are handed to the step the wrong way round: its order is x, h, c.",
            {"h, c, Wx": "c, h, Wx"},
        ),
        *(
            Mutant(
                f"h and c change places {when}: a step returns h first, then c.",
                {
                    "h, c, _ = step(embed(parameters, np.array([number])), h, c, Wx, Wh, b)": (
                        "h, c, _ = step(embed(parameters, np.array([number])), h, c, Wx, Wh, b)\n"
                        f"            h, c = (c, h) if {drawing} else (h, c)"
                    )
                },
            )
            for when, drawing in (
                ("while the prompt is read", "not drawn"),
                ("after each draw", "drawn"),
            )
        ),
        Mutant(
            "the step is always the CIFG's: take find_cell(config.cell).step.",
            {"find_cell(config.cell)": "find_cell('cifg')"},
        ),
        Mutant(
            "what is read in place of a prompt is always the vocabulary's first character: it is "
            "a line end, where the vocabulary has one.",
            {_START: "prompt or config.characters[0]"},
        ),
        Mutant(
            "a line end is read in place of a prompt even where the vocabulary has none: read its "
            "first character there.",
            {_START: "prompt or '\\n'"},
        ),
        Mutant(
            "a line end is read before the prompt as well: it takes the place of a prompt only "
            "where there is none.",
            {
                _START: "('\\n' if '\\n' in config.characters else '') + prompt "
                "or config.characters[0]"
            },
        ),
        Mutant(
            "the last character of the prompt is not read before the first draw: all of it is.",
            {"encode(start, config.characters)": "encode(start, config.characters)[:-1]"},
        ),
        Mutant(
            "the prompt is read backwards.",
            {"encode(start, config.characters)": "encode(start[::-1], config.characters)"},
        ),
        Mutant(
            "the cell is forgotten after the prompt: h and c both go on into the draws.",
            {"drawn.append(": ("c = c if drawn else 0 * c\n        drawn.append(")},
        ),
        Mutant(
            "the state is reset after the prompt: h and c go on into the draws.",
            {
                "drawn.append(next_character(rng, (h @ Wy + by)[0], temperature, top_k))": (
                    "drawn.append(next_character(rng, (h @ Wy + by)[0], temperature, top_k))\n"
                    "        h, c = (h, c) if drawn[1:] else (0 * h, 0 * c)"
                )
            },
        ),
        Mutant(
            "the temperature is always 1 and top_k None: hand both on to next_character.",
            {_DRAW: "next_character(rng, (h @ Wy + by)[0])"},
        ),
        Mutant(
            "the scores are read off the cell c: the readout takes the output h.",
            {"(h @ Wy + by)": "(c @ Wy + by)"},
        ),
        Mutant(
            "each of the best characters is drawn equally often: draw with the model's "
            "probabilities.",
            {
                _DRAW: (
                    f"{_DRAW} if top_k is None else "
                    "int(rng.choice(np.argsort(-(h @ Wy + by)[0])[:top_k]))"
                )
            },
        ),
        Mutant(
            "a list of ids comes back: decode turns it into text.",
            {
                "return prompt + decode(np.array(drawn, dtype=np.intp), config.characters)": (
                    "return list(encode(prompt, config.characters)) + drawn"
                )
            },
        ),
    ),
    question=Question(
        "Write 20 characters with two different seeds, at temperature 0 and at temperature 1. "
        "Are the two texts the same?",
        _ask,
    ),
)
