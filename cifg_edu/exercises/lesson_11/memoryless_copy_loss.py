"""Exercise `memoryless_copy_loss` of lesson 11."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.tasks import (
    memoryless_copy_loss,
)


def _lag_cases(rng: np.random.Generator) -> list[Case]:
    return [Case(f"a lag of {lag}", (lag,)) for lag in (1, 10, 30, 500)]


def _further_cases(rng: np.random.Generator) -> list[Case]:
    return [Case("a lag at random", (int(lag),)) for lag in rng.integers(2, 2000, size=3)]


def _ask(f: Function) -> str:
    return (
        f"Neither: without a memory it is {f(1000):.3f} at 1000 and {f(10):.3f} at 10. Compare a "
        "loss with the line of its own lag."
    )


EXERCISE = Exercise(
    reference=memoryless_copy_loss,
    lesson=11,
    place=4,
    stars=1,
    outputs=("the loss",),
    make_cases=_lag_cases,
    further_cases=_further_cases,
    hints=(
        "At which steps does a model without a memory pay, and how much at each? The loss of a "
        "step is -ln of the probability that the right answer was given.",
        "It pays nothing while blank is right. At each of the last 10 steps it gives 1/8 to the "
        "right symbol: -ln(1/8) = ln 8. Take the mean over all lag + 20 steps.",
        "return float(10 * np.log(8) / (lag + 20))",
    ),
    mutants=(
        Mutant(
            "that is the sum over the sequence: divide it by the number of steps, lag + 20.",
            {" / (lag + 2 * COPY_LENGTH)": " + 0 * lag"},
        ),
        Mutant(
            "the factor 10 is missing: the model pays ln 8 at each of ten steps.",
            {"COPY_LENGTH * np.log(COPY_SYMBOLS)": "np.log(COPY_SYMBOLS)"},
        ),
        Mutant(
            "a sequence has lag + 20 steps, not lag + 10: the answer takes ten steps too.",
            {"lag + 2 * COPY_LENGTH": "lag + COPY_LENGTH"},
        ),
        Mutant(
            "the loss is divided by the lag alone: the mean is over all lag + 20 steps.",
            {"lag + 2 * COPY_LENGTH": "lag"},
        ),
        Mutant(
            "the mean is over the ten steps of the answer only: the loss of the course is a mean "
            "over all steps, lag + 20.",
            {"/ (lag + 2 * COPY_LENGTH)": "/ COPY_LENGTH + 0 * lag"},
        ),
        Mutant(
            "that is in bits (log2): the losses of this course are in nats, np.log.",
            {"np.log(COPY_SYMBOLS)": "np.log2(COPY_SYMBOLS)"},
        ),
        Mutant(
            "that is with log10: a nat is a natural logarithm, np.log.",
            {"np.log(COPY_SYMBOLS)": "np.log10(COPY_SYMBOLS)"},
        ),
        Mutant(
            "ln 10 shares the guess among all ten ids: the model knows that blank and delimiter "
            "are wrong there, so 8 are left.",
            {"np.log(COPY_SYMBOLS)": "np.log(10)"},
        ),
        Mutant(
            "10 and 8 have changed places: ten steps, each among 8 symbols.",
            {"COPY_LENGTH * np.log(COPY_SYMBOLS)": "COPY_SYMBOLS * np.log(COPY_LENGTH)"},
        ),
        Mutant(
            "a loss is -ln of a probability, so ln(1/8) alone is negative: a sign is missing.",
            {"COPY_LENGTH * np.log(COPY_SYMBOLS)": "COPY_LENGTH * np.log(1 / COPY_SYMBOLS)"},
        ),
        Mutant(
            "ln 9 counts blank among the answers: at the last ten steps the model knows that "
            "blank is wrong, so 8 symbols are left.",
            {"np.log(COPY_SYMBOLS)": "np.log(COPY_SYMBOLS + 1)"},
        ),
        Mutant(
            "the model pays nothing while it waits: ten steps cost ln 8 each, and not lag of them.",
            {"COPY_LENGTH * np.log(COPY_SYMBOLS)": "lag * np.log(COPY_SYMBOLS)"},
        ),
        Mutant(
            "that is the probability 1/8 and not its price: a step costs -ln(1/8).",
            {"np.log(COPY_SYMBOLS)": "1 / COPY_SYMBOLS"},
        ),
        Mutant(
            "the logarithm is missing: a step costs ln 8.",
            {"np.log(COPY_SYMBOLS)": "COPY_SYMBOLS"},
        ),
        Mutant(
            "// leaves the rest of the division out: divide with /.",
            {"/ (lag + 2 * COPY_LENGTH)": "// (lag + 2 * COPY_LENGTH)"},
        ),
        Mutant(
            "a sequence has lag + 20 steps: the delimiter is the last of lag.",
            {"lag + 2 * COPY_LENGTH": "lag + 1 + 2 * COPY_LENGTH"},
        ),
    ),
    question=Question(
        "A model has a loss of 0.02 at a lag of 1000, another one 0.69 at a lag of 10. "
        "Which one remembers more?",
        _ask,
    ),
)
