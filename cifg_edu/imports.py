"""The modules of the course that a module needs, read from the files: modules_imported_by, ..."""

import ast
from importlib.util import resolve_name
from pathlib import Path

ROOT = "cifg_edu"
FOLDER = Path(__file__).parent


def module_file(name: str, folder: Path = FOLDER) -> Path | None:
    """The file of a module of the course.

    Args:
        name: such as "cifg_edu.model", or "cifg_edu.widgets" for a package.
        folder: the folder of the package cifg_edu.

    Returns:
        Its path, or None if the course has no such module.
    """
    root, *parts = name.split(".")
    place = folder.joinpath(*parts)
    files = (place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in files if root == ROOT and file.is_file()), None)


def imported_modules(tree: ast.AST, inside: str = "", folder: Path = FOLDER) -> list[str]:
    """The modules of the course that code imports, anywhere in it.

    Args:
        tree: the code.
        inside: the package of the code; only relative imports need it.
        folder: the folder of the package cifg_edu.

    Returns:
        Their names, in order. `from cifg_edu import model` imports cifg_edu.model, and
        `from cifg_edu.model import embed` does too.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), inside)
            inner = [f"{source}.{alias.name}" for alias in node.names]
            found += [name if module_file(name, folder) else source for name in inner]
    return [name for name in dict.fromkeys(found) if module_file(name, folder)]


def modules_imported_by(name: str, folder: Path = FOLDER) -> list[str]:
    """A module of the course, and all modules of the course that it depends on.

    Args:
        name: the module.
        folder: the folder of the package cifg_edu.

    Returns:
        Sorted names: the module, what it imports, what these import, and so on, and their
        packages. The root package is left out: it only names the others.
    """
    found: set[str] = set()
    todo = [name]
    while todo:
        name = todo.pop()
        file = module_file(name, folder)
        if name not in found | {ROOT} and file is not None:
            found.add(name)
            parent = name.rpartition(".")[0]
            inside = name if file.name == "__init__.py" else parent
            tree = ast.parse(file.read_text(encoding="utf-8"))
            todo += [parent, *imported_modules(tree, inside, folder)]
    return sorted(found)
