"""The course's command line: python -m cifg_edu COMMAND, or cifg-edu COMMAND."""

import argparse
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cifg_edu import __version__, doctor
from cifg_edu.errors import INTERRUPTED, UserError
from cifg_edu.files import find_lessons


class Command(NamedTuple):
    """One command: its summary, an example's arguments, its options, and what runs it."""

    summary: str
    example: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line without the program's name; by default that of the process.

    Returns:
        The exit status: 0, 1 if the command found a fault, 2 for a user's mistake, 130 after
        Ctrl-C.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        # A console that is not UTF-8 shows "?" for what it cannot, a model's text included.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        options = _parser(arguments).parse_args(arguments)
        status = COMMANDS[options.command].run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # `progress | head -1` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("cifg_edu: Stopped.", file=sys.stderr)
        return INTERRUPTED
    except UserError as error:
        print(f"cifg_edu: {error}", file=sys.stderr)
    except ImportError as error:
        if (error.name or "").startswith("cifg_edu"):
            raise
        problem = str(error).strip().splitlines()[0]
        print(
            f"cifg_edu: A package is missing or broken ({problem}): "
            "python -m cifg_edu doctor says what to do.",
            file=sys.stderr,
        )
    return 2


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """A parser with the options of the given command only: some options need NumPy."""
    # argparse's own list would break the line after a long name.
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {c.summary}" for name, c in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m cifg_edu",
        description=f"{__doc__}\n\ncommands:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="The options of a command: python -m cifg_edu COMMAND --help",
    )
    parser.add_argument("--version", action="version", version=f"cifg_edu {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name,
            description=command.summary,
            epilog=f"example:\n  python -m cifg_edu {name} {command.example}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in arguments[:1]:
            command.add_options(sub)
    return parser


def _no_options(parser: argparse.ArgumentParser) -> None:
    pass


def _train_options(parser: argparse.ArgumentParser) -> None:
    # Here and below, a command's modules are imported when it runs: doctor must run where NumPy
    # does not, and no command should wait for modules that only others need.
    from cifg_edu.cluster import THREAD_SETTINGS

    # train shares its work among processes. NumPy reads this when it is loaded.
    for name in THREAD_SETTINGS:
        os.environ.setdefault(name, "1")
    from cifg_edu.train_command import add_train_options

    add_train_options(parser)


def _train(options: argparse.Namespace) -> int:
    from cifg_edu.train_command import train_command

    return train_command(options)


def _sample_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, help="checkpoint that train wrote")
    parser.add_argument(
        "--length", type=int, default=400, help="number of characters (default: %(default)s)"
    )
    parser.add_argument("--prompt", default="", help="beginning of the text (default: none)")
    parser.add_argument(
        "--temperature",
        type=float,
        default=0.7,
        help="temperature of the draws; 0 is greedy (default: %(default)s)",
    )
    parser.add_argument(
        "--top-k", type=int, metavar="K", help="number of best characters in a draw (default: all)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the draws (default: %(default)s)"
    )


def _sample(options: argparse.Namespace) -> int:
    from cifg_edu.train_command import sample_command

    return sample_command(options)


def _learn_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("jupyter", nargs="*", help="options for JupyterLab, after --")


def _learn(options: argparse.Namespace) -> int:
    import signal
    import subprocess
    from importlib.util import find_spec

    lessons = find_lessons()
    if lessons is None:
        raise UserError("There is no folder lessons here: run learn in the course's folder.")
    if find_spec("jupyterlab") is None:
        raise UserError(
            f"JupyterLab is missing: in the course's folder, run {doctor.how_to_add('lab')}"
        )
    # Before the given options, of which the last one counts.
    first = "--LabApp.default_url=/lab/tree/00_first_run.ipynb"
    command = [sys.executable, "-m", "jupyterlab", first, *options.jupyter]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Jupyter refuses root. In a container there is often no other user.
        command.append("--allow-root")
    # The terminal sends Ctrl-C to Jupyter too, which then asks whether to stop: wait for it.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    # This environment's kernel first: elsewhere another may be called python3 too.
    kernels = _with_folder("JUPYTER_PATH", Path(sys.prefix) / "share" / "jupyter")
    # In data/labconfig are the course's defaults: no question about news. A user's own settings
    # come before them, and none is changed.
    defaults = _with_folder("JUPYTER_CONFIG_PATH", Path(__file__).parent / "data")
    environment = {**_first_layout(), **os.environ, **kernels, **defaults}
    server = subprocess.Popen(command, cwd=lessons, env=environment)
    signal.signal(signal.SIGTERM, lambda number, frame: server.terminate())
    status = server.wait()
    # A process that a signal ended has a negative status; a shell gives 128 plus the signal.
    return status if status >= 0 else 128 - status


