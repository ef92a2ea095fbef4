"""The runs of a comparison: fair, repeatable, and measured on what nothing was chosen by."""

import dataclasses
import itertools
import json
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from cifg_edu import corpora
from cifg_edu.comparison import cells, chorales, compared_tasks, runs
from cifg_edu.comparison.compared_tasks import (
    LENGTHS,
    PARTS,
    TASKS,
    Batch,
    batch_loss,
    find_task,
    wrong_strings,
)
from cifg_edu.comparison.runs import (
    HIGHEST_RATE,
    LOWEST_RATE,
    MATCHINGS,
    Experiment,
    Point,
    RunResult,
    RunSpec,
    chosen,
    evaluation_updates,
    from_json,
    models,
    next_runs,
    run,
    to_json,
)
from cifg_edu.corpora import Corpus
from cifg_edu.errors import UserError
from cifg_edu.gradcheck import check_gradients, numerical_gradient, relative_error
from cifg_edu.model import backward_pass
from cifg_edu.statistics import count_model_parameters
from cifg_edu.text import decode

# The tasks at their usual lengths; what holds for these holds for the others too.
KINDS = [name for name in TASKS if "-" not in name]
ALL_CELLS = ("cifg", "lstm", "lstm_closed", "gru", "rnn")
# How long a small model trains at a rate of 0.03 until any doubt is gone that it learns.
LOOKS = {"sonnets": 40, "adding": 40, "copy": 40, "reber": 150, "counting": 300, "chorales": 40}


def made_up_rolls(rng, number):
    """Rolls of 20 to 60 frames in which four notes of few sound."""
    rolls = [np.zeros((length, 88), np.uint8) for length in rng.integers(20, 61, size=number)]
    for roll in rolls:
        for frame in roll:
            frame[rng.choice(np.arange(40, 52), size=4, replace=False)] = 1
    return rolls


@pytest.fixture(autouse=True, scope="module")
def _data_at_hand():
    """Small data in place of what is fetched, and no task from, or for, another file's tests."""
    rng = np.random.default_rng(0)
    music = chorales.Chorales(*(made_up_rolls(rng, n) for n in (30, 6, 7)), origin="made up")
    # The lanes of a part leave none of its characters out.
    verses = Corpus(corpora.practice_text().text[: 10 * (16 * 18 + 1)], "made up")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(corpora, "load_sonnets", lambda: verses)
        context.setattr(chorales, "load_chorales", lambda: music)
        find_task.cache_clear()
        yield
    find_task.cache_clear()


def a_spec(**changes):
    values = {
        "task": "adding",
        "cell": "cifg",
        "matching": "size",
        "hidden_size": 4,
        "learning_rate": 0.01,
        "replicate": 3,
        "updates": 12,
    }
    return RunSpec(**values | changes)


def a_result(validation, test=0.5, **changes):
    return RunResult(a_spec(**changes), 100, (Point(0, 0.0, 2.0),), validation, test, 1.0)


def at_first(experiment):
    """What an experiment runs before any result is there."""
    return next_runs(experiment, [])


def measures(result):
    return [(point.update, point.measure) for point in result.curve]


# The same for every cell


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_the_same_spec_gives_the_same_numbers_and_another_replicate_gives_others(cell):
    first, again, other = (run(a_spec(cell=cell, replicate=number)) for number in (3, 3, 4))
    assert measures(first) == measures(again)
    assert (first.validation, first.test) == (again.validation, again.test)
    assert first.parameters == again.parameters
    assert measures(first) != measures(other)


def batches_of(monkeypatch, spec):
    """The inputs and targets on which a run trains, in order."""
    seen = []

    def spy(task, cell, parameters, adam, batch, rate):
        seen.append((batch.inputs, batch.targets))
        return runs.Step(parameters, adam, 1.0, 1.0)

    with monkeypatch.context() as context:
        context.setattr(runs, "train_step", spy)
        run(spec)
    return seen


