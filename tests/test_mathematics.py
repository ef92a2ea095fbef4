"""Losses, gradient checking, first weights and optimizers."""

import numpy as np
import pytest

from cifg_edu import initializers as init
from cifg_edu.gradcheck import (
    GradientReport,
    check_gradients,
    numerical_gradient,
    relative_error,
)
from cifg_edu.losses import bits_per_character, perplexity, softmax, softmax_cross_entropy
from cifg_edu.optimizers import (
    adam_state,
    adam_step,
    clip_by_global_norm,
    clip_by_value,
    reset_gradients,
)

RNG_SEED = 0


@pytest.fixture
def rng():
    return np.random.default_rng(RNG_SEED)


def test_cross_entropy_of_a_uniform_guess_is_log_of_the_vocabulary():
    loss, _ = softmax_cross_entropy(np.zeros((7, 3, 65)), np.zeros((7, 3), dtype=int))
    assert loss == pytest.approx(np.log(65))
    assert perplexity(loss) == pytest.approx(65)
    assert bits_per_character(loss) == pytest.approx(np.log2(65))


def test_cross_entropy_gradient_agrees_with_the_numerical_one(rng):
    logits, targets = rng.normal(size=(4, 3, 5)), rng.integers(0, 5, (4, 3))
    _, dlogits = softmax_cross_entropy(logits, targets)
    numerical = numerical_gradient(lambda z: softmax_cross_entropy(z, targets)[0], logits)
    assert relative_error(dlogits, numerical) < 1e-9


def test_cross_entropy_is_a_mean_and_so_does_not_grow_with_the_window(rng):
    logits, targets = rng.normal(size=(4, 3, 5)), rng.integers(0, 5, (4, 3))
    once, _ = softmax_cross_entropy(logits, targets)
    twice, _ = softmax_cross_entropy(np.tile(logits, (2, 1, 1)), np.tile(targets, (2, 1)))
    assert once == pytest.approx(twice, rel=1e-14)


def test_softmax_of_huge_scores_stays_finite():
    with np.errstate(all="raise"):
        np.testing.assert_allclose(softmax(np.array([1e4, 1e4])), 0.5)
        loss, _ = softmax_cross_entropy(np.array([[600.0, 0.0]]), np.array([1]))
    assert loss == pytest.approx(600)
    assert perplexity(1e6) == np.inf


@pytest.mark.parametrize("shape", [(5,), (3, 5), (4, 3, 5)])
def test_softmax_is_the_share_of_each_exponential_in_its_row(rng, shape):
    logits = rng.normal(size=shape)
    for place in np.ndindex(shape):
        row = logits[place[:-1]]
        expected = np.exp(logits[place]) / sum(np.exp(score) for score in row)
        assert softmax(logits)[place] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shape", [(3, 4), (5, 3), (4,), (4, 3, 1)])
def test_targets_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="one integer for each row"):
        softmax_cross_entropy(np.zeros((4, 3, 5)), np.zeros(shape, dtype=int))


def test_cross_entropy_is_convex_along_any_line_of_logits(rng):
    a, b, targets = rng.normal(size=(2, 5)), rng.normal(size=(2, 5)), np.array([1, 4])
    for share in (0.25, 0.5, 0.75):
        between = softmax_cross_entropy(share * a + (1 - share) * b, targets)[0]
        ends = [softmax_cross_entropy(z, targets)[0] for z in (a, b)]
        assert between <= share * ends[0] + (1 - share) * ends[1]


def test_numerical_gradient_leaves_its_argument_alone_and_accepts_float32():
    x = np.array([[1.0, -2.0]], dtype=np.float32)
    gradient = numerical_gradient(lambda z: float(np.sum(z**3)), x)
    np.testing.assert_array_equal(x, [[1, -2]])
    np.testing.assert_allclose(gradient, [[3, 12]], rtol=1e-8)