def _first_layout() -> dict[str, str]:
    """The folder in which JupyterLab keeps its layout while learn runs, as a variable.

    At the start the table of contents is in view. What a student moves is kept there, apart from
    the layout of their other work.
    """
    layout = (Path(__file__).parent / "data" / "first_layout.json").read_text(encoding="utf-8")
    try:
        from jupyterlab_server.workspaces_handler import WorkspacesManager

        from cifg_edu.checks.progress import progress_path

        folder = progress_path().with_name("layout")
        workspaces = WorkspacesManager(str(folder))
        if not workspaces.list_workspaces():
            workspaces.save("default", layout)
    except (ImportError, OSError):  # the layout is no reason not to learn
        return {}
    return {"JUPYTERLAB_WORKSPACES_DIR": str(folder)}


def _with_folder(variable: str, folder: Path) -> dict[str, str]:
    """The environment variable, a list of folders, with one more in front."""
    return {variable: os.pathsep.join(filter(None, [str(folder), os.environ.get(variable, "")]))}


def _progress(options: argparse.Namespace) -> int:
    from cifg_edu.checks import EXERCISES, progress
    from cifg_edu.checks.predictions import calibration

    print(progress.table({name: exercise.lesson for name, exercise in EXERCISES.items()}))
    made = progress.read().predictions
    if made:
        print(calibration(made.values()))
    return 0


def _gallery_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        default=Path("gallery.html"),
        help="HTML file to write (default: %(default)s)",
    )


def _gallery(options: argparse.Namespace) -> int:
    import matplotlib

    matplotlib.use("Agg")
    from cifg_edu.widgets.gallery import write_gallery

    write_gallery(options.out)
    print(f"The widgets are in {options.out}: open it in a browser.")
    return 0


def _examine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cell", metavar="FILE:NAME", help="file and the function or class in it")


def _examine(options: argparse.Namespace) -> int:
    from cifg_edu.examine import examine, load

    return 1 if examine(load(options.cell)).faults else 0


def _doctor(options: argparse.Namespace) -> int:
    report, healthy = doctor.examine()
    print(report)
    return 0 if healthy else 1


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "notebooks", type=Path, nargs="+", help="notebooks or .py files with your answers"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=120,
        help="seconds of computing for a notebook (default: %(default)s)",
    )


def _check(options: argparse.Namespace) -> int:
    from cifg_edu.checks.notebook_check import check_notebook

    status = 0
    for path in options.notebooks:
        try:
            if not check_notebook(path, options.seconds):
                status = max(status, 1)
        except UserError as error:
            print(f"cifg_edu: {error}", file=sys.stderr)
            status = 2
    return status


def _grade_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "submissions",
        type=Path,
        nargs="?",
        help="folder with a file or a folder for each student",
    )
    parser.add_argument(
        "--example",
        action="store_true",
        help="class of twelve to try it on, in place of submissions",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="folder for scores and feedback (default: that of the course file, or grades)",
    )
    parser.add_argument(
        "--course",
        type=Path,
        metavar="FILE",
        help="course file (default: course.toml beside the submissions, where it is)",
    )
    parser.add_argument(
        "--only", metavar="NAME", help="student to grade, all others unchanged (default: all)"
    )
    parser.add_argument(
        "--lesson", type=int, help="lesson number (default: that of most submissions)"
    )
    parser.add_argument(
        "--seed", type=int, help="seed of the inputs (default: a random one, kept in --out)"
    )
    parser.add_argument(
        "--jobs", type=int, help="number of submissions at a time (default: one more than cores)"
    )
    parser.add_argument(
        "--seconds",
        type=int,
        default=20,
        help="seconds of computing for an exercise (default: %(default)s)",
    )
    parser.add_argument(
        "--memory",
        type=int,
        default=1024,
        help="megabytes of memory for an exercise (default: %(default)s)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="address of a Dask scheduler on whose workers to grade (default: none)",
    )
    parser.add_argument(
        "--no-numerical-derivative",
        action="store_true",
        help="marks on derivatives that are made of numbers, for a look",
    )
    parser.add_argument(
        "--without-bubblewrap",
        action="store_true",
        help="permission to run students' code with your rights where bubblewrap does not work",
    )


def _grade(options: argparse.Namespace) -> int:
    from cifg_edu.grading.command import grade_command

    return grade_command(options)


def _autograder_options(parser: argparse.ArgumentParser) -> None:
    from cifg_edu.grading.reports import VISIBILITY

    parser.add_argument("--lesson", type=int, required=True, help="lesson number")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="zip file to write (default: autograder_NN.zip)",
    )
    parser.add_argument(
        "--cases",
        choices=VISIBILITY,
        default="after_published",
        help="visibility of the single cases to students (default: %(default)s)",
    )


def _autograder(options: argparse.Namespace) -> int:
    from cifg_edu.grading.autograder import autograder_command

    return autograder_command(options)


def _name_mistake_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("grades", type=Path, help="folder that grade --out wrote")
    parser.add_argument("group", help="group of answers, as the lesson's overview calls it")
    parser.add_argument("sentence", help="likely cause, as the students should read it")


