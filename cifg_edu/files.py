"""Where files are, and how one is written: find_lessons, cache_path, write_atomically, empty_for.

The doctor uses this module too, so it needs Python alone.
"""

import os
import secrets
import shutil
import stat
import sys
from functools import partial
from pathlib import Path

from cifg_edu.errors import UserError

# Whether this Python is Pyodide, as in JupyterLite, which shows the site's files to it here.
IN_BROWSER = sys.platform == "emscripten"
SITE_FILES = Path("/drive")


def find_lessons() -> Path | None:
    """The folder of the lessons: here, or beside the package.

    Returns:
        Its path, or None where there is none.
    """
    for home in (Path.cwd(), Path(__file__).resolve().parents[1]):
        if (home / "lessons").is_dir():
            return home / "lessons"
    return None


def cache_path(name: str) -> Path:
    """Where fetched and prepared data are kept: in the user's cache directory.

    Args:
        name: of the file.

    Returns:
        Its path, whether or not the file exists.

    Raises:
        ImportError: platformdirs is not installed.
    """
    import platformdirs

    return platformdirs.user_cache_path("cifg_edu", appauthor=False) / name


def sonnets_path() -> Path:
    """Where the Sonnets are kept; like `cache_path`."""
    return cache_path("sonnets.txt")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds it whole or not at all, even after a power cut.

    The content goes to a temporary file in the same folder and is flushed to the disk. Then the
    file is renamed: within one folder the file system renames in a single step.

    Args:
        path: the file; its folder is made if it is missing.
        content: the bytes.

    Raises:
        UserError: the folder or file cannot be written.

    Source: POSIX rename(2).
    """
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A new file gets its permissions from the system, an old one keeps its own.
        old_mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
        mode = 0o666 if old_mode is None else old_mode
        try:
            with open(temporary, "xb", opener=partial(os.open, mode=mode)) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if old_mode is not None:
                temporary.chmod(old_mode)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror}): choose a folder you may write to."
        ) from error


def empty_for(folder: Path, mark: str) -> None:
    """Remove a folder that is about to be made again.

    Args:
        folder: it may be missing.
        mark: a file in it by which it is known as one that was made before.

    Raises:
        UserError: it holds files, and the mark is not among them.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / mark).is_file():
        raise UserError(f"{folder} holds something other than what is built: give an empty folder.")
    shutil.rmtree(folder, ignore_errors=True)
