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
