"""The command line: python -m cifg_edu train | sample | learn | check | grade | doctor | ..."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from tqdm import tqdm

from cifg_edu import doctor
from cifg_edu.checks import EXERCISES, progress
from cifg_edu.checks.course import find_lessons
from cifg_edu.corpora import Corpus, practice_text, read_text, sonnets_or_practice
from cifg_edu.errors import INTERRUPTED, UserError
from cifg_edu.losses import bits_per_character, perplexity
from cifg_edu.model import CELLS, INITIALIZERS
from cifg_edu.sampling import sample
from cifg_edu.training import CLIPPING, Trainer, TrainingOptions, load_model, read_checkpoint

SAVE_SECONDS = 5.0


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line without the program's name; by default the process's own.

    Returns:
        The exit status: 0, 1 where doctor found something, 2 for a user's mistake, 130 after
        Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except UserError as error:
        print(f"cifg_edu: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cifg_edu", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(command: Callable[..., int], summary: str, example: str) -> argparse.ArgumentParser:
        name = command.__name__.strip("_")
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=f"example:\n  python -m cifg_edu {name}{example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=command)
        return sub

    _add_train_options(
        add(_train, "train a character model", " --cell lstm --epochs 20 --out runs/lstm.npz")
    )
    sub = add(_sample, "write text with a trained model", ' runs/cifg.npz --prompt "Shall I "')
    sub.add_argument("checkpoint", type=Path, help="what train wrote")
    sub.add_argument("--length", type=int, default=400, help="characters to draw (%(default)s)")
    sub.add_argument("--prompt", default="", help="what the text begins with")
    sub.add_argument("--temperature", type=float, default=0.7, help="0 is greedy (%(default)s)")
    sub.add_argument("--top-k", type=int, help="draw from the K best characters only")
    sub.add_argument("--seed", type=int, default=0, help="of the draws (%(default)s)")

    sub = add(_learn, "open the lessons in JupyterLab", "")
    sub.add_argument("jupyter", nargs="*", help="further options for JupyterLab, after --")
    add(_progress, "list the exercises passed, tried and open", "")
    sub = add(_gallery, "write one page with the pictures of all widgets", " --out gallery.html")
    sub.add_argument(
        "--out", type=Path, default=Path("gallery.html"), help="the HTML file (%(default)s)"
    )
    add(_doctor, "check the installation and say what to do", "")

    sub = add(_check, "run the lessons' own checks on notebooks", " lessons/06_*.ipynb")
    sub.add_argument("notebooks", type=Path, nargs="+", help="of the course, with your answers")
    sub.add_argument("--seconds", type=float, default=120, help="for a notebook (%(default)s)")
    _add_grade_options(
        add(_grade, "grade a folder of students' notebooks", " submissions --out grades")
    )
    _add_compare_options(
        add(_compare, "compare the CIFG with other cells", " --tasks sonnets,adding --seeds 5")
    )
    return parser


def _add_train_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--text", type=Path, metavar="FILE", help="a UTF-8 text (the Sonnets)")
    sub.add_argument("--practice", action="store_true", help="use the built-in practice verses")
    sub.add_argument("--out", type=Path, help="the checkpoint (runs/CELL.npz)")
    sub.add_argument("--resume", action="store_true", help="go on with the checkpoint --out")
    default = TrainingOptions()
    choices: dict[str, Any] = {"cell": CELLS, "init": INITIALIZERS, "clip": CLIPPING}
    helps = {
        "cell": "the recurrent cell",
        "hidden_size": "units H",
        "embedding_size": "learn vectors of this size in place of one-hot characters",
        "init": "how first weights are drawn",
        "max_lag": "chrono biases for lags up to this many steps",
        "steps": "characters in a window",
        "batch_size": "windows side by side",
        "epochs": "passes over the text",
        "learning_rate": "Adam's step size",
        "beta1": "Adam's decay of the mean gradient",
        "beta2": "Adam's decay of the mean square",
        "epsilon": "Adam's guard against division by zero",
        "clip": "clip gradients by global norm, by value, or not",
        "clip_limit": "the largest norm or value",
        "held_out": "the share of the text, its end, that is held out",
        "seed": "of the first weights",
    }
    types: dict[str, type] = {"embedding_size": int, "max_lag": int}
    for name, text in helps.items():
        value = getattr(default, name)
        sub.add_argument(
            "--" + name.replace("_", "-"),
            type=types.get(name, type(value)),
            choices=choices.get(name),
            help=text if value is None else f"{text} ({value})",
        )
    sub.add_argument(
        "--keep-gradients",
        dest="reset_gradients",
        action="store_const",
        const=False,
        help="add to old gradients and never reset them: a classic bug, to be looked at",
    )


def _add_grade_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("submissions", type=Path, help="a folder with a file or folder per student")
    sub.add_argument("--out", type=Path, required=True, help="where scores and feedback go")
    sub.add_argument("--lesson", type=int, help="its number (that of most submissions)")
    sub.add_argument("--seed", type=int, help="of the inputs (a new one, kept in --out)")
    sub.add_argument("--jobs", type=int, help="submissions at a time (one for each core)")
    sub.add_argument(
        "--seconds", type=int, default=20, help="computing time for an exercise (%(default)s)"
    )
    sub.add_argument(
        "--memory", type=int, default=1024, help="megabytes for an exercise (%(default)s)"
    )
    sub.add_argument(
        "--scheduler", metavar="ADDRESS", help="grade on the workers of this scheduler"
    )
    sub.add_argument(
        "--without-bubblewrap",
        action="store_true",
        help="accept that students' code runs with your rights where bubblewrap is missing",
    )


def _add_compare_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--tasks",
        default="sonnets,adding,copy,reber,counting",
        help="of these and chorales (%(default)s)",
    )
    sub.add_argument("--cells", default="cifg,lstm,gru,rnn", help="beside the CIFG (%(default)s)")
    sub.add_argument("--seeds", type=int, default=5, help="runs of each model (%(default)s)")
    sub.add_argument("--hidden-size", type=int, help="of the CIFG (each task's own)")
    sub.add_argument(
        "--budget",
        choices=["usual", "quick"],
        default="usual",
        help="quick shows in a minute that all works, and no more (%(default)s)",
    )
    sub.add_argument("--workers", type=int, help="runs at a time (one for each core)")
    sub.add_argument("--scheduler", metavar="ADDRESS", help="use the workers of a Dask scheduler")
    sub.add_argument(
        "--out", type=Path, default=Path("comparison"), help="for runs and report (%(default)s)"
    )


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The training options that stand on the command line."""
    names = TrainingOptions.__dataclass_fields__
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _train(options: argparse.Namespace) -> int:
    out = options.out or Path("runs") / f"{options.cell or TrainingOptions.cell}.npz"
    trainer = _resumed(out, options) if options.resume else _started(out, options)
    if trainer.finished:
        print(f"{out} has its {trainer.epoch} epochs: give a larger --epochs to go on.")
        return 0
    print(f"{trainer.config.cell.upper()}, {trainer.engine.flat_parameters.size:,} parameters.")
    if not _train_to_the_end(trainer, out):
        print(f"Stopped. All is saved; go on with:\n  {_resume_command(out)}")
        return INTERRUPTED
    config, parameters, best = load_model(out)
    print(f"Best: {best}\nSaved in {out}. It writes:\n")
    print(sample(np.random.default_rng(0), parameters, config, 400, temperature=0.7).strip())
    return 0


