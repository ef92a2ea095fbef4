"""A training run to watch, stop and continue: live_training, LiveTraining."""

import asyncio
import contextvars
import html
import time
import weakref
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import Button
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cifg_edu.corpora import practice_text
from cifg_edu.errors import UserError
from cifg_edu.losses import perplexity
from cifg_edu.pictures import COLOURS
from cifg_edu.sampling import sample
from cifg_edu.text import count_batches
from cifg_edu.training import Trainer, TrainingOptions, WindowReport
from cifg_edu.widgets.panel import MOST_FRAMES, Frame, Pictured, Stage, Track

WINDOWS = 2000  # about, in a whole run: some seconds on the practice text
MEASURE_EVERY = 50  # windows; then the held-out loss is measured and a line is sampled
SAMPLE_LENGTH, SAMPLE_LINES = 72, 8
PAINT_SECONDS = 0.2
REST_SECONDS = 0.001  # after each window, so that waiting cells and clicks get their turn
FIRST_SPAN = 200  # windows on the axis; doubled when the axis is full
SAMPLES = (
    '<pre class="cifg-samples" tabindex="0" aria-label="what the model writes" '
    'style="line-height: 1.4; overflow-x: auto">{}</pre>'
)


def small_run(text: str, seed: int = 0) -> Trainer:
    """A run that is small enough to watch: 48 units, windows of 32 steps, 8 side by side.

    Args:
        text: the corpus, 400 characters or more.
        seed: of the initial weights.

    Returns:
        A trainer before its first window. At most about 3,000 characters are held out, because
        reading more would keep the kernel from answering.

    Raises:
        UserError: the text is too short.
    """
    steps, batch_size = 32, 8
    held_out = min(0.1, 3000 / max(len(text), 1))
    windows = count_batches(round(len(text) * (1 - held_out)), batch_size, steps)
    options = TrainingOptions(
        hidden_size=48,
        steps=steps,
        batch_size=batch_size,
        epochs=max(1, round(WINDOWS / windows)),
        learning_rate=5e-3,
        held_out=held_out,
        seed=seed,
    )
    return Trainer(text, options)


def live_training(trainer: Trainer | str | None = None, warm_up: int = 100) -> "LiveTraining":
    """A training run with buttons: watch it learn, stop it, and continue where it stopped.

    Args:
        trainer: the run, new or already started; or a text, for a small run on it; or None,
            for a small run on the practice text.
        warm_up: number of windows to train at once, so that there is something to see where
            the buttons do not work.

    Returns:
        The widget; its `trainer` is the run, which other cells may use.

    Raises:
        UserError: the text is too short.
    """
    if not isinstance(trainer, Trainer):
        trainer = small_run(practice_text().text if trainer is None else trainer)
    return LiveTraining(trainer, warm_up)


