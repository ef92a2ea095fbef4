"""How the cost of a training step grows with T, B, H and V: python -m benchmarks.curves.

Each size goes over a factor of 16 while the others stay; the sizes take turns. The exponent is the
slope of log(time) against log(size): 1 where twice the size costs twice the time.
"""

import numpy as np

from benchmarks.machine import blas, processor
from benchmarks.speed import engine_step, measure

BASE = {"H": 128, "T": 64, "B": 32, "V": 65}
SMALLEST = {"T": 16, "B": 8, "H": 32, "V": 128}
SECONDS = 10.0


def curve(name: str) -> str:
    """A row of the table: milliseconds at each size, and the exponent over all of them."""
    sizes = [SMALLEST[name] * 2**k for k in range(5)]
    steps = {str(size): engine_step("cifg", **{**BASE, name: size}) for size in sizes}
    spent = list(measure(steps, SECONDS).values())
    exponent = np.polyfit(np.log(sizes), np.log(spent), 1)[0]
    last = np.log2(spent[-1] / spent[-2])
    times = ", ".join(f"{1000 * s:.1f}" for s in spent)
    return f"| {name} | {', '.join(map(str, sizes))} | {times} | {exponent:.2f} | {last:.2f} |"


def main() -> None:
    """Measure and print the table."""
    print(f"{processor()}, {blas()}; one process, one thread; else {BASE}.\n")
    print(
        "| size | values | ms a step | exponent | over the last doubling |\n|---|---|---|---|---|"
    )
    for name in SMALLEST:
        print(curve(name), flush=True)


if __name__ == "__main__":
    main()
