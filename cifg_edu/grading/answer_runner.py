"""Where answers are looked at, outside the box: AnswerRunner.

nbval's kernel runs the notebook that `grading_notebook` makes, and that notebook has a runner. It
puts a student's answer into a box, hands it the arguments of one case after the other, and prints
what came back. No student's code runs in the runner's process.
"""

import builtins
import json
import pickle
import tempfile
import warnings
from pathlib import Path
from typing import Any

from cifg_edu.checks.outcomes import Outcome, find_problem, run_case
from cifg_edu.exercises import Exercise
from cifg_edu.grading.keys import Key, key
from cifg_edu.grading.numerical import Seen, read_seen
from cifg_edu.grading.sandbox import messages
from cifg_edu.grading.sandbox.box import Box, BoxDied, Limits, put_worker
from cifg_edu.grading.sandbox.stripped_course import write_course
from cifg_edu.grading.visible_text import visible

LONGEST_WORDS = 2000
KEYS = "keys.pickle"


def prepare(folder: Path, keys: dict[str, Key]) -> None:
    """Make once what is the same for all answers to some exercises.

    Args:
        folder: where `AnswerRunner` finds it.
        keys: by exercise.
    """
    (folder / KEYS).write_bytes(pickle.dumps(keys))
    for name, known in keys.items():
        (folder / name).mkdir()
        _write_box(known.exercise, folder / name)


class AnswerRunner:
    """Takes answers and shows what they do.

    Args:
        seed: of the grading run.
        limits: for each exercise.
        boxed: whether bubblewrap holds the box.
        prepared: a folder that `prepare` has made; without it the same is made here.
        record: a file to which a line of JSON is added for each case, for the student's page.
        watch: whether to look for derivatives that are made of numbers.
    """

    def __init__(
        self,
        seed: int,
        limits: dict[str, Any] | None = None,
        boxed: bool = True,
        prepared: str | None = None,
        record: str | None = None,
        watch: bool = False,
    ) -> None:
        warnings.simplefilter("ignore")
        self._seed = seed
        self._limits, self._boxed = Limits(**(limits or {})), boxed
        self._prepared = Path(prepared) if prepared else None
        self._keys: dict[str, Key] = (
            pickle.loads((self._prepared / KEYS).read_bytes()) if self._prepared else {}
        )
        self._record = Path(record) if record else None
        self._watch = watch
        self._answers: dict[str, Answer] = {}

    def take(self, name: str, *lines: str) -> None:
        """Put an answer into a box, which no other answer shares.

        Args:
            name: the exercise.
            lines: of the answer's text, with all that it uses.

        Raises:
            UserError: the box does not start.
        """
        known = self._keys.get(name) or key(name, self._seed)
        course = self._prepared / name if self._prepared else None
        text = "\n".join(lines)
        self._answers[name] = Answer(known, text, self._limits, self._boxed, course)

    def show(self, name: str, case: int) -> None:
        """Print what an answer does in a case.

        Args:
            name: an exercise whose answer was taken.
            case: the number of the case.
        """
        answer = self._answers[name]
        known, actual = answer.key, answer.outcome(case)
        if isinstance(actual, str):
            text, words = actual, actual
        else:
            text = known.render(case, actual)
            words = find_problem(known.exercise, known.outcomes[case], actual) or ""
        print(visible(text))
        last = case == len(known.cases) - 1
        if self._record:
            entry: dict[str, Any] = {"exercise": name, "case": case, "printed": visible(text)}
            entry["words"] = visible(words[:LONGEST_WORDS])
            if last and self._watch and known.exercise.derivative:
                entry["watched"] = answer.watched()
            with self._record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        if last:
            answer.close()


class Answer:
    """One student's answer to one exercise, in its box.

    Args:
        key: of the exercise.
        text: of the answer.
        limits: of the box.
        boxed: whether bubblewrap holds it.
        course: a folder with the course without the answer; without it one is made.
    """

    def __init__(
        self, key: Key, text: str, limits: Limits, boxed: bool, course: Path | None = None
    ) -> None:
        self.key = key
        self._text = text
        self._failed: str | None = None
        self._made = None if course else tempfile.TemporaryDirectory(prefix="cifg_box_")
        if self._made:
            course = Path(self._made.name)
            _write_box(key.exercise, course)
        assert course is not None
        self._box = Box(course, limits, boxed)
        try:
            self._box.request("import", names_at_hand(key.exercise))
            self._define(text)
        except BoxDied as died:
            self._failed = f"the exercise's cell: {died}"

    def outcome(self, case: int) -> Outcome | str:
        """What a call does, or why there is no call to be made."""
        if self._failed:
            return self._failed
        try:
            return run_case(self.key.exercise, self._call, self.key.cases[case])
        except BoxDied as died:
            self._failed = str(died)
            return self._failed

    def watched(self) -> list[Seen]:
        """What an answer gives to tanh and exp in each case, as far as it comes."""
        seen: list[Seen] = []
        if self._failed:
            return seen
        try:
            self._box.request("watch")
            self._define(self._text)  # again: it may have taken such a function by its name
            for case in self.key.cases:
                run_case(self.key.exercise, self._call, case)
                seen.append(read_seen(self._box.request("seen")))
        except (BoxDied, ValueError):
            pass
        return seen

    def close(self) -> None:
        """End the box."""
        self._box.close()
        if self._made:
            self._made.cleanup()

    def _define(self, text: str) -> None:
        name = self.key.exercise.name
        # The name may be imported from the course, and is no answer then.
        self._box.request("forget", name)
        reply = self._box.request("define", text)
        if "error" in reply:
            kind, text = _error(reply)
            self._failed = f"the exercise's cell stops with {kind}: {text}"
            return
        found = self._box.request("kind of", name)
        if found.get("kind") is None:
            self._failed = f"the exercise's cell does not define {name}."
        elif not found.get("callable"):
            self._failed = f"{name} is not a function: use def."

    def _call(self, *arguments: Any, **named: Any) -> Any:
        """Stands for the student's function, here where the judge is."""
        reply = self._box.request("call", self.key.exercise.name, arguments, named)
        if "error" in reply:
            raise _exception(*_error(reply))
        try:
            value = messages.decode(reply["value"])
            changed = {int(number): data for number, data in reply["changed"]}
            for number, data in changed.items():
                messages.write_back(arguments[number], messages.decode(data))
        except messages.MessageError as error:
            raise BoxDied(f"The result cannot be used: {error}.") from error
        except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
            raise BoxDied("The result could not be read.") from error
        return value


def _write_box(exercise: Exercise, folder: Path) -> None:
    write_course(exercise, folder)
    put_worker(folder)


def names_at_hand(exercise: Exercise) -> list[str]:
    """Statements that import what the module of the package's own answer has at hand."""
    return [
        "import numpy as np",
        f"from {exercise.reference.__module__} import __dict__ as at_hand",
        "globals().update({n: v for n, v in at_hand.items() if n[:2] != '__'})",
    ]


def _error(reply: dict[str, Any]) -> tuple[str, str]:
    match reply["error"]:
        case [str(kind), str(text)]:
            return kind[:100], text[:1000]
    return "Error", ""


def _exception(kind: str, text: str) -> Exception:
    """An error like the one in the box; only Python's own plain ones keep their type."""
    found = getattr(builtins, kind, None)
    if isinstance(found, type) and issubclass(found, Exception):
        try:
            return found(text)
        except TypeError:
            pass
    return type(kind if kind.isidentifier() else "Error", (Exception,), {})(text)
