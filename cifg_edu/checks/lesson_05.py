"""Lesson 05: softmax_cross_entropy, perplexity, numerical_gradient, relative_error."""

import numpy as np

from cifg_edu.checks.exercise import Case, Exercise, Mutant
from cifg_edu.gates import Array
from cifg_edu.gradcheck import numerical_gradient, relative_error
from cifg_edu.losses import perplexity, softmax_cross_entropy


def _softmax_cross_entropy_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            "6 positions, 5 classes",
            (rng.normal(size=(6, 5)), np.array([1, 4, 0, 0, 3, 2])),
        ),
        Case(
            "a window: T = 4, B = 3, V = 5",
            (rng.normal(size=(4, 3, 5)), rng.integers(0, 5, size=(4, 3))),
        ),
        Case("every score the same", (np.zeros((3, 7)), np.array([0, 6, 2]))),
        Case(
            "huge scores, which exp alone cannot bear",
            (np.array([[1000.0, 999.0, 998.0], [-1000.0, -1001.0, -1002.0]]), np.array([1, 2])),
        ),
        Case(
            "a target whose probability is too small for a float: the loss is 2000",
            (np.array([[1000.0, 0.0, -1000.0]]), np.array([2])),
        ),
    ]


def _perplexity_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("a model of English text, 1.5 nats per character", (1.5,)),
        Case("a model that is always sure and right, 0 nats", (0.0,)),
        Case("a blind guess among 65 characters, ln 65 nats", (float(np.log(65.0)),)),
        Case("1000 nats, too many for exp: infinity", (1000.0,)),
    ]


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
        Case("a step of 0.1, given by the caller", (_cubes, np.array([1.0, -2.0, 3.0]), 0.1)),
        Case("a coupled matrix and a step of 0.01", (_coupled, 0.5 * x, 0.01)),
        Case("an x of integers", (_cubes, np.array([[1, -2, 3]]))),
        Case("an x of float32", (_coupled, x.astype(np.float32))),
    ]


def _relative_error_cases(rng: np.random.Generator) -> list[Case]:
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    near = a + 1e-5 * b
    flawed = a.copy()
    flawed[1, 2] = np.nan
    return [
        Case("two different gradients, shape (3, 4)", (a, b)),
        Case("two that nearly agree", (a, near)),
        Case("the same two, both a million times larger", (1e6 * a, 1e6 * near)),
        Case("two tiny gradients", (1e-9 * a, 1e-9 * b)),
        Case("a against 3 a", (a, 3 * a)),
        Case("3 a against a, which is as far", (3 * a, a)),
        Case("equal gradients", (a, a.copy())),
        Case("opposite gradients", (a, -a)),
        Case("one of them all zeros", (np.zeros(5), np.arange(1.0, 6.0))),
        Case("both all zeros", (np.zeros((2, 3)), np.zeros((2, 3)))),
        Case("one holds a NaN, and that must not pass for a match", (a, flawed)),
        Case("three axes, (2, 3, 4)", (rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4)))),
    ]


