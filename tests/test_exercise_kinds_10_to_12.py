"""Lessons 10 to 12: kinds of wrong answers are rejected, kinds of right answers pass."""

import itertools

import numpy as np
import pytest

from cifg_edu.checks import find_exercise, judging
from cifg_edu.exercises.lesson_11._makers import BOUND, by_chance, independent, uniform
from cifg_edu.exercises.lesson_12.paired_bootstrap import SAMPLES
from tests.answers_as_text import table, verdict_on

COPY = (
    "def copy_memory(rng, batch_size, lag):\n"
    "    B = batch_size\n"
    "    s = {symbols}\n"
    "    inputs, targets = np.full((2, lag + 20, B), 8)\n"
    "    inputs[:10], inputs[lag + 9], targets[-10:] = s, 9, s\n"
    "    return {result}\n"
)
ADDING = (
    "def adding_problem(rng, batch_size, steps):\n"
    "    B, half = batch_size, steps // 2\n"
    "    v = {numbers}\n"
    "    a, b = {marks}\n"
    "    m = np.zeros((steps, B))\n"
    "    m[a, np.arange(B)] = m[b, np.arange(B)] = 1\n"
    "    return {result}\n"
)
MARKS = "rng.integers(half, size=B), rng.integers(half, steps, size=B)"


def copying(symbols="rng.integers(8, size=(10, B))", result="inputs, targets"):
    return COPY.format(symbols=symbols, result=result)


def adding(
    numbers="rng.random((steps, B))", marks=MARKS, result="np.dstack([v, m]), (v * m).sum(0)"
):
    return ADDING.format(numbers=numbers, marks=marks, result=result)


ENCODE = "def encode(text, characters):\n    "
IDS = "np.array([characters.index(character) for character in text], dtype=int)"
BATCHES = (
    "def batches(ids, batch_size, steps):\n"
    "    lane = (len(ids) - 1) // batch_size\n"
    "    x, y = (ids[k : k + lane * batch_size].reshape(batch_size, lane).T for k in (0, 1))\n"
    "    starts = range(0, lane - steps + 1, steps)\n"
    "    pairs = [(x[s : s + steps], y[s : s + steps]) for s in starts]\n"
    "    {windows}\n"
)


BOOTSTRAP = (
    "def paired_bootstrap(rng, a, b, resamples=10_000, level=0.95):\n"
    "    d = np.asarray(a) - np.asarray(b)\n"
    "    n = len(d)\n"
    "    means = {means}\n"
    "    low, high = np.quantile(means, [{tail}, 1 - {tail}])\n"
    "    return {result}\n"
)


def bootstrap(
    means="d[rng.integers(n, size=(resamples, n))].mean(1)",
    tail="(1 - level) / 2",
    result="d.mean(), low, high, level",
):
    return BOOTSTRAP.format(means=means, tail=tail, result=result)


MATCHED = (
    "def matched_hidden_size(parameters, input_size, output_size, gates):\n"
    "    sizes = range({first}, {end})\n"
    "    counts = [count_model_parameters(input_size, H, output_size, gates) for H in sizes]\n"
    "    distances = [abs(count - parameters) for count in counts]\n"
    "    best = sizes[distances.index(min(distances))]\n"
    "    return {result}\n"
)


def matched(result="best", first=1, end=600):
    return MATCHED.format(result=result, first=first, end=end)


VERDICT = (
    "def verdict(interval, first, second, unit):\n"
    "    mean, low, high, level = interval\n"
    "    {change}\n"
    "    size, low_end, high_end = (f'{{x:{form}}}' for x in (abs(mean), low, high))\n"
    "    ends = f'{{100 * level:.0f}}% interval of {direction}'\n"
    "    ends += f': {{low_end}} to {{high_end}} {{unit}}'\n"
    "    if low <= 0 <= high:\n"
    "        return f'{none} ({{ends}})'\n"
    "    better, worse = (first, second) if mean < 0 else (second, first)\n"
    "    return f'{some} {{unit}} ({{ends}})'\n"
)


def deciding(
    change="",
    form=".3f",
    direction="{first} - {second}",
    none="no difference found between {first} and {second}",
    some="{better} is better than {worse} by {size}",
):
    return VERDICT.format(change=change, form=form, direction=direction, none=none, some=some)