@pytest.mark.parametrize("task", KINDS)
def test_data_of_one_replicate_come_in_one_order_for_every_cell_size_and_rate(monkeypatch, task):
    first = batches_of(monkeypatch, a_spec(task=task, updates=3))
    assert len(first) == 3
    assert not np.array_equal(first[0][1], first[1][1])
    for change in (
        {"cell": "lstm"},
        {"cell": "rnn", "matching": "parameters", "hidden_size": 9},
        {"learning_rate": 0.1},
    ):
        other = batches_of(monkeypatch, a_spec(task=task, updates=3, **change))
        for mine, theirs in zip(first, other, strict=True):
            np.testing.assert_array_equal(mine[0], theirs[0])
            np.testing.assert_array_equal(mine[1], theirs[1])


@pytest.mark.parametrize("task", KINDS)
def test_another_replicate_brings_other_data_and_other_weights(monkeypatch, task):
    specs = [a_spec(task=task, replicate=number) for number in (3, 4)]
    first, other = (batches_of(monkeypatch, spec) for spec in specs)
    assert not any(np.array_equal(a, b) for (a, _), (b, _) in zip(first, other, strict=True))
    weights = [runs.generators(spec)[0].normal() for spec in specs]
    assert weights[0] != weights[1]


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_every_parameter_of_a_cell_with_a_read_out_has_the_right_gradient(cell):
    task, rng = find_task("reber"), np.random.default_rng(1)
    batch = Batch(*(whole[:5, :3] for whole in task.make_batch(rng)))
    first = cells.first_parameters(rng, cell, task.input_size, 4, task.output_size)
    parameters = {name: value + 0.1 * rng.normal(size=value.shape) for name, value in first.items()}

    def loss(**tensors):
        outputs = cells.from_zeros(cell, tensors, batch.inputs).outputs
        return batch_loss(task.loss, outputs, batch)[0]

    done = cells.from_zeros(cell, parameters, batch.inputs)
    doutputs = batch_loss(task.loss, done.outputs, batch)[1]
    gradients, _ = backward_pass(cells.CELLS[cell], parameters, done, doutputs)
    report = check_gradients(loss, parameters, gradients)
    assert max(report.errors.values()) < 1e-7, f"\n{report}"


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_training_is_in_float32_from_the_first_weights_to_the_last(cell):
    task, spec = find_task("adding"), a_spec(cell=cell)
    weights, data = runs.generators(spec)
    parameters = cells.first_parameters(weights, cell, 2, 4, 1)
    adam, batch = runs.adam_state(parameters), task.make_batch(data)
    step = runs.train_step(task, cell, parameters, adam, batch, 0.01)
    kept = [*parameters.values(), *step.parameters.values(), *step.adam.v.values(), batch.inputs]
    assert {value.dtype for value in kept} == {np.dtype(np.float32)}


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_idle_cell_of_a_network_without_one_stays_as_it_was_and_has_no_gradient(cell):
    rng, functions = np.random.default_rng(0), cells.CELLS[cell]
    tensors = functions.initialize(rng, 3, 2)
    c0 = rng.normal(size=(4, 2))
    h, c, caches = functions.forward(rng.normal(size=(5, 4, 3)), 0 * c0, c0, **tensors)
    back = functions.backward(h, tensors["Wx"], tensors["Wh"], caches)
    assert (c == c0).all()
    assert c.shape == h.shape
    assert back.dc0.shape == c0.shape
    assert not back.dc0.any()


# Matched sizes


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_parameters_counted_are_those_that_are_trained(cell):
    result = run(a_spec(cell=cell, task="copy", hidden_size=7, updates=1))
    assert result.parameters == count_model_parameters(10, 7, 10, cells.CELLS[cell].gates)


