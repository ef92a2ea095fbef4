"""Exercise `count_parameters` of lesson 04."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.initializers import count_parameters


def _count_parameters_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("a CIFG with D = 65, H = 128, 3 blocks", (65, 128, 3)),
        Case("a vanilla LSTM with D = 65, H = 128, 4 blocks", (65, 128, 4)),
        Case("more units than inputs: D = 3, H = 7, 4 blocks", (3, 7, 4)),
        Case("a plain recurrent network has 1 block: D = 5, H = 2", (5, 2, 1)),
    ]


def _further_cases(rng: np.random.Generator) -> list[Case]:
    sizes = rng.integers(2, 300, size=(3, 2))
    return [Case("sizes at random", (int(D), int(H), int(rng.integers(1, 6)))) for D, H in sizes]


def _ask(f: Function) -> str:
    small, large = f(65, 128, 3), f(65, 256, 3)
    return (
        f"By {large / small:.2f}, from {small:,} to {large:,}: more than 2, since Wh has H times "
        "3H numbers."
    )


EXERCISE = Exercise(
    reference=count_parameters,
    lesson=4,
    place=2,
    stars=1,
    outputs=("the count",),
    make_cases=_count_parameters_cases,
    further_cases=_further_cases,
    hints=(
        "Write down the three shapes, Wx (D, G H), Wh (H, G H) and b (G H,), and count the "
        "numbers in each.",
        "Every one of the G H columns holds D numbers of Wx, H numbers of Wh and 1 of b.",
        "return gates * hidden_size * (input_size + hidden_size + 1)",
    ),
    mutants=(
        Mutant(
            "the biases are missing: each column has one number more than its weights.",
            {"(input_size + hidden_size + 1)": "(input_size + hidden_size)"},
        ),
        Mutant(
            "there is a single bias for each gate: every unit of every gate has its own, H in a "
            "block.",
            {
                "gates * hidden_size * (input_size + hidden_size + 1)": (
                    "gates * (hidden_size * (input_size + hidden_size) + 1)"
                )
            },
        ),
        Mutant(
            "only one block is counted: there are as many as `gates` says.",
            {"gates * hidden_size * (": "hidden_size * ("},
        ),
        Mutant(
            "the biases of one block only are counted: b has H numbers for each block.",
            {
                "gates * hidden_size * (input_size + hidden_size + 1)": (
                    "gates * hidden_size * (input_size + hidden_size) + hidden_size"
                )
            },
        ),
        Mutant(
            "two biases are counted for each unit, as some libraries have: here there is one b.",
            {"hidden_size + 1": "hidden_size + 2"},
        ),
        Mutant(
            "Wh is missing: the output of the step before has weights too, H for each column.",
            {"(input_size + hidden_size + 1)": "(input_size + 1)"},
        ),
        Mutant(
            "Wx is missing: the input has weights too, D for each column.",
            {"(input_size + hidden_size + 1)": "(hidden_size + 1)"},
        ),
        Mutant(
            "D and H have changed places: a block has one column for each unit, so H columns.",
            {"gates * hidden_size": "gates * input_size"},
        ),
        Mutant(
            "Wh is counted with G H rows: h has H numbers, however many gates there are.",
            {"input_size + hidden_size + 1": "input_size + gates * hidden_size + 1"},
        ),
        Mutant(
            "always four blocks are counted, the LSTM's: use `gates`.",
            {"gates * hidden_size": "4 * hidden_size"},
        ),
        Mutant(
            "always three blocks are counted, the CIFG's: use `gates`.",
            {"gates * hidden_size": "3 * hidden_size"},
        ),
        Mutant(
            "Wx and Wh are multiplied with each other: the numbers of two arrays are added.",
            {"(input_size + hidden_size + 1)": "(input_size * hidden_size + 1)"},
        ),
        Mutant(
            "Wh is counted as D rows: it has one row for each unit, H.",
            {"(input_size + hidden_size + 1)": "(2 * input_size + 1)"},
        ),
        Mutant(
            "a parenthesis is missing: G H multiplies all of D + H + 1.",
            {
                "gates * hidden_size * (input_size + hidden_size + 1)": (
                    "gates * hidden_size * input_size + hidden_size + 1"
                )
            },
        ),
        Mutant(
            "peepholes are counted, H for each gate but the candidate: our cells have none.",
            {
                "(input_size + hidden_size + 1)": (
                    "(input_size + hidden_size + 1) + (gates - 1) * hidden_size"
                )
            },
        ),
    ),
    question=Question(
        "Double the hidden size from 128 to 256, with D = 65. By what factor does the "
        "count of a CIFG grow?",
        _ask,
    ),
)
