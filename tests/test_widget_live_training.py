"""A training run to be watched: with no event loop, with one, and with two widgets."""

import asyncio
import html
import threading

import numpy as np
import pytest

from cifg_edu.corpora import practice_text
from cifg_edu.errors import UserError
from cifg_edu.training import Trainer, TrainingOptions
from cifg_edu.widgets.live_training import MEASURE_EVERY, live_training, small_run

TEXT = practice_text().text
SMALL = TrainingOptions(hidden_size=6, batch_size=4, steps=16, epochs=3)


def small(warm_up=4, **changes):
    return live_training(Trainer(TEXT, TrainingOptions(**{**SMALL.__dict__, **changes})), warm_up)


async def until(condition):
    async with asyncio.timeout(300):  # for a test that fails; it passes in far less
        while not condition():
            await asyncio.sleep(0.01)


def test_it_trains_as_the_trainer_alone_does_and_keeps_every_report():
    run, alone = small(warm_up=30), Trainer(TEXT, SMALL)
    assert run.reports == [alone.train_window() for _ in range(30)]
    assert run.windows == 30
    np.testing.assert_array_equal(run.trainer.engine.flat_parameters, alone.engine.flat_parameters)


def test_without_a_loop_there_is_a_picture_and_words_that_any_machine_gives():
    run = live_training()
    assert run.words == (
        "Standing still after 100 of 2,000 windows: training loss 2.34 nats per character, 3.90 "
        "in the first window; gradient norm 0.5; held-out perplexity 10.5, 49.3 at first, "
        "lowest 10.5 after 100 windows."
    )
    assert run.png.startswith(b"\x89PNG")
    # Noise of the size of rounding in the first weights changes no digit.
    trainer = small_run(TEXT)
    noise = np.random.default_rng(0).normal(size=trainer.engine.flat_parameters.size)
    trainer.engine.flat_parameters[...] *= 1 + 3e-6 * noise.astype(np.float32)
    assert live_training(trainer).words == run.words


def test_without_a_loop_a_click_trains_some_windows_and_changes_picture_and_words():
    run = small()
    before = run.png, run.words
    run.controls["start"].click()
    assert run.windows == 4 + MEASURE_EVERY
    assert run.png != before[0]
    assert run.words != before[1]
    assert run.measured[-1] == (MEASURE_EVERY, run.measured[-1][1])


def test_the_model_writes_a_line_at_each_measurement_and_it_is_escaped():
    run = live_training("<b>&</b>\n" * 300, warm_up=100)
    assert [number for number, _ in run.samples] == [0, 50, 100]
    assert all(number == n for (number, _), (n, _) in zip(run.samples, run.measured, strict=True))
    last = run.samples[-1][1].replace("\n", "⏎")
    assert html.escape(last) in run._view.value
    assert last not in run._view.value


def test_a_click_starts_one_task_and_a_second_click_none():
    async def scene():
        run = small(epochs=1000)
        start, stop = run.controls["start"], run.controls["stop"]
        assert (start.description, start.disabled, stop.disabled) == ("Continue", False, True)
        start.click()
        task = run._task
        start.click()
        assert run._task is task
        await until(lambda: run.windows > 20)
        assert (start.disabled, stop.disabled) == (True, False)
        assert run.words.startswith("Training after")
        start.click()
        assert len([t for t in asyncio.all_tasks() if t is not asyncio.current_task()]) == 1

        stop.click()
        await until(task.done)
        stood = run.windows
        assert run.words.startswith(f"Standing still after {stood} of")
        assert (start.disabled, stop.disabled) == (False, True)
        await asyncio.sleep(0.1)
        assert run.windows == stood

        start.click()
        await until(lambda: run.windows > stood)
        stop.click()
        start.click()  # before the task has seen the stop: it goes on, and there is no second
        await asyncio.sleep(0.05)
        assert run.running
        run.stop()
        await until(lambda: not run.running)
        assert len(run.reports) == run.windows

    asyncio.run(scene())


def test_the_loop_runs_other_things_between_two_windows():
    async def scene():
        run = small(epochs=1000)
        run.start()
        seen = set()
        await until(lambda: seen.add(run.windows) or len(seen) > 10)
        run.stop()
        await until(lambda: not run.running)
        # Two looks are seldom many windows apart, though each of them waits.
        assert np.median(np.diff(sorted(seen))) <= 25

    asyncio.run(scene())


def test_a_run_ends_with_its_last_epoch_and_leaves_no_task():
    async def scene():
        run = small()
        run.start()
        await until(lambda: not run.running)
        assert run.trainer.finished
        assert run.words.startswith("Finished after 126 of 126 windows")
        assert run.measured[-1][0] == 126
        assert run.controls["start"].disabled
        run.start()
        assert not run.running
        return len(asyncio.all_tasks())

    assert asyncio.run(scene()) == 1


def test_making_starting_and_closing_a_run_stop_the_one_under_way():
    async def scene():
        first = small(epochs=1000)
        first.start()
        second = small(epochs=1000)
        await until(lambda: not first.running)
        second.start()
        await asyncio.sleep(0.02)
        first.start()
        await until(lambda: not second.running)
        assert first.running
        first.close()
        await until(lambda: not first.running)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scene())


def test_a_click_that_arrives_on_another_thread_acts_on_the_loop():
    async def scene():
        run = small(epochs=1000)
        for name in ("start", "start", "stop", "start"):
            thread = threading.Thread(target=run.controls[name].click)
            thread.start()
            await asyncio.to_thread(thread.join)
        await until(lambda: run.windows > 10)
        assert run._task.get_loop() is asyncio.get_running_loop()
        thread = threading.Thread(target=run.controls["stop"].click)
        thread.start()
        await until(lambda: not run.running)
        threads = []
        run.start = lambda: threads.append(threading.current_thread())
        threading.Thread(target=run.controls["start"].click).start()
        await until(lambda: threads)
        assert threads == [threading.current_thread()]

    asyncio.run(scene())


def test_a_run_whose_loop_is_gone_goes_on_in_the_next_one():
    async def begin():
        run = small(epochs=1000)
        run.start()
        await until(lambda: run.windows > 10)
        return run

    async def go_on(run):
        assert not run.running
        before = run.windows
        run.controls["start"].click()
        await until(lambda: run.windows > before)
        run.stop()
        await until(lambda: not run.running)

    run = asyncio.run(begin())
    asyncio.run(go_on(run))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence():
    run = small()
    run.trainer.engine.parameters["Wy"][...] = np.nan
    run.controls["start"].click()
    assert "start again with a smaller" in run.words
    assert not run.running


def test_a_text_too_short_is_refused_in_one_sentence():
    with pytest.raises(UserError, match="longer text"):
        live_training("To be")


def test_a_long_text_is_held_out_for_no_more_than_three_thousand_characters():
    trainer = small_run(TEXT * 30)
    assert len(trainer._held_out) == pytest.approx(3000, abs=2)
    assert 1500 < trainer.windows_per_epoch * trainer.options.epochs < 2500
