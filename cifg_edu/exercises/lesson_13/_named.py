"""How a list of what is wrong is compared: by what it says of each name."""

from collections.abc import Iterable
from typing import Any


def verdicts(names: Iterable[str], found: Any) -> Any:
    """What an answer says of each name, whatever the container and the order of its names."""
    if found is None:
        return None
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise TypeError(f"the result should be a list of names, not {type(found).__name__}")
    listed = list(found)
    said = {name: "wrong" if name in listed else "right" for name in names}
    strangers = ", ".join(str(name) for name in listed if name not in said)
    return {**said, "further names": strangers}