@pytest.mark.parametrize("task", KINDS)
def test_no_other_hidden_size_comes_nearer_to_the_parameters_of_the_cifg(task):
    task = find_task(task)

    def count(cell, size):
        parameters = cells.first_parameters(
            np.random.default_rng(0), cell, task.input_size, size, task.output_size
        )
        return sum(value.size for value in parameters.values())

    target = count("cifg", 16)
    found = {(cell, matching): size for cell, matching, size in models(task, ALL_CELLS, 16)}
    assert all(found[cell, "size"] == 16 for cell in ALL_CELLS)
    for cell in ALL_CELLS:
        size = found.get((cell, "parameters"), 16)
        distances = [abs(count(cell, s) - target) for s in (size, size - 1, size + 1)]
        assert distances[0] == min(distances)
    assert found["lstm", "parameters"] < 16 < found["rnn", "parameters"]


# Tasks: losses, parts and baselines


@pytest.mark.parametrize("name", KINDS)
def test_loss_gradient_of_every_task_agrees_with_the_numerical_one(name):
    task, rng = find_task(name), np.random.default_rng(5)
    whole = task.make_batch(rng)
    short = slice(None) if name == "adding" else slice(8)
    batch = Batch(whole.inputs[short, :2], whole.targets[short, :2], whole.mask[short, :2].copy())
    batch.mask[0, 0] = False
    outputs = 3 * rng.normal(size=(*batch.mask.shape, task.output_size))
    numerical = numerical_gradient(lambda o: batch_loss(task.loss, o, batch)[0], outputs)
    _, gradient = batch_loss(task.loss, outputs, batch)
    assert relative_error(gradient, numerical) < 1e-8
    assert not gradient[~batch.mask].any()


def test_notes_cost_their_binary_cross_entropy_summed_over_a_frame():
    p = np.array([[0.9, 0.2], [0.5, 0.5]])
    notes = np.array([[1, 0], [1, 0]])
    loss, _ = compared_tasks.notes_cross_entropy(np.log(p / (1 - p)), notes)
    assert loss == pytest.approx(-(np.log(0.9) + np.log(0.8) + 2 * np.log(0.5)) / 2)


def test_notes_of_any_score_neither_overflow_nor_lose_their_gradient():
    with np.errstate(over="raise", invalid="raise"):
        loss, gradient = compared_tasks.notes_cross_entropy(
            np.array([[1e4, -1e4]]), np.array([[0, 1]])
        )
    assert loss == pytest.approx(2e4)
    np.testing.assert_allclose(gradient, [[1, -1]])


def scores_of_knowing_nothing(name, task, part):
    """For every place of a part, what the best model without a memory would answer."""
    shape = (*part.mask.shape, task.output_size)
    last = part.inputs.argmax(axis=-1)
    name = name.partition("-")[0]
    if name == "adding":
        return np.full(shape, part.targets[-1].mean(dtype=np.float64))
    if name == "copy":
        scores = np.full(shape, -100.0)
        scores[:-10, :, 8] = 0
        scores[-10:, :, :8] = 0
        return scores
    if name == "reber":
        scores = part.legal.astype(float)
        for b, length in enumerate(part.mask.sum(axis=0)):
            scores[length - 2, b] = np.eye(7)[1]
        return scores
    if name == "counting":
        return np.array([[0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1]])[last]
    if name == "sonnets":
        train = training_text()
        pairs = np.ones((task.input_size, task.input_size))
        for a, b in itertools.pairwise(train):
            pairs[a, b] += 1
        return np.log(pairs / pairs.sum(axis=1, keepdims=True))[last]
    frames = np.concatenate(chorales.load_chorales().train)
    return np.full(shape, chorale_scores(frames))


def chorale_scores(frames):
    """Scores of notes that sound as often as in these frames, and a little of each, none sure."""
    p = (frames.sum(axis=0) + 1) / (len(frames) + 2)
    return np.log(p / (1 - p))


def tenths():
    """The ids of the text at hand, in ten parts."""
    text = corpora.load_sonnets().text
    ids = np.array([sorted(set(text)).index(character) for character in text])
    return np.array_split(ids, 10)


def training_text():
    """The ids on which replicate 0 is trained: the first tenth is its test, the next validation."""
    return np.concatenate(tenths()[2:])


@pytest.mark.parametrize("name", TASKS)
def test_baseline_is_the_measure_of_a_model_that_knows_or_remembers_nothing(name):
    task = find_task(name)
    part = task.parts["test"]
    measured = task.measure(scores_of_knowing_nothing(name, task, part), part)
    assert measured == pytest.approx(task.baseline, rel=1e-2)


