"""Correctness from outside: PyTorch, ONNX and onnxruntime compute what we compute.

Each test that needs one of them is skipped where it is not installed.
"""

import sys

import numpy as np
import pytest

from cifg_edu.errors import UserError
from cifg_edu.files import write_atomically
from cifg_edu.initializers import glorot_uniform, initialize_lstm
from cifg_edu.interop import from_onnx, from_torch_lstm, to_onnx, to_torch_lstm
from cifg_edu.model import CELLS, ModelConfig, initialize_model, loss_and_gradients
from cifg_edu.optimizers import adam_state, adam_step, clip_by_global_norm
from tests.optional import optional

# All different, or a swapped pair of axes stays hidden.
T, B, D, H = 6, 3, 5, 4

# The vanilla LSTM's cell counts without bound: for it the error is relative.
FLOAT32 = {"atol": 1e-6, "rtol": 1e-6}


@pytest.fixture
def torch():
    return optional("torch")


@pytest.fixture
def onnx():
    return optional("onnx")


@pytest.fixture
def runtime(onnx):
    return optional("onnxruntime")


def problem(cell, shape=(T, B, D, H), dtype=np.float64, scale=1.0):
    """Random parameters, what goes into the cell, and weights that make its loss a sum of h."""
    rng = np.random.default_rng(0)
    T, B, D, H = shape
    parameters = {k: scale * v for k, v in CELLS[cell].initialize(rng, D, H).items()}
    parameters["b"] += rng.normal(size=parameters["b"].shape)
    inputs = {"x": rng.normal(size=(T, B, D))}
    inputs |= {"h0": rng.normal(size=(B, H)), "c0": rng.normal(size=(B, H))}
    cast = [{k: v.astype(dtype) for k, v in d.items()} for d in (parameters, inputs)]
    return *cast, rng.normal(size=(T, B, H)).astype(dtype)


def ours(cell, parameters, inputs, weights):
    """Outputs, last cell, and every gradient of sum(weights * h), by our own backward pass."""
    h, c, caches = CELLS[cell].forward(**inputs, **parameters)
    back = CELLS[cell].backward(weights, parameters["Wx"], parameters["Wh"], caches)
    return {"h": h, "c": c[-1], **back._asdict()}


def torch_cell(torch, cell, parameters):
    """PyTorch's twin of one cell, in float64, with these weights."""
    D, H = len(parameters["Wx"]), len(parameters["Wh"])
    tensors = {k: torch.tensor(v) for k, v in parameters.items()}
    if cell == "lstm":
        module = torch.nn.LSTM(D, H).double()
        state = to_torch_lstm(parameters)
        module.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
        return module
    from benchmarks.torch_cells import TorchCIFG

    module = TorchCIFG(D, H).double()
    names = {"input.weight": "Wx", "recurrent.weight": "Wh", "input.bias": "b"}
    module.load_state_dict({theirs: tensors[name].t() for theirs, name in names.items()})
    return module


def torch_outputs(torch, module, x, h0, c0):
    """Outputs of every step, whichever of the two modules it is."""
    if isinstance(module, torch.nn.LSTM):
        return module(x, (h0[None], c0[None]))[0]
    return module(x, (h0, c0))


def torch_gradients(torch, module):
    """What autograd left in a module, under our names and in our order of the gates."""
    found = {name: p.grad.numpy() for name, p in module.named_parameters()}
    if not isinstance(module, torch.nn.LSTM):
        names = {"dWx": "input.weight", "dWh": "recurrent.weight", "db": "input.bias"}
        return {name: found[theirs].T for name, theirs in names.items()}
    # Each of the two biases has the gradient of their sum; the conversion would add them up.
    del found["bias_hh_l0"]
    return {f"d{name}": g for name, g in from_torch_lstm(found).items()}


def torch_results(torch, module, inputs, weights):
    """What `ours` returns, by autograd, but the last cell."""
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in inputs.items()}
    h = torch_outputs(torch, module, **tensors)
    (h * torch.tensor(weights)).sum().backward()
    gradients = {f"d{name}": tensor.grad.numpy() for name, tensor in tensors.items()}
    return {"h": h.detach().numpy(), **gradients, **torch_gradients(torch, module)}


def assert_same(actual, expected, atol, rtol=0):
    assert expected.keys() <= actual.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(actual[name], value, rtol=rtol, atol=atol, err_msg=name)


# The cells and PyTorch


