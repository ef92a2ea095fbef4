"""The files that a student handed in, read within bounds: handed_in, owner, File."""

import io
import os
import re
import stat
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cifg_edu.checks.notebooks import LARGEST_FILE, Unreadable

# Some browsers and mail programs add an ending to a file that they take for text.
NOTEBOOK = re.compile(r"\.ipynb(?:\.txt|\.json)?$", re.IGNORECASE)
LARGEST_ZIP = 64 << 20
MOST_FILES = 10_000
DEEPEST_FOLDER = 4
TOO_DEEP = f"It lies below more than {DEEPEST_FOLDER} folders, so it was not opened."
DAMAGED = "This zip file is damaged: make it again, or hand in the notebook itself."
# Windows lacks some of these.
FLAGS = os.O_RDONLY | sum(getattr(os, f"O_{f}", 0) for f in ("NOFOLLOW", "NONBLOCK", "BINARY"))
# How two learning platforms name the files that an instructor downloads. A number that begins with
# 0, or is short, is more likely an exercise's than a user's.
# Source: canvas-lms, lib/content_zipper.rb, get_filename and add_upload_submission.
CANVAS = re.compile(
    r"(?P<late>LATE_)?(?P<who>anon_[A-Za-z0-9]+|[^\W\d_][^\W_]*(?P<late2>_LATE)?_[1-9]\d+)"
    r"_(?P<number>[1-9]\d{2,})_(?P<rest>.+)",
    re.DOTALL,
)
# Source: Moodle, mod/assign/classes/downloader.php.
MOODLE = re.compile(
    r"(?P<who>[^_]+_\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<rest>.*))?", re.DOTALL
)


class Owner(NamedTuple):
    """What a name in the folder of submissions says.

    student: the student's name, with the platform's number where there is one.
    number: the platform's number of the file, which grows with time; 0 where there is none.
    late: whether the platform marked it so.
    named: whether a platform made the name; then the file is a student's, with any content.
    """

    student: str
    number: int = 0
    late: bool = False
    named: bool = False


class File(NamedTuple):
    """One file that a student handed in.

    path: below the folder of submissions; what lies in a zip file stands below that.
    time: of its last change, in seconds since 1970.
    content: of a notebook; None for all else, and where it cannot be read.
    problem: a sentence that says why it was not opened; "" where it cannot be a notebook.
    """

    path: str
    time: float = 0.0
    content: bytes | None = None
    problem: str = ""


def owner(name: str) -> Owner:
    """Whose a file or folder is, by its name, as Canvas, Moodle or a person gave it."""
    if found := CANVAS.fullmatch(name):
        late = bool(found["late"] or found["late2"])
        who = found["who"].replace("_LATE_", "_") if late else found["who"]
        return Owner(who, int(found["number"]), late, named=True)
    if found := MOODLE.fullmatch(name):
        return Owner(found["who"], named=True)
    plain = NOTEBOOK.sub("", name)
    return Owner(plain[:-4] if plain.lower().endswith(".zip") else plain)


def handed_in(entry: os.DirEntry[str], path: str = "", depth: int = 0) -> Iterator[File]:
    """The files of a folder, of a zip file, or a file alone.

    Symbolic links are never followed. What programs leave behind is passed over: hidden folders,
    and macOS's `._NAME` beside each file.

    Args:
        entry: a student's file or folder.
        path: what to call it; its own name where this is empty.
        depth: how many folders lie around it.

    Yields:
        Each file, by name, when it is asked for.
    """
    path = path or entry.name
    if entry.is_dir(follow_symlinks=False):
        if depth >= DEEPEST_FOLDER:
            yield File(path, problem=TOO_DEEP)
            return
        try:
            inside = sorted(os.scandir(entry.path), key=lambda each: each.name)
        except OSError as error:
            yield File(path, problem=f"This folder cannot be read ({error.strerror}).")
            return
        for each in inside:
            if not is_litter(each.name, each.is_dir(follow_symlinks=False)):
                yield from handed_in(each, f"{path}/{each.name}", depth + 1)
    elif NOTEBOOK.search(entry.name) or (entry.is_symlink() and depth == 0):
        try:
            content = _content(Path(entry.path), LARGEST_FILE)
            changed = entry.stat(follow_symlinks=False).st_mtime
            yield File(path, changed, content)
        except Unreadable as error:
            yield File(path, problem=str(error))
    elif entry.name.lower().endswith(".zip"):
        yield from _members(Path(entry.path), path)
    else:
        yield File(path)


def is_litter(name: str, is_folder: bool) -> bool:
    """Whether a program left this behind."""
    return (is_folder and name.startswith(".")) or name.startswith(("._", "__MACOSX"))


def _members(path: Path, label: str) -> Iterator[File]:
    """The files in a zip file, which is never unpacked to the disk."""
    try:
        content = _content(path, LARGEST_ZIP)
        # Each entry of its table of contents begins so: zipfile would read any number of them.
        if content.count(b"PK\1\2") > MOST_FILES:
            raise Unreadable(
                f"This zip file holds more than {MOST_FILES:,} files: hand in the notebook alone."
            )
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Unreadable as error:
        yield File(label, problem=str(error))
        return
    except Exception:  # zipfile promises no kind of error for what is made to break it
        yield File(label, problem=DAMAGED)
        return
    for member in archive.infolist():
        parts = [p for p in member.filename.replace("\\", "/").split("/") if p != "."] or [""]
        inside = f"{label}/{member.filename}"
        hidden = any(is_litter(part, is_folder=True) for part in parts[:-1] if part != "..")
        if member.is_dir() or hidden or is_litter(parts[-1], is_folder=False):
            continue
        if "" in parts or ".." in parts or ":" in parts[0]:
            yield File(inside, problem="Its name leads out of the folder, so it was not opened.")
        elif len(parts) > DEEPEST_FOLDER:
            yield File(inside, problem=TOO_DEEP)
        elif not NOTEBOOK.search(parts[-1]):
            yield File(inside)
        else:
            try:
                yield File(inside, _changed(member), _unpacked(archive, member))
            except Unreadable as error:
                yield File(inside, problem=str(error))


def _content(path: Path, most: int) -> bytes:
    try:
        # These flags refuse a link, and do not wait for a named pipe.
        handle = os.open(path, FLAGS)
    except OSError as error:
        if path.is_symlink():
            raise Unreadable(
                "This is a symbolic link, which is not followed: hand in the notebook itself."
            ) from error
        raise Unreadable(f"This file cannot be read ({error.strerror}).") from error
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("This is not a file that holds anything: hand in the notebook itself.")
        if status.st_size > most:
            raise _too_large(most)
        return file.read(most)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > LARGEST_FILE:
        raise _too_large(LARGEST_FILE)
    if member.flag_bits & 1:
        raise Unreadable("This zip file has a password: hand in the notebook itself.")
    # Other methods unpack all of a block, however much that is, before the size is looked at.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("This zip file is packed in an unusual way: hand in the notebook itself.")
    try:
        with archive.open(member) as file:
            return file.read(member.file_size)
    except Exception as error:  # as above
        raise Unreadable(DAMAGED) from error


def _changed(member: zipfile.ZipInfo) -> float:
    try:
        return time.mktime((*member.date_time, 0, 0, -1))
    except (OverflowError, ValueError):
        return 0.0


def _too_large(most: int) -> Unreadable:
    return Unreadable(
        f"This file is larger than {most >> 20} MB: clear the notebook's outputs, save it, and "
        "hand it in again."
    )
