"""Lesson 10, a character model of the Sonnets: encode, batches, train_step, sample."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from cifg_edu.checks.exercise import Case, Exercise, Function, Mutant
from cifg_edu.gates import Array, Ids
from cifg_edu.losses import softmax
from cifg_edu.model import (
    ModelConfig,
    embed,
    find_cell,
    initial_state,
    initialize_model,
    train_step,
)
from cifg_edu.optimizers import AdamState, Tensors
from cifg_edu.sampling import sample
from cifg_edu.text import batches, encode

REFUSES = "an error that stops it"


def _encode_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("the text 'banana' with the vocabulary 'abn'", ("banana", "abn")),
        Case("a vocabulary in an order of its own, 'olhe'", ("hello", "olhe")),
        Case("a vocabulary with more characters than the text", ("no one", " emnoty")),
        Case("the character 'x', which the vocabulary does not have", ("abxa", "ab")),
    ]


def _observe_encode(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The ids and their type; where a character is unknown, any error of any kind is right."""
    text, characters = arguments
    try:
        ids = function(text, characters)
    except NotImplementedError:
        raise
    except Exception:
        if set(text) <= set(characters):
            raise
        return REFUSES
    if ids is None:
        return None
    if not set(text) <= set(characters):
        return f"{ids!r}"
    if not isinstance(ids, np.ndarray):
        return ids, f"a {type(ids).__name__}"
    if ids.dtype.kind in "US":
        return ids.tolist(), "an array of characters"
    kind = "integers" if np.issubdtype(ids.dtype, np.integer) else f"numbers of type {ids.dtype}"
    return ids, f"an array of {kind}"


ENCODE = Exercise(
    reference=encode,
    lesson=10,
    stars=1,
    outputs=("the array of ids", "the type of the result"),
    make_cases=_encode_cases,
    observe=_observe_encode,
    hints=(
        "A character's id is its place in `characters`, counted from 0. Which Python container "
        "answers the question `at which place?` without a search?",
        "Build a dictionary from character to place with enumerate(characters), then look up "
        "each character of the text. A plain look-up, table[character], stops with a KeyError at "
        "an unknown character, and that is what you want; table.get would let it pass.",
        "table = {character: number for number, character in enumerate(characters)}\n"
        "return np.array([table[character] for character in text], dtype=np.int64)",
    ),
    mutants=(
        Mutant(
            "an unknown character gets the id 0, which is another character's: let the look-up "
            "stop with an error.",
            {"if unknown:": "if False:", "table[character] for": "table.get(character, 0) for"},
        ),
        Mutant(
            "an unknown character gets the id -1, which NumPy reads as the last one: str.find "
            "gives -1 where it should stop (str.index does).",
            {"if unknown:": "if False:", "table[character] for": "table.get(character, -1) for"},
        ),
        Mutant(
            "unknown characters are dropped in silence: the ids no longer stand for the text.",
            {"if unknown:": "if False:", "in text]": "in text if character in table]"},
        ),
        Mutant(
            "the ids are numbered in the order in which characters appear in the text: an id is "
            "the character's place in `characters`.",
            {"enumerate(characters)": "enumerate(dict.fromkeys(text))"},
        ),
        Mutant(
            "the vocabulary is made anew from this text: use `characters`, or two texts would "
            "give one character two ids.",
            {"enumerate(characters)": "enumerate(sorted(set(text)))"},
        ),
        Mutant(
            "the vocabulary is sorted first: take `characters` in the order that is given.",
            {"enumerate(characters)": "enumerate(sorted(characters))"},
        ),
        Mutant(
            "the ids begin at 1: places are counted from 0.",
            {"enumerate(characters)": "enumerate(characters, 1)"},
        ),
        Mutant(
            "those are floats: an id is used as an index, so it must be an integer.",
            {"dtype=np.int64": "dtype=np.float64"},
        ),
        Mutant(
            "those are the characters themselves in an array: put their numbers in.",
            {"[table[character] for character in text], dtype=np.int64": "list(text)"},
        ),
        Mutant(
            "that is a list, which cannot be cut into lanes: wrap it in np.array.",
            {
                "np.array([table[character] for character in text], dtype=np.int64)": (
                    "[table[character] for character in text]"
                )
            },
        ),
        Mutant(
            "those are Unicode code points, as ord gives them: look up each place in `characters`.",
            {"table[character] for": "ord(character) for"},
        ),
        Mutant(
            "those are one-hot rows already: return the ids, one integer for each character.",
            {
                "np.array([table[character] for character in text], dtype=np.int64)": (
                    "np.eye(len(characters), dtype=np.int64)[[table[c] for c in text]]"
                )
            },
        ),
        Mutant(
            "the text comes out backwards: keep its order.",
            {"in text]": "in text[::-1]]"},
        ),
        Mutant(
            "each character appears only once: encode every character of the text, also when it "
            "comes again.",
            {"in text]": "in dict.fromkeys(text)]"},
        ),
    ),
)


