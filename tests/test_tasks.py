"""The memory tasks are those of the papers, and the baselines are what no memory reaches."""

import re

import numpy as np
import pytest

from cifg_edu.losses import softmax_cross_entropy
from cifg_edu.tasks import (
    BLANK,
    COPY_SYMBOLS,
    COUNTING_SYMBOLS,
    DELIMITER,
    MEMORYLESS_COUNTING,
    MEMORYLESS_REBER,
    REBER_SYMBOLS,
    adding_problem,
    constant_answer_error,
    copy_memory,
    counting_batch,
    embedded_reber,
    legal_next,
    legal_predictions,
    memoryless_copy_loss,
    reber_batch,
)

# The grammar once more, written by hand from the diagram as a regular expression.
FROM_4 = "(XT*VP)*(S|XT*VV)"
INNER = f"B(TS*X{FROM_4}|PT*V(V|P{FROM_4}))E"
EMBEDDED = re.compile(f"B(T{INNER}T|P{INNER}P)E")


@pytest.fixture
def rng():
    return np.random.default_rng(1997)


@pytest.fixture
def strings(rng):
    return [embedded_reber(rng) for _ in range(500)]


def every_legal_string(longest, prefix=""):
    if len(prefix) <= longest:
        following = legal_next(prefix)
        if not following:
            yield prefix
        for symbol in following:
            yield from every_legal_string(longest, prefix + symbol)