SOFTMAX_CROSS_ENTROPY = Exercise(
    reference=softmax_cross_entropy,
    lesson=5,
    stars=3,
    outputs=("loss", "dlogits"),
    make_cases=_softmax_cross_entropy_cases,
    hints=(
        "First make one table of all positions: scores = logits.reshape(-1, V), with one target "
        "for each row, targets.ravel(). At the end give dlogits the shape of logits.",
        "Take each row's largest score off, then log_p = shifted - log(sum(exp(shifted))), row by "
        "row. log_p[rows, columns] with rows = np.arange(N) picks one number from each row.",
        "shifted = scores - scores.max(axis=-1, keepdims=True)\n"
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))\n"
        "rows, columns = np.arange(targets.size), targets.ravel()\n"
        "loss = -log_p[rows, columns].mean()\n"
        "dlogits = np.exp(log_p)\n"
        "dlogits[rows, columns] -= 1.0\n"
        "return float(loss), (dlogits / targets.size).reshape(logits.shape)",
    ),
    mutants=(
        Mutant(
            "the losses are summed: take the mean over all positions, or the loss grows with the "
            "window.",
            {"targets.ravel()].mean()": "targets.ravel()].sum()"},
        ),
        Mutant(
            "the gradient is that of the sum: the loss is a mean, so divide by the number of "
            "positions.",
            {"(dlogits / targets.size)": "dlogits"},
        ),
        Mutant(
            "loss and gradient are those of the sum over the positions: divide both by their "
            "number.",
            {"].mean()": "].sum()", "(dlogits / targets.size)": "dlogits"},
        ),
        Mutant(
            "the gradient is divided by the length of the first axis only: the mean runs over all "
            "positions, T times B.",
            {"dlogits / targets.size": "dlogits / len(targets)"},
        ),
        Mutant(
            "the mean is taken over the classes too: one number from each position counts, not V.",
            {
                "].mean()": "].sum() / scores.size",
                "dlogits / targets.size": "dlogits / scores.size",
            },
        ),
        Mutant(
            "the loss is negative: a minus belongs before the log of a probability.",
            {"loss = -log_probabilities": "loss = log_probabilities"},
        ),
        Mutant(
            "the gradient is the softmax alone: take 1 off at each position's target.",
            {"] -= 1.0": "] -= 0.0"},
        ),
        Mutant(
            "the gradient has the opposite sign: it is softmax minus one_hot, so that a step "
            "against it raises the target's score.",
            {"(dlogits / targets.size)": "(-dlogits / targets.size)"},
        ),
        Mutant(
            "1 is taken off in every row for every target ([:, targets]): index rows and targets "
            "together, [np.arange(N), targets].",
            {"dlogits[rows, targets.ravel()]": "dlogits[:, targets.ravel()]"},
        ),
        Mutant(
            "exp of 1000 overflows: take each row's largest score off first.",
            {"scores - scores.max(axis=-1, keepdims=True)": "scores"},
        ),
        Mutant(
            "the largest score of the whole array is taken off: each row needs its own, or small "
            "rows vanish.",
            {"scores.max(axis=-1, keepdims=True)": "scores.max()"},
        ),
        Mutant(
            "log(softmax) is log(0) where a probability is too small for a float: take the log "
            "by hand, shifted - log(sum(exp(shifted))).",
            {
                "shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": (
                    "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True))"
                )
            },
        ),
        Mutant(
            "the sum runs over the positions: softmax competes among the classes, the last axis.",
            {"np.exp(shifted).sum(axis=-1, keepdims=True)": "np.exp(shifted).sum(axis=0)"},
        ),
        Mutant(
            "the sum runs over the whole array: every position has its own softmax, axis=-1.",
            {"np.exp(shifted).sum(axis=-1, keepdims=True)": "np.exp(shifted).sum()"},
        ),
        Mutant(
            "the loss is in bits (log2): this course counts in nats, the natural log.",
            {"loss = -log_probabilities": "loss = -1 / np.log(2) * log_probabilities"},
        ),
        Mutant(
            "the logits are overwritten in place (by -= on them or on a view): the caller still "
            "needs them.",
            {
                "shifted = scores - scores.max(axis=-1, keepdims=True)": (
                    "scores -= scores.max(axis=-1, keepdims=True)\n    shifted = scores"
                )
            },
        ),
        Mutant(
            "it works for a table (N, V) and not for a window (T, B, V): flatten the positions "
            "first, logits.reshape(-1, V) and targets.ravel().",
            {
                "logits.reshape(-1, logits.shape[-1])": "logits",
                "np.arange(targets.size)": "np.arange(len(targets))",
                "dlogits[rows, targets.ravel()]": "dlogits[rows, targets]",
                "loss = -log_probabilities[rows, targets.ravel()]": (
                    "loss = -log_probabilities[rows, targets]"
                ),
            },
        ),
        Mutant(
            "dlogits is still flat, one row for each position: reshape it to the shape of logits.",
            {".reshape(logits.shape)": ""},
        ),
    ),
)

