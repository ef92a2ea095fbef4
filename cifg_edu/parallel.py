"""An engine whose batch is shared by several processes: ParallelEngine.

Each process has one thread, an engine for its lanes, and memory that it shares with the others
for the parameters and for its own gradients. Threads of one process gain less: they wait for
each other at Python's lock. Threads inside each matrix product lose badly where the machine has
other work, because they wait for each other in a loop (benchmarks/RESULTS.md).
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import signal
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Ids
from cifg_edu.cluster import one_thread
from cifg_edu.engine import Engine
from cifg_edu.errors import ProcessLostError


class _Helper(NamedTuple):
    connection: "multiprocessing.connection.Connection[Any, Any]"
    gradients: Array


class ParallelEngine(Engine):
    """An engine whose batch is shared by several processes.

    The result depends on the number of processes only by rounding, and is the same bit for bit
    for one number. The processes end with this engine, or with the process that made it.

    Args:
        processes: how many share the batch, this one among them.
        options: those of `Engine`.
    """

    def __init__(self, processes: int, **options: Any) -> None:
        super().__init__(**options)
        context = multiprocessing.get_context("spawn")
        size = self.flat_parameters.nbytes
        memory = [context.RawArray("b", size) for _ in range(processes)]
        parameters, *gradients = (np.frombuffer(m, self.dtype) for m in memory)
        self.use_memory(parameters, self.flat_gradients)
        self._helpers = []
        for number, of_helper in enumerate(gradients, start=1):
            ours, theirs = context.Pipe()
            arguments = (theirs, memory[0], memory[number], options)
            with one_thread():
                context.Process(target=_help, args=arguments, daemon=True).start()
            theirs.close()  # so that the pipe ends with the helper
            self._helpers.append(_Helper(ours, of_helper))

    def loss_and_gradients(
        self, inputs: Ids, targets: Ids, h0: Array, c0: Array, *, reset: bool = True
    ) -> tuple[float, Array, Array]:
        """As `Engine.loss_and_gradients`, each process for its lanes.

        Raises:
            UserError: the shapes do not fit, an id lies outside the vocabulary, or (as
                ProcessLostError) a process has ended.
        """
        self._check(inputs, targets, h0, c0)
        before = self.flat_gradients.copy()
        count = min(len(self._helpers) + 1, len(h0))
        lanes = [np.array_split(ids, count, axis=1) for ids in (inputs, targets)]
        states = [np.array_split(state, count) for state in (h0, c0)]
        first, *others = zip(*lanes, *states, strict=True)
        helpers = self._helpers[: len(others)]
        try:
            for helper, part in zip(helpers, others, strict=True):
                helper.connection.send(part)
            results = [(*super().loss_and_gradients(*first), self.dh0, self.dc0)]
            results += [helper.connection.recv() for helper in helpers]
        except (EOFError, OSError) as error:
            self.flat_gradients[...] = before
            raise ProcessLostError(
                "A process of this training has ended (often it is short of memory): "
                "continue with --resume, and with --threads 1 if it happens again."
            ) from error
        # The mean over all lanes is the mean of the parts' means, each with its share of lanes.
        shares = [part[0].shape[1] / len(h0) for part in (first, *others)]
        self.flat_gradients *= shares[0]
        for helper, share in zip(helpers, shares[1:], strict=True):
            self.flat_gradients += share * helper.gradients
        if not reset:
            self.flat_gradients += before
        losses, *by_lane = zip(*results, strict=True)
        h, c, dh0, dc0 = (np.concatenate(parts) for parts in by_lane)
        weights = np.repeat(shares, [len(part[2]) for part in (first, *others)])[:, None]
        self.dh0, self.dc0 = (d * weights.astype(self.dtype) for d in (dh0, dc0))
        return float(np.dot(shares, losses)), h, c


def _help(
    connection: "multiprocessing.connection.Connection[Any, Any]",
    parameters: Any,
    gradients: Any,
    options: dict[str, Any],
) -> None:
    """Compute each window that arrives, until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    engine = Engine(**options)
    engine.use_memory(*(np.frombuffer(m, engine.dtype) for m in (parameters, gradients)))
    with contextlib.suppress(EOFError, OSError), np.errstate(all="ignore"):
        while True:
            result = engine.loss_and_gradients(*connection.recv())
            connection.send((*result, engine.dh0, engine.dc0))