@pytest.mark.parametrize("cell", CELLS)
def test_outputs_and_every_gradient_agree_with_autograd(torch, cell):
    parameters, inputs, weights = problem(cell)
    module = torch_cell(torch, cell, parameters)
    theirs = torch_results(torch, module, inputs, weights)
    assert theirs.keys() == {"h", "dx", "dh0", "dc0", "dWx", "dWh", "db"}
    assert_same(ours(cell, parameters, inputs, weights), theirs, atol=1e-12)


def test_a_torch_lstm_of_its_own_weights_and_two_biases_agrees(torch):
    torch.manual_seed(0)
    module = torch.nn.LSTM(D, H).double()
    _, inputs, weights = problem("lstm")
    result = ours("lstm", from_torch_lstm(module.state_dict()), inputs, weights)
    assert_same(result, torch_results(torch, module, inputs, weights), atol=1e-12)


def test_cifg_agrees_with_a_torch_lstm_whose_forget_weights_are_minus_its_input_weights(torch):
    parameters, inputs, weights = problem("cifg")
    # sigma(-a) = 1 - sigma(a); a weight that is used twice has the sum of both gradients.
    tied = {k: np.concatenate([W[..., :H], -W], axis=-1) for k, W in parameters.items()}
    for name, W in parameters.items():
        tied[name][..., 2 * H :] = W[..., H:]
    theirs = torch_results(torch, torch_cell(torch, "lstm", tied), inputs, weights)
    for name in ("dWx", "dWh", "db"):
        i, f, o, g = np.split(theirs[name], 4, axis=-1)
        theirs[name] = np.concatenate([i - f, o, g], axis=-1)
    assert_same(ours("cifg", parameters, inputs, weights), theirs, atol=1e-12)


@pytest.mark.parametrize("embedding_size", [None, D])
@pytest.mark.parametrize("cell", CELLS)
def test_character_model_agrees_with_cross_entropy_and_autograd(torch, cell, embedding_size):
    rng = np.random.default_rng(0)
    parameters = initialize_model(rng, ModelConfig(cell, "abcdefg", H, embedding_size))
    parameters = {k: v + 0.3 * rng.normal(size=v.shape) for k, v in parameters.items()}
    inputs, targets = rng.integers(0, 7, (2, T, B))
    h0, c0 = rng.normal(size=(2, B, H))
    step = loss_and_gradients(cell, parameters, inputs, targets, h0, c0)

    module = torch_cell(torch, cell, {k: parameters[k] for k in ("Wx", "Wh", "b")})
    rest = {
        k: torch.tensor(v, requires_grad=True)
        for k, v in {**parameters, "h0": h0, "c0": c0}.items()
        if k not in ("Wx", "Wh", "b")
    }
    rows = rest.get("embedding", torch.eye(7, dtype=torch.float64))
    h = torch_outputs(torch, module, rows[torch.tensor(inputs)], rest["h0"], rest["c0"])
    logits = h @ rest["Wy"] + rest["by"]
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, 7), torch.tensor(targets).reshape(-1)
    )
    loss.backward()

    assert step.loss == pytest.approx(loss.item(), abs=1e-12)
    gradients = {f"d{k}": g for k, g in step.gradients.items()}
    theirs = {f"d{k}": v.grad.numpy() for k, v in rest.items()} | torch_gradients(torch, module)
    assert theirs.keys() == {*gradients, "dh0", "dc0"}
    assert_same({**gradients, "dh0": step.dh0, "dc0": step.dc0}, theirs, atol=1e-12)


# Training and PyTorch


def test_adam_takes_the_steps_of_torch_adam(torch):
    rng = np.random.default_rng(0)
    parameters = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=5)}
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in parameters.items()}
    # An epsilon large enough to show where it is added.
    adam = torch.optim.Adam(tensors.values(), lr=0.02, betas=(0.8, 0.95), eps=1e-3)
    state = adam_state(parameters)
    for _ in range(20):
        gradients = {k: 0.1 * rng.normal(size=v.shape) for k, v in parameters.items()}
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(gradients[name])
        adam.step()
        parameters, state = adam_step(parameters, gradients, state, 0.02, 0.8, 0.95, 1e-3)
        theirs = {k: tensor.detach().numpy() for k, tensor in tensors.items()}
        assert_same(parameters, theirs, atol=1e-12)


