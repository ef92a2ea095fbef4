"""Exercise `train_step` of lesson 10."""

import numpy as np

from cifg_edu.arrays import Tensors
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question, by_name
from cifg_edu.exercises.lesson_10._small_model import model
from cifg_edu.model import (
    ModelConfig,
    train_step,
)
from cifg_edu.optimizers import AdamState, adam_state


def _train_step_case(
    rng: np.random.Generator,
    title: str,
    cell: str,
    output: float,
    options: tuple[float, ...],
    sizes: tuple[int, int, int, int],
) -> Case:
    V, H, T, B = sizes
    parameters = model(rng, ModelConfig(cell, "abcdefghi"[:V], H))
    parameters["Wy"] *= output
    # Memory of earlier steps: without one, Adam's first step hardly sees the gradients' size.
    m: Tensors = {name: 0.1 * rng.normal(size=p.shape) for name, p in parameters.items()}
    v: Tensors = {name: rng.uniform(0.01, 0.1, size=p.shape) for name, p in parameters.items()}
    inputs, targets = rng.integers(0, V, size=(2, T, B))
    h, c = rng.uniform(-0.7, 0.7, size=(2, B, H))
    adam = AdamState(m, v, 9)
    arguments = (cell, parameters, adam, inputs, targets, h, c, *options)
    return Case(title, by_name(arguments, "learning_rate") if len(options) == 1 else arguments)


def _train_step_cases(rng: np.random.Generator) -> list[Case]:
    """Options are learning_rate and max_norm; sizes are V, H, T and B."""
    return [
        _train_step_case(rng, title, cell, output, options, sizes)
        for title, cell, output, options, sizes in (
            ("gradients that are too long, max_norm 0.2", "cifg", 1, (0.01, 0.2), (7, 4, 5, 3)),
            ("gradients short enough to stay, max_norm 50", "cifg", 1, (0.03, 50), (6, 5, 4, 2)),
            ("very long gradients, max_norm 2", "cifg", 90, (0.02, 2), (5, 3, 6, 4)),
            ("nothing said of learning_rate and max_norm", "cifg", 90, (), (9, 2, 3, 5)),
            ("max_norm left out, learning_rate by its name", "cifg", 1, (0.02,), (3, 6, 7, 1)),
            ("cell is 'lstm'", "lstm", 1, (0.01, 0.2), (4, 3, 2, 6)),
        )
    ]


_ADAM_CALL = "adam_step(parameters, clipped, adam, learning_rate)"


_LOSS_CALL = "loss_and_gradients(cell, parameters, inputs, targets, h, c)"


_CLIP_CALL = "clip_by_global_norm(step.gradients, max_norm)"


_RESULT = "TrainStep(parameters, adam, step.h, step.c, step.loss, norm)"


def _ask(f: Function) -> str:
    rng = np.random.default_rng(0)
    config = ModelConfig("cifg", "abcd", 3)
    before, zeros = model(rng, config), np.zeros((2, 3))
    ids = rng.integers(0, 4, size=(2, 5, 2))
    step = f("cifg", before, adam_state(before), ids[0], ids[1], zeros, zeros, 0.0)
    moved = max(np.abs(step[0][name] - before[name]).max() for name in before)
    return (
        f"The parameters move by {moved:g}. But Adam's t is {step[1][2]}, its m and v are filled, "
        "and h and c are those after the window."
    )


EXERCISE = Exercise(
    reference=train_step,
    lesson=10,
    place=3,
    stars=2,
    outputs=("parameters", "adam", "h", "c", "loss", "gradient_norm"),
    make_cases=_train_step_cases,
    reasons={
        "gradient_norm": "gradient_norm is the norm of step.gradients, all together, before they "
        "are clipped.",
        "loss": "the loss is step.loss, from before the step.",
        "h": "h is the output after the window, step.h.",
        "c": "c is the cell after the window, step.c.",
    },
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
            "Adam gets the gradients as they were: clip them first, and give it the clipped ones.",
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
        *(
            Mutant(
                f"it is the parameters that are clipped{instead}: clip step.gradients, and give "
                "Adam the parameters as they are.",
                edits,
            )
            for instead, edits in (
                (
                    ", after Adam",
                    {
                        f"    clipped, norm = {_CLIP_CALL}\n": "",
                        "clipped, adam, learning_rate)": "step.gradients, adam, learning_rate)\n"
                        "    parameters, norm = clip_by_global_norm(parameters, max_norm)",
                    },
                ),
                (
                    ", and handed to Adam in place of the gradients",
                    {_CLIP_CALL: "clip_by_global_norm(parameters, max_norm)"},
                ),
                (
                    ", before Adam",
                    {
                        _CLIP_CALL: "clip_by_global_norm(parameters, max_norm)",
                        _ADAM_CALL: "adam_step(clipped, step.gradients, adam, learning_rate)",
                    },
                ),
            )
        ),
        *(
            Mutant(
                "the parts are returned in another order: it is parameters, adam, h, c, loss, "
                "gradient_norm.",
                {_RESULT: f"TrainStep({parts})"},
            )
            for parts in (
                "adam, parameters, step.h, step.c, step.loss, norm",
                "step.loss, norm, parameters, adam, step.h, step.c",
                "step.loss, parameters, adam, step.h, step.c, norm",
                "parameters, adam, step.loss, norm, step.h, step.c",
            )
        ),
        Mutant(
            "each tensor is clipped by its own norm: one joint norm of all of them decides, "
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
            "Adam begins again with zeros in every step: start from the `adam` that comes in.",
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
        Mutant(
            "h and c have changed places on their way in: the order is h, c.",
            {_LOSS_CALL: "loss_and_gradients(cell, parameters, inputs, targets, c, h)"},
        ),
        Mutant(
            "the gradients are not clipped by their norm but element by element: take "
            "clip_by_global_norm.",
            {
                _ADAM_CALL: (
                    "adam_step(parameters, {n: np.clip(g, -max_norm, max_norm) "
                    "for n, g in step.gradients.items()}, adam, learning_rate)"
                )
            },
        ),
        Mutant(
            "max_norm and learning_rate have changed places.",
            {
                _CLIP_CALL: "clip_by_global_norm(step.gradients, learning_rate)",
                _ADAM_CALL: "adam_step(parameters, clipped, adam, max_norm)",
            },
        ),
        Mutant(
            "the loss comes back as a perplexity: it is in nats per character.",
            {"step.loss, norm)": "float(np.exp(step.loss)), norm)"},
        ),
        Mutant(
            "gradient_norm and loss have changed places: the order is loss, gradient_norm.",
            {"step.loss, norm)": "norm, step.loss)"},
        ),
        Mutant(
            "h and c come back as zeros: carry on the state after the window, step.h and step.c.",
            {_RESULT: "TrainStep(parameters, adam, 0 * h, 0 * c, step.loss, norm)"},
        ),
        Mutant(
            "Adam makes two steps: call adam_step once.",
            {
                "return": (
                    "parameters, adam = adam_step(parameters, clipped, adam, learning_rate)\n"
                    "    return"
                )
            },
        ),
    ),
    question=Question(
        "Train one step with the learning rate 0. What changes all the same?",
        _ask,
    ),
)