@pytest.mark.parametrize("name", TASKS)
def test_parts_are_the_same_each_time_and_not_the_same_as_each_other(name):
    parts = find_task(name).parts
    assert tuple(parts) == PARTS
    find_task.cache_clear()
    again = find_task(name).parts
    for part in PARTS:
        np.testing.assert_array_equal(parts[part].inputs, again[part].inputs)
        np.testing.assert_array_equal(parts[part].targets, again[part].targets)
    first, second = (parts[part].inputs for part in PARTS)
    assert first.shape != second.shape or not np.array_equal(first, second)


def test_no_string_by_which_a_run_is_judged_was_trained_on():
    train, parts = compared_tasks.reber_strings()
    validation, test = (set(parts[part]) for part in PARTS)
    assert not validation & set(train)
    assert not test & set(train)
    assert not validation & test
    for strings in (parts[part] for part in PARTS):
        assert len(strings) == len(set(strings)) == 200
        assert sum(string[1] == "T" for string in strings) == 100


def pairs_of(batch):
    """m and n of each string of a counting batch."""
    return list(zip(*(batch.inputs[..., k].sum(axis=0).astype(int) for k in (1, 2)), strict=True))


def test_strings_by_which_counting_is_judged_are_longer_than_any_trained_on():
    task = find_task("counting")
    rng = np.random.default_rng(0)
    trained = {sum(pair) for _ in range(30) for pair in pairs_of(task.make_batch(rng))}
    validation, test = (pairs_of(task.parts[part]) for part in PARTS)
    assert trained == set(range(2, 13))
    assert {sum(pair) for pair in validation + test} <= set(range(13, 41))
    assert len(validation) == len(test) == 200
    assert len({*validation, *test}) == 400


@pytest.mark.parametrize(
    ("kind", "length", "name"),
    [(kind, length, name) for kind, names in LENGTHS.items() for length, name in names.items()],
)
def test_a_task_at_another_length_has_sequences_of_that_length(kind, length, name):
    part = find_task(name).parts["test"]
    if kind == "counting":
        sums = [sum(pair) for pair in pairs_of(part)]
        assert 13 <= min(sums) <= max(sums) <= length
        assert max(sums) >= length - 1
        assert len(sums) == len({*pairs_of(part)}) == {16: 27, 24: 105, 40: 200}[length]
        assert not {*pairs_of(part)} & {*pairs_of(find_task(name).parts["validation"])}
    else:
        # Ten symbols stand before the lag of copy, and ten answers after it.
        assert len(part.inputs) == (length + 20 if kind == "copy" else length)
    assert name in TASKS


@pytest.mark.parametrize("name", [name for name in TASKS if name != "chorales"])
def test_each_replicate_holds_out_other_data(name):
    first, second = (find_task(name, split).parts for split in (0, 1))
    for part in PARTS:
        mine, theirs = first[part].inputs, second[part].inputs
        assert mine.shape != theirs.shape or not np.array_equal(mine, theirs)


@pytest.mark.parametrize("split", [0, 8, 9, 13])
def test_two_tenths_of_the_text_are_held_out_and_go_round_it(split):
    task, text = find_task("sonnets", split), corpora.load_sonnets().text
    characters = "".join(sorted(set(text)))
    held_out = {}
    for part, place in (("test", split % 10), ("validation", (split + 1) % 10)):
        tenth = decode(tenths()[place], characters)
        lanes = [decode(lane, characters) for lane in task.parts[part].targets.T]
        assert all(lane in tenth for lane in lanes)
        held_out[part] = tenth
    rng = np.random.default_rng(0)
    windows = {decode(w, characters) for _ in range(40) for w in task.make_batch(rng).targets.T}
    # A window of the training text does not reach into what is held out, nor over the end.
    rest = "|".join(decode(tenths()[k], characters) for k in range(10)) + "|"
    for tenth in held_out.values():
        rest = rest.replace(f"{tenth}|", "\0")
    rest = rest.replace("|", "")
    assert all(window in rest for window in windows)


