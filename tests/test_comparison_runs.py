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
    PARTS,
    TASKS,
    Batch,
    batch_loss,
    find_task,
    wrong_strings,
)
from cifg_edu.comparison.runs import (
    MATCHINGS,
    Point,
    RunResult,
    RunSpec,
    evaluation_updates,
    final_plan,
    from_json,
    models,
    plan,
    run,
    runs_of,
    to_json,
)
from cifg_edu.errors import UserError
from cifg_edu.gradcheck import check_gradients, numerical_gradient, relative_error
from cifg_edu.model import backward_pass
from cifg_edu.statistics import count_model_parameters
from cifg_edu.text import decode

ALL_CELLS = ("cifg", "lstm", "gru", "rnn")
# How long a small CIFG trains at a rate of 0.03 until any doubt is gone that it learns.
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
    with pytest.MonkeyPatch.context() as context:
        context.setattr(corpora, "load_sonnets", corpora.practice_text)
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
        "seed": 3,
        "updates": 12,
        "phase": "final",
    }
    return RunSpec(**values | changes)


def a_result(final, **changes):
    return RunResult(a_spec(**changes), 100, (Point(0, 0.0, 2.0),), final, 1.0)


def measures(result):
    return [(point.update, point.measure) for point in result.curve]


# The same for every cell


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_the_same_spec_gives_the_same_numbers_and_another_seed_gives_others(cell):
    first, again, other = (run(a_spec(cell=cell, seed=seed)) for seed in (3, 3, 4))
    assert measures(first) == measures(again)
    assert first.final == again.final
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


@pytest.mark.parametrize("task", TASKS)
def test_data_of_one_seed_come_in_one_order_for_every_cell_size_and_rate(monkeypatch, task):
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


@pytest.mark.parametrize("change", [{"seed": 4}, {"phase": "tune"}])
def test_another_seed_or_phase_brings_other_data_and_other_weights(monkeypatch, change):
    first, other = (batches_of(monkeypatch, spec) for spec in (a_spec(), a_spec(**change)))
    assert not any(np.array_equal(a, b) for (a, _), (b, _) in zip(first, other, strict=True))
    weights = [runs.generators(spec)[0].normal() for spec in (a_spec(), a_spec(**change))]
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


@pytest.mark.parametrize("task", TASKS)
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


@pytest.mark.parametrize("name", TASKS)
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
        return np.array([[0, 1, 0], [0, 1, 1], [0, 0, 1]])[last]
    if name == "sonnets":
        train = training_text(task)
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


def training_text(task):
    """The ids of the first eight tenths of the text at hand."""
    text = corpora.practice_text().text
    ids = np.array([sorted(set(text)).index(character) for character in text])
    return ids[: round(0.8 * len(ids))]


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


def test_counts_by_which_a_run_is_judged_are_larger_than_any_trained_on():
    task = find_task("counting")
    rng = np.random.default_rng(0)
    trained = {n for _ in range(30) for n in task.make_batch(rng).inputs[..., 1].sum(axis=0)}
    validation, test = (set(task.parts[part].inputs[..., 1].sum(axis=0)) for part in PARTS)
    assert trained == set(range(1, 11))
    assert validation | test == set(range(11, 41))
    assert not validation & test


def test_text_by_which_a_run_is_judged_comes_after_the_text_it_is_trained_on():
    task, text = find_task("sonnets"), corpora.practice_text().text
    characters = "".join(sorted(set(text)))
    places = {}
    for part in PARTS:
        lanes = [decode(lane, characters) for lane in task.parts[part].targets.T]
        places[part] = [text.index(lane) / len(text) for lane in lanes]
    assert 0.8 <= min(places["validation"]) < max(places["validation"]) < 0.9
    assert min(places["test"]) >= 0.9
    rng = np.random.default_rng(0)
    for window in task.make_batch(rng).targets.T:
        assert text.index(decode(window, characters)) + len(window) <= 0.8 * len(text) + 1


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
    with pytest.raises(UserError, match="cifg, lstm, gru, rnn"):
        plan(["adding"], ["peephole"])


