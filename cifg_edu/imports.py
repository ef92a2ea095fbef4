"""Which modules of the course a module needs, read from the files: modules_imported_by, ..."""

import ast
from importlib.util import resolve_name
from pathlib import Path

ROOT = "cifg_edu"
FOLDER = Path(__file__).parent


def module_file(name: str, folder: Path = FOLDER) -> Path | None:
    """The file of a module of the course.

    Args:
        name: such as "cifg_edu.model", or "cifg_edu.widgets" for a package.
        folder: where the package cifg_edu lies.

    Returns:
        Its path, or None where the course has no such module.
    """
    root, *parts = name.split(".")
    place = folder.joinpath(*parts)
    files = (place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in files if root == ROOT and file.is_file()), None)


def imported_modules(tree: ast.AST, inside: str = "", folder: Path = FOLDER) -> list[str]:
    """The modules of the course that code imports, at its top or anywhere within.

    Args:
        tree: the code.
        inside: the package that the code lies in; only relative imports need it.
        folder: where the package cifg_edu lies.

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
    """A module of the course, and all of the course that it is built on.

    Args:
        name: the module.
        folder: where the package cifg_edu lies.

    Returns:
        Sorted names: the module, what it imports, what these import, and so on, and the packages
        that they lie in. The course's own root is not among them: it only names the rest.
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
