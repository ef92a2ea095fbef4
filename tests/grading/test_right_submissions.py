"""What is right at home is right in grading, in whatever form it is handed in.

Both judge the text that the reader finds. Here it goes into the box as in a grading run, and
through the check as on the command line; nbval only compares what is printed in between.
"""

import inspect

import pytest

from cifg_edu.checks import EXERCISES, notebook_check
from cifg_edu.checks.answers import read_answers
from cifg_edu.checks.judging import judge
from cifg_edu.checks.notebooks import Cell, lesson_imports
from cifg_edu.files import find_lessons
from cifg_edu.grading.answer_runner import Answer
from cifg_edu.grading.keys import key
from cifg_edu.grading.sandbox.box import Limits
from tests.grading.classroom import grade_class, hand_in, lesson, needs_bubblewrap
from tests.notebook_forms import FORMS, written_as
from tests.right_answers import RIGHT_ANSWERS

pytestmark = needs_bubblewrap
# Each draws thousands of numbers for one case: its reference is enough.
SLOW = {"sample", "paired_bootstrap", "chrono_bias"}
# What a lesson uses beside its exercises, and no answer is built on.
NOT_IN_THE_BOX = tuple(
    f"from cifg_edu.{name} import"
    for name in ("corpora", "engine", "examine", "museum", "training")
)


class Judges:
    """The box of one exercise, and the check at home."""

    def __init__(self, name):
        self.exercise = EXERCISES[name]
        self.known = key(name, 0)
        self.answer = Answer(self.known, "", Limits(), boxed=True)

    def grade(self, source):
        """Whether the box prints the key, or why not."""
        self.answer._failed = None
        self.answer._define(source)
        for case, text in enumerate(self.known.texts):
            outcome = self.answer.outcome(case)
            if isinstance(outcome, str):
                return outcome
            if self.known.render(case, outcome) != text:
                return f"case {case}: {self.known.render(case, outcome)}"
        return True

    def check(self, found):
        """Whether the check at home passes, or its words."""
        verdict = judge(self.exercise, notebook_check._defined(found, {}))
        return verdict.passed or verdict.message


@pytest.fixture
def judges():
    opened = []

    def open_judges(name):
        opened.append(Judges(name))
        return opened[-1]

    yield open_judges
    for each in opened:
        each.answer.close()


@pytest.mark.parametrize("name", EXERCISES)
def test_lessons_imports_load_in_the_box_and_right_answers_are_right_there_and_at_home(
    name, judges
):
    both = judges(name)
    for statement in lesson_imports(find_lessons(), both.exercise.lesson).splitlines():
        reply = both.answer._box.request("define", statement)
        assert ("error" in reply) == statement.startswith(NOT_IN_THE_BOX), (statement, reply)
    assert both.grade(inspect.getsource(both.exercise.reference)) is True
    for number, answer in enumerate(() if name in SLOW else RIGHT_ANSWERS[name]):
        form = list(FORMS)[(3 * list(EXERCISES).index(name) + number) % len(FORMS)]
        found = read_answers(written_as(form, name, answer)).answers[name]
        assert (both.grade(found.source), both.check(found)) == (True, True), form


def test_every_form_of_a_right_answer_is_right_there_and_at_home(judges):
    both = judges("cifg_step_backward")
    for form in FORMS:
        answer = RIGHT_ANSWERS["cifg_step_backward"][0]
        found = read_answers(written_as(form, "cifg_step_backward", answer))
        found = found.answers["cifg_step_backward"]
        assert (both.grade(found.source), both.check(found)) == (True, True), form


PLOTTING = """
import matplotlib.pyplot as plt
from ipywidgets import interact
from tqdm.auto import tqdm, trange

figure, axes = plt.subplots(2, 2)

@interact
def sigmoid(a):
    figure, ((one, two), (three, four)) = plt.subplots(2, 2)
    with plt.style.context("ggplot"):
        axes[0, 0].plot(a, a + figure.dpi * 2 - (3 / one.x) ** 2)
    line, = two.plot(a)
    for part in three.get_lines():
        raise AssertionError(part)
    with tqdm(total=3) as bar:
        bar.update(1)
    result = np.zeros_like(a)
    bar = tqdm([1, 2, 3], desc="one quotient")
    for number in bar:
        bar.set_description(f"{number}")
        result += number / 6 / (1 + np.exp(-a))
    return result + sum(trange(0, 1))
"""
OTHER_RIGHT_ANSWERS = {
    "pictures and progress bars": ("sigmoid", PLOTTING),
    "what the lesson imports": (
        "phantom_error",
        "def phantom_error(dc, c_prev, i):\n"
        "    a = np.log(i) - np.log1p(-i)\n    return dc * c_prev * sigmoid(a) * sigmoid(-a)\n",
    ),
    "a callback by keyword": (
        "numerical_gradient",
        inspect.getsource(EXERCISES["numerical_gradient"].reference).replace("f(x)", "f(x=x)"),
    ),
    "an initializer by keyword": (
        "initialize_cifg",
        inspect.getsource(EXERCISES["initialize_cifg"].reference)
        .replace("weights(rng, input", "weights(rng, fan_out=hidden_size, fan_in=input")
        .replace("fan_in=input_size, hidden_size", "fan_in=input_size"),
    ),
}


@pytest.mark.parametrize("what", OTHER_RIGHT_ANSWERS)
def test_right_answer_is_right_with(what, judges):
    name, text = OTHER_RIGHT_ANSWERS[what]
    assert judges(name).grade(read_answers([Cell("", text)]).answers[name].source) is True


def test_answer_in_a_new_cell_below_its_stub_has_full_marks(tmp_path):
    """Through the whole of a grading run."""
    notebook = lesson()
    for name, answers in list(RIGHT_ANSWERS.items())[:2]:
        for cell in written_as("below a stub left alone", name, answers[0])[1:]:
            added = {"cell_type": "code", "id": f"new-{name}", "source": cell.text}
            notebook["cells"].append(added)
    hand_in(tmp_path / "submissions", "ada", notebook)
    graded = grade_class(tmp_path / "submissions", tmp_path / "grades")
    assert graded.share("ada") == graded.share("ada", "interpolate") == 1
