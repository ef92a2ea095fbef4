"""How well the checks judge: python -m benchmarks.checks [ANSWERS.json] [--verbose].

Right answers of the tests, each usual wrong answer as a student would have written it, pairs of
these (two mistakes at once), and answers from a file: a JSON list of objects with `exercise`,
`kind` ("right" or "wrong"), `label`, `source`, and `lines`, those in which a wrong answer differs
from a right one (the `def` is line 1), empty where that cannot be told.
"""

import argparse
import contextlib
import inspect
import io
import itertools
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import cifg_edu
from benchmarks.machine import processor
from cifg_edu.checks.course import EXERCISES
from cifg_edu.checks.judging import Verdict, judge
from cifg_edu.checks.probes import run_text
from cifg_edu.exercises import Exercise, mutated_source
from tests.right_answers import RIGHT_ANSWERS


class Answer(NamedTuple):
    """An answer to judge.

    lines: those in which a wrong answer differs from a right one, where that is known.
    causes: for a usual wrong answer, its message; for two of them, both.
    function: where there is one already; otherwise the source is run.
    """

    exercise: str
    label: str
    right: bool
    source: str
    lines: tuple[int, ...] = ()
    causes: tuple[str, ...] = ()
    function: Any = None


class Judged(NamedTuple):
    """An answer, what the check said, and the processor seconds that it took."""

    answer: Answer
    verdict: Verdict
    seconds: float

    @property
    def named(self) -> bool:
        return "Likely cause: " in self.verdict.message

    @property
    def misnamed(self) -> bool:
        """Whether a usual wrong answer is taken for another."""
        cause = self.verdict.message.partition("Likely cause: ")[2]
        others = {m.message for m in EXERCISES[self.answer.exercise].mutants}
        return bool(self.answer.causes) and cause in others - set(self.answer.causes)

    @property
    def located(self) -> bool:
        return self.verdict.line is not None and self.verdict.line in self.answer.lines

    @property
    def mislocated(self) -> bool:
        known = self.verdict.line is not None and self.answer.lines
        return bool(known) and not self.located

    @property
    def helped(self) -> bool:
        """Whether the cause is named, or the line found; in a short answer a line is no news."""
        body = [line for line in self.answer.source.splitlines()[1:] if line.strip()]
        found = self.verdict.line is not None and not self.mislocated
        return self.named or (found and len(body) >= 3)


def right_answers() -> Iterator[Answer]:
    """Those of the tests."""
    for name, functions in RIGHT_ANSWERS.items():
        for number, function in enumerate(functions):
            yield Answer(name, str(number), True, inspect.getsource(function), function=function)


def usual_mistakes() -> Iterator[Answer]:
    """Each usual wrong answer, in the words of the reference."""
    for exercise in EXERCISES.values():
        for number, mutant in enumerate(exercise.mutants):
            yield _mutated(exercise, str(number), mutant.edits, (mutant.message,))


def pairs_of_mistakes(count: int) -> Iterator[Answer]:
    """Two usual mistakes in one answer, where they go together; always the same ones."""
    every = [
        (exercise, pair)
        for exercise in EXERCISES.values()
        for pair in itertools.combinations(enumerate(exercise.mutants), 2)
    ]
    random.Random(2018).shuffle(every)
    found = 0
    for exercise, ((one, first), (two, second)) in every:
        if found == count:
            return
        causes = (first.message, second.message)
        with contextlib.suppress(ValueError, SyntaxError):
            edits = {**first.edits, **second.edits}
            if len(edits) == len(first.edits) + len(second.edits):
                yield _mutated(exercise, f"{one}+{two}", edits, causes)
                found += 1


def answers_of(path: Path) -> Iterator[Answer]:
    """Answers from a file."""
    for row in json.loads(path.read_text(encoding="utf-8")):
        lines = tuple(row.get("lines") or ())
        yield Answer(row["exercise"], row["label"], row["kind"] == "right", row["source"], lines)


def _mutated(exercise: Exercise, label: str, edits: Any, causes: tuple[str, ...]) -> Answer:
    source = mutated_source(exercise.reference, edits)
    compile(source, label, "exec")
    before = mutated_source(exercise.reference, {}).splitlines()
    lines = [k for k, line in enumerate(source.splitlines(), 1) if line not in before]
    return Answer(exercise.name, label, False, source, tuple(lines), causes)


