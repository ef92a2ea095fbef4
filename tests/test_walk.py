"""Both values are visited at once, by the parts of the first, and each place has its name."""

from collections import namedtuple

import numpy as np
import pytest

from cifg_edu.checks.walk import Pair, walk

Cache = namedtuple("Cache", ["i", "o"])


def test_every_value_without_parts_is_visited_in_order_and_named():
    expected = (1, Cache(2, [3, "x"]), {"dWx": 4})
    actual = [10, (20, (30, "y")), {"dWx": 40}]
    assert list(walk("the result", expected, actual, ("h", "cache"))) == [
        Pair("h", 1, 10, True),
        Pair("cache.i", 2, 20, True),
        Pair("cache.o[0]", 3, 30, True),
        Pair("cache.o[1]", "x", "y", True),
        Pair("the result[2].dWx", 4, 40, True),
    ]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, [("a", 1)]),
        ((1, 2), (1, 2, 3)),
        ((1, 2), np.array([1, 2])),
        ([1, 2], None),
    ],
)
def test_other_structure_is_one_pair_whose_parts_are_not_visited(expected, actual):
    assert [pair.same_structure for pair in walk("it", expected, actual)] == [False]


def test_value_without_parts_is_held_against_anything():
    assert list(walk("it", 1, (1, 2))) == [Pair("it", 1, (1, 2), True)]


def test_functions_are_left_out():
    assert [pair.name for pair in walk("", (len, 1), (max, 1))] == ["[1]"]