# A run


@pytest.mark.parametrize("task", TASKS)
def test_a_short_run_of_every_task_lowers_the_held_out_measure(task):
    spec = a_spec(task=task, hidden_size=8, learning_rate=0.03, updates=LOOKS[task])
    result = run(spec)
    assert result.final < 0.98 * result.curve[0].measure
    assert [point.update for point in result.curve] == evaluation_updates(spec.updates)
    assert result.final == result.curve[-1].measure
    assert not result.diverged


def test_a_cifg_learns_to_add_far_below_the_error_of_a_constant_answer():
    result = run(a_spec(hidden_size=16, learning_rate=0.02, updates=400))
    assert result.final < find_task("adding").baseline / 10


@pytest.mark.parametrize(("phase", "part"), [("tune", "validation"), ("final", "test")])
def test_tuning_is_judged_by_the_validation_part_and_the_final_run_by_the_test(phase, part):
    spec, task = a_spec(phase=phase), find_task("adding")
    first = cells.first_parameters(runs.generators(spec)[0], "cifg", 2, 4, 1)
    outputs = cells.from_zeros("cifg", first, task.parts[part].inputs).outputs
    assert run(spec).curve[0].measure == task.measure(outputs, task.parts[part])


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
    assert result.final == np.inf
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
        ({"phase": "test"}, "tune or final"),
        ({"hidden_size": 0}, "1 or more"),
        ({"updates": 0}, "1 or more"),
        ({"seed": -1}, "0 or more"),
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


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"format": 1}', '{"format": 1, "spec": {}}'])
def test_a_damaged_line_is_refused_with_what_to_do(line):
    with pytest.raises(UserError, match="damaged: run it again"):
        from_json(line)


