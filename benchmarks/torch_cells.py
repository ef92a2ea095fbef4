"""The same training step in PyTorch: torch.nn.LSTM, and a CIFG cell of torch operations."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn


class TorchCIFG(nn.Module):  # type: ignore[misc, unused-ignore]
    """A CIFG that computes the input product for all steps at once, like torch.nn.LSTM."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input = nn.Linear(input_size, 3 * hidden_size)
        self.recurrent = nn.Linear(hidden_size, 3 * hidden_size, bias=False)

    def forward(self, x: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Outputs of every step, (T, B, H), from x (T, B, D) and the state (h, c)."""
        h, c = state
        outputs = []
        for a in self.input(x):
            i, o, g = (a + self.recurrent(h)).chunk(3, dim=1)
            i = torch.sigmoid(i)
            c = torch.lerp(c, torch.tanh(g), i)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs)


def torch_step(
    cell: str, V: int, H: int, inputs: np.ndarray, targets: np.ndarray
) -> Callable[[], float]:
    """A full step: forward, backward, clipping by global norm, fused Adam; float32."""
    torch.manual_seed(0)
    recurrent = nn.LSTM(V, H) if cell == "lstm" else TorchCIFG(V, H)
    output = nn.Linear(H, V)
    parameters = [*recurrent.parameters(), *output.parameters()]
    adam = torch.optim.Adam(parameters, fused=True)
    x, y = torch.from_numpy(inputs), torch.from_numpy(targets).reshape(-1)
    B = inputs.shape[1]
    shape = (1, B, H) if cell == "lstm" else (B, H)
    state = torch.zeros(shape), torch.zeros(shape)

    def step() -> float:
        adam.zero_grad()
        h = recurrent(nn.functional.one_hot(x, V).float(), state)
        h = h[0] if cell == "lstm" else h
        loss = nn.functional.cross_entropy(output(h).reshape(-1, V), y)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        adam.step()
        return float(loss.detach())

    return step