@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_agrees_with_clip_grad_norm_but_for_its_guard_of_a_millionth(torch, max_norm):
    rng = np.random.default_rng(0)
    gradients = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=5)}
    tensors = {k: torch.zeros(v.shape, dtype=torch.float64) for k, v in gradients.items()}
    for name, tensor in tensors.items():
        tensor.grad = torch.tensor(gradients[name])
    their_norm = float(torch.nn.utils.clip_grad_norm_(tensors.values(), max_norm))
    clipped, norm = clip_by_global_norm(gradients, max_norm)
    assert norm == pytest.approx(their_norm, rel=1e-14)
    theirs = {k: tensor.grad.numpy() for k, tensor in tensors.items()}
    assert_same(clipped, theirs, atol=1e-6)
    # PyTorch divides by norm + 1e-6, so what it clips ends just below max_norm.
    guard = norm / (norm + 1e-6) if norm > max_norm else 1.0
    assert_same({k: g * guard for k, g in clipped.items()}, theirs, atol=1e-14)


class Largest:
    """A source of randomness whose draws all lie on the upper limit."""

    def uniform(self, low, high, size):
        assert low == -high
        return np.full(size, high)


def test_glorot_limit_of_each_gate_is_the_bound_of_xavier_uniform(torch):
    torch.manual_seed(0)
    size, hidden = 300, 200
    parameters = initialize_lstm(Largest(), size, hidden, glorot_uniform)
    for name, fan_in in (("Wx", size), ("Wh", hidden)):
        limit = np.unique(parameters[name]).item()
        # PyTorch keeps weights as (fan_out, fan_in); one gate has fan_out = H.
        drawn = torch.nn.init.xavier_uniform_(torch.empty(hidden, fan_in, dtype=torch.float64))
        assert 0.999 * limit < drawn.abs().max().item() <= limit


# PyTorch's weights, which need no PyTorch


def test_torch_rows_are_the_gates_i_f_g_o():
    blocks = np.repeat([1.0, 2.0, 3.0, 4.0], H)  # our i, f, o, g
    parameters = {"Wx": np.tile(blocks, (D, 1)), "Wh": np.tile(blocks, (H, 1)), "b": blocks}
    state = to_torch_lstm(parameters)
    rows = np.repeat([1.0, 2.0, 4.0, 3.0], H)
    np.testing.assert_array_equal(state["weight_ih_l0"], np.tile(rows[:, None], D))
    np.testing.assert_array_equal(state["weight_hh_l0"], np.tile(rows[:, None], H))
    np.testing.assert_array_equal(state["bias_ih_l0"], rows)
    assert not state["bias_hh_l0"].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_come_back_from_the_torch_layout_bit_for_bit(dtype):
    parameters, _, _ = problem("lstm", dtype=dtype)
    back = from_torch_lstm(to_torch_lstm({**parameters, "Wy": np.ones((H, 7))}))
    assert list(back) == ["Wx", "Wh", "b"]
    for name, value in back.items():
        assert value.dtype == dtype
        np.testing.assert_array_equal(value, parameters[name])


def test_a_torch_state_comes_back_bit_for_bit_but_for_the_split_of_its_biases(torch):
    torch.manual_seed(0)
    state = {k: v.numpy() for k, v in torch.nn.LSTM(D, H).state_dict().items()}
    back = to_torch_lstm(from_torch_lstm(state))
    assert list(back) == list(state)
    for name in ("weight_ih_l0", "weight_hh_l0"):
        np.testing.assert_array_equal(back[name], state[name])
    total = state["bias_ih_l0"] + state["bias_hh_l0"]
    np.testing.assert_array_equal(back["bias_ih_l0"] + back["bias_hh_l0"], total)


def test_converted_weights_are_copies_even_of_parameters_that_train(torch):
    module = torch.nn.LSTM(D, H)
    parameters = from_torch_lstm(dict(module.named_parameters()))
    before = {k: v.copy() for k, v in parameters.items()}
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1)
    assert_same(parameters, before, atol=0)


def test_a_torch_state_without_biases_has_biases_of_zero():
    parameters, _, _ = problem("lstm")
    state = to_torch_lstm(parameters)
    back = from_torch_lstm({k: v for k, v in state.items() if k.startswith("weight")})
    np.testing.assert_array_equal(back["Wx"], parameters["Wx"])
    np.testing.assert_array_equal(back["b"], np.zeros(4 * H))


