"""Lessons 05, 08 and 09: kinds of wrong answers are rejected, kinds of right answers pass."""

import pytest

from tests.answers_as_text import table, verdict_on

SOFTMAX = (
    "def softmax_cross_entropy(logits, targets):\n"
    "    z = logits.reshape(-1, logits.shape[-1])\n"
    "    z = z - z.max(axis=1, keepdims=True)\n"
    "    n, rows, t = targets.size, np.arange(targets.size), targets.ravel()\n"
    "    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))\n"
    "    loss, d = -log_p[rows, t].mean(), np.exp(log_p)\n"
    "    d[rows, t] -= 1\n"
    "    d = (d / n).reshape(logits.shape)\n"
    "    "
)
BY_HAND = (
    "def softmax_cross_entropy(logits, targets):\n"
    "    z = logits.reshape(-1, logits.shape[-1])\n"
    "    rows, t = np.arange(len(z)), targets.ravel()\n"
    "    e = np.exp(z - {largest})\n"
    "    p = e / e.sum({axes})\n"
    "    loss, d = {of_target}, p.copy()\n"
    "    d[rows, t] -= 1\n"
    "    return loss, d.reshape(logits.shape) / targets.size\n"
)
PRODUCT = "-(np.eye(z.shape[1])[t] * np.log(p)).sum(1).mean()"


def softmax_by_hand(
    largest="z.max(axis=1, keepdims=True)",
    axes="axis=1, keepdims=True",
    of_target="-np.log(p[rows, t]).mean()",
):
    return BY_HAND.format(largest=largest, axes=axes, of_target=of_target)


PERPLEXITY = "def perplexity(mean_nats):\n    return "
NUMERICAL = (
    "def numerical_gradient(f, x, step=1e-5):\n"
    "    x = np.array(x, dtype=float)\n"
    "    slopes = np.zeros(x.shape)\n"
    "    for k in np.ndindex({shape}):\n"
    "        up, down = x.copy(), x.copy()\n"
    "        up[k] += step\n"
    "        down[k] -= step\n"
    "        slopes[k] = ({above} - f(down)) / (2 * step)\n"
    "    return {result}\n"
)


def numerical(shape="x.shape", above="f(up)", result="slopes"):
    return NUMERICAL.format(shape=shape, above=above, result=result)


RELATIVE = (
    "def relative_error(a, b):\n"
    "    def length(v):\n"
    "        return {length}\n"
    "    scale = length(a) + length(b)\n"
    "    error = 0.0 if scale == 0 else length(a - b) / scale\n"
    "    return {result}\n"
)


def relative(length="np.sqrt((np.asarray(v) ** 2).sum())", result="error"):
    return RELATIVE.format(length=length, result=result)


GLOROT = (
    "def glorot_uniform(rng, fan_in, fan_out):\n"
    "    L = (6 / (fan_in + fan_out)) ** 0.5\n    return "
)
DRAW = "rng.uniform(-L, L, (fan_in, fan_out))"
CHRONO = "def chrono_bias(rng, hidden_size, max_lag):\n    H = hidden_size\n    return "
U = "rng.uniform(1, max_lag - 1, H)"
INITIALIZE = (
    "from cifg_edu.initializers import chrono_bias, glorot_uniform\n"
    "def initialize_cifg(rng, input_size, hidden_size, weights=glorot_uniform, max_lag=None):\n"
    "    D, H = input_size, hidden_size\n"
    "    Wx = np.hstack([{of_x} for _ in range(3)])\n"
    "    Wh = np.hstack([{of_h} for _ in range(3)])\n"
    "    b = np.zeros(3 * H)\n"
    "    b[:H] = -1 if max_lag is None else {lags}\n"
    "    return {result}\n"
)


def initialize(
    of_x="weights(rng, D, H)",
    of_h="weights(rng, H, H)",
    lags="chrono_bias(rng, H, max_lag)",
    result="{'Wx': Wx, 'Wh': Wh, 'b': b}",
):
    return INITIALIZE.format(of_x=of_x, of_h=of_h, lags=lags, result=result)


