"""Exercise `softmax_cross_entropy` of lesson 05."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.losses import softmax_cross_entropy


def _softmax_cross_entropy_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            "6 positions, 5 classes",
            (rng.normal(size=(6, 5)), np.array([1, 4, 0, 0, 3, 2])),
        ),
        Case(
            "a window: T = 4, B = 3, V = 6",
            (rng.normal(size=(4, 3, 6)), rng.integers(0, 6, size=(4, 3))),
        ),
        Case("one position, 4 classes", (np.array([[2.0, 1.0, 0.0, -1.0]]), np.array([1]))),
        Case("8 positions, 2 classes", (5 * rng.normal(size=(8, 2)), rng.integers(0, 2, size=8))),
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


LOSS = "-log_probabilities[rows, targets.ravel()].mean()"


SHIFT = "scores - scores.max(axis=-1, keepdims=True)"


SUM = "np.exp(shifted).sum(axis=-1, keepdims=True)"


LOG_P = f"shifted - np.log({SUM})"


LOG_OF_QUOTIENT = "np.log(np.exp(shifted) / {})"


# The target's log-probability as learners take it: by index, or by a product with one-hot rows.
LOSSES: tuple[dict[str, str], ...] = (
    {},
    {LOSS: "-(np.eye(scores.shape[1])[targets.ravel()] * log_probabilities).sum(axis=-1).mean()"},
)


P_OF_TARGET = "np.exp(log_probabilities[rows, targets.ravel()])"


def _ask(f: Function) -> str:
    rng = np.random.default_rng(0)
    _, dlogits = f(rng.normal(size=(4, 5)), rng.integers(0, 5, size=4))
    largest = np.abs(dlogits.sum(axis=-1)).max()
    return (
        f"To 0 (the largest sum is {largest:.0e}). The probabilities sum to 1, and 1 is taken off "
        "at the target: to raise all scores alike changes no probability."
    )


EXERCISE = Exercise(
    reference=softmax_cross_entropy,
    lesson=5,
    place=1,
    stars=3,
    outputs=("loss", "dlogits"),
    derivative=True,
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
        *(
            Mutant(
                "exp of 1000 overflows: take each row's largest score off first.",
                {SHIFT: "scores", **quotient, **loss},
            )
            for quotient in ({}, {LOG_P: LOG_OF_QUOTIENT.format(SUM)})
            for loss in LOSSES
        ),
        Mutant(
            "the largest score of the whole array is taken off: each row needs its own, or small "
            "rows vanish.",
            {"scores.max(axis=-1, keepdims=True)": "scores.max()"},
        ),
        *(
            Mutant(
                "log(softmax) is log(0) where a probability is too small for a float: take the log "
                "by hand, shifted - log(sum(exp(shifted))).",
                {LOG_P: LOG_OF_QUOTIENT.format(SUM), **loss},
            )
            for loss in LOSSES
        ),
        *(
            Mutant(
                f"the sum runs over {wrong}.",
                {
                    SHIFT: f"scores - {largest}",
                    LOG_P: log_p.format(total),
                    **loss,
                },
            )
            for wrong, total, own_largest in (
                (
                    "the positions: softmax competes among the classes, the last axis",
                    "np.exp(shifted).sum(axis=0)",
                    "scores.max(axis=0)",
                ),
                (
                    "the first axis, which is time: softmax competes among the classes, the last "
                    "axis",
                    "np.broadcast_to(np.exp(shifted).reshape(logits.shape).sum(axis=0), "
                    "logits.shape).reshape(scores.shape)",
                    "np.broadcast_to(logits.max(axis=0), logits.shape).reshape(scores.shape)",
                ),
                (
                    "the whole array: every position has its own softmax, axis=-1",
                    "np.exp(shifted).sum()",
                    "scores.max()",
                ),
            )
            for largest in ("scores.max(axis=-1, keepdims=True)", own_largest)
            for log_p in ("shifted - np.log({})", LOG_OF_QUOTIENT)
            for loss in LOSSES
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
        *(
            Mutant(
                "the probabilities are kept away from 0 by a small number, so a loss can never be "
                "large: take the log by hand, shifted - log(sum(exp(shifted))).",
                {LOSS: f"-np.log({kept}).mean()"},
            )
            for small in ("1e-15", "1e-12", "1e-10", "1e-9", "1e-8", "1e-7")
            for kept in (f"{P_OF_TARGET} + {small}", f"np.maximum({P_OF_TARGET}, {small})")
        ),
        Mutant(
            "the log of every position is taken at every target ([:, targets]): index rows and "
            "targets together, [np.arange(N), targets].",
            {LOSS: "-log_probabilities[:, targets.ravel()].mean()"},
        ),
        Mutant(
            "rows and targets are not indexed together ([:, targets]), in the loss and in the "
            "gradient: write [np.arange(N), targets].",
            {
                LOSS: "-log_probabilities[:, targets.ravel()].mean()",
                "dlogits[rows, targets.ravel()]": "dlogits[:, targets.ravel()]",
            },
        ),
        Mutant(
            "the loss is the mean of 1 - p, without a log: it is the mean of -log p.",
            {LOSS: f"(1 - {P_OF_TARGET}).mean()"},
        ),
        Mutant(
            "the loss is the mean of p itself: it is the mean of -log p.",
            {LOSS: f"{P_OF_TARGET}.mean()"},
        ),
        Mutant(
            "the log is taken of the mean of the probabilities: take the log of each, then the "
            "mean.",
            {LOSS: f"-np.log({P_OF_TARGET}.mean())"},
        ),
        Mutant(
            "the loss is the score of the target alone: take off log(sum(exp(shifted))).",
            {LOSS: "-shifted[rows, targets.ravel()].mean()"},
        ),
        Mutant(
            "the sum over all classes of -p log p is the model's own entropy, which never asks "
            "what came: take -log p of the target.",
            {LOSS: "-(np.exp(log_probabilities) * log_probabilities).sum(axis=-1).mean()"},
        ),
        Mutant(
            "the log-probabilities of all classes are averaged: take the target's alone.",
            {LOSS: "-log_probabilities.mean()"},
        ),
        Mutant(
            "the losses are not averaged: return one number, the mean over all positions.",
            {
                LOSS: LOSS.replace(".mean()", ""),
                "float(loss)": "loss.reshape(targets.shape)",
            },
        ),
        Mutant(
            "loss and gradient are divided by the length of the first axis only: the mean runs "
            "over all positions, T times B.",
            {
                "].mean()": "].sum() / len(targets)",
                "dlogits / targets.size": "dlogits / len(targets)",
            },
        ),
        Mutant(
            "the gradient is that of the log-probabilities, not of the probabilities: begin with "
            "exp of them.",
            {"dlogits = np.exp(log_probabilities)": "dlogits = log_probabilities.copy()"},
        ),
        Mutant(
            "the gradient is one_hot alone: it is softmax minus one_hot.",
            {"dlogits = np.exp(log_probabilities)": "dlogits = np.zeros_like(scores)"},
        ),
        Mutant(
            "the gradient has the factor p (1 - p) of a sigmoid as well: for cross-entropy with "
            "softmax it is softmax minus one_hot, and nothing else.",
            {
                "(dlogits / targets.size)": (
                    "(dlogits * np.exp(log_probabilities) * (1 - np.exp(log_probabilities)) "
                    "/ targets.size)"
                )
            },
        ),
        Mutant(
            "only the gradient is returned: return loss, dlogits.",
            {"float(loss), (dlogits / targets.size)": "(dlogits / targets.size)"},
        ),
        Mutant(
            "only the loss is returned: return loss, dlogits.",
            {
                "return (float(loss), (dlogits / targets.size).reshape(logits.shape))": (
                    "return float(loss)"
                )
            },
        ),
        Mutant(
            "the gradient comes first: return loss, dlogits.",
            {
                "float(loss), (dlogits / targets.size).reshape(logits.shape)": (
                    "(dlogits / targets.size).reshape(logits.shape), float(loss)"
                )
            },
        ),
    ),
    question=Question(
        "What does each row of your dlogits sum to, and why?",
        _ask,
    ),
)