class LiveTraining(Pictured):
    """What `live_training` returns. Only one run is active at a time: a new one stops the other.

    The run is a task of the event loop that runs the cells. It trains one window, then gives
    the loop a turn. So cells run between two windows and always see a whole trainer, which
    would not be so with a second thread. While a cell computes, the run waits.

    Attributes:
        trainer: the run.
        reports: a WindowReport for each window that was trained here.
        measured: pairs of windows trained and the held-out loss after them.
        samples: pairs of windows trained and what the model wrote after them.
    """

    def __init__(self, trainer: Trainer, warm_up: int = 0) -> None:
        start = Button(description="Start", icon="play", tooltip="train on")
        stop = Button(description="Stop", icon="stop", tooltip="stand still", disabled=True)
        super().__init__({"start": start, "stop": stop})
        self.trainer = trainer
        self.reports: list[WindowReport] = []
        self.measured: list[tuple[int, float]] = []
        self.samples: list[tuple[int, str]] = []
        self._first = trainer.adam.step_count
        self._trouble = ""
        self._wanted = False
        self._task: asyncio.Task[None] | None = None
        self._loop = _running_loop()
        # What the run sends to the page belongs to this cell, whose shell lives as long as the
        # kernel, and not to the click: after a reload the page has other shells.
        self._context = contextvars.copy_context()
        self._board: _Board | None = _Board(trainer)  # None when the widget is closed
        self._measure()
        _stop_the_other(self)
        self.train(warm_up)
        self._board.stage.draw()
        self._show()
        start.on_click(lambda button: self._on_loop(self.start))
        stop.on_click(lambda button: self._on_loop(self.stop))

    @property
    def png(self) -> bytes:
        """The current picture."""
        assert self._board is not None, "a closed widget has no picture"
        return self._board.stage.png

    @property
    def windows(self) -> int:
        """The number of windows trained so far."""
        return self.trainer.adam.step_count

    @property
    def running(self) -> bool:
        """Whether a training task is active."""
        task = self._task
        return task is not None and not task.done() and task.get_loop().is_running()

    def start(self) -> None:
        """Train until stopped or finished; do nothing if the run is active already.

        Without an event loop, as in a plain Python program, train 50 windows and return.
        """
        _stop_the_other(self)
        self._wanted, self._trouble = True, ""
        if self.running or self.trainer.finished:
            return
        loop = self._usable_loop()
        if loop is None:
            self.train(MEASURE_EVERY)
            self._show()
            return
        # `_wanted` may be set and unset many times: there is one task, and it reads the flag.
        self._task = loop.create_task(self._run(), context=self._context)

    def stop(self) -> None:
        """Stop after the current window."""
        self._wanted = False

    def close(self) -> None:
        """Stop, remove the widget from the page, and the figure from memory."""
        self.stop()
        super().close()
        self._board = None

    def train(self, windows: int) -> None:
        """Train now, and return when it is done; an error goes into the words.

        Args:
            windows: the largest number of windows; a finished run trains no more.
        """
        try:
            for _ in range(windows):
                if self.trainer.finished:
                    break
                self.reports.append(self.trainer.train_window())
                if self.windows % MEASURE_EVERY == 0 or self.trainer.finished:
                    self._measure()
        except UserError as error:
            self._trouble = str(error)
            self._wanted = False

    def tracks(self) -> list[Track]:
        """The run from here to its end, for a page without a kernel; it trains to the end.

        Returns:
            One track: a frame now and after every epoch or, if there are many, every n-th.
        """
        epochs = self.trainer.options.epochs - self.trainer.epoch
        every = -(-epochs // (MOST_FRAMES - 1)) * self.trainer.windows_per_epoch
        frames = [self._frame()]
        while not self.trainer.finished and not self._trouble:
            self.train(every - self.windows % every)
            self._show()
            frames.append(self._frame())
        return [Track("windows trained", True, 0, frames)]

    def _frame(self) -> Frame:
        return Frame(f"{self.windows:,}", self.png, self.words, self.below)

    async def _run(self) -> None:
        try:
            self._show()
            painted = time.perf_counter()
            while self._wanted and not self.trainer.finished:
                self.train(1)
                if time.perf_counter() - painted > PAINT_SECONDS:
                    self._show()
                    painted = time.perf_counter()
                await asyncio.sleep(REST_SECONDS)
        finally:
            self._task = None
            self._wanted = False
            self._show()

    def _on_loop(self, act: Callable[[], None]) -> None:
        """Act on the loop's own thread: a click may arrive on another, a subshell's."""
        loop = self._usable_loop()
        if loop is None or loop is _running_loop():
            act()
        else:
            loop.call_soon_threadsafe(act)

    def _usable_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop in which the widget was made or, if it has ended, the current one."""
        if self._loop is None or not self._loop.is_running():
            self._loop = _running_loop()
        return self._loop

    def _measure(self) -> None:
        """Measure the held-out loss, and let the model write a line."""
        if self.measured and self.measured[-1][0] == self.windows:
            return
        self.measured.append((self.windows, self.trainer.held_out_loss()))
        rng = np.random.default_rng(self.windows)
        engine, config = self.trainer.engine, self.trainer.config
        text = sample(rng, engine.parameters, config, SAMPLE_LENGTH, temperature=0.7)
        self.samples.append((self.windows, text))

    def _show(self) -> None:
        if self._board is None:  # the run may end after its widget
            return
        self.words = self._say()
        self._board.move(self._first, self.reports, self.measured)
        # The first line stays, for comparison.
        lines = self.samples[:1] + self.samples[1:][1 - SAMPLE_LINES :]
        width = len(f"{lines[-1][0]:,}")
        below = "\n".join(f"{number:>{width},} │ {_one_line(text)}" for number, text in lines)
        self.show_png(SAMPLES.format(html.escape(below)))
        start, stop = self.controls["start"], self.controls["stop"]
        start.description = "Continue" if self.windows else "Start"
        start.disabled = self.running or self.trainer.finished
        stop.disabled = not self.running

    def _say(self) -> str:
        trainer = self.trainer
        done, total = self.windows, _total_windows(trainer)
        verb = "Training" if self.running else "Standing still"
        if trainer.finished:
            verb = "Finished"
        losses = [loss for _, loss in self.measured]
        number, best = self.measured[int(np.argmin(losses))]
        parts = [f"{verb} after {done:,} of {total:,} windows"]
        if self.reports:
            first, last = self.reports[0], self.reports[-1]
            parts.append(
                f"training loss {last.loss:.2f} nats per character, {first.loss:.2f} in the "
                f"first window; gradient norm {last.gradient_norm:.1f}"
            )
        parts.append(
            f"held-out perplexity {perplexity(losses[-1]):.1f}, {perplexity(losses[0]):.1f} at "
            f"first, lowest {perplexity(best):.1f} after {number:,} windows"
        )
        return ": ".join([parts[0], "; ".join(parts[1:])]) + "." + f" {self._trouble}".rstrip()


class _Board:
    """Three axes over the windows: loss, held-out perplexity, gradient norm."""

    def __init__(self, trainer: Trainer) -> None:
        size = len(trainer.config.characters)
        self._total = _total_windows(trainer)
        figure, self._axes = plt.subplots(1, 3, figsize=(9, 2.5))
        loss, held_out, norm = self._axes
        for axes in self._axes:
            axes.set_xlabel("windows trained")
        loss.set(title="training loss", ylabel="nats per character", ylim=(0, 1.15 * np.log(size)))
        _level(loss, np.log(size), "knows nothing, ln V")
        held_out.set(title="held-out perplexity", yscale="log", ylim=(2, 1.8 * size))
        held_out.set_yticks([2, 5, 10, 20, 50], labels=["2", "5", "10", "20", "50"])
        held_out.minorticks_off()
        _level(held_out, size, "knows nothing, V")
        norm.set(title="gradient norm", yscale="log", ylim=(0.01, 100))
        if trainer.options.clip == "norm":
            _level(norm, trainer.options.clip_limit, "clipped to this")
        colour = COLOURS[trainer.options.cell]
        self._loss = _curve(loss, colour, "-")
        self._held_out = _curve(held_out, colour, "o-")
        self._norm = _curve(norm, colour, "-")
        self.stage = Stage(figure, [self._loss, self._held_out, self._norm])
        self._span = 0
        self._widen(trainer.adam.step_count)

    def move(
        self, first: int, reports: list[WindowReport], measured: list[tuple[int, float]]
    ) -> None:
        """Paint the curves; redraw the axes only when they are full."""
        x = np.arange(first + 1, first + 1 + len(reports))
        self._loss.set_data(x, [report.loss for report in reports])
        self._norm.set_data(x, [report.gradient_norm for report in reports])
        numbers, losses = zip(*measured, strict=True)
        self._held_out.set_data(numbers, [perplexity(value) for value in losses])
        if self._widen(first + len(reports)):
            self.stage.draw()
        else:
            self.stage.paint()

    def _widen(self, windows: int) -> bool:
        """Make the axes wide enough for so many windows; True if they had to change."""
        span = max(self._span, FIRST_SPAN)
        while span < windows:
            span *= 2
        if span == self._span:
            return False
        self._span = span
        for axes in self._axes:
            axes.set_xlim(0, min(span, max(self._total, 1)))
        return True


def _level(axes: Axes, y: float, label: str) -> None:
    axes.axhline(y, color="grey", linestyle="--", linewidth=0.8)
    place = axes.get_yaxis_transform()
    axes.text(0.97, y, label, fontsize=8, ha="right", va="bottom", transform=place)


def _curve(axes: Axes, colour: str, style: str) -> Line2D:
    return axes.plot([], [], style, color=colour, markersize=3, linewidth=1.2)[0]


def _total_windows(trainer: Trainer) -> int:
    return trainer.windows_per_epoch * trainer.options.epochs


def _one_line(text: str) -> str:
    return text.replace("\n", "⏎")


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


# The active run, so that a cell that is run again does not leave the old one behind.
_latest: weakref.ref[LiveTraining] | None = None


def _stop_the_other(widget: LiveTraining) -> None:
    global _latest  # noqa: PLW0603
    other = _latest() if _latest is not None else None
    if other is not None and other is not widget:
        other.stop()
    _latest = weakref.ref(widget)