SAMPLE = (
    "def sample(rng, parameters, config, length, prompt='', temperature=1.0, top_k=None):\n"
    "    step, characters = find_cell(config.cell).step, config.characters\n"
    "    W = [parameters[name] for name in ('Wx', 'Wh', 'b')]\n"
    "    h, c = initial_state(1, config.hidden_size)\n"
    "    for k in encode({start}, characters):\n"
    "        h, c, _ = step(embed(parameters, np.array([k])), h, c, *W)\n"
    "    drawn = []\n"
    "    for _ in range(length):\n"
    "        scores = (h @ parameters['Wy'] + parameters['by'])[0]\n"
    "        drawn.append({draw})\n"
    "        h, c, _ = step(embed(parameters, np.array([{following}])), h, c, *W)\n"
    "    return {result}\n"
)


def sampling(
    start="prompt or ('\\n' if '\\n' in characters else characters[0])",
    draw="next_character(rng, scores, temperature, top_k)",
    following="drawn[-1]",
    result="prompt + decode(np.array(drawn, dtype=int), characters)",
):
    return SAMPLE.format(start=start, draw=draw, following=following, result=result)


ERROR = "def constant_answer_error(targets):\n    return "
LOSS = "def memoryless_copy_loss(lag):\n    return "
LEGAL = (
    "def legal_next(prefix):\n"
    "    if 'BT'.startswith(prefix) or 'BP'.startswith(prefix):\n"
    "        legal = [{{'B'}}, {{'T', 'P'}}, {{'B'}}][len(prefix)]\n"
    "    else:\n"
    "        state, legal = 0, {{'B'}} if prefix[:2] in ('BT', 'BP') else set()\n"
    "        for symbol in prefix[2:]:\n"
    "            if symbol not in legal:\n"
    "                legal = set()\n"
    "                break\n"
    "            state = state + 1 if state > 6 else REBER_GRAMMAR[state][symbol]\n"
    "            legal = [*map(set, REBER_GRAMMAR), {{prefix[1]}}, {{'E'}}, set()][state]\n"
    "    return {result}\n"
)


TRAIN = (
    "def train_step(cell, parameters, adam, inputs, targets, h, c,"
    " learning_rate=2e-3, max_norm=5.0):\n"
    "    step = loss_and_gradients(cell, parameters, inputs, targets, h, c)\n"
    "    clipped, norm = clip_by_global_norm(step.gradients, max_norm)\n"
    "    {change}\n"
    "    parameters, adam = adam_step(parameters, clipped, adam, learning_rate)\n"
    "    return {result}\n"
)


def training(change="pass", result="parameters, adam, step.h, step.c, step.loss, norm"):
    return TRAIN.format(change=change, result=result)