def judged(answers: Iterable[Answer], title: str) -> list[Judged]:
    """Judge answers, each with the names at hand that the course has."""
    done = []
    for number, answer in enumerate(tqdm(list(answers), title, disable=None, file=sys.stderr)):
        exercise = EXERCISES[answer.exercise]
        with contextlib.redirect_stdout(io.StringIO()):
            function = answer.function or _function(exercise, answer.source, f"{title} {number}")
            start = time.process_time()
            verdict = judge(exercise, function)
        done.append(Judged(answer, verdict, time.process_time() - start))
    return done


def _function(exercise: Exercise, source: str, name: str) -> Any:
    """A function from its text, which `inspect` finds again."""
    file = f"<{name}>"
    names = _names_at_hand(exercise)
    run_text(source, file, names)
    return names[exercise.name]


def _names_at_hand(exercise: Exercise) -> dict[str, Any]:
    module = vars(sys.modules[exercise.reference.__module__])
    taught = {name: getattr(cifg_edu, name) for name in cifg_edu.TAUGHT}
    return {"np": np, "math": math, "Counter": Counter, **taught, **module}


def report(title: str, done: list[Judged], verbose: bool) -> None:
    """Print what came of a group of answers."""
    right = [j for j in done if j.answer.right]
    wrong = [j for j in done if not j.answer.right]
    rejected = [j for j in wrong if not j.verdict.passed]
    print(f"{title}: {len(right)} right, {len(wrong)} wrong")
    if right:
        refused = sum(not j.verdict.passed for j in right)
        print(f"  right answers refused: {refused}; {_times(right)}")
    if wrong:
        labelled = [j for j in rejected if j.answer.lines]
        print(
            f"  wrong answers rejected: {_share(len(rejected), wrong)}; "
            f"cause named: {_share(sum(j.named for j in rejected), wrong)}; "
            f"named or located: {_share(sum(j.helped for j in rejected), wrong)}"
        )
        print(
            f"  line right {sum(j.located for j in labelled)}, "
            f"wrong {sum(j.mislocated for j in labelled)}, of {len(labelled)}; "
            f"another usual mistake's cause: {sum(j.misnamed for j in rejected)}; {_times(wrong)}"
        )
    if verbose:
        for j in done:
            _tell(j)


def _share(count: int, of: list[Judged]) -> str:
    return f"{100 * count / len(of):.1f} %"


def _times(of: list[Judged]) -> str:
    seconds = sorted(j.seconds for j in of)
    median, late = seconds[len(seconds) // 2], seconds[int(0.95 * (len(seconds) - 1))]
    return f"median {median:.2f} s, 95 % {late:.2f} s, longest {seconds[-1]:.2f} s"


def _tell(j: Judged) -> None:
    words = []
    if j.answer.right != bool(j.verdict.passed):
        words.append("refused" if j.answer.right else "accepted")
    if j.mislocated:
        words.append(f"line {j.verdict.line} for {j.answer.lines}")
    if j.misnamed:
        words.append("another's cause")
    if not j.answer.right and not j.verdict.passed and not j.helped:
        words.append("vague")
    if words:
        print(f"    {j.answer.exercise}, {j.answer.label}: {', '.join(words)}")


def _some(answers: list[Answer], count: int | None) -> list[Answer]:
    """As many as asked for, always the same ones."""
    return random.Random(2018).sample(answers, min(count or len(answers), len(answers)))


def main() -> None:
    """Judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", nargs="*", type=Path, help="files of answers")
    parser.add_argument("--mistakes", type=int, help="number of usual mistakes (default: all)")
    parser.add_argument("--pairs", type=int, default=300, help="number of pairs of mistakes")
    parser.add_argument("--verbose", action="store_true", help="name each answer judged badly")
    options = parser.parse_args()
    print(f"Processor seconds on {processor()}.")
    groups = {
        "the tests' right answers": list(right_answers()),
        "usual mistakes": _some(list(usual_mistakes()), options.mistakes),
        "pairs of mistakes": list(pairs_of_mistakes(options.pairs)),
        **{path.name: list(answers_of(path)) for path in options.answers},
    }
    for title, answers in groups.items():
        report(title, judged(answers, title), options.verbose)


if __name__ == "__main__":
    main()