def _batches_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("100 ids, 3 lanes, windows of 4 steps", (rng.permutation(100), 3, 4)),
        Case("13 ids, just enough for one window of 3 lanes and 4 steps", (np.arange(13), 3, 4)),
        Case("60 ids, which 4 lanes divide evenly, and 5 steps", (rng.permutation(60), 4, 5)),
        Case("a single lane", (rng.permutation(23), 1, 6)),
    ]


def _observe_batches(function: Function, arguments: tuple[Any, ...]) -> Any:
    """Number, shapes, order and content of the windows, from a generator or a list alike."""
    result = function(*arguments)
    if result is None:
        return None
    if not isinstance(result, Iterator | list | tuple):
        raise TypeError(
            f"{type(result).__name__} is no sequence of windows: yield a pair (inputs, targets) "
            "for each, or return a list of such pairs."
        )
    windows = list(result)
    if not all(isinstance(window, tuple | list) and len(window) == 2 for window in windows):
        return len(windows), "not all are pairs (inputs, targets)", "", [], []
    shapes = {np.shape(array) for window in windows for array in window}
    if len(shapes) != 1:
        flat = [[x for w in windows for x in np.ravel(w[part]).tolist()] for part in (0, 1)]
        return len(windows), " and ".join(map(str, sorted(shapes))), "", *flat
    inputs, targets = (np.array([window[part] for window in windows]) for part in (0, 1))
    order = "each goes on where the one before stopped"
    if inputs.ndim == 3 and not _continues(arguments[0], inputs):
        # Sorted, so that every order at random looks the same and is known by it.
        places = np.argsort(inputs[:, 0, 0], kind="stable")
        inputs, targets = inputs[places], targets[places]
        order = "one does not go on where the one before stopped"
    return len(windows), str(shapes.pop()), order, inputs, targets


def _continues(ids: Ids, inputs: Ids) -> bool:
    """Whether each window's first ids follow, in the corpus, on the last of the one before."""
    following = dict(zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True))
    return all(
        [following.get(last) for last in before[-1].tolist()] == after[0].tolist()
        for before, after in itertools.pairwise(inputs)
    )