def test_first_chord_of_a_chorale_is_predicted_from_silence_and_every_frame_once():
    task = find_task("chorales")
    rolls, part = chorales.load_chorales().test, task.parts["test"]
    assert not part.inputs[0].any()
    assert part.mask.sum() == sum(len(roll) for roll in rolls)
    for b, roll in enumerate(rolls):
        np.testing.assert_array_equal(part.targets[: len(roll), b], roll)
        np.testing.assert_array_equal(part.inputs[1 : len(roll), b], roll[:-1])
        assert not part.mask[len(roll) :, b].any()


def test_windows_of_chorales_lie_anywhere_and_never_beyond_the_end():
    task, rolls = find_task("chorales"), chorales.load_chorales().train
    rng = np.random.default_rng(0)
    from_the_start = []
    for _ in range(5):
        batch = task.make_batch(rng)
        assert len(batch.inputs) <= compared_tasks.CHORALES_STEPS
        assert (batch.targets.sum(axis=-1)[batch.mask] == 4).all()
        from_the_start += (~batch.inputs[0].any(axis=-1)).tolist()
    long = np.mean([len(roll) > compared_tasks.CHORALES_STEPS for roll in rolls])
    assert long > 0
    assert 0.3 < np.mean(from_the_start) < 1


def test_an_unknown_task_or_cell_is_refused_with_the_names_there_are():
    with pytest.raises(UserError, match="sonnets, adding, copy, reber, counting, chorales"):
        find_task("chess")
    with pytest.raises(UserError, match="cifg, lstm, lstm_closed, gru, rnn"):
        at_first(Experiment(["adding"], ["peephole"], [0]))


# A run


@pytest.mark.parametrize("task", KINDS)
def test_a_short_run_of_every_task_lowers_the_held_out_measure(task):
    # A CIFG's states are bounded: it can hardly count beyond what it was trained on.
    cell = "lstm" if task == "counting" else "cifg"
    spec = a_spec(task=task, cell=cell, hidden_size=8, learning_rate=0.03, updates=LOOKS[task])
    result = run(spec)
    assert result.validation < 0.98 * result.curve[0].measure
    assert [point.update for point in result.curve] == evaluation_updates(spec.updates)
    assert result.validation == result.curve[-1].measure
    assert not result.diverged


def test_a_cifg_learns_to_add_far_below_the_error_of_a_constant_answer():
    result = run(a_spec(hidden_size=16, learning_rate=0.02, updates=400))
    assert max(result.validation, result.test) < find_task("adding").baseline / 10


def test_a_run_is_measured_on_its_replicates_validation_part_and_at_the_end_on_its_test(
    monkeypatch,
):
    spec, task = a_spec(), find_task("adding", 3)
    monkeypatch.setattr(runs, "train_step", lambda t, c, p, a, b, r: runs.Step(p, a, 1.0, 1.0))
    first = cells.first_parameters(runs.generators(spec)[0], "cifg", 2, 4, 1)
    measured = {
        part: task.measure(
            cells.from_zeros("cifg", first, task.parts[part].inputs).outputs, task.parts[part]
        )
        for part in PARTS
    }
    result = run(spec)
    assert result.curve[0].measure == result.validation == measured["validation"]
    assert result.test == measured["test"]


def test_seconds_are_those_of_training_and_not_of_measuring(monkeypatch):
    measure, now = runs._measure, itertools.count()

    def slow_measure(*arguments):
        list(itertools.islice(now, 1000))
        return measure(*arguments)

    monkeypatch.setattr(runs, "_measure", slow_measure)
    monkeypatch.setattr(runs, "time", SimpleNamespace(thread_time=lambda: next(now)))
    result = run(a_spec(updates=20))
    assert len(result.curve) == 3
    assert 0 < result.curve[1].seconds < result.seconds < 1000
    assert result.curve[0].seconds == 0