def _started(out: Path, options: argparse.Namespace) -> Trainer:
    if out.exists():
        raise UserError(f"{out} exists already: add --resume to go on, or give another --out.")
    corpus, source = _corpus(options)
    print(corpus.origin)
    return Trainer(corpus.text, TrainingOptions(**_given(options)), source)


def _resumed(out: Path, options: argparse.Namespace) -> Trainer:
    meta, _ = read_checkpoint(out)
    for name, value in _given(options).items():
        if name != "epochs" and meta["options"].get(name) != value:
            raise UserError(
                f"{out} was trained with {name} = {meta['options'].get(name)}, not {value}: "
                "leave the option out, or start a new run with another --out."
            )
    if options.text is None and not options.practice:
        options.practice = meta["source"] == "practice"
        options.text = None if meta["source"] in ("sonnets", "practice") else Path(meta["source"])
    corpus, _ = _corpus(options)
    print(corpus.origin)
    return Trainer.restore(out, corpus.text, options.epochs)


def _corpus(options: argparse.Namespace) -> tuple[Corpus, str]:
    """The text to train on, and where a resumed run finds it again."""
    if options.text is not None:
        return read_text(options.text), str(options.text.resolve())
    practice = practice_text()
    corpus = practice if options.practice else sonnets_or_practice()
    return corpus, "practice" if corpus.text == practice.text else "sonnets"


