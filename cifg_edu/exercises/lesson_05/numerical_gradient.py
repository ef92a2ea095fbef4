"""Exercise `numerical_gradient` of lesson 05."""

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.gradcheck import numerical_gradient


def _cubes(x: Array) -> float:
    return float(np.sum(x**3))


def _coupled(x: Array) -> float:
    return float(np.sum(np.tanh(x.T @ x)) + np.sum(np.sin(x)))


def _wave(x: Array) -> float:
    return float(np.sin(x.sum()) + np.sum(x**2))


def _numerical_gradient_cases(rng: np.random.Generator) -> list[Case]:
    x = rng.normal(size=(3, 2))
    return [
        Case("the sum of cubes, 4 numbers", (_cubes, np.array([0.5, -2.0, 3.0, 0.0]))),
        Case("a matrix (3, 2) whose elements act on one another", (_coupled, x)),
        Case("an array of three axes, (2, 3, 4)", (_wave, rng.normal(size=(2, 3, 4)))),
        Case("a single number, an array of shape ()", (_wave, np.array(0.7))),
        Case("one row (1, 5) of large numbers", (_cubes, 100 * rng.normal(size=(1, 5)))),
        Case("a step of 0.1, given by the caller", (_cubes, np.array([1.0, -2.0, 3.0]), 0.1)),
        Case("a coupled matrix and a step of 0.01", (_coupled, 0.5 * x, 0.01)),
        Case("an x of integers", (_cubes, np.array([[1, -2, 3]]))),
        Case("an x of float32", (_coupled, x.astype(np.float32))),
    ]


IN_PLACE = {
    "middle = x[index]": "pass",
    "x[index] = middle + step": "x[index] += step",
    "x[index] = middle - step": "x[index] -= 2 * step",
    "    x[index] = middle\n": "    x[index] += step\n",
}


def _ask(f: Function) -> str:
    calls = 0

    def counted(x: Array) -> float:
        nonlocal calls
        calls += 1
        return float(x.sum())

    f(counted, np.zeros((3, 4)))
    return (
        f"{calls} calls for 12 numbers, so {calls / 12 * 74_496:,.0f} for the model. "
        "Backpropagation needs one forward and one backward pass: check it on small sizes."
    )


