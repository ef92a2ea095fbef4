"""What the reference and the usual wrong answers do in an exercise's cases: Known, known_of."""

from functools import cached_property

from cifg_edu.checks.outcomes import Outcome, run_case
from cifg_edu.exercises import Exercise, mutate


class Known:
    """Outcomes that are the same for every answer, each computed when it is first needed.

    cases: the exercise's cases.
    expected: what the reference does in each.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.cases = exercise.cases()
        self.expected = [run_case(exercise, exercise.reference, case) for case in self.cases]

    @cached_property
    def wrong(self) -> list[list[Outcome]]:
        """What each of the usual wrong answers does in each case, in the order of `mutants`."""
        answers = [mutate(self.exercise.reference, m.edits) for m in self.exercise.mutants]
        return [[run_case(self.exercise, f, case) for case in self.cases] for f in answers]


_KNOWN: dict[int, Known] = {}


def known_of(exercise: Exercise) -> Known:
    """The outcomes known of an exercise, computed once."""
    known = _KNOWN.get(id(exercise))
    if known is None or known.exercise is not exercise:
        known = _KNOWN[id(exercise)] = Known(exercise)
    return known
