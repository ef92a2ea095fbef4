"""Right answers to lesson 12, as learners write them."""

import numpy as np


def matched_by_trying_every_size(parameters, input_size, output_size, gates):
    best, best_distance = 1, float("inf")
    for H in range(1, 300):
        per_gate = input_size * H + H * H + H
        total = gates * per_gate + H * output_size + output_size
        if abs(total - parameters) < best_distance:
            best, best_distance = H, abs(total - parameters)
    return best


def matched_on_an_array(parameters, input_size, output_size, gates):
    H = np.arange(1, 1000)
    total = gates * H**2 + (gates * (input_size + 1) + output_size) * H + output_size
    return np.argmin(np.abs(total - parameters)) + 1


def matched_by_bisection(parameters, input_size, output_size, gates):
    def count(H):
        return gates * H * (input_size + H + 1) + (H + 1) * output_size

    below, above = 1, 2
    while count(above) <= parameters:
        above *= 2
    while above - below > 1:
        middle = (below + above) // 2
        if count(middle) <= parameters:
            below = middle
        else:
            above = middle
    return below if parameters - count(below) <= count(above) - parameters else above


def bootstrap_in_a_loop(rng, a, b, resamples=10_000, level=0.95):
    differences = [x - y for x, y in zip(a, b, strict=True)]
    means = []
    for _ in range(resamples):
        resample = rng.choice(differences, size=len(differences))
        means.append(sum(resample) / len(resample))
    cut = 100 * (1 - level) / 2
    return (
        sum(differences) / len(differences),
        np.percentile(means, cut),
        np.percentile(means, 100 - cut),
        level,
    )


def bootstrap_by_counting_how_often_each_seed_is_drawn(rng, a, b, resamples=10_000, level=0.95):
    d = np.asarray(a) - np.asarray(b)
    times = rng.multinomial(len(d), np.full(len(d), 1 / len(d)), size=resamples)
    means = np.sort(times @ d / len(d))
    low = means[int(resamples * (1 - level) / 2)]
    high = means[min(int(resamples * (1 + level) / 2), resamples - 1)]
    return [d.mean(), low, high, level]


def bootstrap_of_pairs_with_one_index(rng, a, b, resamples=10_000, level=0.95):
    a, b = np.array(a), np.array(b)
    which = np.floor(rng.random((len(a), resamples)) * len(a)).astype(int)
    means = a[which].mean(axis=0) - b[which].mean(axis=0)
    ends = np.quantile(means, [0.5 - level / 2, 0.5 + level / 2], method="nearest")
    return (np.mean(a - b), *ends, level)


def verdict_with_both_branches_spelled_out(interval, first, second, unit):
    mean, low, high, level = interval
    tail = f"({level * 100:.0f}% interval of {first} - {second}: {low:.3f} to {high:.3f} {unit})"
    if high < 0:
        return f"{first} is better than {second} by {-mean:.3f} {unit} {tail}"
    if low > 0:
        return f"{second} is better than {first} by {mean:.3f} {unit} {tail}"
    return f"no difference found between {first} and {second} {tail}"


def verdict_by_the_product_of_the_ends(interval, first, second, unit):
    ends = str(round(interval.low, 3)) + " to " + str(round(interval.high, 3)) + " " + unit
    ends = f"{interval.level:.1%} interval: " + ends
    if interval.low * interval.high <= 0:
        return "So far, no difference found between " + first + " and " + second + ": " + ends
    order = sorted([(interval.mean, first), (0, second)])
    size = str(abs(round(interval.mean, 3)))
    return f"{order[0][1]} is better than {order[1][1]} by {size} {unit}; {ends}."


RIGHT_ANSWERS = {
    "matched_hidden_size": [
        matched_by_trying_every_size,
        matched_on_an_array,
        matched_by_bisection,
    ],
    "paired_bootstrap": [
        bootstrap_in_a_loop,
        bootstrap_by_counting_how_often_each_seed_is_drawn,
        bootstrap_of_pairs_with_one_index,
    ],
    "verdict": [verdict_with_both_branches_spelled_out, verdict_by_the_product_of_the_ends],
}
