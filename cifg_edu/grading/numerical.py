"""Whether a derivative was derived, or is made of numbers: numerical, Seen."""

from typing import Any, NamedTuple

# By chance, or where a state hardly changes in time, a few numbers lie near earlier ones.
SHARE_OF_CALLS = 0.25


class Seen(NamedTuple):
    """What the recorder in the box noted in one case: see `sandbox.recorder`."""

    calls: int
    complex: int
    near: int
    step: float


def read_seen(reply: dict[str, Any]) -> Seen:
    """What the box sent, as numbers; it may send anything.

    Raises:
        ValueError: it sent something else.
    """
    try:
        return Seen(*(min(max(float(reply[name]), 0), 1e9) for name in Seen._fields))  # type: ignore[arg-type]
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError("no numbers") from error


def numerical(cases: list[Seen]) -> str:
    """Say what shows that an answer takes a derivative by numbers, and how sure that is.

    Args:
        cases: what was seen in each.

    Returns:
        A phrase, or "" where most cases show nothing.
    """
    if 2 * sum(seen.complex > 0 for seen in cases) > len(cases):
        return "takes a complex step: tanh or exp is given complex numbers (certain)"
    near = [seen.step for seen in cases if seen.near and seen.near >= SHARE_OF_CALLS * seen.calls]
    if 2 * len(near) > len(cases):
        step = sorted(near)[len(near) // 2]
        return (
            "takes a difference quotient: tanh or exp is given the same numbers again, moved by "
            f"about {step:.0e} (very likely)"
        )
    return ""