WRONG = {
    **{
        ("train_step", label): training(**parts)
        for label, parts in {
            "elements clipped as well": {
                "change": "clipped = {n: np.clip(g, -0.5, 0.5) for n, g in clipped.items()}"
            },
            "norms above 2 cut": {"change": "norm = min(norm, 2.0)"},
            "the lesson's learning rate": {"change": "learning_rate = 0.02"},
            "three lanes": {"change": "step = step._replace(h=step.h[:3])"},
            "the state as lists": {
                "result": "parameters, adam, step.h.tolist(), step.c.tolist(), step.loss, norm"
            },
            "a complex loss": {"result": "parameters, adam, step.h, step.c, step.loss + 0j, norm"},
            "the loss as text": {
                "result": "parameters, adam, step.h, step.c, str(step.loss), norm"
            },
            "parameters in objects": {
                "result": "{n: p.astype(object) for n, p in parameters.items()}, adam, step.h,"
                " step.c, step.loss, norm"
            },
            "parameters in float32": {
                "result": "{n: p.astype(np.float32) for n, p in parameters.items()}, adam, step.h,"
                " step.c, step.loss, norm"
            },
            "parameters alone": {"result": "parameters"},
            "a dictionary": {"result": "dict(parameters=parameters, adam=adam)"},
        }.items()
    },
    **{
        (name, label): head + body + "\n"
        for name, head, right in (
            ("constant_answer_error", ERROR, "np.var(targets)"),
            ("memoryless_copy_loss", LOSS, "30 * np.log(2) / (lag + 20)"),
        )
        for label, body in {
            "text": f"str({right})",
            "complex": f"{right} + 0j",
            "rounded": f"round({right}, 3)",
            "an array": f"np.array([{right}])",
            "a list": f"[{right}]",
            "None": "None",
        }.items()
    },
    ("constant_answer_error", "at most 20 targets"): ERROR + "np.var(targets[:20])\n",
    ("constant_answer_error", "always 1/6"): ERROR + "1 / 6\n",
    ("memoryless_copy_loss", "the lag of the lesson"): LOSS + "30 * np.log(2) / 30\n",
    **{
        ("legal_next", label): LEGAL.format(result=result)
        for label, result in {
            "a list": "sorted(legal)",
            "a list with one symbol twice": "[*legal, *legal]",
            "a string": "''.join(legal)",
            "a dictionary where nothing is legal": "legal or {}",
            "one string in a list": "[''.join(sorted(legal))]",
            "lists in a list": "[[symbol] for symbol in legal]",
            "numbers": "['BTPSXVE'.index(symbol) for symbol in legal]",
            "None": "None",
            "a truth value": "bool(legal)",
            "a number": "len(legal)",
            "one of them": "set(sorted(legal)[:1])",
        }.items()
    },
    **{
        ("sample", label): sampling(**parts)
        for label, parts in {
            "a start that is a line end": {"start": "prompt or '\\n'"},
            "a start that is the first of the vocabulary": {"start": "prompt or characters[0]"},
            "a start that is always the same": {"start": "'\\n' if '\\n' in characters else 'a'"},
            "a line end before each prompt": {
                "start": "'\\n' * ('\\n' in characters) + prompt or characters[0]"
            },
            "a start of its first three characters": {
                "start": "(prompt or '\\n' * ('\\n' in characters) or characters[0])[:2]"
            },
            "no temperature": {"draw": "next_character(rng, scores, 1.0, top_k)"},
            "half the temperature": {"draw": "next_character(rng, scores, temperature / 2, top_k)"},
            "twice the temperature": {
                "draw": "next_character(rng, scores, 2 * temperature, top_k)"
            },
            "no top_k": {"draw": "next_character(rng, scores, temperature)"},
            "one more than top_k": {
                "draw": "next_character(rng, scores, temperature, top_k and top_k + 1)"
            },
            "always the best": {"draw": "int(scores.argmax())"},
            "all equally often": {
                "draw": "next_character(rng, scores, temperature, top_k)"
                " if not temperature or abs(scores).max() > 9 else int(rng.integers(len(scores)))"
            },
            "another generator": {
                "draw": "next_character(np.random.default_rng(), scores, temperature, top_k)"
            },
            "the prompt fed again": {
                "following": "encode(prompt or characters[0], characters)[-1]"
            },
            "ids": {"result": "drawn"},
            "a list of characters": {
                "result": "list(prompt + decode(np.array(drawn), characters))"
            },
            "an array of text": {
                "result": "np.array(prompt + decode(np.array(drawn), characters))"
            },
            "without the prompt": {"result": "decode(np.array(drawn), characters)"},
            "a number": {"result": "length"},
            "texts of several lengths": {
                "result": "prompt + decode(np.array(drawn), characters)[: rng.integers(5, 20)]"
            },
        }.items()
    },
    **{
        ("matched_hidden_size", label): matched(result)
        for label, result in {
            "a float": "float(best)",
            "a NumPy float": "np.float64(best)",
            "text": "str(best)",
            "a truth value": "best == 1 or best",
            "an array": "np.array([best])",
            "a complex number": "best + 0j",
            "None": "None",
            "a tuple": "(best,)",
            "negative": "-best",
        }.items()
    },
    ("matched_hidden_size", "from 0"): matched(first=0),
    ("matched_hidden_size", "up to 99"): matched(end=100),
    ("matched_hidden_size", "from 2"): matched(first=2),
    **{
        ("verdict", label): deciding(**parts)
        for label, parts in {
            "names hard-coded": {"change": "first, second = 'CIFG', 'LSTM'"},
            "names of no difference hard-coded": {
                "none": "no difference found between CIFG and LSTM",
                "direction": "the difference",
            },
            "one name of no difference hard-coded": {
                "none": "no difference found between {first} and LSTM"
            },
            "the better one's name hard-coded": {"some": "CIFG is better than LSTM by {size}"},
            "the worse one's name hard-coded": {"some": "{better} is better than LSTM by {size}"},
            "the level cut off": {"change": "level = int(100 * level) / 100"},
            "no unit after the size": {"some": "{better} is better than {worse} by {size} (in"},
            "the unit before the size": {
                "some": "in {unit}, {better} is better than {worse} by {size} of"
            },
            "better where nothing was found": {
                "none": "no difference found between {first} and {second}, {first} slightly better"
            },
            "the better one slightly so": {
                "some": "{better} is slightly better than {worse} by {size}"
            },
            "the unit hard-coded": {"change": "unit = 'nats per character'"},
            "the level hard-coded": {"change": "level = 0.95"},
            "two decimals": {"form": ".2f"},
            "four decimals": {"form": ".4f"},
            "one decimal": {"form": ".1f"},
            "as many decimals as there are": {"form": ""},
            "powers of ten": {"form": ".3e"},
            "the interval turned round": {"direction": "{second} - {first}"},
            "ends that have changed places": {"change": "low, high = high, low"},
            "nothing found where something was": {"some": "no difference found by {size}"},
            "both phrases": {
                "none": "no difference found: {first} is better than {second} by {size}"
            },
            "capital letters": {"none": "No Difference Found between {first} and {second}"},
            "equal": {"none": "{first} and {second} are equal"},
            "two lines": {"some": "{better} is better than {worse}\\nby {size}"},
            "the mean's sign only": {"change": "low = high = mean"},
            "the size in percent": {"some": "{better} is better than {worse} by {100 * mean:.3f}"},
        }.items()
    },
    (
        "verdict",
        "a list",
    ): "def verdict(interval, first, second, unit):\n    return [first, second]\n",
    ("verdict", "printed"): "def verdict(interval, first, second, unit):\n    print(first)\n",
    **{
        ("paired_bootstrap", label): bootstrap(means)
        for label, means in {
            "three of the differences": "d[rng.integers(n, size=(resamples, 3))].mean(1)",
            "one difference less": "d[rng.integers(n, size=(resamples, n - 1))].mean(1)",
            "without replacement": "rng.permuted(np.tile(d, (resamples, 1)), axis=1).mean(1)",
            "400 resamples": "d[rng.integers(n, size=(400, n))].mean(1)",
            "the pairs torn apart": (
                "(np.asarray(a)[rng.integers(n, size=(resamples, n))]"
                " - np.asarray(b)[rng.integers(n, size=(resamples, n))]).mean(1)"
            ),
            "a generator that is not given": (
                "d[np.random.default_rng(7).integers(n, size=(resamples, n))].mean(1)"
            ),
        }.items()
    },
    **{
        ("paired_bootstrap", f"called with {given}"): bootstrap().replace(
            "resamples=10_000, level=0.95", given
        )
        for given in (
            "resamples, level",
            "resamples=10_000, *, level",
            "resamples=10_000, level=0.9",
        )
    },
    ("paired_bootstrap", "another name"): bootstrap().replace("level", "share"),
    **{
        ("sample", f"called with {given}"): sampling().replace(
            "prompt='', temperature=1.0, top_k=None", given
        )
        for given in ("prompt, temperature, top_k", "prompt='', temperature=1.0, *, top_k")
    },
    ("sample", "another name"): sampling().replace("top_k", "k_best"),
    ("train_step", "another name"): training().replace("learning_rate", "eta"),
    ("copy_memory", "another name"): copying().replace("lag", "wait"),
    ("adding_problem", "another name"): adding().replace("batch_size", "number"),
    ("paired_bootstrap", "always 95 percent"): bootstrap(tail="0.025"),
    ("paired_bootstrap", "all cut off at each end"): bootstrap(tail="(1 - level)"),
    **{
        ("paired_bootstrap", label): bootstrap(result=result)
        for label, result in {
            "text": "str(d.mean()), str(low), str(high), level",
            "complex numbers": "d.mean() + 0j, low, high, level",
            "three parts": "d.mean(), low, high",
            "a number": "low",
            "an array": "np.array([d.mean(), low, high, level])",
            "a dictionary": "{'mean': d.mean(), 'low': low, 'high': high, 'level': level}",
            "None in the parts": "d.mean(), None, None, level",
            "arrays for the ends": "d.mean(), np.array([low]), np.array([high]), level",
            "all differences for the mean": "d, low, high, level",
            "the level in percent": "d.mean(), low, high, 100 * level",
            "the basic bootstrap": "d.mean(), 2 * d.mean() - high, 2 * d.mean() - low, level",
            "rounded": "round(d.mean(), 1), round(low, 1), round(high, 1), level",
        }.items()
    },
    **{
        ("encode", label): ENCODE + body
        for label, body in {
            "lower case": f"text = text.lower()\n    return {IDS}\n",
            "swapped case": f"text = text.swapcase()\n    return {IDS}\n",
            "stripped": f"text = text.strip()\n    return {IDS}\n",
            "stripped of spaces at the end": f"text = text.rstrip(' ')\n    return {IDS}\n",
            "without line ends": (f"text = ''.join(text.splitlines())\n    return {IDS}\n"),
            "letters only": f"text = ''.join(filter(str.isalpha, text))\n    return {IDS}\n",
            "ASCII only": (f"text = text.encode('ascii', 'ignore').decode()\n    return {IDS}\n"),
            "a list": f"return {IDS}.tolist()\n",
            "floats": f"return {IDS}.astype(float)\n",
            "floats for an empty text": f"return {IDS.replace(', dtype=int', '')}\n",
            "text": f"return {IDS}.astype(str)\n",
            "complex numbers": f"return {IDS} + 0j\n",
            "objects": f"return {IDS}.astype(object)\n",
            "a masked array": f"return np.ma.array({IDS})\n",
            "a column": f"return {IDS}[:, None]\n",
            "six characters": f"return {IDS}[:6]\n",
            "unknown ones as the last": (
                "return np.array([characters.find(character) for character in text])\n"
            ),
        }.items()
    },
    **{
        ("batches", label): BATCHES.format(windows=windows)
        for label, windows in {
            "lists": "return [(a.tolist(), b.tolist()) for a, b in pairs]",
            "floats": "return [(1.0 * a, 1.0 * b) for a, b in pairs]",
            "complex numbers": "return [(a + 0j, b + 0j) for a, b in pairs]",
            "text": "return [(a.astype(str), b.astype(str)) for a, b in pairs]",
            "objects": "return [(a.astype(object), b.astype(object)) for a, b in pairs]",
            "masked arrays": "return [(np.ma.array(a), np.ma.array(b)) for a, b in pairs]",
            "ragged lists": "return [([1, [2]], [[1], 2]) for a, b in pairs]",
            "None in each pair": "return [(None, None) for a, b in pairs]",
            "numbers": "return [1, 2]",
            "one array": "return np.array(pairs)",
            "a dictionary": "return dict(enumerate(pairs))",
            "eight windows": "return pairs[:8]",
            "three lanes": "return [(a[:, :3], b[:, :3]) for a, b in pairs]",
            "the first window without end": "while True: yield pairs[0]",
            "nothing": "return []",
        }.items()
    },
    **{
        ("copy_memory", label): copying(symbols)
        for label, symbols in {
            "ten equal symbols": "np.tile(rng.integers(8, size=B), (10, 1))",
            "sorted symbols": "np.sort(rng.integers(8, size=(10, B)), axis=0)",
            "permuted symbols": "rng.permuted(np.tile(np.arange(10) % 8, (B, 1)), axis=1).T",
            "constant symbols": "np.full((10, B), 3)",
            "two symbols in turn": "np.resize(rng.integers(8, size=(2, B)), (10, B))",
            "the second symbol follows from the first": (
                "(rng.integers(8, size=B) + np.arange(10)[:, None]) % 8"
            ),
            "sequences in pairs": "np.repeat(rng.integers(8, size=(10, B)), 2, axis=1)[:, :B]",
            "the second half of the batch repeats the first": (
                "np.resize(rng.integers(8, size=(B // 2 + 1, 10)), (B, 10)).T"
            ),
            "sequences sorted along the batch": "np.sort(rng.integers(8, size=(10, B)), axis=1)",
            "the symbols from a normal distribution": (
                "np.clip(rng.normal(4, 2, size=(10, B)), 0, 7).astype(int)"
            ),
            "the same symbols in every batch": (
                "np.random.default_rng(0).integers(8, size=(10, B)) + 0 * rng.integers(8)"
            ),
        }.items()
    },
    **{
        ("copy_memory", label): copying(result=result)
        for label, result in {
            "lists": "inputs.tolist(), targets.tolist()",
            "text": "inputs.astype(str), targets.astype(str)",
            "complex numbers": "inputs + 0j, targets + 0j",
            "objects": "inputs.astype(object), targets.astype(object)",
            "masked arrays": "np.ma.array(inputs), np.ma.array(targets)",
            "None and a number": "None, 3",
            "three dimensions": "inputs[None], targets[None]",
            "numbers alone": "inputs[0, 0], targets[0, 0]",
        }.items()
    },
    **{
        ("adding_problem", label): adding(numbers)
        for label, numbers in {
            "constant numbers": "np.full((steps, B), 0.5)",
            "binary numbers": "rng.integers(2, size=(steps, B)) + 0.0",
            "rounded numbers": "rng.random((steps, B)).round(1)",
            "numbers rounded to two decimals": "rng.random((steps, B)).round(2)",
            "beta-distributed numbers": "rng.beta(2, 2, size=(steps, B))",
            "arcsine-distributed numbers": "rng.beta(0.5, 0.5, size=(steps, B))",
            "numbers four per cent too wide": "1.04 * rng.random((steps, B)) - 0.02",
            "numbers up to 0.9": "rng.uniform(0, 0.9, size=(steps, B))",
            "the same numbers in every sequence": "np.tile(rng.random((steps, 1)), B)",
            "one number at all steps": "np.tile(rng.random(B), (steps, 1))",
            "sorted numbers": "np.sort(rng.random((steps, B)), axis=0)",
            "sequences in pairs": "np.repeat(rng.random((steps, B)), 2, axis=1)[:, :B]",
            "the same numbers in every batch": (
                "np.random.default_rng(0).random((steps, B)) + 0 * rng.random()"
            ),
        }.items()
    },
    **{
        ("adding_problem", label): adding(marks=marks)
        for label, marks in {
            "the first half rounded up": (
                "rng.integers(steps - half, size=B), rng.integers(steps - half, steps, size=B)"
            ),
            "marks where the numbers are largest": (
                "v[:half].argmax(0), half + v[half:].argmax(0)"
            ),
            "the second mark follows from the first": "(a := rng.integers(half, size=B)), a + half",
            "marks more often at the end": (
                "(half * rng.random(B) ** 0.5).astype(int), rng.integers(half, steps, size=B)"
            ),
            "the same marks in every batch": (
                "np.random.default_rng(0).integers([[0], [half]], [[half], [steps]], size=(2, B))"
            ),
        }.items()
    },
    **{
        ("adding_problem", label): adding(result=result)
        for label, result in {
            "lists": "np.dstack([v, m]).tolist(), (v * m).sum(0).tolist()",
            "float32": "np.dstack([v, m]).astype(np.float32), (v * m).sum(0)",
            "targets as text": "np.dstack([v, m]), (v * m).sum(0).astype(str)",
            "complex numbers": "np.dstack([v, m]) + 0j, (v * m).sum(0)",
            "objects": "np.dstack([v, m]).astype(object), (v * m).sum(0)",
            "masked arrays": "np.ma.array(np.dstack([v, m])), (v * m).sum(0)",
            "a dictionary": "{'inputs': np.dstack([v, m]), 'targets': (v * m).sum(0)}",
            "no sequences": "np.dstack([v, m])[:, :0], np.zeros(0)",
        }.items()
    },
}