BATCHES = Exercise(
    reference=batches,
    lesson=10,
    stars=2,
    outputs=(
        "the number of windows",
        "the shape of a window",
        "the order of the windows",
        "an input",
        "a target",
    ),
    make_cases=_batches_cases,
    observe=_observe_batches,
    hints=(
        "Cut the text into lanes first, all of one length, then cut all lanes together into "
        "windows. The targets are the same text, read from one character further on.",
        "A lane has (len(ids) - 1) // batch_size characters: the last character of the text has "
        "no next one. reshape(batch_size, lane) puts one lane in each row; .T puts time first. "
        "Take the windows in order with range(0, ..., steps), and yield a pair for each.",
        "lane = (len(ids) - 1) // batch_size\n"
        "windows = lane // steps\n"
        "inputs = ids[: lane * batch_size].reshape(batch_size, lane).T\n"
        "targets = ids[1 : lane * batch_size + 1].reshape(batch_size, lane).T\n"
        "for start in range(0, windows * steps, steps):\n"
        "    yield inputs[start : start + steps], targets[start : start + steps]",
    ),
    mutants=(
        Mutant(
            "the targets are the inputs themselves, which is copying and not foretelling: a "
            "target is the character after its input.",
            {"targets = ids[1:lane * batch_size + 1]": "targets = ids[:lane * batch_size]"},
        ),
        Mutant(
            "the target is the character before its input: shift the other way.",
            {"ids[1:lane * batch_size + 1]": "np.roll(ids, 1)[:lane * batch_size]"},
        ),
        Mutant(
            "inputs and targets have changed places: the inputs come first in the pair.",
            {
                "(inputs[start:start + steps], targets[start:start + steps])": (
                    "(targets[start:start + steps], inputs[start:start + steps])"
                )
            },
        ),
        Mutant(
            "the last target of a lane is that lane's first character: no text runs on from its "
            "end to its start (np.roll does that); shift `ids` before you cut.",
            {
                "targets = ids[1:lane * batch_size + 1].reshape(batch_size, lane).T": (
                    "targets = np.roll(inputs, -1, axis=0)"
                )
            },
        ),
        Mutant(
            "neighbouring characters lie in different lanes: a lane is one stretch of the text, "
            "so reshape to (batch_size, lane) and transpose.",
            {
                "inputs = ids[:lane * batch_size].reshape(batch_size, lane).T": (
                    "inputs = ids[:lane * batch_size].reshape(lane, batch_size)"
                ),
                "targets = ids[1:lane * batch_size + 1].reshape(batch_size, lane).T": (
                    "targets = ids[1:lane * batch_size + 1].reshape(lane, batch_size)"
                ),
            },
        ),
        Mutant(
            "the windows are (B, T): time comes first in this course, (T, B).",
            {
                "(inputs[start:start + steps], targets[start:start + steps])": (
                    "(inputs[start:start + steps].T, targets[start:start + steps].T)"
                )
            },
        ),
        Mutant(
            "the windows overlap: the start moves on by 1, and it must move on by `steps`.",
            {"range(0, windows * steps, steps)": "range((windows - 1) * steps + 1)"},
        ),
        Mutant(
            "the rest of a lane comes as a shorter last window: leave it out, every window has "
            "`steps` steps.",
            {"range(0, windows * steps, steps)": "range(0, lane, steps)"},
        ),
        Mutant(
            "the first window is missing: the start begins at 0.",
            {"range(0, windows * steps, steps)": "range(steps, windows * steps, steps)"},
        ),
        Mutant(
            "the last window is missing: there are lane // steps of them.",
            {"range(0, windows * steps, steps)": "range(0, (windows - 1) * steps, steps)"},
        ),
        Mutant(
            "the windows are shuffled: the state carried over would belong to another place in "
            "the text; keep them in order.",
            {
                "range(0, windows * steps, steps)": (
                    "steps * np.random.default_rng(0).permutation(windows)"
                )
            },
        ),
        Mutant(
            "each window is cut from the text by itself, so a lane does not go on from one "
            "window to the next: cut the whole text into lanes first.",
            {
                "(inputs[start:start + steps], targets[start:start + steps])": (
                    "(ids[start * batch_size:(start + steps) * batch_size]"
                    ".reshape(batch_size, steps).T, "
                    "ids[start * batch_size + 1:(start + steps) * batch_size + 1]"
                    ".reshape(batch_size, steps).T)"
                )
            },
        ),
        Mutant(
            "a lane of len(ids) // batch_size characters is too long when that division has no "
            "rest: the last character has no next one, so divide len(ids) - 1.",
            {"(len(ids) - 1) // batch_size": "len(ids) // batch_size"},
        ),
        Mutant(
            "only the first window comes out: `return` ends the function there, and `yield` "
            "goes on (or collect all windows in a list).",
            {"yield (": "return ("},
        ),
    ),
)


