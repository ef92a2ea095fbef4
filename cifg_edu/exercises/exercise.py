"""What an exercise is made of: Exercise, Case, Mutant, Question, call, by_name, mutate."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

Function = Callable[..., Any]


class Case(NamedTuple):
    """One call by which an answer is judged: what is special in it, and its arguments.

    Each way in which a lesson calls the function is a case: see `by_name`.
    """

    title: str
    arguments: tuple[Any, ...]


class Mutant(NamedTuple):
    """A wrong answer that learners really give.

    message: the likely cause, said to the learner.
    edits: what turns the reference's source into this answer: old text to new text.
    worthless: whether it misses what the exercise is about, so that it earns nothing for the
        outputs that are right all the same.
    """

    message: str
    edits: Mapping[str, str]
    worthless: bool = False


class Question(NamedTuple):
    """What a right answer is asked next: it answers by being called.

    text: the question.
    answer: what the student's function says to it, as a sentence.
    """

    text: str
    answer: Callable[[Function], str]


class ByName(tuple[Any, ...]):
    """Arguments of which the last ones are passed by their names.

    names: those names.
    """

    names: tuple[str, ...] = ()


def by_name(arguments: tuple[Any, ...], *names: str) -> ByName:
    """Arguments for a case in which a function is called as a lesson calls it, by names.

    Args:
        arguments: all of them.
        names: those of the last ones; the others are passed by place.
    """
    named = ByName(arguments)
    named.names = names
    return named


def call(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The plainest observation of a function: what it returns."""
    names = arguments.names if isinstance(arguments, ByName) else ()
    by_place = len(arguments) - len(names)
    named = dict(zip(names, arguments[by_place:], strict=True))
    return function(*arguments[:by_place], **named)


@dataclass(frozen=True)
class Exercise:
    """A function that students write, and all that is needed to judge and to help.

    reference: the package's function; it stands in while the student's is not right.
    lesson, place: the number of its lesson, and its own within the lesson, from 1.
    stars: how hard it is, 1 to 3.
    outputs: the names of what it returns, in order.
    make_cases: fresh cases from a source of randomness.
    further_cases: cases that only grading adds, where all of `make_cases` are always the same:
        at home fixed numbers teach better, since they can be looked at; a grade needs some that
        are new to all.
    hints: three, each saying more.
    mutants: the usual wrong answers, at least eight.
    reasons: for an output, or a property that `observe` names, what it means where it is wrong:
        said as the cause where no usual wrong answer does the same. Only what is always so.
    tolerance: the largest difference to let pass, relative to the largest expected value.
    derivative: whether its result is to be derived by hand, so that a grader can be asked to look
        for answers that take it by numbers.
    observe: what is compared; other than `call` where right answers may differ, as in
        drawing random numbers.
    by_output: whether `observe`, where it is another one, gives the outputs by their order too,
        so that each is worth its share of the credit; properties of them are judged together.
    question: what is asked once the answer is right.
    """

    reference: Function
    lesson: int
    place: int
    stars: int
    outputs: tuple[str, ...]
    make_cases: Callable[[np.random.Generator], list[Case]]
    hints: tuple[str, str, str]
    mutants: tuple[Mutant, ...]
    further_cases: Callable[[np.random.Generator], list[Case]] | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    tolerance: float = 1e-8
    derivative: bool = False
    observe: Callable[[Function, tuple[Any, ...]], Any] = call
    by_output: bool = False
    question: Question | None = None

    @property
    def outputs_apart(self) -> bool:
        """Whether each output is worth its share of the credit."""
        return self.observe is call or self.by_output

    @property
    def name(self) -> str:
        """The function's name, by which students call the exercise."""
        return self.reference.__name__

    def cases(self) -> list[Case]:
        """The cases, the same ones at every call."""
        return self.make_cases(np.random.default_rng(2018))


def mutated_source(reference: Function, edits: Mapping[str, str]) -> str:
    """The reference's source, without its docstring and comments, with some of it replaced.

    Args:
        reference: a function of the package.
        edits: old text, which must occur exactly once, to new text.

    Returns:
        The function's text.

    Raises:
        ValueError: an old text does not occur exactly once.

    Source: mutation testing, DeMillo et al. (1978), "Hints on test data selection".
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(reference)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    del function.body[0]  # the docstring, which may quote the code
    source = ast.unparse(tree)
    for old, new in edits.items():
        if source.count(old) != 1:
            raise ValueError(
                f"{old!r} occurs {source.count(old)} times in {reference.__name__}: "
                "a mutant's edit needs a text that occurs once."
            )
        source = source.replace(old, new)
    return source


def mutate(reference: Function, edits: Mapping[str, str]) -> Function:
    """The reference with some of its source replaced, as a function.

    Args:
        reference, edits: see `mutated_source`.

    Returns:
        The changed function, with the names of the reference's module at hand.
    """
    source = mutated_source(reference, edits)
    namespace = {**vars(inspect.getmodule(reference))}
    exec(compile(source, f"<mutant of {reference.__name__}>", "exec"), namespace)
    mutant: Function = namespace[reference.__name__]
    return mutant