def changed_state(**changes):
    state = to_torch_lstm(problem("lstm")[0])
    state |= changes
    return {name: value for name, value in state.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight_ih_l1": np.ones((4 * H, H))}, "weight_ih_l1 .* one layer"),
        ({"weight_ih_l0_reverse": np.ones((4 * H, D))}, "_reverse .* one direction"),
        ({"weight_hr_l0": np.ones((2, H))}, "weight_hr_l0 .* no projection"),
        ({"weight_hh_l0": None}, "whole state_dict"),
        ({"weight_hh_l0": np.ones((4 * H, H - 1))}, "of another layer"),
        ({"weight_ih_l0": np.ones((4 * H, 0))}, "of another layer"),
        ({"weight_ih_l0": np.ones(4 * H)}, "of another layer"),
        (dict.fromkeys(to_torch_lstm(problem("lstm")[0]), np.ones(())), "of another layer"),
        ({"bias_hh_l0": np.ones(1)}, "of another layer"),
        # The names of a GRU's tensors are an LSTM's; its three gates are not.
        (
            {
                "weight_ih_l0": np.ones((3 * H, D)),
                "weight_hh_l0": np.ones((3 * H, H)),
                "bias_ih_l0": np.ones(3 * H),
                "bias_hh_l0": np.ones(3 * H),
            },
            "of another layer",
        ),
    ],
)
def test_a_torch_state_without_a_counterpart_is_refused(changes, message):
    with pytest.raises(UserError, match=message):
        from_torch_lstm(changed_state(**changes))


def test_a_torch_state_in_a_type_that_numpy_lacks_is_refused(torch):
    with pytest.raises(UserError, match=r"no dtype torch.bfloat16: give .* lstm.float\(\)"):
        from_torch_lstm(torch.nn.LSTM(D, H).bfloat16().state_dict())


def test_parameters_of_another_cell_are_refused():
    parameters, _, _ = problem("cifg")
    with pytest.raises(UserError, match=r"not those of one lstm: give Wx \(D, 4H\)"):
        to_torch_lstm(parameters)
    with pytest.raises(UserError, match="not those of one lstm"):
        to_torch_lstm({"Wx": np.ones((D, 4 * H))})


# ONNX


def run(runtime, model, inputs):
    """Outputs of every step, last output and last cell, by onnxruntime, as our shapes."""
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feed = {"X": inputs["x"], "initial_h": inputs["h0"][None], "initial_c": inputs["c0"][None]}
    Y, Y_h, Y_c = session.run(None, feed)
    return {"h": Y[:, 0], "last": Y_h[0], "c": Y_c[0]}


def expected(cell, parameters, inputs):
    h, c, _ = CELLS[cell].forward(**inputs, **parameters)
    return {"h": h, "last": h[-1], "c": c[-1]}


# The last two have the sizes of a real run.
@pytest.mark.parametrize("shape", [(T, B, D, H), (1, 1, 1, 1), (40, 1, 65, 128), (40, 32, 65, 64)])
@pytest.mark.parametrize("cell", CELLS)
def test_onnxruntime_computes_the_same_numbers(runtime, cell, shape):
    parameters, inputs, _ = problem(cell, shape, np.float32)
    model = to_onnx(cell, parameters)
    assert_same(run(runtime, model, inputs), expected(cell, parameters, inputs), **FLOAT32)


@pytest.mark.parametrize("cell", CELLS)
def test_a_model_written_and_read_again_is_the_same_model(onnx, runtime, cell, tmp_path):
    parameters, inputs, _ = problem(cell, dtype=np.float32)
    path = tmp_path / "cell.onnx"
    write_atomically(path, to_onnx(cell, parameters).SerializeToString())
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    read_cell, read = from_onnx(model)
    assert read_cell == cell
    for name, value in parameters.items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], value)
    assert to_onnx(read_cell, read) == model
    assert_same(run(runtime, model, inputs), expected(cell, read, inputs), **FLOAT32)


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_in_float64_are_written_in_the_float32_that_onnxruntime_has(runtime, cell):
    parameters, inputs, _ = problem(cell)
    result = run(runtime, to_onnx(cell, parameters), {k: v.astype("f4") for k, v in inputs.items()})
    assert_same(result, expected(cell, parameters, inputs), **FLOAT32)


def change(onnx, model, tensor=None, value=None, **attributes):
    """Set one stored tensor, and attributes of the LSTM node, or drop those that are None."""
    node = model.graph.node[0]
    kept = [a for a in node.attribute if a.name not in attributes]
    new = [onnx.helper.make_attribute(k, v) for k, v in attributes.items() if v is not None]
    del node.attribute[:]
    node.attribute.extend(kept + new)
    for stored in model.graph.initializer:
        if stored.name == tensor:
            stored.CopyFrom(onnx.numpy_helper.from_array(value, tensor))
    return model


def stored(onnx, model, tensor):
    found = {t.name: t for t in model.graph.initializer}
    return onnx.numpy_helper.to_array(found[tensor]).copy()


