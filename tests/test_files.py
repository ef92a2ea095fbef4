"""A file is there whole or not at all, with the permissions that its reader needs."""

import os
import stat

import pytest

from cifg_edu.errors import UserError
from cifg_edu.files import write_atomically


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_new_file_can_be_read_by_others_and_an_old_one_keeps_its_permissions(tmp_path):
    (tmp_path / "by_open").touch()
    write_atomically(tmp_path / "new", b"1")
    assert mode(tmp_path / "new") == mode(tmp_path / "by_open")
    (tmp_path / "new").chmod(0o640)
    write_atomically(tmp_path / "new", b"2")
    assert mode(tmp_path / "new") == 0o640


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize("mask", [0o077, 0o777])
def test_permissions_are_those_of_open_whatever_mask_is_read(tmp_path, monkeypatch, mask):
    # In a browser's Python the mask is read as 0o777, and open() takes no notice of it.
    (tmp_path / "by_open").touch()
    monkeypatch.setattr(os, "umask", lambda new: mask)
    write_atomically(tmp_path / "new", b"1")
    assert mode(tmp_path / "new") == mode(tmp_path / "by_open")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_private_file_is_private_at_every_moment(tmp_path, monkeypatch):
    path, seen = tmp_path / "file", []
    path.touch(mode=0o600)
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(mode(p) for p in tmp_path.iterdir()))
    write_atomically(path, b"1")
    assert seen == [0o600, 0o600]


def test_failed_write_leaves_the_old_content_and_no_temporary_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
