"""What the reference and the usual wrong answers do in an exercise's cases: Known, known_of."""

from collections.abc import Iterator

from cifg_edu.checks.outcomes import Outcome, run_case
from cifg_edu.exercises import Exercise, Function, mutate


class Known:
    """Outcomes that are the same for every answer.

    cases: the exercise's cases.
    expected: what the reference does in each.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.cases = exercise.cases()
        self.expected = [run_case(exercise, exercise.reference, case) for case in self.cases]
        self._answers: dict[int, Function] = {}
        self._wrong: dict[tuple[int, int], Outcome] = {}

    def wrong(self, number: int) -> Iterator[Outcome]:
        """What a usual wrong answer does in one case after the other.

        A case is run when it is asked for: mostly the first is enough to tell two answers apart.

        Args:
            number: the answer's in `mutants`.
        """
        for place, case in enumerate(self.cases):
            if (number, place) not in self._wrong:
                answer = self._answer(number)
                self._wrong[number, place] = run_case(self.exercise, answer, case)
            yield self._wrong[number, place]

    def _answer(self, number: int) -> Function:
        if number not in self._answers:
            edits = self.exercise.mutants[number].edits
            self._answers[number] = mutate(self.exercise.reference, edits)
        return self._answers[number]


# By the exercise's identity, which no other can take: what is known of it holds the exercise.
_KNOWN: dict[int, Known] = {}


def known_of(exercise: Exercise) -> Known:
    """The outcomes known of an exercise, computed once."""
    if id(exercise) not in _KNOWN:
        _KNOWN[id(exercise)] = Known(exercise)
    return _KNOWN[id(exercise)]
