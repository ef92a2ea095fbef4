"""Cells from outside, called as their authors call them: Adapter, adapt, resize."""

import functools
import inspect
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.errors import UserError
from cifg_edu.examine.strangers import described

# All different, so that a shape tells what an axis is.
B, D, H = 2, 3, 5
GATES = (4, 3, 2, 1)
Shapes = dict[str, tuple[int, ...]]
# From D and H to the weights' shapes.
ShapesOf = Callable[[int, int], Shapes]
Step = Callable[[Array, Array, Array, Tensors], tuple[Array, Array | None]]
# x (B, D), h and c (B, H), and weights.
Probe = tuple[Array, Array, Array, Tensors]
Backward = Callable[[Array, Array, Array, Array, Array, Tensors], dict[str, Array]]

ROLES = {
    "x": r"x|xt|x_t|inp|inputs?|x_in",
    "h": r"[ha]|[ha]t|[ha]_?t?_?prev|[ha]_?0|h_?tm1|hidden|h_old|h_in|(prev|initial|old|last)_h",
    "c": r"c|ct|c_?t?_?prev|c_?0|c_?tm1|cell|c_old|c_in|(prev|initial|old|last)_c",
    "state": r"states?|carry|hc|prev|prev_state|hx",
    "dict": r"params?|parameters|weights|p|w|theta|model",
}
METHODS = ("step", "forward", "__call__", "add_input", "update")
ASK = """Write a small adapter, and examine that:

  from cifg_edu.examine import Adapter
  def step(x, h, c, weights):          # x (B, D), h and c (B, H)
      ...                              # call the cell here
      return h, c
  my_cell = Adapter(step, {"W": (8, 20), "b": (20,)})  # the weights' shapes for D = 3, H = 5
"""


class Adapter(NamedTuple):
    """A step of a cell in one form, whatever its own is.

    step: from x (B, D), h and c (B, H) and the weights by name to the new h and c, each (B, H);
        None in place of c where the cell has none.
    shapes: of the weights, for D = 3 and H = 5.
    backward: from x, h, c, dh, dc (B, H) and the weights to gradients by name: "x", "h", "c", and
        the weights' own; None where there is none.
    notes: what was understood, in words.
    remake: from D and H to the same cell of these sizes; None where the shapes alone tell.
    """

    step: Step
    shapes: Shapes
    backward: Backward | None = None
    notes: tuple[str, ...] = ()
    remake: "Callable[[int, int], Adapter] | None" = None


class _Unclear(Exception):
    """This way of calling does not fit."""


def adapt(given: Any) -> Adapter:
    """Find out how a cell is called.

    Args:
        given: an Adapter; a function of one step with its weights as arguments or in a dictionary;
            a class whose instances hold the weights; or such an instance.

    Returns:
        The cell in one form.

    Raises:
        UserError: it is none of these, or no way of calling it was found.
    """
    if isinstance(given, Adapter):
        return given
    if inspect.isclass(given):
        return _of_object(functools.partial(_instance, given), given.__name__)
    if inspect.isfunction(given) or inspect.isbuiltin(given):
        return _of_function(given)
    if hasattr(given, "__dict__") and any(callable(getattr(given, m, None)) for m in METHODS):
        return _of_object(_only(given), type(given).__name__)
    raise UserError(
        f"A value of the type {type(given).__name__} is no cell: give a function, or a class."
    )


def resize(cell: Adapter, input_size: int, hidden_size: int) -> Adapter:
    """The same cell for other sizes.

    Args:
        cell: for D = 3 and H = 5.
        input_size, hidden_size: the new D and H.

    Returns:
        The cell; in an `Adapter` made by hand, an axis of 3 is read as D, one of 8 as D + H, and
        multiples of 5 as multiples of H.

    Raises:
        UserError: an axis is none of these.
    """
    if cell.remake is not None:
        return cell.remake(input_size, hidden_size)

    def axis(n: int) -> int:
        known = {1: 1, D: input_size, D + H: input_size + hidden_size}
        if n not in known and n % H:
            raise UserError(f"An axis of {n} is not understood: give D = 3, H = 5 or D + H = 8.")
        return known[n] if n in known else n // H * hidden_size

    shapes = {name: tuple(map(axis, shape)) for name, shape in cell.shapes.items()}
    return cell._replace(shapes=shapes)


