"""Doctor says what is missing or broken, part by part, and needs Python alone to say it."""

import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import cifg_edu
from cifg_edu import doctor
from cifg_edu.__main__ import main

HOME = Path(__file__).parents[1]
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FIX = "Fix the lines marked BAD, then run doctor again."


@pytest.fixture
def installed(monkeypatch):
    """The versions of packages, which the test may change: at first all that pyproject names."""
    declared = list(PROJECT["dependencies"])
    for part, wanted in PROJECT["optional-dependencies"].items():
        declared += [f'{requirement}; extra == "{part}"' for requirement in wanted]
    lines = (HOME / "requirements.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if "==" in line)

    def version(name):
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.metadata, "requires", lambda name: declared)
    monkeypatch.setattr(importlib.metadata, "version", version)
    return versions


def test_all_is_well_where_every_part_is_there(installed):
    report, healthy = doctor.examine()
    assert healthy
    assert report.endswith("All is well.")
    assert "ok   numpy 2" in report
    for part in doctor.PARTS:
        assert f"\nok   {part} (" in report


def test_a_part_that_is_not_there_is_no_fault_and_the_command_that_adds_it_is_given(installed):
    del installed["torch"], installed["onnx"]
    report, healthy = doctor.examine()
    assert healthy
    assert "--   interop (weights to and from PyTorch and ONNX): torch missing, onnx missing" in (
        report
    )
    assert 'to add it: python -m pip install -c requirements.txt -e ".[interop]"' in report
    assert report.endswith("All is well. The parts marked -- can be added.")


def test_a_core_package_that_is_missing_or_too_old_is_bad(installed):
    del installed["tqdm"]
    installed["numpy"] = "1.26.4"
    report, healthy = doctor.examine()
    assert not healthy
    assert "BAD  tqdm missing\n     make learn, or: python -m pip install" in report
    assert "BAD  numpy 1.26.4 (needs >=2.0,<3)" in report
    assert report.endswith(FIX)


def test_lessons_and_the_place_of_the_sonnets_are_looked_for(installed, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "find_lessons", lambda: None)
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    report, healthy = doctor.examine()
    assert not healthy
    assert "BAD  there is no folder lessons\n     run doctor in the course's folder" in report
    assert "writable, or train with --text FILE" in report
    (tmp_path / "sonnets.txt").touch()
    monkeypatch.setattr(doctor, "sonnets_path", lambda: tmp_path / "sonnets.txt")
    assert f"ok   the Sonnets in {tmp_path / 'sonnets.txt'}" in doctor.examine()[0]


def test_command_ends_with_1_where_something_is_bad(installed, capsys):
    assert main(["doctor"]) == 0
    del installed["matplotlib"]
    assert main(["doctor"]) == 1
    assert FIX in capsys.readouterr().out


def test_a_course_that_is_not_installed_is_told_how_to_install_it(monkeypatch):
    def requires(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    report, healthy = doctor.examine()
    assert not healthy
    assert "BAD  cifg_edu is not installed\n     make learn, or: python -m pip" in report


@pytest.mark.parametrize("version", ["2.0", "2.0.0", "1.26.4", "2.10.1", "3", "3.0.0", "2.5.dev1"])
@pytest.mark.parametrize("ranges", ["<3,>=2.0", ">=2.10", ">=2.5,<2.9", ""])
def test_versions_are_compared_as_pip_compares_them(version, ranges):
    expected = SpecifierSet(ranges).contains(version, prereleases=True)
    if version != "2.5.dev1" or ranges != ">=2.5,<2.9":  # a release under work counts as done
        assert doctor._within(version, ranges) == expected


def run(*arguments, path):
    command = [sys.executable, "-m", "cifg_edu", *arguments]
    environment = {"PYTHONPATH": f"{path}{doctor.os.pathsep}{HOME}", "PATH": "", "HOME": str(path)}
    return subprocess.run(
        command, cwd=HOME, env=environment, capture_output=True, text=True, check=False
    )


def test_doctor_runs_where_numpy_is_broken_and_says_how_to_mend_it(tmp_path):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text("raise ImportError('no symbol cblas_sgemm')")
    done = run("doctor", path=tmp_path)
    assert done.stderr == ""
    assert done.returncode == 1
    assert "BAD  numpy is broken (ImportError: no symbol cblas_sgemm)" in done.stdout
    assert "pip install --force-reinstall -c requirements.txt numpy\n" in done.stdout
    assert done.stdout.rstrip().endswith(FIX)


@pytest.mark.parametrize("arguments", [("train", "--practice"), ("progress",), ("sample", "a.npz")])
def test_a_command_that_needs_a_broken_package_sends_to_doctor_in_one_sentence(tmp_path, arguments):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text(
        "raise ImportError('no symbol\\n\\nlong story')"
    )
    done = run(*arguments, path=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "cifg_edu: A package is missing or broken (no symbol): "
        "python -m cifg_edu doctor says what to do.\n"
    )


def test_doctor_help_and_version_load_no_package_before_they_look():
    code = (
        "import sys; from cifg_edu.__main__ import main\n"
        "for words in ['--version'], ['--help'], ['doctor', '--help']:\n"
        "    try: main(words)\n"
        "    except SystemExit: pass\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(names & {'numpy', 'matplotlib', 'platformdirs', 'tqdm', 'packaging'})"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_notebook_made_for_a_newer_package_says_what_to_do(capsys):
    doctor.made_for(cifg_edu.__version__)
    doctor.made_for("0.0.9")
    assert capsys.readouterr().out == ""
    doctor.made_for("0.10.0")
    assert "made for cifg_edu 0.10.0, and" in capsys.readouterr().out
