"""Seconds of a whole training: python -m benchmarks.end_to_end [--busy N] [--before FOLDER].

Each run is a command in its own process, from its start to its end, with the start of Python,
reading the text, the held-out loss, checkpoints and the progress bar. The commands take turns:
ours, PyTorch's or, with --before, those of an older checkout of this project.
"""

import argparse
import contextlib
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machine import processor

HERE = Path(__file__).parent.parent
OURS = ("cifg_edu", "train")
COMMANDS: dict[str, tuple[str, ...]] = {
    "train": OURS,
    "train --threads 1": (*OURS, "--threads", "1"),
    "torch": ("benchmarks.torch_train",),
    "torch, 1 thread": ("benchmarks.torch_train", "--threads", "1"),
}


def seconds(command: list[str], home: Path) -> tuple[float, float]:
    """Wall time and processor time of a training by the code in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-m", *command, "--out", str(Path(folder) / "run")]
        environment = {**os.environ, "PYTHONPATH": str(home)}
        start, before = time.perf_counter(), os.times()
        subprocess.run(line, check=True, capture_output=True, cwd=home, env=environment)
        after = os.times()
        used = after.children_user + after.children_system
        used -= before.children_user + before.children_system
        return time.perf_counter() - start, used


def spin() -> None:
    """Other work on the machine: it never ends."""
    while True:
        pass


@contextlib.contextmanager
def other_work(processes: int) -> Iterator[None]:
    """Keep this many other processes busy meanwhile."""
    others = [multiprocessing.Process(target=spin, daemon=True) for _ in range(processes)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.kill()


def table(
    hidden_size: int, epochs: int, repeats: int, practice: bool, before: Path | None = None
) -> str:
    """Median seconds of each command and its ratio to that of train, as Markdown."""
    options = ["--hidden-size", str(hidden_size), "--epochs", str(epochs)]
    options += ["--practice"] if practice else []
    runs = {name: (command, HERE) for name, command in COMMANDS.items()}
    if before:
        runs = {"train": (OURS, HERE), "train, before": (OURS, before.resolve())}
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, (command, home) in runs.items():
            spent[name].append(seconds([*command, *options], home))
    ours = statistics.median(wall for wall, _ in spent["train"])
    lines = [
        f"H = {hidden_size}, {epochs} epochs, {repeats} runs of each command:",
        "",
        "| command | median s | least s | most s | median processor s | times as long as train |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in spent.items():
        times, used = zip(*each, strict=True)
        median = statistics.median(times)
        figures = f"{median:.1f} | {min(times):.1f} | {max(times):.1f} | "
        figures += f"{statistics.median(used):.1f} | {median / ours:.2f}"
        lines.append(f"| {name} | {figures} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--practice", action="store_true", help="built-in practice verses")
    parser.add_argument("--busy", type=int, default=0, help="other processes at work meanwhile")
    parser.add_argument("--before", type=Path, help="older checkout of this project")
    options = parser.parse_args()
    with other_work(options.busy):
        result = table(
            options.hidden_size, options.epochs, options.repeats, options.practice, options.before
        )
    print(f"{processor()}, {options.busy} other processes at work.\n\n{result}")


if __name__ == "__main__":
    main()