@pytest.mark.parametrize(
    ("a", "b", "expected"), [([1, 2], [1, 2], 0), ([1], [-1], 1), ([0], [0], 0), ([0], [3], 1)]
)
def test_relative_error_runs_from_equal_to_opposite(a, b, expected):
    assert relative_error(np.array(a, float), np.array(b, float)) == expected


def test_gradients_of_another_shape_or_missing_are_refused():
    for sizes in ((2, 3), (3, 2)):
        with pytest.raises(ValueError, match="The gradients have shapes"):
            relative_error(*map(np.zeros, sizes))
    with pytest.raises(ValueError, match="No gradient was given for y"):
        check_gradients(lambda x, y: 0.0, {"x": np.ones(1), "y": np.ones(1)}, {"x": np.ones(1)})


def test_report_names_the_one_wrong_tensor():
    def loss(x, y):
        return float(np.sum(x**2) + np.sum(y**2))

    tensors = {"x": np.ones(2), "y": np.ones(3)}
    report = check_gradients(loss, tensors, {"x": 2 * np.ones(2), "y": np.ones(3)})
    assert not report.passed
    right, wrong = str(report).splitlines()[1:]
    assert right.startswith("x")
    assert right.endswith("ok")
    assert wrong.startswith("y")
    assert wrong.endswith("WRONG")


def test_a_gradient_at_the_tolerance_itself_passes():
    report = GradientReport({"x": 0.25}, 0.25)
    assert report.passed
    assert str(report).endswith("ok")


def test_a_gradient_of_nan_never_passes():
    report = check_gradients(lambda x: float(x[0]), {"x": np.ones(1)}, {"x": np.array([np.nan])})
    assert not report.passed


@pytest.mark.parametrize("draw", [init.glorot_uniform, init.glorot_normal])
def test_glorot_weights_have_the_variance_of_the_paper(rng, draw):
    weights = draw(rng, 300, 200)
    assert weights.var() == pytest.approx(2 / 500, rel=0.02)
    assert abs(weights.mean()) < 1e-3


def test_glorot_uniform_stays_within_its_limit_and_reaches_it(rng):
    limit = np.sqrt(6 / 500)
    weights = init.glorot_uniform(rng, 300, 200)
    assert 0.999 * limit < np.abs(weights).max() <= limit


def test_plain_normal_weights_have_variance_one_whatever_their_shape(rng):
    assert init.plain_normal(rng, 300, 200).var() == pytest.approx(1, rel=0.02)


def test_fan_out_of_a_fused_block_is_one_gate_and_not_three(rng):
    weights = init.initialize_cifg(rng, 300, 200)["Wx"]
    assert np.abs(weights).max() == pytest.approx(np.sqrt(6 / 500), rel=1e-3)


def test_first_biases_keep_the_cell_in_both_cells(rng):
    H = 4
    cifg, lstm = init.initialize_cifg(rng, 3, H)["b"], init.initialize_lstm(rng, 3, H)["b"]
    np.testing.assert_array_equal(cifg, [-1] * H + [0] * 2 * H)
    np.testing.assert_array_equal(lstm, [0] * H + [1] * H + [0] * 2 * H)


def test_chrono_biases_span_the_lags_and_pair_up_in_the_lstm(rng):
    b = init.chrono_bias(rng, 10_000, 100)
    lags = 1 + np.exp(-b)
    assert 2 <= lags.min() < 2.1
    assert 99 < lags.max() <= 100
    assert np.exp(-b).mean() == pytest.approx(50, rel=0.02)
    lstm = init.initialize_lstm(rng, 3, 5, max_lag=100)["b"]
    np.testing.assert_array_equal(lstm[5:10], -lstm[:5])


def test_chrono_biases_need_a_lag_of_three_or_more(rng):
    lags = 1 + np.exp(-init.chrono_bias(rng, 1000, 3))
    assert 2 <= lags.min() < 2.1 < 2.9 < lags.max() <= 3
    with pytest.raises(ValueError, match="3 or more"):
        init.chrono_bias(rng, 5, 2)