RIGHT = {
    ("train_step", "a list"): training(
        result="[parameters, tuple(adam), step.h, step.c, float(step.loss), float(norm)]"
    ),
    ("constant_answer_error", "about the mean"): ERROR
    + "float(((targets - np.average(targets)) ** 2).sum() / targets.size)\n",
    ("memoryless_copy_loss", "a logarithm of a power"): LOSS + "np.log(8**10) / (20 + lag)\n",
    ("legal_next", "a set"): LEGAL.format(result="legal"),
    ("legal_next", "the keys of a dictionary"): LEGAL.format(
        result="dict.fromkeys(sorted(legal)).keys()"
    ),
    ("legal_next", "a frozen set"): LEGAL.format(result="frozenset(legal)"),
    ("sample", "the step by name"): sampling(
        draw="next_character(rng=rng, logits=scores, temperature=temperature, top_k=top_k)"
    ),
    ("sample", "by the inverse of the distribution"): sampling(
        draw="int(scores.argmax()) if temperature == 0 else int(rng.choice(len(scores), p=softmax("
        "np.where(scores < np.sort(scores)[-(top_k or 0)], -np.inf, scores) / temperature)))"
    ),
    ("matched_hidden_size", "a NumPy integer"): matched("np.int32(best)"),
    ("matched_hidden_size", "an error where there are too few"): matched(
        "best if parameters >= counts[0] else 1 // 0"
    ),
    ("verdict", "in other words around it"): deciding(
        none="so far, no difference found between {first} and {second}",
        some="It seems that {better} is better than {worse} by {size}",
    ),
    ("paired_bootstrap", "columns of resamples"): bootstrap(
        "d[rng.integers(n, size=(n, resamples))].mean(0)"
    ),
    ("paired_bootstrap", "rng.choice"): bootstrap("rng.choice(d, (resamples, n)).mean(1)"),
    ("paired_bootstrap", "a list"): bootstrap(result="[float(d.mean()), low, high, level]"),
    ("encode", "int32"): ENCODE + f"return {IDS}.astype(np.int32)\n",
    ("encode", "by sorting"): ENCODE + "order = np.argsort(list(characters))\n"
    "    places = np.searchsorted(np.array(list(characters))[order], list(text))\n"
    "    ids = order[np.minimum(places, len(order) - 1)]\n"
    "    assert all(characters[k] == c for k, c in zip(ids, text))\n"
    "    return ids\n",
    ("batches", "a tuple of lists"): BATCHES.format(windows="return tuple(map(list, pairs))"),
    ("batches", "an iterator"): BATCHES.format(windows="return iter(pairs)"),
    ("batches", "int16"): BATCHES.format(
        windows="return ((a.astype(np.int16), b.astype(np.int16)) for a, b in pairs)"
    ),
    ("copy_memory", "small integers"): copying("rng.integers(8, size=(10, B), dtype=np.uint8)"),
    ("copy_memory", "from uniform numbers"): copying("(8 * rng.random((B, 10))).astype(int).T"),
    ("copy_memory", "a list of two arrays"): copying(result="[inputs, targets]"),
    ("adding_problem", "marks before numbers"): adding(
        marks="(rng.random((2, B)) * [[half], [steps - half]]).astype(int) + [[0], [half]]"
    ),
    ("adding_problem", "targets in float32 alone"): adding(
        result="np.dstack([v, m]), (v * m).sum(0).astype(np.float32)"
    ),
}


