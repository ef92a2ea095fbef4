"""What crosses the border of the box, as plain data: encode, decode, write_back, send, receive.

This file runs on both sides: it is copied into the box, so it imports nothing of the course.
Only JSON comes out of the box, and `decode` builds only numbers, texts and containers from it:
no byte that a student's process sends is ever run.
"""

import base64
import json
import math
import re
import socket
import struct
from collections.abc import Collection, Iterator, Mapping, Set
from itertools import islice
from typing import Any

import numpy as np

DEEPEST = 30
LONGEST_ITERATOR = 1_000
LONGEST_TEXT = 2_000
# So few that even work that grows with their square is done in a moment.
MOST_PARTS = 20_000
# An empty array costs nothing to send, and x.T @ x of one with a long axis costs gigabytes.
LARGEST_EMPTY = 1_000
LARGEST_INTEGER = 1 << 64
HEADER = struct.Struct(">Q")
NUMBERS = re.compile(r"[<>|=]?(b1|[iu][1248]|f(2|4|8|16)|c(8|16|32))")

Shape = tuple[int, ...]


class Unknown:
    """Stands for a value of a type that does not cross, and shows what it was."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class MessageError(ValueError):
    """What came over the border makes no sense."""


UNREADABLE = "the result could not be read"


def encode(value: Any, depth: int = 0) -> Any:
    """A value as what JSON can hold.

    Args:
        value: anything; numbers, texts, arrays of numbers, containers and generators of random
            numbers come through as they are, an iterator as the list of what it gives. Keys and
            members of sets must be texts: others could be made to collide.
        depth: how deep inside the whole value this is.

    Returns:
        Lists, dictionaries with texts as keys, texts, numbers, True, False and None.

    Raises:
        MessageError: it is nested too deeply.
    """
    if depth > DEEPEST:
        raise MessageError(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if NUMBERS.fullmatch(array.dtype.str) is None:
            return {"other": f"an array of {array.dtype}" if array.ndim else _short_repr(value)}
        content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {kind: [array.dtype.str, list(array.shape), content]}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) < LARGEST_INTEGER:
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, complex):
        return encode(np.complex128(value))
    if isinstance(value, np.random.Generator) and type(value.bit_generator) is np.random.PCG64:
        state: Any = value.bit_generator.state
        numbers = [*state["state"].values(), state["has_uint32"], state["uinteger"]]
        return {"rng": [int(number) for number in numbers]}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"dict": [[key, encode(part, depth + 1)] for key, part in value.items()]}
    if isinstance(value, Set):  # also the keys of a dictionary
        parts = list(islice(value, LONGEST_ITERATOR))
        if all(isinstance(part, str) for part in parts):
            return {"set": parts}
    if isinstance(value, Iterator):
        value = list(islice(value, LONGEST_ITERATOR))
    for kind, container in (("list", list), ("tuple", tuple)):
        if isinstance(value, container):
            return {kind: [encode(part, depth + 1) for part in value]}
    return {"other": _short_repr(value)}


def decode(data: Any, shapes: Collection[Shape] | None = None, depth: int = 0) -> Any:
    """The value of which `encode` made this data.

    Args:
        data: what `load` gave, trusted in nothing else: `load` bounds the number of its parts.
        shapes: those that an array may have; None lets it have any.
        depth: how deep inside the whole value this is.

    Returns:
        The value; a named tuple comes as a tuple.

    Raises:
        MessageError: `encode` does not make such data, or an array has another shape.
    """
    if depth > DEEPEST:
        raise MessageError("the result is nested too deeply")
    if data is None or isinstance(data, bool | str | float):
        return data
    if isinstance(data, int) and abs(data) < LARGEST_INTEGER:
        return data
    if not isinstance(data, dict) or len(data) != 1:
        raise MessageError(UNREADABLE)
    [(kind, content)] = data.items()
    try:
        if kind in ("array", "scalar"):
            dtype, shape, numbers = content
            return _array(dtype, shape, numbers, shapes)[() if kind == "scalar" else ...]
        if kind == "rng":
            return _generator(*content)
        if kind == "dict":
            return {_text(key): decode(part, shapes, depth + 1) for key, part in content}
        if kind == "set":
            return {_text(part) for part in content}
        if kind == "other":
            return Unknown(_text(content)[:LONGEST_TEXT])
        container = {"list": list, "tuple": tuple}[kind]
        return container([decode(part, shapes, depth + 1) for part in content])
    except MessageError:
        raise
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise MessageError(UNREADABLE) from error


def write_back(old: Any, new: Any) -> None:
    """Do to a value in place what the other side did to its copy of it.

    Args:
        old: an argument of a call, changed in place.
        new: the same argument after the call, from the other side.
    """
    if isinstance(old, np.random.Generator):
        if isinstance(new, np.random.Generator):
            old.bit_generator.state = new.bit_generator.state
    elif isinstance(old, np.ndarray):
        if isinstance(new, np.ndarray) and old.shape == new.shape and old.flags.writeable:
            np.copyto(old, new, casting="unsafe")
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in [key for key in old if key not in new]:
            del old[key]
        for key, value in new.items():
            if key in old and _has_place(old[key]):
                write_back(old[key], value)
            else:
                old[key] = value
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        if isinstance(old, list) and len(old) != len(new):
            old[:] = new
        for number, (one, other) in enumerate(zip(old, new, strict=False)):
            if isinstance(old, list) and not _has_place(one):
                old[number] = other
            else:
                write_back(one, other)


def send(channel: socket.socket, content: bytes) -> None:
    """One message, after its length."""
    channel.sendall(HEADER.pack(len(content)) + content)


def receive(channel: Any, longest: int) -> bytearray:
    """The next message.

    Args:
        channel: where it comes from, with `recv_into` as a socket has it.
        longest: how many bytes it may have.

    Returns:
        Its content.

    Raises:
        EOFError: the other side is gone.
        MessageError: the message is too long.
    """
    (length,) = HEADER.unpack(_exactly(channel, HEADER.size))
    if length > longest:
        raise MessageError(f"the result is larger than {longest >> 20} MB")
    return _exactly(channel, length)


def dump(message: Any) -> bytes:
    """A message as the bytes of JSON."""
    return json.dumps(message).encode()


def load(content: bytes | bytearray) -> Any:
    """The message in the bytes of JSON.

    Raises:
        MessageError: that is no JSON, or it has more parts than any result needs.
    """
    # Counted before anything is built: as objects, 16 MB of brackets are a gigabyte.
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise MessageError(f"the result has more than {MOST_PARTS:,} parts: is it an array?")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise MessageError(UNREADABLE) from error


def _exactly(channel: Any, length: int) -> bytearray:
    content = bytearray(length)
    view = memoryview(content)
    while view:
        received = channel.recv_into(view)
        if not received:
            raise EOFError
        view = view[received:]
    return content


def _array(dtype: str, shape: list[int], content: str, shapes: Collection[Shape] | None) -> Any:
    numbers = all(type(n) is int and 0 <= n < LARGEST_INTEGER for n in shape)
    if NUMBERS.fullmatch(dtype) is None or not numbers or len(shape) > DEEPEST:
        raise MessageError(UNREADABLE)
    if shapes is not None and shape and tuple(shape) not in shapes:
        raise MessageError(f"an array of shape {tuple(shape)} is not of a shape that was given")
    if 0 in shape and math.prod(n or 1 for n in shape) > LARGEST_EMPTY:
        raise MessageError(f"an empty array of shape {tuple(shape)} is too long")
    values = np.frombuffer(base64.b64decode(content, validate=True), dtype=np.dtype(dtype))
    return values.reshape(shape).copy()


def _generator(state: int, increment: int, has_uint32: int, uinteger: int) -> Any:
    bits = np.random.PCG64(0)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": state, "inc": increment},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    return np.random.Generator(bits)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MessageError(UNREADABLE)
    return value


def _has_place(value: Any) -> bool:
    """Whether a value can be changed where it is."""
    return isinstance(value, np.ndarray | np.random.Generator | dict | list | tuple)


def _short_repr(value: Any) -> str:
    try:
        return repr(value)[:LONGEST_TEXT]
    except Exception:
        return f"an object of type {type(value).__name__}"