def test_parameter_counts_are_those_of_the_course_text(rng):
    assert init.count_parameters(65, 128, 3) == 74_496
    assert init.count_parameters(65, 128, 4) == 99_328
    made = init.initialize_cifg(rng, 65, 128)
    assert sum(w.size for w in made.values()) == 74_496


def test_adams_first_step_is_the_learning_rate_whatever_the_gradients_size():
    parameters = {"w": np.zeros(3)}
    gradients = {"w": np.array([1e-3, -2.0, 5e4])}
    after, state = adam_step(parameters, gradients, adam_state(parameters), learning_rate=0.1)
    np.testing.assert_allclose(after["w"], [-0.1, 0.1, -0.1], rtol=1e-4)
    assert state.t == 1
    assert not parameters["w"].any()


def test_adam_keeps_both_betas_apart_over_many_steps(rng):
    steps, beta1, beta2 = 7, 0.3, 0.4
    g = rng.normal(size=(steps, 4))
    parameters = {"w": np.zeros(4)}
    state = adam_state(parameters)
    for row in g:
        parameters, state = adam_step(parameters, {"w": row}, state, 0.01, beta1, beta2)
    past = np.arange(steps)[::-1, None]
    np.testing.assert_allclose(state.m["w"], ((1 - beta1) * beta1**past * g).sum(0))
    np.testing.assert_allclose(state.v["w"], ((1 - beta2) * beta2**past * g**2).sum(0))
    assert state.t == steps


def test_adams_defaults_are_those_of_the_paper(rng):
    parameters = {"w": rng.normal(size=4)}
    state = adam_state(parameters)
    for _ in range(3):
        gradients = {"w": 1e-8 * rng.normal(size=4)}  # so small that epsilon matters
        ours, after = adam_step(parameters, gradients, state)
        theirs, _ = adam_step(parameters, gradients, state, 0.001, 0.9, 0.999, 1e-8)
        np.testing.assert_array_equal(ours["w"], theirs["w"])
        parameters, state = ours, after


def test_adam_finds_the_bottom_of_a_bowl():
    parameters = {"w": np.array([3.0, -2.0])}
    state = adam_state(parameters)
    for _ in range(500):
        parameters, state = adam_step(parameters, {"w": 2 * parameters["w"]}, state, 0.05)
    assert np.abs(parameters["w"]).max() < 1e-3


def test_clipping_by_global_norm_keeps_the_direction_and_by_value_bends_it():
    gradients = {"a": np.array([3.0, 0.0]), "b": np.array([[0.0, 4.0]])}
    clipped, norm = clip_by_global_norm(gradients, 1.0)
    assert norm == 5
    np.testing.assert_allclose(clipped["a"], [0.6, 0])
    np.testing.assert_allclose(clipped["b"], [[0, 0.8]])
    bent = clip_by_value(gradients, 3.5)
    assert bent["a"][0] / bent["b"][0, 1] == pytest.approx(3 / 3.5)
    assert clip_by_value({"a": np.array([-4.0])}, 3.5)["a"] == -3.5


def test_small_gradients_pass_clipping_unchanged():
    gradients = {"a": np.array([0.3])}
    assert clip_by_global_norm(gradients, 1.0)[0]["a"] == 0.3
    assert clip_by_value(gradients, 1.0)["a"] == 0.3


@pytest.mark.parametrize("clip", [clip_by_global_norm, clip_by_value])
@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_a_limit_that_would_stop_or_turn_the_gradient_is_refused(clip, limit):
    with pytest.raises(ValueError, match="above 0"):
        clip({"a": np.ones(1)}, limit)


def test_reset_gradients_are_zero_in_the_same_memory():
    gradients = {"a": np.ones(3)}
    kept = gradients["a"]
    reset_gradients(gradients)
    assert not kept.any()