def test_onnxruntime_couples_the_gates_and_never_reads_the_forget_block(onnx, runtime):
    parameters, inputs, _ = problem("cifg", dtype=np.float32)
    model = to_onnx("cifg", parameters)
    for tensor in ("W", "R", "B"):
        value = stored(onnx, model, tensor)
        value[:, 2 * H : 3 * H] = np.nan  # i, o, f, c
        change(onnx, model, tensor, value)
    assert_same(run(runtime, model, inputs), expected("cifg", parameters, inputs), **FLOAT32)
    assert_same(from_onnx(model)[1], parameters, atol=0)


def test_the_forget_block_makes_a_cifg_where_input_forget_is_not_known(onnx, runtime):
    parameters, inputs, _ = problem("cifg", dtype=np.float32)
    model = change(onnx, to_onnx("cifg", parameters), input_forget=None)
    assert from_onnx(model)[0] == "lstm"
    assert_same(run(runtime, model, inputs), expected("cifg", parameters, inputs), **FLOAT32)


def test_a_torch_lstm_runs_in_onnxruntime_by_way_of_ours(torch, runtime):
    torch.manual_seed(0)
    module = torch.nn.LSTM(D, H)
    _, inputs, weights = problem("lstm", dtype=np.float32)
    model = to_onnx("lstm", from_torch_lstm(module.state_dict()))
    theirs = torch_results(torch, module, inputs, weights)["h"]
    assert_same(run(runtime, model, inputs), {"h": theirs}, **FLOAT32)


def test_both_biases_of_an_onnx_model_are_read_and_missing_ones_are_zero(onnx):
    parameters, _, _ = problem("lstm", dtype=np.float32)
    model = to_onnx("lstm", parameters)
    both = stored(onnx, model, "B")
    both[:, 4 * H :] = 2.0
    change(onnx, model, "B", both)
    np.testing.assert_array_equal(from_onnx(model)[1]["b"], parameters["b"] + np.float32(2))
    model.graph.node[0].input[3] = ""
    np.testing.assert_array_equal(from_onnx(model)[1]["b"], np.zeros(4 * H))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"direction": "reverse"}, "another direction"),
        ({"activations": ["Sigmoid", "Relu", "Tanh"]}, "other activations"),
        ({"clip": 3.0}, "a clip"),
    ],
)
def test_an_onnx_node_of_other_equations_is_refused(onnx, attributes, message):
    model = change(onnx, to_onnx("lstm", problem("lstm")[0]), **attributes)
    with pytest.raises(UserError, match=message):
        from_onnx(model)


def test_onnx_tensors_without_a_counterpart_are_refused(onnx):
    def model():
        return to_onnx("lstm", problem("lstm")[0])

    peepholes = model()
    peepholes.graph.node[0].input.append("P")
    with pytest.raises(UserError, match="peepholes"):
        from_onnx(peepholes)

    own_state = model()
    state = np.ones((1, B, H), np.float32)
    own_state.graph.initializer.append(onnx.numpy_helper.from_array(state, "initial_c"))
    with pytest.raises(UserError, match="first state other than 0"):
        from_onnx(own_state)

    for tensor, message in ((0, "weights are not stored"), (2, "biases that are not stored")):
        computed = model()
        del computed.graph.initializer[tensor]
        with pytest.raises(UserError, match=message):
            from_onnx(computed)

    for value in (np.ones((2, 4 * H, D)), np.ones((1, 3 * H, D)), np.ones(()), np.ones((1, 0))):
        with pytest.raises(UserError, match="not those of one LSTM"):
            from_onnx(change(onnx, model(), "W", value))


@pytest.mark.parametrize("number", [0, 2])
def test_a_model_without_exactly_one_lstm_is_refused(onnx, number):
    model = to_onnx("lstm", problem("lstm")[0])
    nodes = [model.graph.node[0]] * number
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    with pytest.raises(UserError, match=f"{number} LSTM nodes"):
        from_onnx(model)


def test_an_onnx_model_of_no_known_cell_is_refused(onnx):
    with pytest.raises(UserError, match="choose one of cifg, lstm"):
        to_onnx("gru", problem("lstm")[0])
    with pytest.raises(UserError, match="not those of one cifg"):
        to_onnx("cifg", problem("lstm")[0])


def test_without_onnx_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    for convert in (lambda: to_onnx("cifg", problem("cifg")[0]), lambda: from_onnx(None)):
        with pytest.raises(UserError, match="python -m pip install onnx onnxruntime"):
            convert()