CLIP = (
    "def clip_by_global_norm(gradients, max_norm):\n"
    "    norm = sum((g**2).sum() for g in gradients.values()) ** 0.5\n"
    "    factor = max_norm / norm if norm > max_norm else 1.0\n"
    "    return "
)
ADAM = (
    "from cifg_edu.optimizers import AdamState\n"
    "def adam_step(parameters, gradients, state, learning_rate=1e-3, beta1=0.9, beta2=0.999,"
    " epsilon=1e-8):\n"
    "    t, new, m, v = state.t + 1, {{}}, {{}}, {{}}\n"
    "    for n in {names}:\n"
    "        g = {gradient}\n"
    "        m[n] = beta1 * state.m[n] + (1 - beta1) * g\n"
    "        v[n] = beta2 * state.v[n] + (1 - beta2) * g**2\n"
    "        {update}\n"
    "    return {result}\n"
)
UPDATE = (
    "new[n] = parameters[n] - learning_rate * (m[n] / (1 - beta1**t))"
    " / ((v[n] / (1 - beta2**t)) ** 0.5 + epsilon)"
)


def adam(
    names="parameters", gradient="gradients[n]", update=UPDATE, result="new, AdamState(m, v, t)"
):
    return ADAM.format(names=names, gradient=gradient, update=update, result=result)


