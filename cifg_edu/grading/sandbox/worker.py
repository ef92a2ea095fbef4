"""The only program in the box: takes a student's cells, runs them, and calls what they define.

It stands in the box, compiled, beside `messages.py`, `recorder.py` and a course without answers,
and is started there with `python -I -S -B worker.pyc LIMITS`. What comes to it is trusted (pickle).
What it sends is not: a student's code shares this process and may break all of it.
"""

import importlib.abc
import importlib.machinery
import io
import json
import math
import os
import pickle
import resource
import socket
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator
from opcode import opname
from typing import Any

LIMITS = json.loads(sys.argv[1])
sys.path[:0] = LIMITS["path"]

import messages  # type: ignore[import-not-found]  # noqa: E402
import numpy as np  # noqa: E402
import recorder  # type: ignore[import-not-found]  # noqa: E402

SHOWN_ONLY = (
    *("matplotlib", "ipywidgets", "IPython", "tqdm"),
    *("cifg_edu.widgets", "cifg_edu.pictures"),
)


class Nothing(types.ModuleType):
    """Stands for a module that draws or shows something. It accepts every use and does nothing.

    Args:
        name: of the module, or of what was taken from it.
        contents: what a loop over it gives.
    """

    __path__ = []  # noqa: RUF012  # what makes a module a package

    def __init__(self, name: str, contents: Iterable[Any] = ()) -> None:
        super().__init__(name)
        self._contents = contents

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self.__name__ in PROGRESS_BARS and arguments:
            return Nothing("bar", PROGRESS_BARS[self.__name__](*arguments))
        if len(arguments) == 1 and isinstance(arguments[0], types.FunctionType):
            return arguments[0]  # a decorator, such as `interact`
        return Nothing("nothing")

    def __iter__(self) -> Iterator[Any]:
        """As many as `figure, axes = plt.subplots()` has names, or the contents."""
        frame = sys._getframe(1)
        operation, count = frame.f_code.co_code[frame.f_lasti :][:2]
        if opname[operation] == "UNPACK_SEQUENCE":
            return iter([Nothing("nothing") for _ in range(count)])
        return iter(self._contents)

    def __exit__(self, *error: Any) -> None:
        return None


PROGRESS_BARS: dict[str, Callable[..., Iterable[Any]]] = {
    "tqdm": lambda contents, *more: contents,
    "trange": range,
}
for _operator in (
    *("enter", "getitem", "setitem", "neg", "abs", "lt", "le", "gt", "ge"),
    *(r + o for r in ("", "r") for o in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")),
):
    setattr(Nothing, f"__{_operator}__", lambda *arguments: Nothing("nothing"))


class NothingFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a `Nothing` for modules that only show something."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.startswith(SHOWN_ONLY):
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def create_module(self, spec: Any) -> Nothing:
        return Nothing(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        return None


class Unpickler(pickle.Unpickler):
    """Makes a proxy of each function among the arguments: calls of it go back outside."""

    def persistent_load(self, number: Any) -> Any:
        def call_back(*arguments: Any, **named: Any) -> Any:
            message: dict[str, Any] = {"call": number, "names": [*named]}
            arguments = (*arguments, *named.values())
            message["arguments"] = [messages.encode(argument) for argument in arguments]
            messages.send(channel, messages.dump(message))
            kind, *content = read()
            if kind == "raise":
                raise ValueError(content[0])
            value, after = content
            for argument, new in zip(arguments, after, strict=True):
                messages.write_back(argument, new)
            return value

        return call_back


def read() -> Any:
    """The next message from outside."""
    return Unpickler(io.BytesIO(messages.receive(channel, 1 << 40))).load()


def keep_to_limits() -> None:
    """Give up every right that is not needed, for good."""
    LIMITS["resources"]["RLIMIT_CPU"] += math.ceil(time.process_time())  # what starting took
    for name, value in LIMITS["resources"].items():
        number = getattr(resource, name, None)
        if number is not None:
            _, hard = resource.getrlimit(number)
            least = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(number, (least, least))
    if LIMITS["uid"]:
        os.setgroups([])
        os.setresgid(*[LIMITS["uid"]] * 3)
        os.setresuid(*[LIMITS["uid"]] * 3)


def define(source: str, names: dict[str, Any]) -> None:
    """Run an answer's text."""
    code = compile(source, "<the answer>", "exec")
    with np.errstate(all="ignore"):
        exec(code, names)


def call(names: dict[str, Any], name: str, arguments: tuple[Any, ...], named: Any) -> Any:
    """Call a function that the cells defined: what it returns, and what became of its arguments."""
    before = [messages.encode(argument) for argument in arguments]
    with np.errstate(all="ignore"):
        value = messages.encode(names[name](*arguments, **named))
    after = [messages.encode(argument) for argument in arguments]
    changed = [[n, a] for n, (b, a) in enumerate(zip(before, after, strict=True)) if a != b]
    return {"value": value, "changed": changed}


def serve(names: dict[str, Any]) -> None:
    """Answer one message after the other."""
    while True:
        kind, *content = read()
        reply: Any = {}
        try:
            if kind == "import":
                for statement in content[0]:
                    try:
                        exec(statement, names)
                    except (ImportError, NotImplementedError):
                        continue
            elif kind == "forget":
                names.pop(content[0], None)
            elif kind == "define":
                define(content[0], names)
            elif kind == "watch":
                recorder.watch()
            elif kind == "seen":
                reply = recorder.seen()
            elif kind == "kind of":
                value = names.get(content[0])
                reply = {"kind": type(value).__name__ if content[0] in names else None}
                reply["callable"] = callable(value)
            else:
                reply = call(names, *content)
        except BaseException as error:
            reply = {"error": [type(error).__name__, str(error)[:1000]]}
        messages.send(channel, messages.dump(reply))


if __name__ == "__main__":
    channel = socket.socket(fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    sys.meta_path.append(NothingFinder())
    keep_to_limits()
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    main.display = lambda *things: None  # type: ignore[attr-defined]
    main.get_ipython = lambda: Nothing("get_ipython")  # type: ignore[attr-defined]
    messages.send(channel, messages.dump({"ready": True}))
    serve(vars(main))
