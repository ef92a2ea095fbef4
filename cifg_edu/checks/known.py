"""What the reference and the usual wrong answers do in an exercise's cases: Known, known_of."""

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
        self._wrong: dict[int, list[Outcome]] = {}

    def wrong(self, number: int) -> list[Outcome]:
        """What a usual wrong answer, by its number in `mutants`, does in each case."""
        if number not in self._wrong:
            answer = mutate(self.exercise.reference, self.exercise.mutants[number].edits)
            self._wrong[number] = [run_case(self.exercise, answer, case) for case in self.cases]
        return self._wrong[number]


# By the exercise's identity, which no other can take: what is known of it holds the exercise.
_KNOWN: dict[int, Known] = {}


def known_of(exercise: Exercise) -> Known:
    """The outcomes known of an exercise, computed once."""
    if id(exercise) not in _KNOWN:
        _KNOWN[id(exercise)] = Known(exercise)
    return _KNOWN[id(exercise)]