def test_progress_is_reported_after_every_update():
    seen = []
    run(a_spec(updates=3), report=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("updates", [1, 5, 20, 99, 100, 800, 1234])
def test_a_curve_runs_from_no_update_to_the_last_in_even_pieces(updates):
    places = evaluation_updates(updates)
    assert places[0] == 0
    assert places[-1] == updates
    assert len(places) <= 11
    assert np.ptp(np.diff(places)) <= 1


@pytest.mark.parametrize("task", ["adding", "reber", "chorales"])
@pytest.mark.parametrize("cell", ALL_CELLS)
def test_a_run_that_diverges_is_a_result_and_says_so(cell, task):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run(a_spec(cell=cell, task=task, learning_rate=1e38, updates=20))
    assert result.diverged
    assert result.validation == result.test == np.inf
    assert np.isfinite([point.measure for point in result.curve]).all()
    assert len(result.curve) < len(evaluation_updates(20))
    assert from_json(to_json(result)) == result


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_a_run_that_diverges_at_its_last_update_is_found_out_whatever_is_measured(cell):
    # A score that is not a number is never the highest: it would pass for a wrong prediction.
    result = run(a_spec(cell=cell, task="reber", learning_rate=1e39, updates=1))
    assert result.diverged
    assert [point.update for point in result.curve] == [0]


def test_a_run_stops_as_soon_as_it_has_diverged():
    seen = []
    run(a_spec(learning_rate=1e39, updates=500), report=lambda done, total: seen.append(done))
    assert len(seen) <= 2


def test_gradients_are_clipped_by_their_global_norm(monkeypatch):
    norms = []
    adam_step = runs.adam_step

    def spy(parameters, gradients, state, rate):
        norms.append(np.sqrt(sum(np.sum(g**2) for g in gradients.values())))
        return adam_step(parameters, gradients, state, rate)

    monkeypatch.setattr(runs, "adam_step", spy)
    run(a_spec(task="chorales", updates=5))
    assert max(norms) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"matching": "seconds"}, "size or parameters"),
        ({"hidden_size": 0}, "1 or more"),
        ({"updates": 0}, "1 or more"),
        ({"replicate": -1}, "0 or more"),
        ({"learning_rate": 0.0}, "above 0"),
        ({"learning_rate": float("nan")}, "above 0"),
        ({"cell": "peephole"}, "choose one of"),
    ],
)
def test_a_spec_out_of_range_is_refused_with_what_to_give(change, advice):
    with pytest.raises(UserError, match=advice):
        a_spec(**change)


# JSON


def test_a_result_comes_back_from_json_exactly():
    result = run(a_spec())
    line = to_json(result)
    assert "\n" not in line
    assert from_json(line) == result
    assert isinstance(from_json(line).curve[0], Point)
    assert to_json(from_json(line)) == line


def test_json_of_a_diverged_run_is_json_that_any_reader_understands():
    line = to_json(a_result(np.inf))
    json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert from_json(line).diverged


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"format": 2}', '{"format": 2, "spec": {}}'])
def test_a_damaged_line_is_refused_with_what_to_do(line):
    with pytest.raises(UserError, match="damaged: run it again"):
        from_json(line)