def _model(rng: np.random.Generator, config: ModelConfig, scale: float = 1.0) -> Tensors:
    """Random float64 parameters whose biases are not zero."""
    return {
        name: scale * (value + 0.3 * rng.normal(size=value.shape))
        for name, value in initialize_model(rng, config).items()
    }


def _train_step_case(
    rng: np.random.Generator,
    title: str,
    cell: str,
    output: float,
    learning_rate: float,
    max_norm: float,
) -> Case:
    parameters = _model(rng, ModelConfig(cell, "abcdefg", 4))
    parameters["Wy"] *= output
    # Memory of earlier steps: without one, Adam's first step hardly sees the gradients' size.
    m: Tensors = {name: 0.1 * rng.normal(size=p.shape) for name, p in parameters.items()}
    v: Tensors = {name: rng.uniform(0.01, 0.1, size=p.shape) for name, p in parameters.items()}
    inputs, targets = rng.integers(0, 7, size=(2, 5, 3))
    h, c = rng.uniform(-0.7, 0.7, size=(2, 3, 4))
    adam = AdamState(m, v, 9)
    arguments = (cell, parameters, adam, inputs, targets, h, c, learning_rate, max_norm)
    return Case(title, arguments)


def _train_step_cases(rng: np.random.Generator) -> list[Case]:
    return [
        _train_step_case(rng, "gradients that are too long, max_norm 0.2", "cifg", 1, 0.01, 0.2),
        _train_step_case(rng, "gradients short enough to stay, max_norm 50", "cifg", 1, 0.03, 50),
        _train_step_case(rng, "very long gradients, max_norm 2", "cifg", 40, 0.02, 2),
        _train_step_case(rng, "cell is 'lstm'", "lstm", 1, 0.01, 0.2),
    ]


_ADAM_CALL = "adam_step(parameters, clipped, adam, learning_rate)"
_LOSS_CALL = "loss_and_gradients(cell, parameters, inputs, targets, h, c)"
_CLIP_CALL = "clip_by_global_norm(step.gradients, max_norm)"
_RESULT = "TrainStep(parameters, adam, step.h, step.c, step.loss, norm)"

