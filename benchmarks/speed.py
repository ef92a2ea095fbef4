"""Characters per second of a training step: python -m benchmarks.speed [--quick] [--out FILE].

A step is forward, backward, clipping by global norm and Adam. All implementations take turns,
round after round, so that other work on the machine slows all of them; the figure is the median
step. PyTorch takes part if it is installed. The engine works in as many processes as `train` would
use; start this with OPENBLAS_NUM_THREADS=1, as `make benchmark` does, so that each has one thread.
"""

import argparse
import importlib.util
import itertools
import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.machine import blas, processor
from benchmarks.naive import Naive
from cifg_edu.engine import Engine, FlatAdam
from cifg_edu.files import write_atomically
from cifg_edu.model import CELLS, ModelConfig, initial_state, initialize_model, train_step
from cifg_edu.optimizers import adam_state, clip_by_global_norm
from cifg_edu.parallel import ParallelEngine
from cifg_edu.train_command import usual_threads

TORCH = importlib.util.find_spec("torch") is not None
if TORCH:
    from benchmarks.torch_cells import torch_step

SHAPES = ((100, 25, 1), (128, 64, 32), (256, 64, 64), (512, 128, 64))
V = 65
SECONDS = 24.0
ROUNDS = 7
Step = Callable[[], object]


def window(T: int, B: int, V: int = V) -> tuple[np.ndarray, np.ndarray]:
    """Random inputs and targets, each (T, B)."""
    rng = np.random.default_rng(0)
    return rng.integers(0, V, (T, B)), rng.integers(0, V, (T, B))


def model_parameters(cell: str, H: int, V: int = V) -> dict[str, np.ndarray]:
    """Initial weights in float32."""
    config = ModelConfig(cell, "".join(chr(1000 + k) for k in range(V)), H)
    made = initialize_model(np.random.default_rng(0), config)
    return {name: value.astype(np.float32) for name, value in made.items()}


def engine_step(cell: str, H: int, T: int, B: int, V: int = V, processes: int = 1) -> Step:
    """The engine's step, as in `Trainer.train_window`."""
    engine = (
        Engine(cell, V, H)
        if processes == 1
        else ParallelEngine(processes, cell=cell, vocabulary_size=V, hidden_size=H)
    )
    for name, value in model_parameters(cell, H, V).items():
        engine.parameters[name][...] = value
    adam = FlatAdam(engine.flat_parameters.size)
    inputs, targets = window(T, B, V)
    h, c = initial_state(B, H, np.float32)

    def step() -> None:
        engine.loss_and_gradients(inputs, targets, h, c)
        clipped, _ = clip_by_global_norm({"all": engine.flat_gradients}, 5.0)
        adam.step(engine.flat_parameters, clipped["all"])

    return step


def clear_step(cell: str, H: int, T: int, B: int) -> Step:
    """The clear functions' step, in float32."""
    parameters = model_parameters(cell, H)
    state = adam_state(parameters)
    h, c = initial_state(B, H, np.float32)
    inputs, targets = window(T, B)
    return lambda: train_step(cell, parameters, state, inputs, targets, h, c)


def naive_step(cell: str, H: int, T: int) -> Step:
    """The naive step: always one sequence."""
    model = Naive(cell, V, H)
    inputs, targets = window(T, 1)
    return lambda: model.step(inputs[:, 0], targets[:, 0])


def measure(steps: dict[str, Step], seconds: float) -> dict[str, float]:
    """Median seconds of each step; the steps take turns.

    A turn has several steps, and the first does not count: the idle threads of the previous
    library still spin for a while, and would slow it.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            step()
            end = time.perf_counter() + seconds / ROUNDS / len(steps)
            for number in itertools.count():
                start = time.perf_counter()
                if start > end and number >= 2:
                    break
                step()
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(spent) for name, spent in times.items()}


def sgemm_rate(size: int = 1536) -> float:
    """The machine's rate of a large float32 matrix product, in flops per second."""
    a = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    out = np.empty_like(a)
    spent = measure({"gemm": lambda: np.matmul(a, a, out=out)}, 1.0)
    return 2 * size**3 / spent["gemm"]


