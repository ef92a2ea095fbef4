"""What crosses the border of the box, as plain data: encode, decode, write_back, send, receive.

This file runs on both sides: it is copied into the box, so it imports nothing of the course.
Out of the box comes JSON only, and `decode` builds nothing but numbers, texts and containers:
no byte that a student's process sends is ever run.
"""

import base64
import json
import re
import socket
import struct
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

DEEPEST = 30
LONGEST_ITERATOR = 100_000
LONGEST_TEXT = 2_000
HEADER = struct.Struct(">Q")
DTYPE = re.compile(r"[<>|=]?[biufcU]\d{1,4}")


class Unknown:
    """Stands for a value of a type that does not cross, and shows what it was."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class MessageError(ValueError):
    """What came over the border makes no sense."""


def encode(value: Any, depth: int = 0) -> Any:
    """A value as what JSON can hold.

    Args:
        value: anything; numbers, texts, arrays, containers and generators of random numbers
            come through as they are, an iterator as the list of what it gives.
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
        if DTYPE.fullmatch(array.dtype.str) is None:
            return {"other": f"an array of {array.dtype}"}
        content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {kind: [array.dtype.str, list(array.shape), content]}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, complex):
        return encode(np.complex128(value))
    if isinstance(value, np.random.Generator):
        return {"rng": value.bit_generator.state}
    if isinstance(value, Mapping):
        pairs = [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    if isinstance(value, Iterator):
        value = list(islice(value, LONGEST_ITERATOR))
    for kind, types in (("list", list), ("tuple", tuple), ("set", (set, frozenset))):
        if isinstance(value, types):
            return {kind: [encode(part, depth + 1) for part in value]}
    return {"other": _short_repr(value)}


def decode(data: Any, depth: int = 0) -> Any:
    """The value of which `encode` made this data.

    Args:
        data: what JSON gave, trusted in nothing.
        depth: how deep inside the whole value this is.

    Returns:
        The value; a named tuple comes as a tuple.

    Raises:
        MessageError: `encode` makes no such data.
    """
    if depth > 2 * DEEPEST:
        raise MessageError("the result is nested too deeply")
    if data is None or isinstance(data, bool | str | int | float):
        return data
    if not isinstance(data, dict) or len(data) != 1:
        raise MessageError("the result could not be read")
    [(kind, content)] = data.items()
    try:
        if kind in ("array", "scalar"):
            return _array(*content)[() if kind == "scalar" else ...]
        if kind == "rng":
            return _generator(content)
        if kind == "dict":
            return {decode(k, depth + 1): decode(v, depth + 1) for k, v in content}
        if kind == "other":
            return Unknown(str(content)[:LONGEST_TEXT])
        container = {"list": list, "tuple": tuple, "set": set}[kind]
        return container(decode(part, depth + 1) for part in content)
    except (TypeError, ValueError, KeyError, OverflowError, RecursionError) as error:
        raise MessageError("the result could not be read") from error


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


def receive(channel: socket.socket, longest: int) -> bytes:
    """The next message.

    Args:
        channel: where it comes from.
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


def load(content: bytes) -> Any:
    """The message in the bytes of JSON.

    Raises:
        MessageError: that is no JSON.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise MessageError("the result could not be read") from error


def _exactly(channel: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = channel.recv(min(length, 1 << 16))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _array(dtype: str, shape: list[int], content: str) -> Any:
    if DTYPE.fullmatch(dtype) is None or not all(type(n) is int and n >= 0 for n in shape):
        raise MessageError("the result could not be read")
    values = np.frombuffer(base64.b64decode(content, validate=True), dtype=np.dtype(dtype))
    return values.reshape(shape).copy()


def _generator(state: Any) -> np.random.Generator:
    generator = np.random.default_rng(0)
    generator.bit_generator.state = state
    return generator


def _has_place(value: Any) -> bool:
    """Whether a value can be changed where it is."""
    return isinstance(value, np.ndarray | np.random.Generator | dict | list | tuple)


def _short_repr(value: Any) -> str:
    try:
        return repr(value)[:LONGEST_TEXT]
    except Exception:
        return f"an object of type {type(value).__name__}"
