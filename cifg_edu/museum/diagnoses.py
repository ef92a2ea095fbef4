"""What is wrong with each exhibit, and how a student's diagnosis compares: DIAGNOSES, compare."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from cifg_edu.errors import require

Row = tuple[int | None, str | None, int | Iterable[int] | None]


class Diagnosis(NamedTuple):
    """What is wrong with an exhibit.

    steps: how many steps a sequence must have for a gradient check to fail, from a state that is
        not zero; 0 where no gradient is wrong.
    gates: the gates whose weights or biases have a wrong gradient there.
    mistakes: for each mistake, how the lines begin that show it: any of them is an answer.
    words: what is wrong, and what would be right.
    """

    steps: int
    gates: str
    mistakes: tuple[tuple[str, ...], ...]
    words: str


DIAGNOSES = {
    1: Diagnosis(
        steps=1,
        gates="ifo",
        mistakes=(
            (
                "def sigmoid_slope",
                "return sigmoid(a) * (1 - sigmoid(a))",
                '"i": dc * kept["g"] * sigmoid_slope(',
                '"f": dc * kept["c_prev"] * sigmoid_slope(',
                '"o": dh_t * kept["tanh_c"] * sigmoid_slope(',
            ),
        ),
        words="The sigmoid's slope is taken at the gate, which is squashed already: sigmoid_slope "
        "expects the pre-activation. With the gate at hand the slope is gate * (1 - gate).",
    ),
    2: Diagnosis(
        steps=2,
        gates="f",
        mistakes=(("da_f = dc_next * c_prev", '"f": dc_next * c_prev'),),
        words="The printed formula lacks a pair of parentheses, and the code follows it: "
        "f * (1 - f) multiplies only the second term. The expected values are right; they come "
        "from (dc_next * c_prev + dh * o * (1 - t**2) * c_prev) * f * (1 - f).",
    ),
    3: Diagnosis(
        steps=2,
        gates="ig",
        mistakes=(("dc = dh * o", "dc_next = dc * (1 - i)"),),
        words="The cell's gradient is never carried to the step before: dc_next is computed, and "
        "no line of the loop reads it. Right is dc = dc_next + dh * o * (1 - tanh_c**2), with a "
        "dc_next that starts as zeros.",
    ),
    4: Diagnosis(
        steps=1,
        gates="fgo",
        mistakes=(("db += da_i.sum(axis=0)",),),
        words="The bias of every gate is given the gradient of the input gate's: broadcasting "
        "adds (H,) to each row of (4, H). Right is db += da.sum(axis=1).",
    ),
    5: Diagnosis(
        steps=0,
        gates="",
        mistakes=(
            ("return float(np.exp(loss))", "return float(-np.sum(np.log(right)) / B)"),
            (
                "def step(self, parameters",
                "m_hat = self.m[name] / (1 - BETA_1**epoch)",
                "v_hat = self.v[name] / (1 - BETA_2**epoch)",
            ),
        ),
        words="The gradients are right. The perplexity is exp of a loss that is summed over the "
        "window: take the mean over its steps. And Adam's corrections count epochs where they "
        "must count its own steps, over the whole run.",
    ),
    6: Diagnosis(
        steps=1,
        gates="if",
        mistakes=(
            (
                'self.gates["f"] = Gate(',
                'dxh += self.gates["i"].backward(dc * g)',
                'dxh += self.gates["f"].backward(dc * c_prev)',
            ),
        ),
        words="The phantom gate: the backward pass still sends dc * c_prev to a forget gate whose "
        "weights do not exist. It belongs to the input gate, with a minus: dc * (g - c_prev).",
    ),
}


def compare(rows: Mapping[int, Row], tell: bool = False) -> str:
    """Compare a student's diagnoses with the right ones.

    Args:
        rows: for the number of each exhibit: the fewest steps at which a check fails (0 if it
            never does), the wrong gates there as letters, and the line or lines to blame. A row
            with a None is open.
        tell: whether to add the right diagnosis of each row that is filled in.

    Returns:
        A line for each row, and below it what is wrong with the exhibit, if the row is right or
        `tell` is given. Of an open row nothing is told.

    Raises:
        UserError: a row is for no exhibit, or has not three entries.
    """
    return "\n".join(line for number, row in rows.items() for line in _compared(number, row, tell))


def lines_of(number: int) -> list[set[int]]:
    """For each mistake of an exhibit, the numbers of the lines that show it."""
    path = Path(__file__).with_name(f"exhibit_{number}.py")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        {n for n, line in enumerate(lines, 1) if line.startswith(beginnings)}
        for beginnings in DIAGNOSES[number].mistakes
    ]


def _compared(number: int, row: Row, tell: bool) -> Iterable[str]:
    require(number in DIAGNOSES, f"There is no exhibit {number}", f"1 to {max(DIAGNOSES)}")
    require(len(row) == 3, f"Row {number} has {len(row)} entries", "steps, gates and line")
    steps, gates, line = row
    if steps is None or gates is None or line is None:
        yield f"exhibit {number}: open"
        return
    answer = DIAGNOSES[number]
    named = {line} if isinstance(line, int) else set(line)
    mistakes = lines_of(number)
    right = {
        "steps": steps == answer.steps,
        "gates": set(gates) == set(answer.gates),
        "lines": named <= set().union(*mistakes) and all(named & lines for lines in mistakes),
    }
    found = ", ".join(f"{name} {'right' if good else 'WRONG'}" for name, good in right.items())
    yield f"exhibit {number}: {found}"
    if tell and not all(right.values()):
        shown = " and ".join(" or ".join(map(str, sorted(lines))) for lines in mistakes)
        yield f"  Right: {answer.steps} steps, gates {answer.gates or 'none'}, line {shown}."
    if tell or all(right.values()):
        yield f"  {answer.words}"
