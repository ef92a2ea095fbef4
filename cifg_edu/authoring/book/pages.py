"""The other pages of the book, in Markdown: text_pages."""

import importlib
import inspect
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import cifg_edu
from cifg_edu.checks import EXERCISES
from cifg_edu.widgets.gallery import GALLERY

# The pages that are texts of the repository.
TEXTS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/instructors.md",
    "docs/comparison.md",
)
LINK = re.compile(r"(?<!!)\[([^]]*)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")
LESSONS = re.compile(r"^## Lessons\n\n((?:\|.*\n)+)", re.MULTILINE)
COMPARED = re.compile(r"^## For self-learners\n\n(.*?)^## ", re.MULTILINE | re.DOTALL)

INDEX = """# Functions

Each function that the lessons teach, beside its equation. Import any by its name, such as
`from cifg_edu import cifg_step`.

{sections}
```{{toctree}}
:hidden:
:glob:

*
```
"""
FUNCTION = """# `{name}`

{places}

```{{eval-rst}}
.. autofunction:: cifg_edu.{module}.{name}
```
"""
COMPARISON = """# The comparison

<p><a href="comparison/report.html">The whole report</a></p>

{text}"""


def text_pages(home: Path, figures: Mapping[str, str]) -> dict[str, str]:
    """Every page but the lessons.

    Args:
        home: the course's folder.
        figures: of each widget of the gallery, the HTML that moves.

    Returns:
        Markdown by the page's file name. A link to a file that is no page becomes one to the
        page that shows it or, where there is none, plain text.
    """
    texts = {name: (home / name).read_text(encoding="utf-8") for name in TEXTS}
    readme = texts["README.md"]
    [lessons], [compared] = LESSONS.findall(readme), COMPARED.findall(readme)
    texts["comparison.md"] = COMPARISON.format(text=compared)
    pages = {name: _with_links(text, name) for name, text in texts.items()}
    index = (home / "docs" / "book" / "index.md").read_text(encoding="utf-8")
    pages["index.md"] = index.replace("<!-- lessons -->", lessons)
    return pages | _functions() | {"widgets/gallery.md": _gallery(figures)}


def _with_links(text: str, page: str) -> str:
    folder = PurePosixPath(page).parent

    def linked(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        path = os.path.normpath(folder / target).replace(os.sep, "/")
        match path.removesuffix(".py").split("/"):
            case ["cifg_edu", "exercises", _, name]:
                return f"[{words}](#exercise-{name})"
            case ["cifg_edu", name] if name in cifg_edu.TAUGHT.values():
                return f"[{words}](#module-{name})"
        if path in TEXTS or path.endswith(".ipynb"):
            return f"[{words}]({target}{anchor})"
        return words

    return LINK.sub(linked, text)


def _functions() -> dict[str, str]:
    """The page of each taught function, and the one that lists them by module."""
    pages, sections = {}, []
    for module in dict.fromkeys(cifg_edu.TAUGHT.values()):
        head = _first_line(importlib.import_module(f"cifg_edu.{module}"))
        sections.append(f"(module-{module})=\n## `{module}.py`\n\n{head}\n")
        for name in (name for name, of in cifg_edu.TAUGHT.items() if of == module):
            exercise = EXERCISES.get(name)
            places = f"`from cifg_edu import {name}`, of [`{module}.py`](#module-{module})."
            if exercise:
                places += f" You write it [in lesson {exercise.lesson:02d}](#exercise-{name})."
            pages[f"functions/{name}.md"] = FUNCTION.format(name=name, module=module, places=places)
            summary = _first_line(getattr(cifg_edu, name))
            sections.append(f"- [`{name}`]({name}.md): {summary}")
        sections.append("")
    return pages | {"functions/index.md": INDEX.format(sections="\n".join(sections))}


def _first_line(what: object) -> str:
    """The first sentence of a docstring, as plain text in Markdown."""
    line = (inspect.getdoc(what) or "").split("\n\n")[0].replace("\n", " ")
    return re.sub(r"([*_|<\\$])", r"\\\1", line)


def _gallery(figures: Mapping[str, str]) -> str:
    parts = ["# The widgets\n"]
    for name, exhibit in GALLERY.items():
        lessons = ", ".join(f"{number:02d}" for number in exhibit.lessons)
        parts.append(f"({name})=\n## {exhibit.title}\n")
        parts.append(f"Lesson {lessons}: `cifg_edu.widgets.{name}()`\n\n{figures[name]}")
    return "\n".join(parts)
