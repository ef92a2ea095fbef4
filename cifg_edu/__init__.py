"""The CIFG, from its gate equations to trained text, in NumPy.

`from cifg_edu import cifg_step, cifg_backward` gives the taught functions. They are loaded on
first use, so `import cifg_edu` needs Python alone.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

# The taught functions in the order of the lessons, and the module of each.
TAUGHT = {
    # 01 gates as mixers
    "sigmoid": "gates",
    "interpolate": "gates",
    # 02 one step of the CIFG
    "split_gates": "gates",
    "cifg_step": "cifg",
    # 03 unrolling in time
    "cifg_forward": "cifg",
    # 04 the vanilla twin
    "lstm_step": "lstm",
    "lstm_forward": "lstm",
    "count_parameters": "initializers",
    # 05 loss, perplexity and numerical gradients
    "softmax": "losses",
    "softmax_cross_entropy": "losses",
    "perplexity": "losses",
    "bits_per_character": "losses",
    "numerical_gradient": "gradcheck",
    "relative_error": "gradcheck",
    "check_gradients": "gradcheck",
    # 06 the phantom gate
    "phantom_step_backward": "phantom",
    "phantom_backward": "phantom",
    "phantom_error": "phantom",
    "cifg_step_backward": "cifg",
    "lstm_step_backward": "lstm",
    # 07 backpropagation through time
    "cifg_backward": "cifg",
    "lstm_backward": "lstm",
    # 08 initialization and memory
    "plain_normal": "initializers",
    "glorot_normal": "initializers",
    "glorot_uniform": "initializers",
    "chrono_bias": "initializers",
    "initialize_cifg": "initializers",
    "initialize_lstm": "initializers",
    # 09 clipping and Adam
    "clip_by_global_norm": "optimizers",
    "clip_by_value": "optimizers",
    "adam_state": "optimizers",
    "adam_step": "optimizers",
    "reset_gradients": "optimizers",
    # 10 a character model of the Sonnets
    "vocabulary": "text",
    "encode": "text",
    "decode": "text",
    "one_hot": "text",
    "split": "text",
    "count_batches": "text",
    "batches": "text",
    "initialize_model": "model",
    "initial_state": "model",
    "embed": "model",
    "forward_pass": "model",
    "backward_pass": "model",
    "loss_and_gradients": "model",
    "train_step": "model",
    "next_character": "sampling",
    "sample": "sampling",
    # 11 memory tasks
    "adding_problem": "tasks",
    "constant_answer_error": "tasks",
    "copy_memory": "tasks",
    "memoryless_copy_loss": "tasks",
    "legal_next": "tasks",
    "embedded_reber": "tasks",
    "reber_batch": "tasks",
    "legal_predictions": "tasks",
    "counting_batch": "tasks",
    # 12 a fair comparison
    "count_model_parameters": "statistics",
    "matched_hidden_size": "statistics",
    "paired_differences": "statistics",
    "paired_bootstrap": "statistics",
    "t_multiplier": "statistics",
    "paired_t_interval": "statistics",
    "verdict": "statistics",
    # 13 a museum of wrong LSTMs
    "measure_gradients": "gradcheck",
    "find_wrong_tensors": "gradcheck",
    "find_wrong_gates": "gradcheck",
}

__all__ = list(TAUGHT)


def __getattr__(name: str) -> Any:
    if name not in TAUGHT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{TAUGHT[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *TAUGHT]