WRONG = {
    **{
        ("softmax_cross_entropy", f"ends with {end}"): f"{SOFTMAX}{end}\n"
        for end in (
            "return [loss], d",
            "return loss, d.tolist()",
            "return str(loss), d",
            "return loss + 0j, d",
            "return loss, d.astype(object)",
            "return loss, np.ma.array(d)",
            "return loss, d[..., :5]",
            "return loss, np.clip(d, -0.1, 0.1)",
            "return min(loss, 100.0), d",
            "return loss, d.astype(np.float32)",
            "return np.round(loss, 6), d",
            "return {'loss': loss, 'dlogits': d}",
        )
    },
    ("softmax_cross_entropy", "five classes"): SOFTMAX.replace("logits.shape[-1]", "5")
    + "return loss, d\n",
    **{
        ("perplexity", result): f"{PERPLEXITY}{result}\n"
        for result in (
            "str(np.exp(mean_nats))",
            "[np.exp(mean_nats)]",
            "np.array([np.exp(mean_nats)])",
            "np.exp(mean_nats + 0j)",
            "round(float(np.exp(mean_nats)), 4)",
            "np.exp(min(mean_nats, 88.0))",
            "2.7182818 ** np.float64(mean_nats)",
            "np.exp(np.float32(mean_nats))",
            "min(np.exp(mean_nats), 300.0)",
            "min(np.exp(mean_nats), 100.0) if mean_nats < 700 else np.inf",
            "min(np.exp(mean_nats), 1e9) if mean_nats < 700 else np.inf",
        )
    },
    **{
        ("numerical_gradient", label): numerical(**parts)
        for label, parts in {
            "two axes": {"shape": "x.shape[:1] + x.shape[1:2]"},
            "only the first three": {"shape": "min(len(x), 3)"},
            "the element alone": {"above": "f(up[k])"},
            "flat": {"result": "slopes.ravel()"},
            "a list": {"result": "slopes.tolist()"},
            "complex": {"result": "slopes + 0j"},
            "clipped": {"result": "np.clip(slopes, -100, 100)"},
            "rounded": {"result": "np.round(slopes, 5)"},
            "float32": {"result": "slopes.astype(np.float32)"},
            "a pair": {"result": "slopes, x"},
            "None": {"result": "None"},
        }.items()
    },
    **{
        ("relative_error", label): relative(**parts)
        for label, parts in {
            "rows": {"length": "np.sqrt((v**2).sum(axis=-1))"},
            "the largest singular value": {"length": "np.linalg.norm(np.atleast_1d(v), 2)"},
            "NaN left out": {"length": "np.sqrt(np.nansum(np.asarray(v) ** 2))"},
            "text": {"result": "str(error)"},
            "a list": {"result": "[error]"},
            "complex": {"result": "error + 0j"},
            "rounded": {"result": "round(float(error), 6)"},
            "whether they agree": {"result": "error < 1e-6"},
        }.items()
    },
    **{
        ("clip_by_global_norm", label): CLIP + result + "\n"
        for label, result in {
            "the names of one layer": "{n: factor * gradients[n] for n in ('Wx', 'Wh', 'b')}, norm",
            "two tensors": "{n: factor * gradients[n] for n in list(gradients)[:2]}, norm",
            "lists": "{n: (factor * g).tolist() for n, g in gradients.items()}, norm",
            "complex": "{n: factor * g + 0j for n, g in gradients.items()}, norm",
            "text": "{n: factor * g for n, g in gradients.items()}, str(norm)",
            "the largest gradients cut": (
                "{n: np.clip(factor * g, -4, 4) for n, g in gradients.items()}, norm"
            ),
            "rounded": "{n: np.round(factor * g, 4) for n, g in gradients.items()}, norm",
            "one long vector": "np.hstack([factor * g.ravel() for g in gradients.values()]), norm",
            "None": "None",
            "a norm of None": "{n: factor * g for n, g in gradients.items()}, None",
            "the caller's own dictionary": (
                "gradients if factor == 1 else {n: factor * g for n, g in gradients.items()}, norm"
            ),
            "the caller's own tensors": (
                "{n: g if factor == 1 else factor * g for n, g in gradients.items()}, norm"
            ),
            "the caller's own dictionary with other entries": (
                "gradients.update({n: factor * g for n, g in gradients.items()}) or gradients, norm"
            ),
        }.items()
    },
    **{
        ("adam_step", label): adam(**parts)
        for label, parts in {
            "the names of one layer": {"names": "('Wx', 'Wh', 'b')"},
            "gradients by their place": {
                "gradient": "list(gradients.values())[list(parameters).index(n)]"
            },
            "gradients clipped": {"gradient": "np.clip(gradients[n], -100, 100)"},
            "epsilon of the paper's second form": {
                "update": (
                    "new[n] = parameters[n] - learning_rate * (1 - beta2**t) ** 0.5"
                    " / (1 - beta1**t) * m[n] / (v[n] ** 0.5 + epsilon)"
                )
            },
            "no epsilon for a gradient that is not 0": {
                "update": UPDATE.replace("+ epsilon", "+ epsilon * (g == 0)")
            },
            "lists": {"update": f"{UPDATE}; new[n] = list(new[n])"},
            "masked": {"update": f"{UPDATE}; new[n] = np.ma.array(new[n])"},
            "t as text": {"result": "new, AdamState(m, v, str(t))"},
            "no state": {"result": "new, None"},
            "a state of two": {"result": "new, (m, v)"},
        }.items()
    },
    **{
        ("glorot_uniform", label): GLOROT + draw + "\n"
        for label, draw in {
            "four per cent too wide": f"1.04 * {DRAW}",
            "four per cent too narrow": f"0.96 * {DRAW}",
            "an arcsine's distribution": f"L * np.sin(np.pi / 2 / L * {DRAW})",
            "one row repeated": "np.tile(rng.uniform(-L, L, fan_out), (fan_in, 1))",
            "one column repeated": "np.tile(rng.uniform(-L, L, (fan_in, 1)), fan_out)",
            "each row twice": f"np.repeat({DRAW}, 2, axis=0)[:fan_in]",
            "each row sorted": f"np.sort({DRAW}, axis=1)",
            "a half mirrored": f"(lambda w: np.vstack([w, -w]))({DRAW}[: fan_in // 2])",
            "evenly spaced and shuffled": (
                "rng.permutation(np.linspace(-L, L, fan_in * fan_out)).reshape(fan_in, -1)"
            ),
            "rounded": f"np.round({DRAW}, 2)",
            "a list": f"{DRAW}.tolist()",
            "in float32": f"{DRAW}.astype(np.float32)",
            "drawn in float32": (
                "(2 * rng.random((fan_in, fan_out), dtype=np.float32) - 1) * np.float32(L)"
            ),
            "complex": f"{DRAW} + 0j",
            "text": f"{DRAW}.astype(str)",
            "objects": f"{DRAW}.astype(object)",
            "masked": f"np.ma.array({DRAW})",
            "one fixed size": "rng.uniform(-L, L, (60, 120))",
            "not a number": f"{DRAW} * np.nan",
            "its own seed": "np.random.default_rng(3).uniform(-L, L, (fan_in, fan_out))",
        }.items()
    },
    **{
        ("chrono_bias", label): CHRONO + draw + "\n"
        for label, draw in {
            "sorted": f"np.sort(-np.log({U}))",
            "evenly spaced": "-np.log(np.linspace(1, max_lag - 1, H))",
            "spaced and shuffled": "-np.log(1 + (max_lag - 2) * rng.permutation(H) / (H - 1))",
            "neighbours in pairs": f"np.repeat(-np.log({U}), 2)[:H]",
            "beta-distributed": "-np.log(1 + (max_lag - 2) * rng.beta(1.5, 1.5, H))",
            "two per cent too far": f"-np.log(1.02 * {U})",
            "a list": f"list(-np.log({U}))",
            "in float32": f"-np.log({U}).astype(np.float32)",
            "complex": f"-np.log({U}) + 0j",
            "masked": f"np.ma.array(-np.log({U}))",
        }.items()
    },
    ("initialize_cifg", "turned blocks"): initialize(of_x="weights(rng, H, D).T"),
    ("initialize_cifg", "blocks scaled"): initialize(of_h="0.9 * weights(rng, H, H)"),
    ("initialize_cifg", "chrono biases sorted"): initialize(
        lags="np.sort(chrono_bias(rng, H, max_lag))[::-1]"
    ),
    ("initialize_cifg", "one lag for all"): initialize(lags="chrono_bias(rng, 1, max_lag)"),
    ("initialize_cifg", "the default weights only"): initialize(
        of_x="glorot_uniform(rng, D, H)", of_h="glorot_uniform(rng, H, H)"
    ),
    **{
        ("initialize_cifg", f"returns {result}"): initialize(result=result)
        for result in (
            "Wx, Wh, b",
            "{'Wx': Wx.tolist(), 'Wh': Wh, 'b': b}",
            "{'Wx': Wx, 'Wh': Wh, 'b': list(b)}",
            "{'Wx': Wx, 'Wh': Wh + 0j, 'b': b}",
            "{'Wx': Wx, 'Wh': Wh, 'b': None}",
            "{'W': Wx, 'Wh': Wh, 'b': b}",
            "{n: a.astype('f') for n, a in (('Wh', Wh), ('b', b), ('Wx', Wx))}",
            "{'Wx': Wx, 'Wh': Wh, 'b': b.astype('f')}",
            "{}",
            "Wx",
        )
    },
}

