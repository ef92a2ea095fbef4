"""The command line names what it can do, and learn starts JupyterLab and waits for it."""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cifg_edu import __version__
from cifg_edu.__main__ import COMMANDS, _parser, main

HOME = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind")


def test_help_names_every_command_on_a_line_with_what_it_does(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    for name, command in COMMANDS.items():
        assert [name, command.summary] in lines


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"cifg_edu {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_gives_an_example(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    assert f"example:\n  python -m cifg_edu {name}" in capsys.readouterr().out


# How a verb or a preposition begins what must begin with a noun; STYLE: "lesson number (...)".
NO_NOUN = re.compile(
    "(a|accept|add|also|beside|clip|draw|for|further|give|go|how|its|learn|of|run|set|show|the|use"
    "|what|where|write) "
)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_option_begins_with_a_noun_and_names_the_default(name):
    [commands] = [
        action
        for action in _parser([name])._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    for action in commands.choices[name]._actions[1:]:
        assert action.help, action.dest
        assert not NO_NOUN.match(action.help), action.help
        valued = action.option_strings and not action.required and action.nargs is None
        assert ("(default: " in action.help) == bool(valued), action.help


@pytest.mark.parametrize("words", [[], ["nothing"], ["--nothing"], ["train", "--nothing"]])
def test_a_command_line_that_says_nothing_known_ends_with_2(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage: python -m cifg_edu" in capsys.readouterr().err


def test_check_needs_nothing_that_only_linux_has():
    code = (
        "import sys; sys.modules['resource'] = None\n"
        "from cifg_edu.__main__ import main; sys.exit(main(['check', 'none.ipynb']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("cifg_edu: none.ipynb")


def test_grade_without_bubblewrap_and_resource_says_what_it_needs(tmp_path):
    (tmp_path / "submissions").mkdir()
    code = (
        "import sys; sys.modules['resource'] = None\n"
        f"from cifg_edu.__main__ import main; sys.exit(main(['grade', {str(tmp_path)!r}, "
        f"'--out', {str(tmp_path / 'out')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=HOME,
        env={**os.environ, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "bubblewrap" in done.stderr


# What stands for JupyterLab: it says where and with what it was started, and obeys Ctrl-C.
LAB = """
import os, signal, sys

def leave(number, frame):
    os._exit(number)

signal.signal(signal.SIGINT, leave)
signal.signal(signal.SIGTERM, leave)
print(os.getcwd(), *sys.argv[1:], flush=True)
if "--kernels" in sys.argv:
    print(os.environ["JUPYTER_PATH"])
if "--settings" in sys.argv:
    import json
    from jupyter_core.paths import jupyter_config_dir
    from jupyterlab_server.settings_utils import _get_overrides
    print(json.dumps(_get_overrides("none")[0]))
    print(os.listdir(jupyter_config_dir()))
if "--layout" in sys.argv:
    import json
    from jupyterlab_server.workspaces_handler import WorkspacesManager
    manager = WorkspacesManager(os.environ["JUPYTERLAB_WORKSPACES_DIR"])
    layout = manager.load("default")["data"]["layout-restorer:data"]
    print(json.dumps(layout))
    moved = {"layout-restorer:data": {"left": {"current": "filebrowser"}}}
    manager.save("default", json.dumps({"data": moved, "metadata": {"id": "default"}}))
if "--place" in sys.argv:
    print(os.environ["JUPYTERLAB_WORKSPACES_DIR"])
if "--wait" in sys.argv:
    while True:
        signal.pause()
sys.exit(7)
"""


def learn(folder, *arguments, python=sys.executable):
    own = folder / "own settings"
    own.mkdir(exist_ok=True)
    (folder / "jupyterlab").mkdir(exist_ok=True)
    (folder / "jupyterlab" / "__init__.py").touch()
    (folder / "jupyterlab" / "__main__.py").write_text(LAB)
    return subprocess.Popen(
        [str(python), "-m", "cifg_edu", "learn", *arguments],
        cwd=HOME,
        env={
            **os.environ,
            "PYTHONPATH": f"{folder}{os.pathsep}{HOME}",
            "JUPYTER_CONFIG_DIR": str(own),
            "CIFG_EDU_HOME": str(folder / "home"),
        },
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_learn_starts_jupyterlab_in_the_lessons_and_returns_its_status(tmp_path):
    process = learn(tmp_path, "--", "--no-browser")
    output, _ = process.communicate()
    given = output.splitlines()[0].removeprefix(str(HOME / "lessons")).split()
    assert given[-1:] == ["--no-browser"] or given[-2:] == ["--no-browser", "--allow-root"]
    [address] = [word for word in given if word.startswith("--LabApp.default_url=/lab/tree/")]
    assert (HOME / "lessons" / address.rpartition("/")[2]).is_file()
    assert process.returncode == 7


@posix
def test_learn_works_where_the_path_of_python_holds_a_space(tmp_path):
    (tmp_path / "my programs").mkdir()
    python = tmp_path / "my programs" / "python"
    python.symlink_to(sys.executable)
    process = learn(tmp_path, python=python)
    assert process.communicate()[0].startswith(str(HOME / "lessons"))
    assert process.returncode == 7


@posix
def test_ctrl_c_is_jupyters_to_answer_and_learn_waits_for_its_end(tmp_path):
    process = learn(tmp_path, "--", "--wait")
    assert process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == signal.SIGINT


@posix
def test_a_signal_that_ends_learn_ends_jupyter_too(tmp_path):
    process = learn(tmp_path, "--", "--wait")
    assert process.stdout.readline()
    process.terminate()
    try:
        # Returns when no process holds the output any more. The limit is for a failure alone.
        process.communicate(timeout=300)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == signal.SIGTERM


def test_learn_opens_this_environments_kernel_first(tmp_path):
    process = learn(tmp_path, "--", "--kernels")
    output, _ = process.communicate()
    first = output.splitlines()[-1].split(os.pathsep)[0]
    assert first == str(Path(sys.prefix) / "share" / "jupyter")


def test_learn_lets_jupyterlab_ask_for_no_news_and_changes_no_setting_of_the_user(tmp_path):
    process = learn(tmp_path, "--", "--settings")
    output, _ = process.communicate()
    settings, *own = output.splitlines()[-2:]
    assert json.loads(settings)["@jupyterlab/apputils-extension:notification"] == {
        "fetchNews": "false"
    }
    cells = json.loads(settings)["@jupyterlab/notebook-extension:tracker"]["codeCellConfig"]
    assert cells == {"lineWrap": True}, "no line of code is cut by a narrow window"
    assert own == ["[]"]


def test_learn_shows_the_table_of_contents_first_and_then_what_the_student_left_open(tmp_path):
    outputs = [learn(tmp_path, "--", "--layout").communicate()[0] for _ in range(2)]
    first, second = (json.loads(output.splitlines()[-1]) for output in outputs)
    assert first["left"]["current"] == "@jupyterlab/toc:plugin"
    assert (first["left"]["collapsed"], first["left"]["visible"]) == (False, True)
    assert first["right"]["collapsed"]
    assert second == {"left": {"current": "filebrowser"}}


def test_learn_keeps_the_layout_where_the_user_says(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(tmp_path / "theirs"))
    output, _ = learn(tmp_path, "--", "--place").communicate()
    assert output.splitlines()[-1] == str(tmp_path / "theirs")


def test_learn_starts_where_no_layout_can_be_kept(tmp_path):
    (tmp_path / "home").touch()
    process = learn(tmp_path)
    process.communicate()
    assert process.returncode == 7


@posix
def test_reader_that_stops_early_is_no_error(tmp_path):
    code = f"{sys.executable} -m cifg_edu progress | head -1"
    done = subprocess.run(code, shell=True, cwd=HOME, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_stream_that_is_not_utf8_gets_question_marks_and_no_traceback(tmp_path):
    (tmp_path / "text.txt").write_text("äöü€ " * 400, encoding="utf-8")
    command = [sys.executable, "-m", "cifg_edu", "train", "--text", str(tmp_path / "text.txt")]
    command += ["--out", str(tmp_path / "a.npz"), "--epochs", "1", "--hidden-size", "4"]
    command += ["--batch-size", "2", "--steps", "8"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"?" in done.stdout
    assert b"Traceback" not in done.stderr


# What a command says in a second or two, each with letters that ASCII does not have.
IN_ASCII = {
    "check": ["check", "tests/outside_cells/ä.ipynb"],
    "examine": ["examine", "tests/outside_cells/broken_sign.py:Cell"],
    "grade": ["grade", "ä"],
    "gradebook": ["gradebook", "ä.toml"],
    "name-mistake": ["name-mistake", "ä", "group", "ä"],
    "sample": ["sample", "ä.npz"],
    "compare": ["compare", "--text", "ä.txt"],
    "progress": ["progress"],
    "doctor": ["doctor"],
    "help": ["--help"],
}


@pytest.mark.parametrize("name", IN_ASCII)
def test_no_command_stops_with_a_traceback_where_a_stream_is_ascii(name):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "cifg_edu", *IN_ASCII[name]]
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, check=False)
    assert done.stdout + done.stderr
    assert b"Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2)


def test_the_readmes_nbval_lines_use_the_environment_they_are_run_in():
    lines = (HOME / "README.md").read_text(encoding="utf-8").splitlines()
    with_nbval = [line for line in lines if line.startswith("pytest --nbval")]
    assert with_nbval
    assert all("--nbval-current-env" in line for line in with_nbval)


def test_learn_without_jupyterlab_says_how_to_add_it(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["learn"]) == 2
    assert 'python -m pip install -c requirements.txt -e ".[lab]"' in capsys.readouterr().err


def test_learn_outside_the_course_says_where_to_run_it(monkeypatch, capsys):
    monkeypatch.setattr("cifg_edu.__main__.find_lessons", lambda: None)
    assert main(["learn"]) == 2
    assert "run learn in the course's folder" in capsys.readouterr().err