def gemm_flops(gates: int, H: int, T: int, B: int) -> int:
    """Flops of the products that every step needs: recurrent and output, three of each.

    The products that turn one-hot inputs into gradients are not counted.
    """
    return 3 * 2 * T * B * (gates * H * H + H * V)


def peak_over_activations(cell: str, H: int, T: int, B: int) -> float:
    """Peak memory of a step, over the activations (gates, c, h, scores) that BPTT keeps."""
    tracemalloc.start()
    step = engine_step(cell, H, T, B)
    step()
    fixed = 6 * sum(value.nbytes for value in model_parameters(cell, H).values())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept = 4 * T * B * ((CELLS[cell].gates + 2) * H + V)
    return (peak - fixed) / kept


def contenders(H: int, T: int, B: int) -> dict[str, tuple[Step, int]]:
    """The step of each implementation, and the number of characters that it reads."""
    found: dict[str, tuple[Step, int]] = {}
    for cell in CELLS:
        found[f"engine {cell}"] = engine_step(cell, H, T, B, processes=usual_threads(B)), T * B
        found[f"engine {cell}, 1 process"] = engine_step(cell, H, T, B), T * B
        found[f"clear {cell}"] = clear_step(cell, H, T, B), T * B
        found[f"naive {cell}"] = naive_step(cell, H, T), T
        if TORCH:
            found[f"torch {cell}"] = torch_step(cell, V, H, *window(T, B)), T * B
    return found


def table(seconds: float) -> str:
    """Measure everything; returns the result as Markdown."""
    rate = sgemm_rate()
    names: list[str] = []
    rows: dict[str, list[str]] = {}
    shares, peaks, ratios = [], [], []
    for H, T, B in SHAPES:
        steps = contenders(H, T, B)
        names = list(steps)
        spent = measure({name: step for name, (step, _) in steps.items()}, seconds)
        speed = {name: steps[name][1] / spent[name] for name in names}
        for name in names:
            rows.setdefault(name, []).append(f"{speed[name]:,.0f}")
        reached = gemm_flops(3, H, T, B) / spent["engine cifg"] / usual_threads(B)
        shares.append(f"{reached / rate:.0%}")
        peaks.append(f"{peak_over_activations('cifg', H, T, B):.2f}")
        ratios.append({name: speed["engine cifg"] / speed[name] for name in names})
        print(f"{(H, T, B)} measured", flush=True)
    head = "| (H, T, B) | " + " | ".join(str(shape) for shape in SHAPES) + " |"
    lines = [
        f"{processor()}, {blas()}",
        "",
        "Characters per second:",
        "",
        head,
        "|---" * (len(SHAPES) + 1) + "|",
    ]
    lines += [f"| {name} | " + " | ".join(rows[name]) + " |" for name in names]
    lines += ["", "Speed of the engine's CIFG divided by that of each:", "", head]
    lines += ["|---" * (len(SHAPES) + 1) + "|"]
    lines += [f"| {n} | " + " | ".join(f"{r[n]:.2f}" for r in ratios) + " |" for n in names[1:]]
    lines += [f"| share of SGEMM ({rate / 1e9:.0f} GFLOP/s a core) | " + " | ".join(shares) + " |"]
    lines += ["| peak memory / activations | " + " | ".join(peaks) + " |"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and with --out write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measurement in an eighth of the time")
    parser.add_argument("--out", type=Path, help="file for the table (default: none)")
    options = parser.parse_args()
    result = table(SECONDS / 8 if options.quick else SECONDS)
    print(result)
    if options.out:
        write_atomically(options.out, result.encode())


if __name__ == "__main__":
    main()
