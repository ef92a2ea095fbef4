"""What the backward passes of both cells are judged by: cases, hints, usual wrong answers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Mutant

OUTPUTS = ("dx", "dh0", "dc0", "dWx", "dWh", "db")


def case(
    rng: np.random.Generator,
    initialize: Callable[..., Any],
    forward: Callable[..., Any],
    title: str,
    T: int,
    sizes: tuple[int, int, int] = (3, 5, 2),
    last_only: bool = False,
    size: float = 1.0,
) -> Case:
    """A sequence from a state that is not zero, with the loss at every step or at the last.

    size: how large the gradients are that arrive.
    """
    B, D, H = sizes
    weights = initialize(rng, D, H)
    weights["b"] += rng.normal(size=weights["b"].shape)
    x, h0, c0 = rng.normal(size=(T, B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))
    caches = forward(x, h0, c0, **weights)[2]
    dh = size * rng.normal(size=(T, B, H))
    if last_only:
        dh[:-1] = 0.0
    return Case(title, (dh, weights["Wx"], weights["Wh"], caches))


def cases(
    initialize: Callable[..., Any], forward: Callable[..., Any], rng: np.random.Generator
) -> list[Case]:
    make = partial(case, rng, initialize, forward)
    return [
        make("a single step, T = 1", 1),
        make("three steps, T = 3, with a loss at each", 3, (4, 2, 3)),
        make("five steps, T = 5, with a loss at the last one only", 5, (1, 4, 5), last_only=True),
        make("four steps, T = 4, B = 2, D = 3, H = 4", 4, (2, 3, 4)),
        make("two steps with large gradients", 2, (5, 1, 3), size=1e3),
    ]


def mutants(step: str) -> tuple[Mutant, ...]:
    """The wrong answers that both cells have in common: the two loops are twins."""
    return (
        Mutant(
            "what comes back through h is forgotten: the step needs dh_t + dh_next, since h_t "
            "also went into step t + 1.",
            {"dh_t + dh_next": "dh_t"},
        ),
        Mutant(
            "what comes back through the cell is forgotten: hand dc_next on to the step before.",
            {"dc_next, Wx, Wh, cache)": "0 * dc_next, Wx, Wh, cache)"},
        ),
        Mutant(
            "dh_t is left out: the loss reaches each output directly, and not only the last one.",
            {"dh_t + dh_next": "dh_next if dx else dh_t"},
        ),
        Mutant(
            "the loop runs from the first step to the last: a step's gradient needs what the "
            "steps after it send back, so start at the end.",
            {
                "zip(dh[::-1], caches[::-1], strict=True)": "zip(dh, caches, strict=True)",
                "dx[::-1]": "dx",
            },
        ),
        Mutant(
            "the first step is left out: the loop must go down to t = 0, and range(T - 1, 0, -1) "
            "stops at 1.",
            {
                "zip(dh[::-1], caches[::-1], strict=True)": (
                    "zip(dh[:0:-1], caches[:0:-1], strict=True)"
                ),
                "dx[::-1]": "[0 * caches[0].x] + dx[::-1]",
            },
        ),
        Mutant(
            "dh runs backward and the caches run forward: both must be reversed.",
            {"caches[::-1]": "caches"},
        ),
        Mutant(
            "dx comes out in the order in which it was found, last step first: turn it round at "
            "the end.",
            {"dx[::-1]": "dx"},
        ),
        Mutant(
            "the weight gradients are overwritten at each step, and what is left is the first "
            "step's: add them up.",
            {
                "dWx += step.dWx": "dWx = step.dWx",
                "dWh += step.dWh": "dWh = step.dWh",
                "db += step.db": "db = step.db",
            },
        ),
        Mutant(
            "the weight gradients are means over the steps: each step used the same weights, so "
            "its gradients are added.",
            {"dc_next, dWx, dWh, db)": ("dc_next, dWx / len(dh), dWh / len(dh), db / len(dh))")},
        ),
        Mutant(
            "dh0 and dc0 are zeros: what is left in dh_next and dc_next after the first step is "
            "the gradient of the starting state.",
            {"dh_next, dc_next, dWx": "0 * dh_next, 0 * dc_next, dWx"},
        ),
        Mutant(
            "the two rivers change places at each step: dh_prev belongs to dh_next, and dc_prev "
            "to dc_next.",
            {"dh_next, dc_next = (step.dh_prev": "dc_next, dh_next = (step.dh_prev"},
        ),
        Mutant(
            "dh0 and dc0 have changed places in what is returned.",
            {"dh_next, dc_next, dWx": "dc_next, dh_next, dWx"},
        ),
        Mutant(
            "every step gets the last step's cache: take the cache of the step itself.",
            {"dc_next, Wx, Wh, cache)": "dc_next, Wx, Wh, caches[-1])"},
        ),
        Mutant(
            "dh_t is added twice: once on the way into its own step, and once more on the way out.",
            {"(step.dh_prev, step.dc_prev)": "(step.dh_prev + dh_t, step.dc_prev)"},
        ),
        Mutant(
            "dh_next adds up over all later steps: step.dh_prev holds what they sent already, so "
            "put it in place of the old value.",
            {"(step.dh_prev, step.dc_prev)": "(dh_next + step.dh_prev, step.dc_prev)"},
        ),
        Mutant(
            "dc_next adds up over all later steps: step.dc_prev holds what they sent already, so "
            "put it in place of the old value.",
            {"(step.dh_prev, step.dc_prev)": "(step.dh_prev, dc_next + step.dc_prev)"},
        ),
        Mutant(
            "`dh_t += dh_next` writes into the array dh that you were given, since dh_t is a view "
            "of it: write dh_t + dh_next.",
            {f"step = {step}(dh_t + dh_next": (f"dh_t += dh_next\n        step = {step}(dh_t")},
        ),
        Mutant(
            "the gradients are clipped inside the backward pass: clip after it, where that is "
            "wanted, since a clipped gradient is not the derivative.",
            {
                "dh_next, dc_next, dWx, dWh, db)": (
                    "dh_next, dc_next, *(np.clip(d, -5.0, 5.0) for d in (dWx, dWh, db)))"
                )
            },
        ),
        Mutant(
            "dh_next and dc_next are clipped on their way back: pass on the whole gradient.",
            {
                "(step.dh_prev, step.dc_prev)": (
                    "(np.clip(step.dh_prev, -5.0, 5.0), np.clip(step.dc_prev, -5.0, 5.0))"
                )
            },
        ),
        Mutant(
            "dh_next starts from the last dh, which the last step then gets twice: nothing comes "
            "from behind the end, so start from zeros.",
            {"dh_next, dc_next = (np.zeros_like(dh[0])": "dh_next, dc_next = (dh[-1].copy()"},
        ),
        Mutant(
            "dx is summed over the steps: each input has its own gradient, so keep T of them.",
            {"np.array(dx[::-1])": "np.sum(dx, axis=0)"},
        ),
        Mutant(
            "dx is still a list: np.array(dx) makes one array of shape (T, B, D) of it.",
            {"np.array(dx[::-1])": "dx[::-1]"},
        ),
        Mutant(
            "what is added is dh[t + 1], the loss's own gradient of the next step: what comes back "
            "through h is the dh_prev of that step.",
            {"dh_t + dh_next": "dh_t + (dh[len(dh) - len(dx)] if dx else 0)"},
        ),
        *(
            Mutant(
                f"{name} is never added up: add step.{name} at each step.",
                {f"{name} += step.{name}": "pass"},
            )
            for name in ("dWx", "dWh", "db")
        ),
        Mutant(
            "db is overwritten at each step while dWx and dWh are added up: add it up too.",
            {"db += step.db": "db = step.db"},
        ),
    )


HINTS_IN_COMMON = (
    "Walk from the last step to the first: `for dh_t, cache in zip(dh[::-1], caches[::-1])`. "
    "Carry two arrays along, dh_next and dc_next, which start as zeros of shape (B, H).",
    "In each step: call {step} with dh_t + dh_next and dc_next; then its dh_prev and dc_prev are "
    "the next dh_next and dc_next. Keep its dx in a list. Add its dWx, dWh and db to three sums "
    "that start at zero.",
    "for dh_t, cache in zip(dh[::-1], caches[::-1], strict=True):\n"
    "    step = {step}(dh_t + dh_next, dc_next, Wx, Wh, cache)\n"
    "    dh_next, dc_next = step.dh_prev, step.dc_prev\n"
    "    dx.append(step.dx)\n"
    "    ... the three sums ...\n"
    "After the loop: dx turned round, then dh_next and dc_next as dh0 and dc0, then the sums.",
)


def hints(step: str) -> tuple[str, str, str]:
    first, second, third = (hint.format(step=step) for hint in HINTS_IN_COMMON)
    return first, second, third