def _resume_command(out: Path) -> str:
    return f"python -m cifg_edu train --resume --out {out}"


def _train_to_the_end(trainer: Trainer, out: Path) -> bool:
    """Train with a progress bar, saving as it goes; False after Ctrl-C, with all saved."""
    stop = False

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        # Only a flag: the window at work is finished first, so what is saved is whole.
        nonlocal stop
        stop = True

    before = signal.signal(signal.SIGINT, ask_to_stop)
    window = trainer.options.batch_size * trainer.options.steps
    epoch = trainer.windows_per_epoch * window
    done = trainer.epoch * epoch + trainer.window * window
    saved = time.monotonic()
    try:
        trainer.save(out)
        with tqdm(
            total=trainer.options.epochs * epoch, initial=done, unit="char", unit_scale=True
        ) as bar:
            while not trainer.finished and not stop:
                report = trainer.train_window()
                bar.set_postfix_str(
                    f"loss {report.loss:.3f}, perplexity {perplexity(report.loss):.2f}, "
                    f"{bits_per_character(report.loss):.2f} bits, norm {report.gradient_norm:.2f}",
                    refresh=False,
                )
                bar.update(window)
                if trainer.window == 0:
                    bar.write(str(trainer.history[-1]))
                if time.monotonic() - saved > SAVE_SECONDS:
                    trainer.save(out)
                    saved = time.monotonic()
        trainer.save(out)
    finally:
        signal.signal(signal.SIGINT, before)
    return trainer.finished


def _sample(options: argparse.Namespace) -> int:
    config, parameters, _ = load_model(options.checkpoint)
    if options.seed < 0:
        raise UserError(f"A seed of {options.seed} cannot be used: give 0 or more.")
    print(
        sample(
            np.random.default_rng(options.seed),
            parameters,
            config,
            options.length,
            options.prompt,
            options.temperature,
            options.top_k,
        )
    )
    return 0


def _learn(options: argparse.Namespace) -> int:
    lessons = find_lessons()
    if lessons is None:
        raise UserError("There is no folder lessons here: run this in the course's own folder.")
    command = [sys.executable, "-m", "jupyterlab", *options.jupyter]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Jupyter refuses root. In a container there is often nobody else.
        command.append("--allow-root")
    sys.stdout.flush()
    os.chdir(lessons)
    os.execv(sys.executable, command)


def _progress(options: argparse.Namespace) -> int:
    print(progress.table({name: exercise.lesson for name, exercise in EXERCISES.items()}))
    return 0


def _gallery(options: argparse.Namespace) -> int:
    # Only here: widgets and matplotlib are slow to load, and the other commands need neither.
    import matplotlib

    matplotlib.use("Agg")
    from cifg_edu.widgets.gallery import write_gallery

    write_gallery(options.out)
    print(f"The widgets are in {options.out}: open it in a browser.")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    report, healthy = doctor.examine()
    print(report)
    return 0 if healthy else 1


def _check(options: argparse.Namespace) -> int:
    # Imported late: what grading needs takes a second that the other commands need not wait.
    from cifg_edu.grading.command import check_command

    return check_command(options)


def _grade(options: argparse.Namespace) -> int:
    from cifg_edu.grading.command import grade_command

    return grade_command(options)


def _compare(options: argparse.Namespace) -> int:
    from cifg_edu.comparison.command import compare_command

    return compare_command(options)


if __name__ == "__main__":
    sys.exit(main())
