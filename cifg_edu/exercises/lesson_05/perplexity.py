"""Exercise `perplexity` of lesson 05."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.losses import perplexity


def _perplexity_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("a model of English text, 1.5 nats per character", (1.5,)),
        Case("a model that is always sure and right, 0 nats", (0.0,)),
        Case("a blind guess among 65 characters, ln 65 nats", (float(np.log(65.0)),)),
        Case("a model that is often sure and wrong, 7 nats: more than 1000", (7.0,)),
        Case("40 nats, which is a number with 18 digits", (40.0,)),
        Case("1000 nats, too many for exp: infinity", (1000.0,)),
    ]


def _further_cases(rng: np.random.Generator) -> list[Case]:
    sizes = rng.uniform([0.2, 0.2, 5.0, 50.0], [5.0, 5.0, 50.0, 700.0])
    return [Case("losses at random", (float(nats),)) for nats in sizes]


def _ask(f: Function) -> str:
    return (
        f"No. It is exp of the mean loss, {f(2.0):.2f}; the mean of the two perplexities is "
        f"{(f(1.0) + f(3.0)) / 2:.2f}. Take means first and exp last."
    )


EXERCISE = Exercise(
    reference=perplexity,
    lesson=5,
    place=2,
    stars=1,
    outputs=("the perplexity",),
    make_cases=_perplexity_cases,
    further_cases=_further_cases,
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
        Mutant(
            "a power of a Python number stops where np.exp gives infinity: use np.exp.",
            {"np.exp(mean_nats)": "np.e ** mean_nats"},
        ),
        *(
            Mutant(
                "e is cut off after a few digits: use np.exp.",
                {"np.exp(mean_nats)": f"{e} ** mean_nats"},
            )
            for e in ("2.7", "2.71", "2.72", "2.718", "2.7183", "2.71828", "2.718281", "2.7182818")
        ),
        *(
            Mutant(
                "the loss is cut off before exp: a very large one gives infinity.",
                {"np.exp(mean_nats)": f"np.exp(min(mean_nats, {most}))"},
            )
            for most in (20, 50, 100, 500, 700, 709)
        ),
        *(
            Mutant(
                "the perplexity is cut off at a largest value: leave it as large as it is.",
                {"np.exp(mean_nats)": f"min(np.exp(mean_nats), {most})"},
            )
            for most in (65, 100, 200, 300, 500, 1000, 10_000, 100_000, 1_000_000)
        ),
        Mutant(
            "base and exponent have changed places: it is e to the power of the loss.",
            {"np.exp(mean_nats)": "mean_nats ** np.e"},
        ),
        Mutant(
            "infinity was turned into a large number: where exp overflows the answer is infinity.",
            {"np.exp(mean_nats)": "np.nan_to_num(np.exp(mean_nats))"},
        ),
    ),
    question=Question(
        "Two texts have mean losses of 1 and 3 nats. Is the perplexity of both together "
        "the mean of their perplexities?",
        _ask,
    ),
)
