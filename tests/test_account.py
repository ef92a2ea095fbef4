"""What is kept of a comparison: the parts that are whole, exactly, in one small file."""

import json
import lzma
from dataclasses import replace

import numpy as np
import pytest

from cifg_edu.comparison import account as account_module
from cifg_edu.comparison.account import (
    agreement,
    collect,
    from_text,
    pack,
    to_text,
    unpack,
    whole_parts,
)
from cifg_edu.comparison.runs import Experiment, Point, RunResult, next_runs
from cifg_edu.comparison.schedule import Outcome
from cifg_edu.errors import UserError
from tests.comparisons import ABOUT, CIFG, MACHINE, WORSE, account, model


def finished(experiment):
    """Results of all runs of an experiment, in which the middle rate is the best."""
    results = []
    while wanted := next_runs(experiment, results):
        for spec in wanted:
            measure = 0.1 + abs(np.log(spec.learning_rate / 0.015))
            curve = (Point(0, 0.0, 1.0), Point(spec.updates, 2.0, measure))
            results.append(RunResult(spec, 100, curve, measure, measure, 2.0))
    return results


EXPERIMENT = Experiment(["adding", "copy"], ["lstm", "gru"], range(2))


def without(results, *lost):
    return [r for r in results if (r.spec.task, r.spec.cell, r.spec.replicate) not in lost]


def parts(results):
    return {(result.spec.task, result.spec.cell) for result in results}


def test_a_part_is_kept_if_it_is_whole_and_the_reference_beside_it():
    results = finished(Experiment(["adding", "copy"], ["cifg", "lstm", "gru"], range(2)))
    kept, missing = whole_parts(EXPERIMENT, results)
    assert parts(kept) == {(t, c) for t in ("adding", "copy") for c in ("cifg", "lstm", "gru")}
    assert (kept, missing) == (sorted(results, key=lambda r: r.spec.task), [])

    kept, missing = whole_parts(EXPERIMENT, without(results, ("copy", "lstm", 1)))
    assert parts(kept) == parts(results) - {("copy", "lstm")}
    assert missing == ["copy, LSTM: at least 6 runs are missing."]

    kept, missing = whole_parts(EXPERIMENT, without(results, ("copy", "cifg", 0)))
    assert parts(kept) == {("adding", cell) for cell in ("cifg", "lstm", "gru")}
    assert missing == ["copy, CIFG: at least 3 runs are missing."]


def test_a_rate_beyond_the_end_that_is_still_to_be_tried_makes_a_part_not_whole():
    results = finished(Experiment(["adding"], ["cifg", "lstm"], range(2)))
    best = min(results, key=lambda r: r.validation)
    ends = [replace(r, validation=0.0) if r.spec == best.spec else r for r in results]
    assert not whole_parts(Experiment(["adding"], ["lstm"], range(2)), ends)[1]
    largest = max(results, key=lambda r: (r.spec.cell, r.spec.learning_rate))
    ends = [replace(r, validation=0.0) if r is largest else r for r in results]
    _, missing = whole_parts(Experiment(["adding"], ["lstm"], range(2)), ends)
    assert missing == ["adding, LSTM: at least 1 runs are missing."]


def test_runs_that_an_experiment_does_not_ask_for_are_left_out():
    experiment = Experiment(["adding"], ["lstm"], range(2))
    results = finished(experiment) + finished(replace(experiment, cells=["cifg"]))
    others = [
        *finished(replace(experiment, replicates=[2])),
        *finished(replace(experiment, updates=7)),
        *finished(replace(experiment, hidden_size=3)),
    ]
    kept, missing = whole_parts(experiment, [*others, *results])
    assert not missing
    assert kept == results


def test_an_account_of_unfinished_runs_has_its_whole_parts_and_names_the_others():
    experiment = Experiment(["adding"], ["cifg", "lstm"], range(2))
    results = without(finished(experiment), ("adding", "lstm", 1))
    failed = next_runs(experiment, results)[0]
    made = Outcome(
        {r.spec: r for r in results}, {r.spec: MACHINE for r in results}, {failed: "No memory."}
    )
    found = collect(experiment, made, ABOUT, "command", "here")
    assert parts(found.results) == {("adding", "cifg")}
    assert set(found.machines) == {r.spec for r in found.results}
    assert found.missing == ["adding, LSTM: at least 6 runs are missing."]
    assert found.failed == ["No memory."]


def stored():
    given = account(model("cifg", CIFG), model("lstm", [*WORSE[:4], np.inf]), missing=["One."])
    exact = [replace(r, validation=r.validation + 1 / 3) for r in given.results]
    return replace(given, results=exact)


def test_an_account_comes_back_from_its_file_exactly(tmp_path):
    pack(stored(), tmp_path / "stored.xz")
    assert unpack(tmp_path / "stored.xz") == stored()


def test_only_seconds_are_rounded():
    given = stored()
    curve = (Point(0, 1 / 3, 1 / 3),)
    given = replace(given, results=[replace(given.results[0], curve=curve, seconds=2 / 3)])
    [back] = from_text(to_text(given)).results
    assert back == replace(given.results[0], curve=(Point(0, 0.333, 1 / 3),), seconds=0.667)


def test_nothing_whole_is_not_packed(tmp_path):
    with pytest.raises(UserError, match="No part of this comparison is whole"):
        pack(account(), tmp_path / "stored.xz")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_missing_damaged_or_newer_is_told_in_one_sentence(tmp_path, monkeypatch):
    path = tmp_path / "stored.xz"
    monkeypatch.setattr(account_module, "STORED", path)
    with pytest.raises(UserError, match="no stored runs: run compare without --report"):
        unpack()
    pack(stored(), path)
    whole = path.read_bytes()
    for content in (b"", b"nothing packed", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="damaged: install the course again"):
            unpack()
    for changes, words in (
        ({"format": 2}, "written by a newer version"),
        ({"runs": [{"machine": 7}]}, "damaged"),
        ({"tasks": None, "about": 3}, "damaged"),
    ):
        text = json.dumps(json.loads(to_text(stored())) | changes)
        path.write_bytes(lzma.compress(text.encode()))
        with pytest.raises(UserError, match=words):
            unpack()


def changed(result, by):
    *first, last = result.curve
    return replace(result, curve=(*first, last._replace(measure=last.measure + by)))


def test_runs_made_again_agree_bit_for_bit_within_the_tolerance_or_not():
    before = model("cifg", CIFG)
    slower = [replace(result, seconds=99.0) for result in before]
    assert agreement(before, slower, 0.0) == (
        True,
        "All 15 runs agree bit for bit with the stored ones.",
    )
    again = [changed(before[0], 2**-10), *before[1:]]
    agree, words = agreement(before, again, 0.005)
    assert agree
    assert words == (
        "14 of 15 runs agree bit for bit with the stored ones. The largest difference of a "
        "measure is 0.000977: within the tolerance of 0.005."
    )
    agree, words = agreement(before, again, 0.0005)
    assert not agree
    assert "beyond the tolerance" in words
    assert not agreement(before, [replace(before[0], test=0.6), *before[1:]], 0.005)[0]


def test_two_runs_that_diverged_at_the_same_place_agree_and_one_alone_does_not():
    fine, diverged = model("cifg", [0.5, np.inf])[::3]
    assert agreement([diverged], [diverged], 0.0)[0]
    assert not agreement([fine], [diverged], 1e9)[0]
