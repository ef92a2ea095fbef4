"""The work of `python -m cifg_edu train` as a plain PyTorch script: torch.nn.LSTM, fused Adam.

It reads the same windows of the same text, measures the held-out loss after each epoch, saves
every five seconds and at the end, and shows its progress. It draws no text at the end.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from cifg_edu.corpora import practice_text, sonnets_or_practice
from cifg_edu.text import batches, encode, split, vocabulary
from cifg_edu.training import TrainingOptions


class CharacterModel(nn.Module):  # type: ignore[misc, unused-ignore]
    """An LSTM on one-hot characters, with a linear read-out."""

    def __init__(self, size: int, hidden_size: int) -> None:
        super().__init__()
        self.size = size
        self.recurrent = nn.LSTM(size, hidden_size)
        self.output = nn.Linear(hidden_size, size)

    def forward(
        self, ids: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Scores (T, B, V) of the next characters, and the state after them, from ids (T, B)."""
        h, state = self.recurrent(nn.functional.one_hot(ids, self.size).float(), state)
        return self.output(h), state


def mean_nats(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats per character."""
    return nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())


def train(text: str, hidden_size: int, epochs: int, out: Path) -> None:
    """Train as `train` does at its defaults, but for these sizes."""
    options = TrainingOptions(hidden_size=hidden_size, epochs=epochs)
    characters = vocabulary(text)
    ids, held_out = split(encode(text, characters), options.held_out)
    windows = [
        (torch.from_numpy(np.ascontiguousarray(x)), torch.from_numpy(np.ascontiguousarray(y)))
        for x, y in batches(ids, options.batch_size, options.steps)
    ]
    held = torch.from_numpy(held_out)[:, None]
    torch.manual_seed(options.seed)
    model = CharacterModel(len(characters), hidden_size)
    adam = torch.optim.Adam(model.parameters(), options.learning_rate, fused=True)
    saved, best = time.monotonic(), float("inf")
    with tqdm(total=epochs * len(windows) * options.batch_size * options.steps) as bar:
        for epoch in range(1, epochs + 1):
            state, losses = None, []
            for x, y in windows:
                adam.zero_grad()
                scores, state = model(x, state)
                state = state[0].detach(), state[1].detach()
                loss = mean_nats(scores, y)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), options.clip_limit)
                adam.step()
                losses.append(float(loss.detach()))
                bar.set_postfix_str(f"loss {losses[-1]:.3f}", refresh=False)
                bar.update(x.numel())
                if time.monotonic() - saved > 5:
                    torch.save((model.state_dict(), adam.state_dict()), out)
                    saved = time.monotonic()
            with torch.no_grad():
                held_loss = float(mean_nats(model(held[:-1], None)[0], held[1:]))
            bar.write(f"epoch {epoch}  train {np.mean(losses):.3f}  held out {held_loss:.3f}")
            if held_loss < best:
                best, best_weights = (
                    held_loss,
                    {k: v.clone() for k, v in model.state_dict().items()},
                )
    torch.save((model.state_dict(), adam.state_dict(), best_weights), out)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden-size", type=int, default=TrainingOptions.hidden_size)
    parser.add_argument("--epochs", type=int, default=TrainingOptions.epochs)
    parser.add_argument("--practice", action="store_true", help="built-in practice verses")
    parser.add_argument("--threads", type=int, help="threads (default: PyTorch's own choice)")
    parser.add_argument("--out", type=Path, required=True, help="file for the weights")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    corpus = practice_text() if options.practice else sonnets_or_practice()
    train(corpus.text, options.hidden_size, options.epochs, options.out)


if __name__ == "__main__":
    main()