def test_half_a_line_and_a_line_of_a_newer_version_are_refused():
    line = to_json(a_result(0.5))
    with pytest.raises(UserError, match="damaged: run it again"):
        from_json(line[: len(line) // 2])
    with pytest.raises(UserError, match=r"newer version of this course \(format 3.*: install"):
        from_json(json.dumps({"format": 3}))
    with pytest.raises(UserError, match="of an older experiment: run it again"):
        from_json(json.dumps({"format": 1}))


# Experiments


def test_every_model_is_tuned_in_every_replicate_at_the_same_rates_for_as_many_updates():
    specs = at_first(Experiment(["adding", "copy"], ALL_CELLS, [4, 7]))
    assert len(specs) == len(set(specs))
    for name in ("adding", "copy"):
        task, mine = find_task(name), [spec for spec in specs if spec.task == name]
        assert {spec.updates for spec in mine} == {task.updates}
        rates = {}
        for spec in mine:
            key = spec.cell, spec.matching, spec.hidden_size, spec.replicate
            rates.setdefault(key, []).append(spec.learning_rate)
        assert {key[:3] for key in rates} == {*models(task, ALL_CELLS, task.hidden_size)}
        assert {key[3] for key in rates} == {4, 7}
        assert len(rates) == 2 * len(models(task, ALL_CELLS, task.hidden_size))
        assert all(tried == list(task.rates) for tried in rates.values())


@pytest.mark.parametrize("matching", MATCHINGS)
def test_other_cells_are_run_in_the_matching_asked_for_and_the_reference_always(matching):
    specs = at_first(Experiment(["adding"], ["cifg", "lstm", "gru"], [0], matchings=(matching,)))
    assert {(spec.cell, spec.matching) for spec in specs} == {
        ("cifg", "size"),
        ("lstm", matching),
        ("gru", "size"),  # it has as many parameters as a CIFG of its size
    }


def test_a_cell_whose_two_sizes_coincide_is_run_once():
    specs = at_first(Experiment(["adding"], ALL_CELLS, [0]))
    assert {(spec.cell, spec.matching) for spec in specs} == {
        ("cifg", "size"),
        ("gru", "size"),
        *((c, m) for c in ("lstm", "lstm_closed", "rnn") for m in MATCHINGS),
    }


def test_an_experiment_takes_the_size_the_rates_and_the_updates_that_the_user_gives():
    specs = at_first(Experiment(["copy"], ["lstm"], [0], 20, [0.1], 7))
    assert [(s.matching, s.learning_rate, s.updates) for s in specs] == [
        ("size", 0.1, 7),
        ("parameters", 0.1, 7),
    ]
    assert specs[0].hidden_size == 20
    target = count_model_parameters(10, 20, 10, 3)
    counts = [count_model_parameters(10, size, 10, 4) for size in range(1, 30)]
    assert specs[1].hidden_size == 1 + np.argmin(np.abs(np.array(counts) - target))


def test_a_quick_experiment_is_small_and_gives_way_to_what_the_user_gives():
    quick = at_first(Experiment(KINDS, ALL_CELLS, [0], quick=True))
    assert max(spec.updates for spec in quick) <= 20
    assert {spec.hidden_size for spec in quick if spec.matching == "size"} == {8}
    [spec] = at_first(Experiment(["copy"], ["cifg"], [0], 5, [0.1], 7, quick=True))
    assert (spec.hidden_size, spec.learning_rate, spec.updates) == (5, 0.1, 7)


def whole(losses, quick=False):
    """All rates that a CIFG tries in one replicate, if its loss is a function of the rate."""
    experiment = Experiment(["adding"], ["cifg"], [0], rates=[0.01, 0.03, 0.09], quick=quick)
    results = []
    while wanted := next_runs(experiment, results):
        results += [RunResult(s, 9, (), losses(s.learning_rate), 0.5, 1.0) for s in wanted]
    return sorted(result.spec.learning_rate for result in results)


@pytest.mark.parametrize(
    ("best", "tried"),
    [
        (0.03, [0.01, 0.03, 0.09]),
        (0.09, [0.01, 0.03, 0.09, 0.27]),
        (0.25, [0.01, 0.03, 0.09, 0.27, 0.81]),
        (0.004, [0.00111, 0.00333, 0.01, 0.03, 0.09]),
    ],
)
def test_rates_are_tried_until_the_best_lies_inside(best, tried):
    assert whole(lambda rate: abs(np.log(rate / best))) == tried
    assert whole(lambda rate: abs(np.log(rate / best)), quick=True) == [0.01, 0.03, 0.09]


def test_rates_end_at_limits_and_an_end_that_is_no_better_is_not_passed():
    assert max(whole(lambda rate: -rate)) <= HIGHEST_RATE
    assert min(whole(lambda rate: rate)) >= LOWEST_RATE
    for alike in (0.5, np.inf):
        assert whole(lambda rate, alike=alike: alike) == [0.01, 0.03, 0.09]


def test_only_the_model_and_the_replicate_whose_best_rate_is_at_an_end_goes_on():
    experiment = Experiment(["adding"], ["cifg", "lstm"], [0, 1], rates=[0.01, 0.03])
    results = [RunResult(spec, 9, (), 0.5, 0.5, 1.0) for spec in at_first(experiment)]
    k = next(k for k, r in enumerate(results) if r.spec.learning_rate == 0.03)
    results[k] = dataclasses.replace(results[k], validation=0.1)
    [spec] = next_runs(experiment, results)
    assert spec == dataclasses.replace(results[k].spec, learning_rate=0.09)


def test_a_model_counts_in_each_replicate_with_its_best_rate_there():
    losses = {
        ("cifg", 0, 0.1): 0.3,
        ("cifg", 0, 0.2): 0.2,
        ("cifg", 1, 0.1): 0.1,
        ("cifg", 1, 0.2): 0.4,
        ("lstm", 0, 0.1): 0.1,
        ("lstm", 0, 0.2): 0.4,
    }
    results = [
        a_result(loss, cell=cell, replicate=replicate, learning_rate=rate)
        for (cell, replicate, rate), loss in losses.items()
    ]
    assert [(r.spec.cell, r.spec.replicate, r.spec.learning_rate) for r in chosen(results)] == [
        ("cifg", 0, 0.2),
        ("cifg", 1, 0.1),
        ("lstm", 0, 0.1),
    ]


def test_the_test_part_chooses_nothing():
    results = [a_result(0.2, 0.9, learning_rate=0.1), a_result(0.3, 0.1, learning_rate=0.2)]
    assert chosen(results) == results[:1]


@pytest.mark.parametrize("losses", [(0.5, 0.5), (np.inf, np.inf), (0.4, np.inf), (np.inf, 0.4)])
def test_the_smaller_of_two_equally_good_rates_wins_and_a_diverged_one_never(losses):
    results = [
        a_result(loss, learning_rate=rate) for loss, rate in zip(losses, (0.2, 0.1), strict=True)
    ]
    [result] = chosen(results)
    assert result.spec.learning_rate == (0.2 if losses[0] < losses[1] else 0.1)


def test_models_of_two_tasks_or_two_matchings_are_tuned_apart():
    results = [
        a_result(0.1, task=task, matching=matching)
        for task in ("adding", "copy")
        for matching in MATCHINGS
    ]
    assert chosen(results) == results


@pytest.mark.parametrize("replicates", [[], [1, 1]])
def test_no_replicate_and_a_replicate_twice_are_refused(replicates):
    with pytest.raises(UserError, match="each once"):
        Experiment(["adding"], ["lstm"], replicates)


def test_no_rate_and_no_unit_are_refused():
    with pytest.raises(UserError, match="give one or more"):
        Experiment(["adding"], ["lstm"], [0], rates=[])
    with pytest.raises(UserError, match="1 or more"):
        Experiment(["adding"], ["lstm"], [0], hidden_size=0)


def test_a_whole_quick_experiment_runs_from_the_first_rates_to_the_results():
    experiment, results = Experiment(["counting"], ["cifg", "lstm"], [1, 2], quick=True), []
    while wanted := next_runs(experiment, results):
        results += map(run, wanted)
    found = [(*r.spec.model[1:], r.spec.replicate) for r in chosen(results)]
    models = ("cifg", "size"), ("lstm", "size"), ("lstm", "parameters")
    assert sorted(found) == sorted((*model, replicate) for model in models for replicate in (1, 2))


def test_strings_count_as_wrong_if_one_prediction_is_and_not_if_all_are_legal():
    part = find_task("counting").parts["test"]
    right = part.legal.astype(float)
    assert wrong_strings(right, part) == 0
    right[3, 0] = [1, 0, 0, 0]
    assert wrong_strings(right, part) == pytest.approx(1 / part.inputs.shape[1])
    with pytest.raises(ValueError, match="legal"):
        wrong_strings(right, find_task("adding").parts["test"])