PERPLEXITY = Exercise(
    reference=perplexity,
    lesson=5,
    stars=1,
    outputs=("the perplexity",),
    make_cases=_perplexity_cases,
    hints=(
        "A blind guess among 65 characters costs ln 65 nats, and its perplexity must be 65. Which "
        "function turns ln 65 into 65?",
        "exp. NumPy's gives infinity where the number is too large, and math.exp stops with an "
        "error.",
        "return float(np.exp(mean_nats))",
    ),
    mutants=(
        Mutant(
            "that is 2 to the power of the loss, which fits a loss in bits: nats go with exp.",
            {"np.exp(mean_nats)": "2.0 ** mean_nats"},
        ),
        Mutant(
            "that is exp(-loss), a probability below 1: perplexity is at least 1, with no minus.",
            {"np.exp(mean_nats)": "np.exp(-mean_nats)"},
        ),
        Mutant(
            "the loss is turned into bits before exp: with exp it must stay in nats.",
            {"np.exp(mean_nats)": "np.exp(mean_nats / np.log(2))"},
        ),
        Mutant(
            "that is the loss itself: perplexity is exp of it.",
            {"np.exp(mean_nats)": "mean_nats"},
        ),
        Mutant(
            "that is bits per character, loss / ln 2: perplexity is exp of the loss in nats.",
            {"np.exp(mean_nats)": "mean_nats / np.log(2)"},
        ),
        Mutant(
            "that is the log of the loss, the opposite of what is needed.",
            {"np.exp(mean_nats)": "np.log(mean_nats)"},
        ),
        Mutant(
            "that is exp(loss) - 1: a model that is always sure still has one character to choose "
            "from.",
            {"np.exp(mean_nats)": "np.expm1(mean_nats)"},
        ),
        Mutant(
            "that is 10 to the power of the loss: nats belong to the base e.",
            {"np.exp(mean_nats)": "10.0 ** mean_nats"},
        ),
        Mutant(
            "math.exp stops where np.exp gives infinity: use np.exp.",
            {"np.exp(mean_nats)": "__import__('math').exp(mean_nats)"},
        ),
        Mutant(
            "the result is rounded: a perplexity need not be a whole number.",
            {"np.exp(mean_nats)": "np.round(np.exp(mean_nats))"},
        ),
        Mutant(
            "that is e times the loss, a product: it should be e to the power of the loss.",
            {"np.exp(mean_nats)": "np.e * mean_nats"},
        ),
    ),
)

NUMERICAL_GRADIENT = Exercise(
    reference=numerical_gradient,
    lesson=5,
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
            "the caller's own array is moved, in its own dtype, and integers swallow the step: "
            "begin with a copy in float64.",
            {
                "np.array(x, dtype=np.float64)": "np.asarray(x)",
                "np.zeros_like(x)": "np.zeros(x.shape)",
            },
        ),
        Mutant(
            "+= step, -= 2 * step and += step do not come back to the old number exactly: keep it "
            "in a variable, and work on a copy.",
            {
                "np.array(x, dtype=np.float64)": "np.asarray(x)",
                "np.zeros_like(x)": "np.zeros(x.shape)",
                "middle = x[index]": "pass",
                "x[index] = middle + step": "x[index] += step",
                "x[index] = middle - step": "x[index] -= 2 * step",
                "    x[index] = middle\n": "    x[index] += step\n",
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
    ),
)

