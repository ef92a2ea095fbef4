"""The statistics of a comparison keep the promises of their docstrings."""

import numpy as np
import pytest

from cifg_edu.engine import Engine
from cifg_edu.errors import UserError
from cifg_edu.statistics import (
    Interval,
    count_model_parameters,
    matched_hidden_size,
    paired_bootstrap,
    paired_differences,
    paired_t_interval,
    t_multiplier,
    verdict,
)


@pytest.mark.parametrize(("cell", "gates"), [("cifg", 3), ("lstm", 4)])
def test_count_is_that_of_the_engine(cell, gates):
    assert count_model_parameters(7, 5, 7, gates) == Engine(cell, 7, 5).flat_parameters.size


@pytest.mark.parametrize("gates", [3, 4])
@pytest.mark.parametrize(("input_size", "output_size"), [(1, 1), (2, 2), (3, 40), (40, 3)])
def test_matched_size_is_the_one_that_trying_all_sizes_finds(gates, input_size, output_size):
    counts = {
        size: count_model_parameters(input_size, size, output_size, gates) for size in range(1, 40)
    }
    for parameters in range(counts[1], 3000, 7):
        nearest = min(counts, key=lambda size: abs(counts[size] - parameters))
        assert matched_hidden_size(parameters, input_size, output_size, gates) == nearest


def test_matched_size_of_a_models_own_count_is_its_own_size():
    for size in (1, 2, 17, 512):
        count = count_model_parameters(65, size, 65, 4)
        assert matched_hidden_size(count, 65, 65, 4) == size


def test_too_few_parameters_for_any_model_are_refused_with_the_least_number():
    least = count_model_parameters(5, 1, 5, 4)
    with pytest.raises(UserError, match=f"give {least} or more"):
        matched_hidden_size(least - 1, 5, 5, 4)


@pytest.mark.parametrize(
    ("degrees", "level", "expected"),
    [
        (1, 1e-5, 1.570796e-5),
        (1, 0.95, 12.70620),
        (2, 0.95, 4.302653),
        (4, 0.95, 2.776445),
        (4, 0.9, 2.131847),
        (29, 0.99, 2.756386),
    ],
)
def test_t_multiplier_is_that_of_the_tables_to_six_digits(degrees, level, expected):
    assert t_multiplier(degrees, level) == pytest.approx(expected, rel=1e-6)


def test_t_interval_of_one_to_five_is_that_of_pencil_and_paper():
    # The mean is 3, the variance 10 / 4, and so the standard error sqrt(2.5 / 5).
    interval = paired_t_interval([11, 12, 13, 14, 15], [10] * 5)
    assert interval == pytest.approx((3, 3 - 2.776445 * 0.5**0.5, 3 + 2.776445 * 0.5**0.5, 0.95))


def test_bootstrap_cuts_off_as_much_at_each_end_as_the_level_leaves():
    # All 27 resamples of three numbers are equally likely: their means are known.
    values = [0.0, 1.0, 10.0]
    means = np.mean(np.meshgrid(values, values, values), axis=0).ravel()
    for level in (0.2, 0.5, 0.9):
        interval = paired_bootstrap(
            np.random.default_rng(0), values, [0.0] * 3, resamples=40_000, level=level
        )
        tails = [(1 - level) / 2, (1 + level) / 2]
        ends = np.quantile(means, tails, method="inverted_cdf")
        np.testing.assert_allclose([interval.low, interval.high], ends, atol=1e-12)
        assert interval.mean == pytest.approx(11 / 3)


def test_defaults_are_a_level_of_95_percent_and_ten_thousand_resamples():
    a, b = np.random.default_rng(1).normal(size=(2, 30))
    assert t_multiplier(4) == t_multiplier(4, 0.95)
    assert paired_t_interval(a, b) == paired_t_interval(a, b, 0.95)
    default = paired_bootstrap(np.random.default_rng(0), a, b)
    assert default == paired_bootstrap(np.random.default_rng(0), a, b, 10_000, 0.95)


def test_no_degrees_of_freedom_are_refused():
    with pytest.raises(UserError, match="give two seeds or more"):
        t_multiplier(0)


def test_t_interval_holds_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.3, 2.0, size=(1000, 5))
    held = sum(
        interval.low <= 0.3 <= interval.high
        for interval in (paired_t_interval(row, np.zeros(5), 0.9) for row in differences)
    )
    # 900 expected, with a standard deviation of 9.5.
    assert 862 < held < 938