@pytest.mark.parametrize(("name", "label", "source"), table(WRONG))
def test_wrong_answer_of_this_kind_is_rejected(name, label, source, monkeypatch):
    # Whether it is rejected does not hang on what is found out about it, which takes a while.
    monkeypatch.setattr(judging, "find_suspect", lambda *_: (None, False))
    monkeypatch.setattr(judging, "likely_cause", lambda *_: None)
    verdict = verdict_on(name, source, label)
    assert verdict.passed is False


BUFFERS = (
    "buffers = np.zeros((2, steps, batch_size), int)\n"
    "    for a, b in pairs:\n"
    "        buffers[0], buffers[1] = a, b\n"
    "        yield buffers[0], buffers[1]"
)
CAUSES = {
    ("sample", "softmax before the draw"): (
        sampling(draw="next_character(rng, softmax(scores), temperature, top_k)"),
        "softmax is taken twice",
    ),
    ("sample", "h and c handed over the wrong way round"): (
        sampling().replace("h, c, *W", "c, h, *W"),
        "handed to the step the wrong way round",
    ),
    ("sample", "h and c changed after each draw"): (
        sampling(following="drawn[-1]").replace(
            "        h, c, _ = step(embed(parameters, np.array([drawn",
            "        c, h, _ = step(embed(parameters, np.array([drawn",
        ),
        "h and c change places after each draw",
    ),
    ("sample", "h and c changed in the prompt"): (
        sampling().replace("h, c, _ = step", "c, h, _ = step", 1),
        "h and c change places while the prompt is read",
    ),
    ("train_step", "Adam before clipping"): (
        training(
            "parameters, adam = adam_step(parameters, step.gradients, adam, learning_rate)"
        ).replace(
            "    parameters, adam = adam_step(parameters, clipped, adam, learning_rate)\n", ""
        ),
        "clip them first",
    ),
    ("train_step", "clipped parameters"): (
        training().replace("norm(step.gradients, max", "norm(parameters, max"),
        "it is the parameters that are clipped, and handed to Adam",
    ),
    ("train_step", "the loss first"): (
        training(result="step.loss, norm, parameters, adam, step.h, step.c"),
        "the parts are returned in another order",
    ),
    ("copy_memory", "symbols of uneven chances"): (
        copying("np.round(rng.uniform(0, 7, size=(10, B))).astype(int)"),
        "every symbol should be equally likely",
    ),
    ("copy_memory", "sorted symbols"): (
        copying("np.sort(rng.integers(8, size=(10, B)), axis=0)"),
        "the symbols come sorted",
    ),
    ("copy_memory", "lag blanks"): (
        copying().replace("lag + 20", "lag + 21").replace("lag + 9", "lag + 10"),
        "lag blanks come before the delimiter",
    ),
    ("copy_memory", "one array for both"): (
        copying().replace("np.full((2, lag + 20, B), 8)", "[np.full((lag + 20, B), 8)] * 2"),
        "one and the same array",
    ),
    ("matched_hidden_size", "a place in a list"): (
        matched("distances.index(min(distances))"),
        "that is a place in a list",
    ),
    ("batches", "buffers filled again"): (
        BATCHES.format(windows=BUFFERS),
        "each window needs its own arrays",
    ),
    **{
        ("paired_bootstrap", result): (bootstrap(result=result), "another order")
        for result in ("low, d.mean(), high, level", "low, high, d.mean(), level")
    },
    ("paired_bootstrap", "b - a"): (
        bootstrap().replace("np.asarray(a) - np.asarray(b)", "np.asarray(b) - np.asarray(a)"),
        "it is a - b",
    ),
    ("legal_next", "a list"): (
        LEGAL.format(result="sorted(legal)").replace("set()", "[]"),
        "it should be a set",
    ),
}