TRAIN_STEP = Exercise(
    reference=train_step,
    lesson=10,
    stars=2,
    outputs=("parameters", "adam", "h", "c", "loss", "gradient_norm"),
    make_cases=_train_step_cases,
    hints=(
        "Three calls, each to a function that you know: the loss and its gradients, the "
        "clipping, Adam. Each takes what the one before returned.",
        "loss_and_gradients returns one thing with parts: step.loss, step.gradients, step.h, "
        "step.c. clip_by_global_norm returns the clipped gradients and the norm before. "
        "adam_step gets the clipped gradients and the learning rate, and returns new parameters "
        "and a new state of Adam: return both.",
        "step = loss_and_gradients(cell, parameters, inputs, targets, h, c)\n"
        "clipped, norm = clip_by_global_norm(step.gradients, max_norm)\n"
        "parameters, adam = adam_step(parameters, clipped, adam, learning_rate)\n"
        "return TrainStep(parameters, adam, step.h, step.c, step.loss, norm)",
    ),
    mutants=(
        Mutant(
            "Adam gets the gradients as they were: give it the clipped ones.",
            {_ADAM_CALL: "adam_step(parameters, step.gradients, adam, learning_rate)"},
        ),
        Mutant(
            "clip_by_global_norm returns two things, the clipped gradients and the norm: take "
            "both, `clipped, norm = ...`.",
            {"clipped, norm = ": "clipped = "},
        ),
        Mutant(
            "it is the new parameters that are clipped, after Adam: clip the gradients, before.",
            {
                _CLIP_CALL: "clip_by_global_norm(step.gradients, 1e9)",
                "return": ("parameters, _ = clip_by_global_norm(parameters, max_norm)\n    return"),
            },
        ),
        Mutant(
            "each tensor is clipped by a norm of its own: one joint norm of all of them decides, "
            "or the direction changes.",
            {
                _ADAM_CALL: (
                    "adam_step(parameters, {n: clip_by_global_norm({n: g}, max_norm)[0][n] "
                    "for n, g in step.gradients.items()}, adam, learning_rate)"
                )
            },
        ),
        Mutant(
            "max_norm is not used: the gradients are clipped at 5 whatever it says.",
            {_CLIP_CALL: "clip_by_global_norm(step.gradients, 5.0)"},
        ),
        Mutant(
            "that is the norm after clipping: return the one before, which shows how wild the "
            "gradients are.",
            {"step.loss, norm)": "step.loss, min(norm, max_norm))"},
        ),
        Mutant(
            "Adam's old state is returned: hand on the new one, or Adam forgets and stays at the "
            "same step count.",
            {"parameters, adam = adam_step": "parameters, _ = adam_step"},
        ),
        Mutant(
            "Adam begins anew with zeros in every step: start from the `adam` that comes in.",
            {
                _ADAM_CALL: (
                    "adam_step(parameters, clipped, AdamState({n: 0 * p for n, p in "
                    "parameters.items()}, {n: 0 * p for n, p in parameters.items()}, 0), "
                    "learning_rate)"
                )
            },
        ),
        Mutant(
            "the old parameters are returned: nothing is learned.",
            {"parameters, adam = adam_step": "_, adam = adam_step"},
        ),
        Mutant(
            "that is plain gradient descent: let adam_step make the new parameters.",
            {
                f"parameters, adam = {_ADAM_CALL}": (
                    "parameters = {n: p - learning_rate * clipped[n] for n, p in "
                    "parameters.items()}"
                )
            },
        ),
        Mutant(
            "the learning rate is not handed to adam_step, which then takes its own default.",
            {_ADAM_CALL: "adam_step(parameters, clipped, adam)"},
        ),
        Mutant(
            "the step goes uphill: Adam subtracts already, so neither the gradients nor the "
            "learning rate need a minus.",
            {_ADAM_CALL: "adam_step(parameters, clipped, adam, -learning_rate)"},
        ),
        Mutant(
            "the state that came in is returned: carry on the state after the window, step.h and "
            "step.c.",
            {_RESULT: "TrainStep(parameters, adam, h, c, step.loss, norm)"},
        ),
        Mutant(
            "the window starts from a state of zeros: start from the h and c that come in.",
            {_LOSS_CALL: "loss_and_gradients(cell, parameters, inputs, targets, 0 * h, 0 * c)"},
        ),
        Mutant(
            "h and c have changed places on their way out: the order is h, c.",
            {_RESULT: "TrainStep(parameters, adam, step.c, step.h, step.loss, norm)"},
        ),
        Mutant(
            "the loss is measured again after the step: return the one from before, which the "
            "forward pass has given already.",
            {"step.loss, norm)": f"{_LOSS_CALL}.loss, norm)"},
        ),
        Mutant(
            "that is the loss summed over the window: it stays a mean, in nats per character.",
            {"step.loss, norm)": "step.loss * inputs.size, norm)"},
        ),
        Mutant(
            "inputs and targets have changed places.",
            {_LOSS_CALL: "loss_and_gradients(cell, parameters, targets, inputs, h, c)"},
        ),
        Mutant(
            'the cell is always "cifg": hand on the argument `cell`.',
            {_LOSS_CALL: "loss_and_gradients('cifg', parameters, inputs, targets, h, c)"},
        ),
    ),
)

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
    parameters = _model(np.random.default_rng(0), config, scale=1.5)
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

SAMPLE = Exercise(
    reference=sample,
    lesson=10,
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

EXERCISES = (ENCODE, BATCHES, TRAIN_STEP, SAMPLE)