@pytest.mark.parametrize(("seeds", "least", "most"), [(5, 0.79, 0.88), (40, 0.92, 0.96)])
def test_bootstrap_is_too_narrow_at_five_seeds_and_nearly_right_at_forty(seeds, least, most):
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(1000):
        differences = rng.normal(0.3, 2.0, size=seeds)
        interval = paired_bootstrap(rng, differences, np.zeros(seeds), resamples=500)
        held += interval.low <= 0.3 <= interval.high
    assert least < held / 1000 < most


def test_bootstrap_resamples_pairs_so_what_two_cells_share_does_not_matter():
    a, b = np.array([2.00, 2.10, 2.30, 1.90]), np.array([2.01, 2.13, 2.31, 1.92])
    shared = np.array([0.0, 5.0, -3.0, 9.0])
    one = paired_bootstrap(np.random.default_rng(3), a, b)
    other = paired_bootstrap(np.random.default_rng(3), a + shared, b + shared)
    assert one == pytest.approx(other)
    assert one.high < 0


def test_bootstrap_of_one_sign_never_holds_zero():
    interval = paired_bootstrap(np.random.default_rng(0), [1, 2, 3, 4, 9], [0] * 5, level=0.999)
    assert interval.low > 0


def test_bootstrap_is_repeated_by_the_same_seed():
    a, b = np.arange(6.0) ** 2, np.arange(6.0)
    intervals = [paired_bootstrap(np.random.default_rng(s), a, b, 50) for s in (4, 4, 5)]
    assert intervals[0] == intervals[1] != intervals[2]


@pytest.mark.parametrize(
    "interval_of",
    [paired_t_interval, lambda a, b: paired_bootstrap(np.random.default_rng(0), a, b)],
    ids=["t", "bootstrap"],
)
@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "the same seeds on both sides"),
        ([1.0, 2.0, 3.0], [1.0, 2.0], "the same seeds on both sides"),
        (1.0, 2.0, "the same seeds on both sides"),
        ([[1.0, 2.0]], [[1.0, 2.0]], "the same seeds on both sides"),
        ([1.0], [2.0], "give two or more"),
        ([1.0, np.nan], [1.0, 2.0], "not a finite number"),
    ],
    ids=["longer", "shorter", "numbers", "tables", "one seed", "not a number"],
)
def test_results_that_make_no_pairs_are_refused_in_one_sentence(interval_of, a, b, message):
    with pytest.raises(UserError, match=message) as raised:
        interval_of(a, b)
    assert str(raised.value).count("\n") == 0


@pytest.mark.parametrize("level", [-0.5, 0.0, 1.0, 95])
def test_level_outside_0_and_1_is_refused(level):
    for interval_of in (
        lambda: paired_t_interval([1, 2], [0, 0], level),
        lambda: paired_bootstrap(np.random.default_rng(0), [1, 2], [0, 0], level=level),
        lambda: t_multiplier(4, level),
    ):
        with pytest.raises(UserError, match=r"a level between 0 and 1, such as 0\.95"):
            interval_of()


def test_one_resample_is_enough_and_none_is_refused():
    with pytest.raises(UserError, match="1 resample or more"):
        paired_bootstrap(np.random.default_rng(0), [1, 2], [0, 0], resamples=0)
    interval = paired_bootstrap(np.random.default_rng(0), [1, 2], [0, 0], resamples=1)
    assert interval.low == interval.high


def test_differences_are_first_minus_second():
    assert paired_differences([3, 1], [1, 4]).tolist() == [2.0, -3.0]


@pytest.mark.parametrize(
    ("interval", "sentence"),
    [
        (
            Interval(0.007, -0.0102, 0.0243, 0.95),
            "no difference found between CIFG and LSTM "
            "(95% interval of CIFG - LSTM: -0.010 to 0.024 nats)",
        ),
        (
            Interval(0.03, 0.012, 0.048, 0.95),
            "LSTM is better than CIFG by 0.030 nats "
            "(95% interval of CIFG - LSTM: 0.012 to 0.048 nats)",
        ),
        (
            Interval(-0.03, -0.048, -0.012, 0.9),
            "CIFG is better than LSTM by 0.030 nats "
            "(90% interval of CIFG - LSTM: -0.048 to -0.012 nats)",
        ),
    ],
)
def test_verdict_is_a_sentence_with_the_finding_the_interval_and_the_unit(interval, sentence):
    assert verdict(interval, "CIFG", "LSTM", "nats") == sentence


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.2), (-0.2, 0.0)])
def test_zero_on_an_end_is_no_difference_found(low, high):
    interval = Interval((low + high) / 2, low, high, 0.95)
    assert verdict(interval, "CIFG", "LSTM", "nats").startswith("no difference found")