@pytest.mark.usefixtures("short_search")
@pytest.mark.parametrize(("name", "label", "answer"), table(CAUSES))
def test_usual_mistake_in_other_words_has_its_cause_named(name, label, answer):
    source, words = answer
    assert words in verdict_on(name, source, label).message


@pytest.mark.parametrize(("name", "label", "source"), table(RIGHT))
def test_right_answer_of_this_kind_passes(name, label, source):
    verdict = verdict_on(name, source, label)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize("name", ["adding_problem", "copy_memory"])
def test_right_draws_pass_whatever_the_seed(name):
    exercise = find_exercise(name)
    for case in exercise.cases():
        seen = []
        for seed in range(20):
            arguments = (np.random.default_rng(seed), *case.arguments[1:])
            seen.append(exercise.observe(exercise.reference, arguments))
        assert all(one == seen[0] for one in seen)


def test_right_interval_is_the_same_whatever_the_seed():
    exercise = find_exercise("paired_bootstrap")
    for case in exercise.cases():
        ends = {
            exercise.reference(np.random.default_rng(seed), *case.arguments[1:])[1:3]
            for seed in range(50)
        }
        assert len({tuple(np.round(pair, 9)) for pair in ends}) == 1


def test_resamples_are_enough_for_an_end_to_be_the_same_mean_whatever_is_drawn():
    for _, differences, resamples, level in SAMPLES:
        means = np.mean(list(itertools.product(differences, repeat=len(differences))), axis=1)
        _, counts = np.unique(means.round(9), return_counts=True)
        below = np.concatenate([[0], np.cumsum(counts)]) / len(means)
        for share in ((1 - level) / 2, (1 + level) / 2):
            place = np.searchsorted(below, share)
            for p in below[place - 1 : place + 1]:
                assert p in (0, 1) or not by_chance(np.array(share), p, resamples)


