"""Made-up comparisons, for the tests of findings and report."""

import numpy as np

from cifg_edu.comparison.account import About, Account
from cifg_edu.comparison.runs import Point, RunResult, RunSpec

RATES = (0.005, 0.015, 0.05)
ABOUT = {"adding": About("Two numbers.", "mean squared error", 0.9, "the best constant answer")}
MACHINE = {"python": "3.11", "numpy": "2.4", "cifg_edu": "1", "system": "Linux, 2 cores"}

CIFG = [0.50, 0.53, 0.49, 0.52, 0.51]
WORSE = [0.60, 0.62, 0.60, 0.61, 0.63]
MIXED = [0.51, 0.50, 0.53, 0.48, 0.52]


def model(cell, tests, matching="size", size=16, parameters=1000, best=0.015, task="adding"):
    """The runs of a made-up model: at its best rate its validation measure falls to 0.1."""
    results = []
    for replicate, test in enumerate(tests):
        for rate in RATES:
            spec = RunSpec(task, cell, matching, size, rate, replicate, 400)
            last = 0.1 + abs(np.log(rate / best))
            curve = tuple(
                Point(u, u / 100, last + (1 - last) * 0.5 ** (u / 20)) for u in range(0, 401, 40)
            )
            here = test if rate == best else 9.0
            if not np.isfinite(test):
                curve, last, here = curve[:2], np.inf, np.inf
            results.append(RunResult(spec, parameters, curve, last, here, 4.0 + replicate / 10))
    return results


def account(*models, about=ABOUT, **changes):
    results = [result for runs in models for result in runs]
    machines = {result.spec: MACHINE for result in results}
    command = "python -m cifg_edu compare --tasks adding"
    return Account(results, machines, list(about), about, command, "2 processes", **changes)
