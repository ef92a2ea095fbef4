"""Inputs for exercises whose own cases are always the same: FURTHER_CASES.

At home fixed numbers teach better, since they can be looked at. A grade needs some that nobody
has seen.
"""

from collections.abc import Callable

import numpy as np

from cifg_edu.checks.exercise import Case
from cifg_edu.comparison import Interval
from cifg_edu.tasks import embedded_reber


def _perplexity(rng: np.random.Generator) -> list[Case]:
    return [Case("losses at random", (float(nats),)) for nats in rng.uniform(0.2, 5.0, size=3)]


def _count_parameters(rng: np.random.Generator) -> list[Case]:
    sizes = rng.integers(2, 300, size=(3, 2))
    return [Case("sizes at random", (int(D), int(H), int(rng.integers(1, 6)))) for D, H in sizes]


def _encode(rng: np.random.Generator) -> list[Case]:
    letters = list("abcdefghijklmnopqrstuvwxyz ,.")
    cases = []
    for _ in range(3):
        characters = "".join(rng.permutation(letters)[:12])
        text = "".join(rng.choice(list(characters), size=30))
        cases.append(Case("a text and a vocabulary at random", (text, characters)))
    return cases


def _memoryless_copy_loss(rng: np.random.Generator) -> list[Case]:
    return [Case("a lag at random", (int(lag),)) for lag in rng.integers(2, 2000, size=3)]


def _legal_next(rng: np.random.Generator) -> list[Case]:
    cases = []
    for _ in range(8):
        string = embedded_reber(rng)
        end = int(rng.integers(1, len(string) + 1))
        cases.append(Case("the beginning of a string at random", (string[:end],)))
        cases.append(Case("a string at random, with a T at its end", (string[:end] + "T",)))
    return cases


def _matched_hidden_size(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            "sizes at random",
            (
                int(rng.integers(20_000, 200_000)),
                int(rng.integers(2, 100)),
                int(rng.integers(2, 100)),
                int(rng.integers(3, 5)),
            ),
        )
        for _ in range(4)
    ]


def _verdict(rng: np.random.Generator) -> list[Case]:
    cases = []
    for sign in (-1, 1, 0, 0):
        mean, half = sign * rng.uniform(0.05, 0.3), rng.uniform(0.01, 0.04)
        middle = mean or rng.uniform(-0.005, 0.005)
        level = round(float(rng.uniform(0.8, 0.99)), 2)
        mean, low, high = (round(float(x), 3) for x in (middle, middle - half, middle + half))
        cases.append(
            Case(
                "an interval at random",
                (Interval(mean, low, high, level), "A", "B", "nats per word"),
            )
        )
    return cases


FURTHER_CASES: dict[str, Callable[[np.random.Generator], list[Case]]] = {
    "perplexity": _perplexity,
    "count_parameters": _count_parameters,
    "encode": _encode,
    "memoryless_copy_loss": _memoryless_copy_loss,
    "legal_next": _legal_next,
    "matched_hidden_size": _matched_hidden_size,
    "verdict": _verdict,
}