def test_half_a_line_and_a_line_of_a_newer_version_are_refused():
    line = to_json(a_result(0.5))
    with pytest.raises(UserError, match="damaged: run it again"):
        from_json(line[: len(line) // 2])
    with pytest.raises(UserError, match=r"newer version of this course \(format 2.*: install"):
        from_json(json.dumps({"format": 2}))


# Plans


def test_every_model_is_tuned_at_the_same_rates_for_the_same_number_of_updates():
    specs = plan(["adding", "copy"], ALL_CELLS)
    assert len(specs) == len(set(specs)) == 2 * 6 * len(compared_tasks.RATES)
    for name in ("adding", "copy"):
        task, mine = find_task(name), [spec for spec in specs if spec.task == name]
        assert {spec.updates for spec in mine} == {task.updates}
        assert {spec.phase for spec in mine} == {"tune"}
        assert len({spec.seed for spec in mine}) == 1
        rates = {}
        for spec in mine:
            model = spec.cell, spec.matching, spec.hidden_size
            rates.setdefault(model, []).append(spec.learning_rate)
        assert all(tried == list(task.rates) for tried in rates.values())


def test_a_cell_whose_two_sizes_coincide_is_planned_once():
    found = {(spec.cell, spec.matching) for spec in plan(["counting"], ALL_CELLS)}
    assert found == {
        ("cifg", "size"),
        ("gru", "size"),
        *((cell, matching) for cell in ("lstm", "rnn") for matching in MATCHINGS),
    }


def test_a_plan_takes_the_size_the_rates_and_the_updates_that_the_user_gives():
    specs = plan(["copy"], ["lstm"], hidden_size=20, rates=[0.1], updates=7)
    assert [(s.matching, s.learning_rate, s.updates) for s in specs] == [
        ("size", 0.1, 7),
        ("parameters", 0.1, 7),
    ]
    assert specs[0].hidden_size == 20
    target = count_model_parameters(10, 20, 10, 3)
    counts = [count_model_parameters(10, size, 10, 4) for size in range(1, 30)]
    assert specs[1].hidden_size == 1 + np.argmin(np.abs(np.array(counts) - target))


def test_a_quick_plan_is_small_and_gives_way_to_what_the_user_gives():
    quick = plan(list(TASKS), ALL_CELLS, quick=True)
    assert max(spec.updates for spec in quick) <= 20
    assert {spec.hidden_size for spec in quick if spec.matching == "size"} == {8}
    [spec] = plan(["copy"], ["cifg"], hidden_size=5, rates=[0.1], updates=7, quick=True)
    assert (spec.hidden_size, spec.learning_rate, spec.updates) == (5, 0.1, 7)


def test_every_model_goes_on_with_its_own_best_rate_and_every_seed():
    losses = {("cifg", 0.1): 0.3, ("cifg", 0.2): 0.2, ("lstm", 0.1): 0.1, ("lstm", 0.2): 0.4}
    tuning = [
        a_result(loss, cell=cell, learning_rate=rate, seed=0, phase="tune")
        for (cell, rate), loss in losses.items()
    ]
    specs = final_plan(tuning, [5, 6])
    assert [(s.cell, s.learning_rate, s.seed) for s in specs] == [
        ("cifg", 0.2, 5),
        ("cifg", 0.2, 6),
        ("lstm", 0.1, 5),
        ("lstm", 0.1, 6),
    ]
    assert {spec.phase for spec in specs} == {"final"}
    assert dataclasses.replace(specs[0], seed=0, learning_rate=0.1, phase="tune") == tuning[0].spec


@pytest.mark.parametrize("finals", [(0.5, 0.5), (np.inf, np.inf), (0.4, np.inf), (np.inf, 0.4)])
def test_the_smaller_of_two_equally_good_rates_wins_and_a_diverged_one_never(finals):
    tuning = [
        a_result(final, learning_rate=rate, phase="tune")
        for final, rate in zip(finals, (0.2, 0.1), strict=True)
    ]
    [spec] = final_plan(tuning, [0])
    assert spec.learning_rate == (0.2 if finals[0] < finals[1] else 0.1)


def test_models_of_two_tasks_or_two_matchings_are_tuned_apart():
    tuning = [
        a_result(0.1, task=task, matching=matching, phase="tune")
        for task in ("adding", "copy")
        for matching in MATCHINGS
    ]
    assert len(final_plan(tuning, [0])) == 4


@pytest.mark.parametrize("seeds", [[], [1, 1]])
def test_no_seed_and_a_seed_twice_are_refused(seeds):
    with pytest.raises(UserError, match="each once"):
        final_plan([a_result(0.1)], seeds)


def test_results_of_a_model_are_found_under_both_matchings_if_it_was_run_once():
    once = [a_result(0.1, seed=seed) for seed in (2, 1)]
    twice = [a_result(0.2, cell="lstm", matching=matching) for matching in MATCHINGS]
    tuned = [a_result(0.3, phase="tune")]
    other = [a_result(0.4, task="copy")]
    everything = once + twice + tuned + other
    for matching in MATCHINGS:
        assert runs_of(everything, "adding", "cifg", matching) == once[::-1]
        [found] = runs_of(everything, "adding", "lstm", matching)
        assert found.spec.matching == matching
    assert runs_of(everything, "adding", "cifg", "size", "tune") == tuned
    assert runs_of(everything, "adding", "gru", "size") == []


def test_a_whole_quick_comparison_runs_from_tuning_to_the_final_results():
    tuning = [run(spec) for spec in plan(["counting"], ["cifg", "lstm"], quick=True)]
    final = [run(spec) for spec in final_plan(tuning, [1, 2])]
    for cell, matching in (("cifg", "size"), ("lstm", "size"), ("lstm", "parameters")):
        assert [r.spec.seed for r in runs_of(final, "counting", cell, matching)] == [1, 2]


def test_strings_count_as_wrong_if_one_prediction_is_and_not_if_all_are_legal():
    part = find_task("counting").parts["test"]
    right = part.legal.astype(float)
    assert wrong_strings(right, part) == 0
    right[3, 0] = [1, 0, 0]
    assert wrong_strings(right, part) == pytest.approx(1 / part.inputs.shape[1])
    with pytest.raises(ValueError, match="legal"):
        wrong_strings(right, find_task("adding").parts["test"])