RELATIVE_ERROR = Exercise(
    reference=relative_error,
    lesson=5,
    stars=1,
    outputs=("the error",),
    make_cases=_relative_error_cases,
    hints=(
        "Three lengths are needed: of a - b, of a, of b. np.linalg.norm gives the length of an "
        "array, of any shape.",
        "Before you divide ask whether the sum of the lengths is 0, which is so only when both "
        "gradients are zero. Then the answer is 0. Ask `== 0` and not `> 0`: a NaN is neither, "
        "and it must come through.",
        "scale = np.linalg.norm(a) + np.linalg.norm(b)\n"
        "if scale == 0:\n"
        "    return 0.0\n"
        "return float(np.linalg.norm(a - b) / scale)",
    ),
    mutants=(
        Mutant(
            "0 / 0 is NaN: when both gradients are zero they agree, and the error is 0.",
            {"0.0 if scale == 0 else float(difference / scale)": "float(difference / scale)"},
        ),
        Mutant(
            "that is the absolute error: divide by the sum of the two lengths.",
            {"float(difference / scale)": "float(difference)"},
        ),
        Mutant(
            "only the length of a is in the denominator: it is the sum of both lengths, or the "
            "result changes when a and b change places.",
            {" + np.linalg.norm(np.ravel(b))": ""},
        ),
        Mutant(
            "only the length of b is in the denominator: it is the sum of both lengths.",
            {"np.linalg.norm(np.ravel(a)) + ": ""},
        ),
        Mutant(
            "the larger of the two lengths is in the denominator: here it is their sum, so that "
            "opposite gradients give 1.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "np.fmax(np.linalg.norm(np.ravel(a)), np.linalg.norm(np.ravel(b)))"
                )
            },
        ),
        Mutant(
            "the denominator is the mean of the two lengths, so all is twice too large: it is "
            "their sum.",
            {"difference / scale": "2 * difference / scale"},
        ),
        Mutant(
            "that compares the two lengths only: opposite gradients have the same length and are "
            "not alike, so take the length of a - b.",
            {
                "np.linalg.norm(np.ravel(a) - np.ravel(b))": (
                    "abs(np.linalg.norm(np.ravel(a)) - np.linalg.norm(np.ravel(b)))"
                )
            },
        ),
        Mutant(
            "the denominator is the length of a + b, which is 0 for opposite gradients: add the "
            "lengths, not the arrays.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "np.linalg.norm(np.ravel(a) + np.ravel(b))"
                )
            },
        ),
        Mutant(
            "a small number is added below the line, and tiny gradients vanish against it: treat "
            "the case of two zeros apart.",
            {
                "0.0 if scale == 0 else float(difference / scale)": (
                    "float(difference / (scale + 1e-8))"
                )
            },
        ),
        Mutant(
            "the square roots are missing: a length is the root of the sum of the squares.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "(np.ravel(a) ** 2).sum() + (np.ravel(b) ** 2).sum()"
                ),
                "np.linalg.norm(np.ravel(a) - np.ravel(b))": (
                    "((np.ravel(a) - np.ravel(b)) ** 2).sum()"
                ),
            },
        ),
        Mutant(
            "absolute values are summed, which is another norm: use the Euclidean one, the root of "
            "the sum of the squares.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "np.abs(a).sum() + np.abs(b).sum()"
                ),
                "np.linalg.norm(np.ravel(a) - np.ravel(b))": (
                    "np.abs(np.ravel(a) - np.ravel(b)).sum()"
                ),
            },
        ),
        Mutant(
            "that is one error for each element: here one number compares the whole arrays, by "
            "their lengths.",
            {
                "0.0 if scale == 0 else float(difference / scale)": (
                    "np.abs(a - b) / (np.abs(a) + np.abs(b))"
                )
            },
        ),
        Mutant(
            "that is the largest of the elements' own relative errors: here whole arrays are "
            "compared, by their lengths.",
            {
                "0.0 if scale == 0 else float(difference / scale)": (
                    "float(np.max(np.abs(np.ravel(a) - np.ravel(b)) "
                    "/ np.maximum(np.abs(np.ravel(a)) + np.abs(np.ravel(b)), 1e-300)))"
                )
            },
        ),
        Mutant(
            "`if scale > 0` is false for NaN too, so a gradient of NaN gets the error 0 and "
            "passes: ask `scale == 0`.",
            {
                "0.0 if scale == 0 else float(difference / scale)": (
                    "float(difference / scale) if scale > 0 else 0.0"
                )
            },
        ),
    ),
)

EXERCISES = (SOFTMAX_CROSS_ENTROPY, PERPLEXITY, NUMERICAL_GRADIENT, RELATIVE_ERROR)
