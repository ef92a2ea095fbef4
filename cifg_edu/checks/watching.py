"""What runs while an answer is judged: Watch."""

import sys
from types import FrameType
from typing import Any

from cifg_edu.exercises import Function


class Watch:
    """Sees whether a function of the course's is called while an answer runs.

    Whatever name it goes by, it is seen: an answer that calls its own exercise's reference, or
    what stands in for it after a failed check, has written nothing.

    Args:
        reference: the function that must not be called.

    Attributes:
        used: whether it was called.
    """

    def __init__(self, reference: Function) -> None:
        self._code = reference.__code__
        self._before: Any = None
        self.used = False

    def __enter__(self) -> "Watch":
        self._before = sys.gettrace()
        sys.settrace(self._see)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(self._before)

    def _see(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.used = self.used or frame.f_code is self._code
        return self._before(frame, event, argument) if self._before else None
