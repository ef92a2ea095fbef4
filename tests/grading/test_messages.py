"""What comes out of a box is a value within bounds, or one error, whatever its bytes are."""

import json
import socket
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cifg_edu.grading.sandbox import messages
from cifg_edu.grading.sandbox.messages import MessageError, decode, encode, load

MERSENNE = (1 << 61) - 1  # whole numbers that differ by it have one hash
PLAIN = bool | int | float | complex | str | np.ndarray | np.generic | messages.Unknown
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | st.text()
    | st.sampled_from(["<f8", "|b1", "|O", "<U9", "<M8[s]", "AAAAAAAAAAA=", "", "!"])
)
KINDS = st.sampled_from(["array", "scalar", "rng", "dict", "set", "list", "tuple", "other", "x"])
HOSTILE = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KINDS, inner, max_size=2),
    max_leaves=40,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), 1 << 63)
    | st.floats(allow_nan=False)
    | st.text()
    | arrays.arrays(
        st.sampled_from(["<f8", "<f4", "<i8", "|b1", "<c16"]),
        arrays.array_shapes(min_dims=0, min_side=0, max_side=4),
        elements={"allow_nan": False},
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
        | st.sets(st.text(), max_size=4)
    ),
    max_leaves=20,
)


def _parts(value):
    """The values inside a value, each of a type that is allowed."""
    found, todo = 0, [(value, 0)]
    while todo:
        part, depth = todo.pop()
        found += 1
        assert depth <= messages.DEEPEST
        if isinstance(part, dict):
            assert all(type(key) is str for key in part)
            todo += [(inner, depth + 1) for inner in part.values()]
        elif isinstance(part, list | tuple | set):
            assert not isinstance(part, set) or all(type(inner) is str for inner in part)
            todo += [(inner, depth + 1) for inner in part]
        else:
            assert part is None or isinstance(part, PLAIN | np.random.Generator)
            if isinstance(part, np.ndarray):
                assert part.dtype.kind in "biufc"
                assert part.size or np.prod(np.maximum(part.shape, 1)) <= messages.LARGEST_EMPTY
    return found


def _read(content):
    """What the bytes decode to, or None, with a bound on the calls that this takes."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event.endswith("call")

    value = None
    sys.setprofile(count)
    try:
        value = decode(load(content))
    except MessageError:
        pass
    finally:
        sys.setprofile(None)
    assert calls <= 200 * (content.count(b",") + content.count(b"[") + content.count(b"{") + 2)
    return value


@given(st.binary() | HOSTILE.map(lambda data: json.dumps(data).encode()))
@example(b'{"array":["<f8",[0,12000],""]}')
@example(b'{"array":["<U1",[1],"/////w=="]}')
@example(b'{"dict":[[[],1]]}')
def test_any_bytes_give_a_value_within_bounds_or_one_error(content):
    assert _parts(_read(content)) <= messages.MOST_PARTS + 1


@pytest.mark.parametrize(
    ("begin", "again", "times", "end"),
    [
        (b"", b"[", 1_000_000, b""),
        (b"", b'{"list":[', 500, b""),
        (b"[", b"{},", 5_000_000, b"1]"),
        (b'{"list":[', b"9", 4_000, b"]}"),
        (b'{"array":["<f8",[', b"9999999999999999999,", 9_000, b'0],""]}'),
    ],
    ids=["lists", "lists by name", "dictionaries", "digits", "axes"],
)
def test_long_bytes_give_a_value_within_bounds_or_one_error(begin, again, times, end):
    assert _parts(_read(begin + again * times + end)) <= messages.MOST_PARTS + 1


@given(VALUES)
def test_value_comes_through_as_it_was(value):
    after = decode(load(messages.dump(encode(value))))
    assert type(after) is type(value)
    np.testing.assert_equal(after, value)


@pytest.mark.parametrize(
    "data",
    [
        {"dict": [[n * MERSENNE, 0] for n in range(5)]},
        {"set": [n * MERSENNE for n in range(5)]},
        {"list": [{"set": [{"tuple": [1, 2]}]}]},
        {"list": [1 << 64]},
        {"list": [0] * (messages.MOST_PARTS + 1)},
        {"rng": [1 << 200, 1, 0, 0]},
        {"array": ["<f8", [0, 12_000], ""]},
        {"array": ["<f8", [0] * 31, ""]},
        {"array": ["|O", [1], "AAAAAAAAAAA="]},
    ],
)
def test_what_could_cost_the_outside_much_is_refused(data):
    with pytest.raises(MessageError):
        decode(load(json.dumps(data).encode()))


def test_worker_sends_nothing_that_would_be_refused():
    for value in (1 << 5_000, {1: 2}, {(1, 2)}, np.array(["a"]), np.random.RandomState()):
        assert isinstance(decode(load(messages.dump(encode(value)))), messages.Unknown)
    assert len(decode(encode(iter(range(10**9))))) == messages.LONGEST_ITERATOR


def test_generator_comes_through_in_its_state():
    rng = np.random.default_rng(3)
    rng.random(7)
    after = decode(load(messages.dump(encode(rng))))
    assert after.random() == rng.random()


def test_array_of_another_shape_is_refused_where_shapes_are_given():
    shapes = {(2, 3)}
    assert decode(encode([np.zeros((2, 3)), np.float64(1.0)]), shapes)
    with pytest.raises(MessageError, match=r"shape \(3,\) is not of a shape that was given"):
        decode(encode([np.zeros(3)]), shapes)


def test_message_that_is_too_long_is_refused_before_it_is_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(messages.HEADER.pack(1 << 60))
        with pytest.raises(MessageError, match="larger than 1 MB"):
            messages.receive(ours, 1 << 20)