RIGHT = {
    ("softmax_cross_entropy", "a list of two"): f"{SOFTMAX}return [np.array(loss), d]\n",
    ("perplexity", "an array of shape ()"): f"{PERPLEXITY}np.array(np.exp(mean_nats))\n",
    ("perplexity", "a power of NumPy's e"): f"{PERPLEXITY}np.float64(np.e) ** mean_nats\n",
    ("numerical_gradient", "a copy for each element"): numerical(),
    ("numerical_gradient", "with nditer"): (
        "def numerical_gradient(f, x, step=1e-5):\n"
        "    x = np.array(x, float)\n"
        "    slopes, steps = np.zeros_like(x), np.nditer(x, flags=['multi_index'])\n"
        "    while not steps.finished:\n"
        "        k, old = steps.multi_index, x[steps.multi_index]\n"
        "        x[k] = old + step\n"
        "        above = f(x)\n"
        "        x[k] = old - step\n"
        "        slopes[k] = (above - f(x)) / 2 / step\n"
        "        x[k] = old\n"
        "        steps.iternext()\n"
        "    return slopes\n"
    ),
    ("relative_error", "the root of a sum of squares"): relative(),
    ("relative_error", "Euclid's length by vdot"): relative(length="np.vdot(v, v) ** 0.5"),
    ("clip_by_global_norm", "an OrderedDict"): (
        "from collections import OrderedDict\n"
        + CLIP
        + "OrderedDict((n, g * factor) for n, g in sorted(gradients.items())), np.array(norm)\n"
    ),
    ("clip_by_global_norm", "always divided by the larger"): CLIP
    + "{n: g / (max(norm, max_norm) / max_norm if np.isfinite(max_norm) else 1) for n, g in"
    " gradients.items()}, norm\n",
    ("adam_step", "the paper's second form with epsilon corrected too"): adam(
        update="new[n] = parameters[n] - learning_rate * (1 - beta2**t) ** 0.5 / (1 - beta1**t)"
        " * m[n] / (v[n] ** 0.5 + epsilon * (1 - beta2**t) ** 0.5)"
    ),
    ("adam_step", "a state by its fields"): adam(result="[new, AdamState(t=t, v=v, m=m)]"),
    ("adam_step", "the names in another order"): adam(names="sorted(gradients)"),
    **{
        ("glorot_uniform", label): GLOROT + draw + "\n"
        for label, draw in {
            "number by number": (
                "np.array([[L * (1 - 2 * rng.random()) for _ in range(fan_out)]"
                " for _ in range(fan_in)])"
            ),
            "turned and mirrored": "-rng.uniform(-L, L, (fan_out, fan_in)).T",
            "columns by Fortran's order": (
                "rng.uniform(-L, L, fan_in * fan_out).reshape((fan_in, fan_out), order='F')"
            ),
            "from a spawned generator": ("rng.spawn(1)[0].uniform(-L, L, (fan_in, fan_out))"),
        }.items()
    },
    **{
        ("chrono_bias", label): CHRONO + draw + "\n"
        for label, draw in {
            "mirrored": "-np.log(max_lag - 1 - (max_lag - 2) * rng.random(H))",
            "unit by unit": "np.array([-np.log(rng.uniform(1, max_lag - 1)) for _ in range(H)])",
        }.items()
    },
    ("initialize_cifg", "weights by keyword"): initialize(
        of_x="weights(rng=rng, fan_in=D, fan_out=H)", of_h="weights(fan_out=H, fan_in=H, rng=rng)"
    ),
    ("initialize_cifg", "chrono biases written out"): initialize(
        lags="np.log(1 / rng.uniform(1, max_lag - 1, H))"
    ),
}