@pytest.mark.parametrize("steps", [2, 3, 10])
def test_adding_marks_one_number_in_each_half_and_adds_the_two(rng, steps):
    inputs, targets = adding_problem(rng, 300, steps)
    numbers, marks = inputs[..., 0], inputs[..., 1]
    assert inputs.shape == (steps, 300, 2)
    assert targets.shape == (300,)
    assert set(np.unique(marks)) <= {0, 1}
    assert (marks[: steps // 2].sum(axis=0) == 1).all()
    assert (marks[steps // 2 :].sum(axis=0) == 1).all()
    assert numbers.min() >= 0
    assert numbers.max() <= 1
    for b in range(300):
        assert targets[b] == pytest.approx(sum(numbers[marks[:, b] == 1, b]))


def test_every_step_of_the_adding_problem_is_marked_equally_often(rng):
    inputs, _ = adding_problem(rng, 20_000, 10)
    np.testing.assert_allclose(inputs[..., 1].mean(axis=1), 0.2, atol=0.015)


def test_constant_answer_to_the_adding_problem_costs_one_sixth(rng):
    _, targets = adding_problem(rng, 200_000, 4)
    assert constant_answer_error(targets) == pytest.approx(1 / 6, abs=2e-3)
    assert targets.mean() == pytest.approx(1, abs=5e-3)


def test_no_constant_is_better_than_the_constant_answer(rng):
    targets = rng.normal(3, 2, size=50)
    least = constant_answer_error(targets)
    assert all(np.mean((targets - a) ** 2) >= least for a in np.linspace(-5, 10, 301))


def test_copy_is_symbols_then_blanks_a_delimiter_and_blanks(rng):
    assert (BLANK, DELIMITER) == (8, 9)  # they follow the symbols 0 to 7
    inputs, targets = copy_memory(rng, 50, lag=7)
    assert inputs.shape == targets.shape == (27, 50)
    assert set(np.unique(inputs[:10])) == set(range(COPY_SYMBOLS))
    assert (inputs[10:16] == BLANK).all()
    assert (inputs[16] == DELIMITER).all()
    assert (inputs[17:] == BLANK).all()
    assert (targets[:17] == BLANK).all()
    np.testing.assert_array_equal(targets[17:], inputs[:10])


def test_copy_waits_the_lag_between_each_symbol_and_its_answer(rng):
    inputs, targets = copy_memory(rng, 5, lag=1)
    np.testing.assert_array_equal(inputs[10], np.full(5, DELIMITER))
    np.testing.assert_array_equal(targets[11:], inputs[:10])


@pytest.mark.parametrize("lag", [1, 10, 50])
def test_memoryless_copy_loss_is_that_of_a_model_which_knows_all_but_the_symbols(rng, lag):
    _, targets = copy_memory(rng, 20, lag)
    logits = np.full((lag + 20, 20, 10), -100.0)
    logits[:-10, :, BLANK] = 0
    logits[-10:, :, :COPY_SYMBOLS] = 0
    loss, _ = softmax_cross_entropy(logits, targets)
    assert loss == pytest.approx(memoryless_copy_loss(lag))
    assert memoryless_copy_loss(lag) == pytest.approx(10 * np.log(8) / (lag + 20))


def test_every_string_drawn_is_accepted_by_an_independent_acceptor(strings):
    assert all(EMBEDDED.fullmatch(string) for string in strings)


def test_legal_next_makes_exactly_the_strings_that_the_acceptor_accepts():
    mine = {string for string in every_legal_string(14) if len(string) <= 14}
    assert all(EMBEDDED.fullmatch(string) for string in mine)
    # The other direction: every change of one symbol is legal for both or for neither.
    for string in mine:
        for place in range(len(string)):
            for symbol in REBER_SYMBOLS:
                other = string[:place] + symbol + string[place + 1 :]
                assert (other in mine) == bool(EMBEDDED.fullmatch(other))


@pytest.mark.parametrize("prefix", ["T", "BTBTXSEP", "BTBPVVETEB", "BTBTV", "BX"])
def test_nothing_is_legal_after_a_prefix_of_no_string(prefix):
    assert legal_next(prefix) == set()


def test_both_branches_of_the_grammar_are_equally_likely(rng):
    strings = [embedded_reber(rng) for _ in range(2000)]
    assert np.mean([string[1] == "T" for string in strings]) == pytest.approx(0.5, abs=0.05)
    assert {len(string) for string in strings} >= {9, 10, 11, 12}
    assert min(map(len, strings)) == 9


def test_reber_batch_holds_the_strings_and_what_is_legal_at_each_step(strings):
    inputs, targets, legal = reber_batch(strings)
    assert inputs.shape == targets.shape == legal.shape[:2]
    for b, string in enumerate(strings):
        steps = len(string) - 1
        assert "".join(REBER_SYMBOLS[i] for i in inputs[:steps, b]) == string[:-1]
        assert "".join(REBER_SYMBOLS[i] for i in targets[:steps, b]) == string[1:]
        assert {REBER_SYMBOLS.index("E")} >= set(targets[steps:, b])
        assert legal[np.arange(steps), b, targets[:steps, b]].all()
        assert not legal[steps:, b].any()
        for t in range(steps):
            symbols = {
                s for s, is_legal in zip(REBER_SYMBOLS, legal[t, b], strict=True) if is_legal
            }
            assert symbols == legal_next(string[: t + 1])


def test_predictions_with_everything_in_memory_are_all_legal(strings):
    _, _, legal = reber_batch(strings)
    assert legal_predictions(legal.astype(float), legal).all()


def test_only_the_order_of_the_scores_counts_in_a_prediction(strings, rng):
    _, _, legal = reber_batch(strings)
    scores = rng.normal(size=legal.shape)
    right = legal_predictions(scores, legal)
    assert 0.1 < right.mean() < 0.9
    for shift in (-100, 100):
        np.testing.assert_array_equal(legal_predictions(scores + shift, legal), right)


def test_predictions_without_the_second_symbol_are_right_in_half_of_the_strings(strings):
    _, _, legal = reber_batch(strings)
    scores = legal.astype(float)
    for b, string in enumerate(strings):
        # T whatever came second: the grammar known, the one symbol forgotten.
        scores[len(string) - 3, b] = [symbol == "T" for symbol in REBER_SYMBOLS]
    whole = legal_predictions(scores, legal).all(axis=0)
    np.testing.assert_array_equal(whole, [string[1] == "T" for string in strings])
    assert whole.mean() == pytest.approx(MEMORYLESS_REBER, abs=0.1)


def test_prediction_that_cannot_choose_between_right_and_wrong_is_wrong():
    legal = np.array([[True, False], [False, False]])
    assert legal_predictions(np.zeros((2, 2)), legal).tolist() == [False, True]


@pytest.mark.parametrize("make", [adding_problem, copy_memory])
def test_makers_depend_on_the_rng_alone(make):
    first, again = (make(np.random.default_rng(5), 4, 6)[0] for _ in range(2))
    other = make(np.random.default_rng(6), 4, 6)[0]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_impossible_sizes_are_refused_with_what_to_give():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="give 2 steps or more"):
        adding_problem(rng, 4, 1)
    with pytest.raises(ValueError, match="give 1 or more"):
        copy_memory(rng, 4, 0)


def test_counting_strings_have_as_many_cs_as_as_and_bs_between_two_ends():
    inputs, targets, _ = counting_batch([(1, 1), (1, 3), (2, 1)])
    assert inputs.shape == targets.shape == (9, 3)
    symbols = ["".join(COUNTING_SYMBOLS[i] for i in column) for column in inputs.T]
    assert symbols == ["$abcc$$$$", "$abbbcccc", "$aabccc$$"]
    np.testing.assert_array_equal(inputs[1:], targets[:-1])
    assert COUNTING_SYMBOLS[targets[-1, 1]] == "$"


def test_what_is_legal_is_what_some_string_of_the_language_goes_on_with():
    language = [
        "$" + m * "a" + n * "b" + (m + n) * "c" + "$" for m in range(1, 12) for n in range(1, 12)
    ]
    pairs = [(1, 1), (2, 3), (5, 2), (1, 4)]
    inputs, _, legal = counting_batch(pairs)
    for b, (m, n) in enumerate(pairs):
        string = "".join(COUNTING_SYMBOLS[i] for i in inputs[:, b])
        for t in range(legal.shape[0]):
            prefix = string[: t + 1]
            follows = {w[t + 1] for w in language if len(w) > t + 1 and w.startswith(prefix)}
            mine = {s for s, ok in zip(COUNTING_SYMBOLS, legal[t, b], strict=True) if ok}
            assert mine == (follows if t < 2 * (m + n) + 1 else set())


def test_a_model_that_sees_only_the_last_symbol_predicts_no_string_whole():
    inputs, _, legal = counting_batch([(m, n) for m in range(1, 9) for n in range(1, 9)])
    shares = []
    # It could know all but the number of c's: what follows each of them is the question.
    for after_c in COUNTING_SYMBOLS:
        after = {"$": "a", "a": "ab", "b": "bc", "c": after_c}
        table = np.array([[s in after[last] for s in COUNTING_SYMBOLS] for last in "$abc"])
        whole = legal_predictions(table[inputs].astype(float), legal).all(axis=0)
        shares.append(whole.mean())
    assert max(shares) == MEMORYLESS_COUNTING


@pytest.mark.parametrize("pairs", [[], [(3, 1), (0, 2)], [(2, 0)]])
def test_strings_without_an_a_or_a_b_are_refused_with_what_to_give(pairs):
    with pytest.raises(ValueError, match="give 1 or more"):
        counting_batch(pairs)