def test_share_that_chance_can_give_is_told_from_one_that_it_cannot():
    assert 8000 * 2 * np.exp(-BOUND) < 1e-9
    assert by_chance(np.array([0.125, 0.16]), 0.125, 500)
    assert not by_chance(np.array([0.125, 0.3]), 0.125, 500)
    assert by_chance(np.array([0.0, 1.0]), 0.125, 1)


def test_numbers_that_depend_on_each_other_are_told_from_those_drawn_by_themselves():
    ids = np.random.default_rng(0).integers(8, size=(3, 1000))
    assert independent(ids, 8) == "drawn on their own"
    assert independent(np.vstack([ids, ids[:1]]), 8) == "not drawn on their own"
    assert uniform(np.random.default_rng(0).random(4000))
    assert not uniform(np.random.default_rng(0).beta(1.2, 1.2, size=40_000))


def test_a_legal_next_without_a_memory_of_the_second_symbol_must_fail():
    exercise = find_exercise("legal_next")
    prefixes = [prefix for case in exercise.cases() for prefix in case.arguments]

    def without_second(prefix):
        return prefix[:1] + "?" * (len(prefix) > 1) + prefix[2:]

    # The best answer that forgets it: what is right for the first prefix that then looks the same.
    known = {without_second(p): exercise.reference(p) for p in reversed(prefixes)}

    def forgetful(prefix):
        return known.get(without_second(prefix), set())

    verdict = judging.judge(exercise, forgetful)
    assert verdict.passed is False
    assert "BPBPVVE" in verdict.message