def _name_mistake(options: argparse.Namespace) -> int:
    from cifg_edu.grading.named_mistakes import FILE, name_mistake

    count = name_mistake(options.grades, options.group, options.sentence)
    pages = "1 student's page" if count == 1 else f"{count} students' pages"
    kept = options.grades / FILE
    print(f"The sentence is on {pages} now, and in {kept} for the next class.")
    return 0


def _gradebook_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("course", type=Path, help="course file, as grade takes it")


def _gradebook(options: argparse.Namespace) -> int:
    from cifg_edu.grading.command import gradebook_command

    return gradebook_command(options)


def _compare_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tasks",
        help="tasks, separated by commas; chorales is one more, and adding-100, copy-20 and the "
        "like have other lengths (default: sonnets,adding,copy,reber,counting; beside --text none)",
    )
    parser.add_argument(
        "--text",
        type=Path,
        metavar="FILE",
        help="text of your own to compare the cells on, UTF-8 (default: none)",
    )
    parser.add_argument(
        "--cell",
        metavar="FILE:NAME",
        help="cell of your own to compare too, a function or a class in a Python file, such as "
        "my.py:MyCell (default: none)",
    )
    parser.add_argument(
        "--cells",
        default="cifg,lstm",
        help="cells to compare with the CIFG, separated by commas; lstm_closed, gru and rnn are "
        "more (default: %(default)s)",
    )
    parser.add_argument(
        "--matching",
        choices=["size", "parameters", "both"],
        default="both",
        help="whether the other cells have as many units as the CIFG, as many parameters, or both "
        "in turn (default: %(default)s)",
    )
    parser.add_argument(
        "--seeds", type=int, default=20, help="number of replicates (default: %(default)s)"
    )
    parser.add_argument(
        "--rates",
        metavar="RATES",
        help="learning rates to begin with, separated by commas (default: each task's own)",
    )
    parser.add_argument("--updates", type=int, help="batches in a run (default: each task's own)")
    parser.add_argument(
        "--hidden-size", type=int, help="hidden size of the CIFG (default: each task's own)"
    )
    parser.add_argument(
        "--budget",
        choices=["usual", "quick"],
        default="usual",
        help="size of the experiment; quick shows only that all works (default: %(default)s)",
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="report of the runs that are stored in the course, without new ones",
    )
    parser.add_argument(
        "--only",
        metavar="TASK:REPLICATE",
        help="replicate whose stored runs are made again and compared, such as copy:16 "
        "(default: none)",
    )
    parser.add_argument(
        "--workers", type=int, help="number of runs at a time (default: one for each core)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="address of a Dask scheduler on whose workers to run (default: none)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        default=Path("comparison"),
        help="folder for runs and report (default: %(default)s)",
    )


def _compare(options: argparse.Namespace) -> int:
    from cifg_edu.comparison.command import compare_command

    return compare_command(options)


COMMANDS = {
    "train": Command(
        "train a character model",
        "--cell lstm --epochs 20 --out runs/lstm.npz",
        _train_options,
        _train,
    ),
    "sample": Command(
        "write text with a trained model",
        'runs/cifg.npz --prompt "Shall I "',
        _sample_options,
        _sample,
    ),
    "learn": Command("open the lessons in JupyterLab", "", _learn_options, _learn),
    "progress": Command(
        "list the exercises passed and open, and rate predictions",
        "",
        _no_options,
        _progress,
    ),
    "gallery": Command(
        "write one page with the pictures of all widgets",
        "--out gallery.html",
        _gallery_options,
        _gallery,
    ),
    "doctor": Command("check the installation and say what to do", "", _no_options, _doctor),
    "check": Command(
        "run the lessons' own checks on notebooks",
        "lessons/06_*.ipynb",
        _check_options,
        _check,
    ),
    "examine": Command(
        "find out what a cell from elsewhere is, and what is wrong with it",
        "my.py:step",
        _examine_options,
        _examine,
    ),
    "grade": Command(
        "grade a folder of students' notebooks",
        "submissions --out grades",
        _grade_options,
        _grade,
    ),
    "gradebook": Command(
        "write all lessons' grades, for Canvas or Moodle",
        "course.toml",
        _gradebook_options,
        _gradebook,
    ),
    "autograder": Command(
        "write the zip file of a Gradescope autograder",
        "--lesson 6",
        _autograder_options,
        _autograder,
    ),
    "name-mistake": Command(
        "name the likely cause of a group of wrong answers",
        'grades cifg_step-3fa2c1 "the cell is not carried on."',
        _name_mistake_options,
        _name_mistake,
    ),
    "compare": Command(
        "compare the CIFG with other cells",
        "--tasks sonnets,adding --seeds 5",
        _compare_options,
        _compare,
    ),
}


if __name__ == "__main__":
    sys.exit(main())