def _role(name: str) -> str:
    for role, pattern in ROLES.items():
        if re.fullmatch(pattern, name, re.IGNORECASE):
            return role
    return ""


def _arguments(function: Any) -> list[str]:
    """The names that must be given, and those of a state that may be left out."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise UserError(f"The arguments of this function are not to be seen. {ASK}") from error
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    state = ("h", "c", "state")
    return [
        p.name
        for p in parameters
        if p.kind in kinds and (p.default is p.empty or _role(p.name) in state)
    ]


class _Form(NamedTuple):
    """How a state and an input look: side by side, or one at a time.

    `into` gives a copy, since a cell may write its new state over the old one.
    """

    words: str
    into: Callable[[Array], Array]
    back: Callable[[Array], Array]
    one_by_one: bool


FORMS = (
    _Form("a batch, one example a row", np.array, lambda a: a, False),
    _Form("a batch, one example a column", lambda a: np.array(a.T), lambda a: a.T, False),
    _Form("one example, a vector", lambda a: np.array(a[0]), lambda a: a[None], True),
    _Form("one example, a column", lambda a: np.array(a.T), lambda a: a.T, True),
)


def _in_form(call: Callable[..., Any], form: _Form) -> Callable[..., tuple[Array, Array | None]]:
    """A call with x, h, c in this form, as one with (B, D) and (B, H)."""

    def batch(x: Array, h: Array, c: Array, weights: Tensors) -> tuple[Array, Array | None]:
        if not form.one_by_one:
            return once(x, h, c, weights)
        rows = [once(x[k : k + 1], h[k : k + 1], c[k : k + 1], weights) for k in range(len(x))]
        cells = [row[1] for row in rows if row[1] is not None]
        return np.concatenate([row[0] for row in rows]), np.concatenate(cells) if cells else None

    def once(x: Array, h: Array, c: Array, weights: Tensors) -> tuple[Array, Array | None]:
        found = _state_of(call(form.into(x), form.into(h), form.into(c), weights))
        parts = [form.back(part) for part in found]
        if any(part.shape != h.shape or part.dtype.kind != "f" for part in parts):
            raise _Unclear
        return parts[0], parts[1] if len(parts) > 1 else None

    return batch


def _state_of(result: Any) -> list[Array]:
    """h and c in what a step returns: (h, c), (h, c, cache), (h, (h, c)) or h alone."""
    if isinstance(result, np.ndarray):
        return [result]
    if not isinstance(result, tuple | list) or not result:
        raise _Unclear
    if len(result) >= 2 and isinstance(result[1], tuple | list):
        return _state_of(tuple(result[1]))
    arrays = list(itertools.takewhile(lambda part: isinstance(part, np.ndarray), result))
    if not arrays:
        raise _Unclear
    return arrays[:2]


def probes(shapes: Shapes, seed: int = 0) -> Probe:
    """x (B, D), h and c (B, H) and weights, all drawn; no two are alike.

    Args:
        shapes: of the weights.
        seed: which draw.

    Returns:
        The four.
    """
    rng = np.random.default_rng(seed)
    weights: Tensors = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    h, c = rng.uniform(-0.7, 0.7, size=(2, B, H))
    x: Array = rng.normal(size=(B, D))
    return x, h, c, weights


def _why_not(step: Step, shapes: Shapes) -> str:
    """Why this way of calling a step is not the one; "" where it is."""
    try:
        with np.errstate(all="ignore"):
            h, c = step(*probes(shapes))
    except _Unclear:
        return "it returned no h (and c) of the size of the old one"
    except (Exception, SystemExit) as error:  # whatever a stranger's code raises
        return f"it stopped with {described(error)}"
    finite = np.isfinite(h).all() and (c is None or np.isfinite(c).all())
    return "" if finite else "it returned numbers that are not finite"


def _no_way(called: str, reasons: Sequence[str]) -> UserError:
    """The error where no way of calling was found, with what went wrong most often."""
    most = f" In most tries {Counter(reasons).most_common(1)[0][0]}." if reasons else ""
    return UserError(f"No way was found to call {called}.{most} {ASK}")


def _of_function(function: Any) -> Adapter:
    names = _arguments(function)
    data = [name for name in names if _role(name) in ("x", "h", "c", "state")]
    rest = [name for name in names if name not in data]
    if not any(_role(name) == "x" for name in data) or len(data) < 2:
        raise UserError(
            f"{function.__name__}{inspect.signature(function)} is not understood: its arguments "
            f"have no names such as x, h and c. {ASK}"
        )
    # A single W may be a dictionary or a matrix.
    single = len(rest) == 1 and _role(rest[0]) == "dict"
    makers = _of_makers(function) if single else iter(())
    call, reasons = _call_with(function, names, rest), []
    for words, shapes_of in itertools.chain(makers, _shape_choices(rest)):
        for form in FORMS:
            step = _in_form(call, form)
            reasons.append(_why_not(step, shapes_of(D, H)))
            if not reasons[-1]:
                backward = _backward_of(function, form)
                cell = Adapter(step, {}, backward, (words, form.words))
                return _of_any_size(cell, shapes_of)
    raise _no_way(
        f"{function.__name__}({', '.join(names)}) with D = {D}, H = {H} and weights of the usual "
        "shapes",
        reasons,
    )


def _of_any_size(cell: Adapter, shapes_of: ShapesOf) -> Adapter:
    """A cell whose step reads the sizes from its weights."""

    def remake(input_size: int, hidden_size: int) -> Adapter:
        return cell._replace(shapes=shapes_of(input_size, hidden_size), remake=remake)

    return remake(D, H)


def _call_with(function: Any, names: list[str], rest: list[str]) -> Callable[..., Any]:
    def call(x: Array, h: Array, c: Array, weights: Tensors) -> Any:
        values = {"x": x, "h": h, "c": c, "state": (h, c), "dict": weights}
        return function(
            *(weights[n] if n in weights and n in rest else values[_role(n)] for n in names)
        )

    return call


def _of_makers(function: Any) -> Iterator[tuple[str, ShapesOf]]:
    """The shapes that functions of the same file give, whose names begin with init or make."""
    module = inspect.getmodule(function)
    for name, maker in vars(module).items() if module else ():
        if not name.startswith(("init", "make", "new", "create")) or not inspect.isfunction(maker):
            continue
        first = (_arguments(maker) or [""])[0].lower()
        hidden_first = "hid" in first or first == "h"

        def shapes_of(
            input_size: int,
            hidden_size: int,
            maker: Callable[..., Any] = maker,
            turn: int = -1 if hidden_first else 1,
        ) -> Shapes:
            made = maker(*(input_size, hidden_size)[::turn])
            return {name: value.shape for name, value in made.items()}

        try:
            shapes_of(D, H)
        except (Exception, SystemExit):  # it makes something else
            continue
        yield f"weights as {name}() makes them", shapes_of


def _kind(name: str) -> str:
    """What a weight is by its name: a bias, a peephole, recurrent, or of the input.

    A gain of layer norm has the shape of a bias.
    """
    low = name.lower()
    if low.startswith("b") or re.search("bias|gamma|gain|scale", low):
        return "bias"
    if low.startswith(("p", "v")) or "peep" in low:
        return "peephole"
    if low.startswith(("u", "r")) or re.match(r"w_?h|.*hh", low):
        return "recurrent"
    return "input"


def _shape_choices(names: Sequence[str]) -> Iterator[tuple[str, ShapesOf]]:
    """The shapes that weights of these names may have."""
    kinds = {name: _kind(name) for name in names}
    if any(re.match("u", name, re.IGNORECASE) for name in names):
        # Beside U_z and U_h, W_h is the input's weight of the candidate.
        kinds |= {name: "input" for name in names if re.match("w", name, re.IGNORECASE)}
    inputs = [name for name in names if kinds[name] == "input"]
    joined = not any(kind == "recurrent" for kind in kinds.values())
    fused = len(inputs) == 1
    for gates, rows, form, directions in itertools.product(
        GATES if fused else (1,), (0, 1), (0, 1, 2, 3), ((), (1,))
    ):

        def shapes_of(
            input_size: int,
            hidden_size: int,
            choice: tuple[int, int, int, tuple[int, ...]] = (gates, rows, form, directions),
        ) -> Shapes:
            gates, rows, form, directions = choice
            size = gates * hidden_size
            shapes = {
                "input": (input_size + hidden_size if joined else input_size, size),
                "recurrent": (hidden_size, size),
                "peephole": (hidden_size, 1) if form == 1 else (hidden_size,),
                "bias": [(size,), (size, 1), (1, size), (2 * size,)][form],
            }
            if rows:
                shapes |= {kind: shapes[kind][::-1] for kind in ("input", "recurrent")}
            # The ONNX operator's weights have an axis for the direction.
            return {name: (*directions, *shapes[kind]) for name, kind in kinds.items()}

        blocks = "one block" if fused else "each gate"
        yield f"weights of {blocks} as {'rows' if rows else 'columns'}", shapes_of


def _instance(kind: type, input_size: int, hidden_size: int) -> Any:
    names = [name for name in _arguments(kind.__init__) if name != "self"]  # type: ignore[misc]
    sizes = input_size, hidden_size
    if names and "hid" in names[0].lower():
        sizes = sizes[::-1]
    try:
        return kind(*sizes[: len(names)]) if len(names) <= 2 else kind(*sizes)
    except (Exception, SystemExit) as error:
        raise UserError(
            f"{kind.__name__}({', '.join(names)}) was called with {sizes} and stops with "
            f"{described(error)}. Give an instance with D = {D} and H = {H}."
        ) from error


def _only(given: Any) -> Callable[[int, int], Any]:
    """An object in place of its class: it has one size."""

    def make(input_size: int, hidden_size: int) -> Any:
        if (input_size, hidden_size) != (D, H):
            raise UserError(f"An object has one size: give its class, {type(given).__name__}.")
        return given

    return make


def _of_object(make: Callable[[int, int], Any], name: str) -> Adapter:
    """An object that holds its weights, in attributes or in a dictionary that is one."""
    ways = _ways(make(D, H), name)
    reasons: list[str] = []
    for way in ways:
        reasons.append(_why_not(way.step, way.shapes))
        if not reasons[-1]:
            break
    else:
        raise _no_way(f"a step of {name}", reasons)
    number = len(reasons) - 1

    def remake(input_size: int, hidden_size: int) -> Adapter:
        return _ways(make(input_size, hidden_size), name)[number]._replace(remake=remake)

    return ways[number]._replace(remake=remake)


def _ways(cell: Any, name: str) -> list[Adapter]:
    """Every way in which a step of an object may be called."""
    weights = {
        key: holder
        for holder in reversed(_holders(cell))
        for key, value in holder.items()
        if isinstance(value, np.ndarray)
        and value.size > 1
        and _role(str(key)) not in ("x", "h", "c")
        and not str(key).startswith(("d", "grad"))
    }
    shapes = {key: holder[key].shape for key, holder in weights.items()}
    if not shapes:
        raise UserError(f"{name} holds no arrays that could be weights. {ASK}")

    def load(values: Tensors) -> None:
        for key, holder in weights.items():
            holder[key] = np.array(values[key])

    found = []
    for method in (getattr(cell, m) for m in METHODS if callable(getattr(cell, m, None))):
        for call in _method_calls(cell, method, _arguments(method), load):
            for form in FORMS:
                step = _in_form(call, form)
                backward = _backward_of_object(cell, step, form)
                notes = ("a class with its weights", form.words)
                found.append(Adapter(step, shapes, backward, notes))
    return found


def _holders(cell: Any) -> list[dict[str, Any]]:
    """The attributes of an object, and the dictionaries among them that hold no gradients."""
    return [vars(cell), *_dictionaries(cell, of_gradients=False)]


def _dictionaries(cell: Any, of_gradients: bool) -> list[dict[str, Any]]:
    return [
        value
        for name, value in vars(cell).items()
        if isinstance(value, dict)
        and bool(re.match(r"_?(grad|d_|d(params?|weights|theta|w|p)$)", name)) == of_gradients
    ]


def _method_calls(
    cell: Any, method: Any, names: list[str], load: Callable[[Tensors], None]
) -> Iterator[Callable[..., Any]]:
    def with_state(x: Array, h: Array, c: Array, weights: Tensors) -> Any:
        load(weights)
        return method(x, (h, c))

    def apart(x: Array, h: Array, c: Array, weights: Tensors) -> Any:
        load(weights)
        return method(x, h, c)

    def held(x: Array, h: Array, c: Array, weights: Tensors) -> Any:
        load(weights)
        cell.h, cell.c = h, c
        result = method(x)
        return result if isinstance(result, tuple) else (cell.h, cell.c)

    def h_alone(x: Array, h: Array, c: Array, weights: Tensors) -> Any:
        load(weights)
        return method(x, h)

    if len(names) == 3:
        yield apart
    elif len(names) == 2:
        yield from (with_state, h_alone)
    elif len(names) == 1:
        yield held


def _backward_of(function: Any, form: _Form) -> Backward | None:
    """The backward pass beside a function: NAME_backward, or backward, in the same file."""
    module = inspect.getmodule(function)
    name = function.__name__
    found = getattr(module, f"{name}_backward", None) or getattr(module, "backward", None)
    if found is None or form.one_by_one:
        return None
    names = _arguments(function)
    asked = _arguments(found)

    def backward(
        x: Array, h: Array, c: Array, dh: Array, dc: Array, weights: Tensors
    ) -> dict[str, Array]:
        rest = [n for n in names if n in weights]
        result = _call_with(function, names, rest)(*map(form.into, (x, h, c)), weights)
        cache = result[2:] if isinstance(result, tuple) else ()
        values: dict[str, Any] = {**weights, "weights": weights, "params": weights}
        given: list[Any] = []
        for n in asked:
            low = n.lower()
            if low.startswith("dh"):
                given.append(form.into(dh))
            elif low.startswith("dc"):
                given.append(form.into(dc))
            elif n in values:
                given.append(values[n])
            elif "cache" in low or "tape" in low or "kept" in low:
                given.append(cache[0] if len(cache) == 1 else cache)
            else:
                data: dict[str, Any] = {"x": x, "h": h, "c": c}
                given.append(data.get(_role(n), weights))
        return _named(found(*given), list(weights), form)

    return backward


def _backward_of_object(cell: Any, step: Step, form: _Form) -> Backward | None:
    method = getattr(cell, "backward", None)
    if method is None or form.one_by_one:
        return None
    asked = _arguments(method)

    def backward(
        x: Array, h: Array, c: Array, dh: Array, dc: Array, weights: Tensors
    ) -> dict[str, Array]:
        step(x, h, c, weights)
        # Some backward passes add to what is there.
        for kept in _kept_gradients(cell, weights).values():
            kept[...] = 0
        given = [form.into(dh), form.into(dc)]
        result = method(*given[: len(asked)]) if len(asked) <= 2 else method(*given)
        gradients = _named(result, list(weights), form)
        gradients |= {name: a.copy() for name, a in _kept_gradients(cell, weights).items()}
        return gradients

    return backward


def _kept_gradients(cell: Any, weights: Tensors) -> dict[str, Array]:
    """The gradients that an object keeps beside its weights, by the weights' names."""
    apart = _dictionaries(cell, of_gradients=True)
    return {
        name: holder[key]
        for holder in (*_holders(cell), *apart)
        for name in weights
        for key in (f"d{name}", f"grad_{name}", f"d_{name}", f"{name}_grad", name)
        if isinstance(holder.get(key), np.ndarray)
        and (key != name or any(holder is one for one in apart))
    }


def _named(result: Any, weights: list[str], form: _Form) -> dict[str, Array]:
    """Gradients by name, from a dictionary, a named tuple, or a tuple in the usual order."""
    fields = getattr(result, "_asdict", None)
    if fields:
        result = fields()
    if not isinstance(result, dict):
        parts = list(result) if isinstance(result, tuple | list) else [result]
        order = ["x", "h", "c", *weights]
        result = dict(zip(order, parts, strict=False))
    found: dict[str, Array] = {}
    for key, given in result.items():
        name = key if key in weights else re.sub(r"^(d|grad)_?|_?grad$", "", key)
        role = _role(name)
        value = np.asarray(given, dtype=float)
        if name not in weights and role in ("x", "h", "c"):
            found[role] = form.back(value)
        else:
            found[name] = value
    return found