@pytest.mark.usefixtures("short_search")
@pytest.mark.parametrize(("name", "label", "source"), table(WRONG))
def test_wrong_answer_of_this_kind_is_rejected(name, label, source):
    verdict = verdict_on(name, source, label)
    assert verdict.passed is False
    if name in ("glorot_uniform", "chrono_bias", "initialize_cifg"):
        assert "It stops" not in verdict.message, "what is observed has met its own error"


@pytest.mark.parametrize(("name", "label", "source"), table(RIGHT))
def test_right_answer_of_this_kind_passes(name, label, source):
    verdict = verdict_on(name, source, label)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("perplexity", f"{PERPLEXITY}np.e ** mean_nats\n", "stops where np.exp gives infinity"),
        (
            "numerical_gradient",
            numerical(above="f(up[k])").replace("f(down)", "f(down[k])"),
            "f is called with the one element",
        ),
        (
            "numerical_gradient",
            numerical().replace("dtype=float", "dtype=int"),
            "the copy of x holds whole numbers",
        ),
        (
            "numerical_gradient",
            numerical().replace("np.array(x, dtype=float)", "x"),
            "x is moved in its own dtype",
        ),
        (
            "glorot_uniform",
            GLOROT.replace("    return ", "    gain = 5 / 3\n    L = gain * L\n    return ")
            + DRAW
            + "\n",
            "the numbers reach too far",
        ),
        ("glorot_uniform", GLOROT + "rng.normal(0, L, (fan_in, fan_out))\n", "take rng.uniform"),
        ("chrono_bias", CHRONO + f"-1 / {U}\n", "-1 / u and not a logarithm"),
        ("chrono_bias", CHRONO + f"1 / {U}\n", "1 / u and not its logarithm"),
        (
            "chrono_bias",
            CHRONO + f"-np.log({U}).reshape(-1, 1)\n",
            "the biases form a matrix of one column",
        ),
        ("chrono_bias", CHRONO + f"-np.log({U}).reshape(2, -1)\n", "of shape (hidden_size,)"),
        (
            "initialize_cifg",
            initialize(result="{'wx': Wx, 'wh': Wh, 'b': b}"),
            "a dictionary with the keys Wx, Wh and b",
        ),
        (
            "initialize_cifg",
            initialize(result="{'Wx': Wx, 'Wh': Wh, 'b': b.astype(int)}"),
            "b holds whole numbers",
        ),
        *(
            ("softmax_cross_entropy", softmax_by_hand(**parts), words)
            for parts, words in (
                ({"largest": "0"}, "take each row's largest score off first"),
                ({"largest": "0", "of_target": PRODUCT}, "take each row's largest score off first"),
                ({}, "log(softmax) is log(0)"),
                ({"of_target": PRODUCT}, "log(softmax) is log(0)"),
                ({"axes": "axis=0"}, "the sum runs over the positions"),
                ({"axes": "axis=0", "of_target": PRODUCT}, "the sum runs over the positions"),
                (
                    {"axes": "axis=0", "largest": "z.max(axis=0)"},
                    "the sum runs over the positions",
                ),
                ({"axes": ""}, "the sum runs over the whole array"),
                ({"axes": "", "largest": "z.max()"}, "the sum runs over the whole array"),
            )
        ),
        ("glorot_uniform", GLOROT + f"1.04 * {DRAW}\n", "1.04 does not belong"),
        ("chrono_bias", CHRONO + f"np.sort(-np.log({U}))\n", "the biases are sorted"),
        ("initialize_cifg", initialize(result="{}"), "yours is 'a dictionary with nothing'"),
        ("adam_step", adam(result="new, AdamState(m, v, len(new))"), "the new one is state.t + 1"),
    ],
)
def test_message_says_what_is_wrong(name, source, words):
    assert words in verdict_on(name, source, words).message
