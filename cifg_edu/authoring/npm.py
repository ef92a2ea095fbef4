"""A package from npm, kept for the next time: npm_package."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

from cifg_edu.errors import UserError


def npm_package(name: str, version: str, sha512: str, store: Path) -> Path:
    """Fetch a package, unless it is there.

    Args:
        name: of the package.
        version: the one that was tried.
        sha512: of the package, as the registry gives it, in base 64.
        store: the folder in which it is kept.

    Returns:
        The package, a tar archive.

    Raises:
        UserError: npm is missing or fails, or the package is not the one that was tried.
    """
    package = store / f"{name}-{version}.tgz"
    if not package.is_file():
        _fetch(package, f"{name}@{version}")
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if digest != sha512:
        raise UserError(f"{package} is not {name} {version} as npm has it: delete it.")
    return package


def _fetch(package: Path, wanted: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(
            f"{wanted} comes from npm, which is missing: install Node.js, or put {package.name} "
            f"into {package.parent}."
        )
    package.parent.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", "--silent", wanted]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"npm could not fetch {wanted}: {done.stderr.strip()[-300:]}")