EXERCISE = Exercise(
    reference=numerical_gradient,
    lesson=5,
    place=3,
    stars=2,
    outputs=("the gradient",),
    make_cases=_numerical_gradient_cases,
    hints=(
        "Copy x as float64 first. Then, for each element alone: raise it by step and call f, "
        "lower it by step and call f, put it back.",
        "`for index in np.ndindex(x.shape)` walks through an array of any shape, and x[index] is "
        "one number of it. Keep the old number in a variable. Divide by the whole distance "
        "between the two points, in brackets.",
        "x = np.array(x, dtype=np.float64)\n"
        "gradient = np.zeros_like(x)\n"
        "for index in np.ndindex(x.shape):\n"
        "    middle = x[index]\n"
        "    x[index] = middle + step\n"
        "    above = f(x)\n"
        "    x[index] = middle - step\n"
        "    below = f(x)\n"
        "    x[index] = middle\n"
        "    gradient[index] = (above - below) / (2 * step)\n"
        "return gradient",
    ),
    mutants=(
        Mutant(
            "that is the forward difference, f(x + step) - f(x): take one step to each side.",
            {"x[index] = middle - step": "x[index] = middle", "/ (2 * step)": "/ step"},
        ),
        Mutant(
            "the two points lie 2 step apart: divide by 2 * step.",
            {"/ (2 * step)": "/ step"},
        ),
        Mutant(
            "`/ 2 * step` divides by 2 and then multiplies by step: put 2 * step in brackets.",
            {"/ (2 * step)": "/ 2 * step"},
        ),
        Mutant(
            "the difference is not divided by anything: a slope is rise over run, here 2 * step.",
            {"(above - below) / (2 * step)": "above - below"},
        ),
        Mutant(
            "the sign is turned: f above minus f below.",
            {"(above - below)": "(below - above)"},
        ),
        Mutant(
            "an element is not put back after its two calls, so all later ones are measured at "
            "another place.",
            {"    x[index] = middle\n": "    pass\n"},
        ),
        Mutant(
            "x keeps the dtype of the caller's array: integers swallow the step and float32 "
            "rounds it, so copy x as float64.",
            {"np.array(x, dtype=np.float64)": "np.array(x)"},
        ),
        Mutant(
            "x is the caller's own array and stays shifted: work on a copy, and put each element "
            "back.",
            {
                "np.array(x, dtype=np.float64)": "np.asarray(x, dtype=np.float64)",
                "    x[index] = middle\n": "    pass\n",
            },
        ),
        Mutant(
            "whole rows are moved (for k in range(len(x))): each element of an array of any shape "
            "is moved alone.",
            {
                "np.ndindex(x.shape)": "range(len(x))",
            },
        ),
        Mutant(
            "range(len(x)) walks along the first axis only, and the result has one number for "
            "each row: np.ndindex(x.shape) reaches every element.",
            {
                "np.ndindex(x.shape)": "range(len(x))",
                "np.zeros_like(x)": "np.zeros(len(x))",
            },
        ),
        Mutant(
            "x is moved in its own dtype, and integers swallow the step: begin with a copy in "
            "float64.",
            {
                "np.array(x, dtype=np.float64)": "np.asarray(x)",
                "np.zeros_like(x)": "np.zeros(x.shape)",
            },
        ),
        *(
            Mutant(
                "the copy of x holds whole numbers, which swallow the step: copy x as float64.",
                {"dtype=np.float64": "dtype=int", "np.zeros_like(x)": zeros},
            )
            for zeros in ("np.zeros_like(x)", "np.zeros(x.shape)")
        ),
        Mutant(
            "the gradient is turned into whole numbers: leave it in float64.",
            {"return gradient": "return gradient.astype(int)"},
        ),
        Mutant(
            "+= step, -= 2 * step and += step do not come back to the old number exactly: keep it "
            "in a variable, and work on a copy.",
            {
                "np.array(x, dtype=np.float64)": "np.asarray(x)",
                "np.zeros_like(x)": "np.zeros(x.shape)",
                **IN_PLACE,
            },
        ),
        Mutant(
            "the gradient is stored in the dtype of the caller's x, which rounds it: make its "
            "array after the copy in float64.",
            {
                "    x = np.array(x, dtype=np.float64)\n    gradient = np.zeros_like(x)\n": (
                    "    gradient = np.zeros_like(x)\n    x = np.array(x, dtype=np.float64)\n"
                )
            },
        ),
        Mutant(
            "all elements are moved at once, so every place gets the sum of the gradient: move one "
            "at a time.",
            {
                "x[index] = middle + step": "x += step",
                "x[index] = middle - step": "x -= 2 * step",
                "    x[index] = middle\n": "    x += step\n",
            },
        ),
        Mutant(
            "the step is always 1e-5: use the argument `step`.",
            {
                "middle + step": "middle + 1e-05",
                "middle - step": "middle - 1e-05",
                "2 * step": "2e-05",
            },
        ),
        Mutant(
            "the step is a factor, x * (1 + step), which does not move a 0 at all: add it.",
            {
                "middle + step": "middle * (1 + step)",
                "middle - step": "middle * (1 - step)",
            },
        ),
        Mutant(
            "divided by step squared, which belongs to the second derivative: the run is 2 * step.",
            {"/ (2 * step)": "/ step ** 2"},
        ),
        *(
            Mutant(
                "f is called with the one element: it takes the whole array, in which one element "
                "has moved.",
                {
                    "np.array(x, dtype=np.float64)": copied,
                    "np.zeros_like(x)": "np.zeros(x.shape)",
                    "above = f(x)": "above = f(middle + step)",
                    "below = f(x)": "below = f(middle - step)",
                },
            )
            for copied in ("np.array(x, dtype=np.float64)", "np.array(x)")
        ),
        *(
            Mutant(
                "all elements are moved together, which gives one number: move each element "
                "alone, and keep a slope for each.",
                {
                    "np.array(x, dtype=np.float64)": copied,
                    "return gradient": "return (f(x + step) - f(x - step)) / (2 * step)",
                },
            )
            for copied in ("np.array(x, dtype=np.float64)", "np.array(x)")
        ),
        Mutant(
            "that is the backward difference, f(x) - f(x - step): take one step to each side.",
            {"x[index] = middle + step": "x[index] = middle", "/ (2 * step)": "/ step"},
        ),
        Mutant(
            "f is called once only: it needs one call above and one below for each element.",
            {"(above - below)": "above"},
        ),
        Mutant(
            "the points lie half a step away on each side and 2 * step is divided by: move by a "
            "whole step.",
            {"middle + step": "middle + step / 2", "middle - step": "middle - step / 2"},
        ),
        Mutant(
            "the points lie half a step away on each side: the argument step is how far each "
            "element moves both ways.",
            {
                "middle + step": "middle + step / 2",
                "middle - step": "middle - step / 2",
                "/ (2 * step)": "/ step",
            },
        ),
        Mutant(
            "the gradient is flat: give it the shape of x.",
            {"return gradient": "return gradient.ravel()"},
        ),
        Mutant(
            "the gradient is a list: make an array of the shape of x.",
            {"return gradient": "return gradient.tolist()"},
        ),
        *(
            Mutant(
                "the loops run over two axes (x.shape[0] and x.shape[1]): x may have any number "
                "of axes, and np.ndindex(x.shape) walks through all.",
                {"np.ndindex(x.shape)": "np.ndindex(x.shape[0], x.shape[1])", **moved},
            )
            for moved in ({}, IN_PLACE)
        ),
        Mutant(
            "the return stands inside the loop, so it stops after the first element: move it to "
            "the left.",
            {"    return gradient": "        return gradient"},
        ),
        Mutant(
            "the work is done in float32, whose 7 digits are too few for a step of 1e-5: use "
            "float64.",
            {"dtype=np.float64": "dtype=np.float32"},
        ),
    ),
    question=Question(
        "How often do you call f for 12 numbers? How often would that be for the 74,496 "
        "of the Sonnets model?",
        _ask,
    ),
)
