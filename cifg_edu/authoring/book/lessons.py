"""A lesson as a page of the book: book_notebook, calls_of, make_widget."""

import ast
import base64
import copy
import html
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import nbformat

import cifg_edu
from cifg_edu.authoring import stub
from cifg_edu.checks import find_exercise
from cifg_edu.widgets.frames import still_figure
from cifg_edu.widgets.gallery import GALLERY
from cifg_edu.widgets.panel import Pictured

HEADING = re.compile(r"^### Exercise: `(\w+)`", re.MULTILINE)
PICTURE = '<img class="cifg-picture" loading="lazy" alt="{words}" src="{source}">'
DOWNLOAD = '<a href="../notebooks/{name}" download>Download this notebook</a>'
LIVE = ' · <a href="../lite/lab/index.html?path={name}">Open this lesson live</a>'
ELSEWHERE = """<p>This picture stands still.
<a href="../widgets/gallery.html#{place}">That of a smaller model moves</a>.</p>"""


def book_notebook(
    notebook: Any,
    name: str,
    figures: Mapping[str, str],
    address: Callable[[bytes], str],
    live: bool = False,
) -> Any:
    """A lesson with its outputs, made ready for the book.

    Args:
        notebook: the solution with its stored outputs, or a lesson without exercises.
        name: the file's name, by which the student's notebook can be downloaded.
        figures: for a call of a widget, as `widget_call` gives it, the HTML that moves.
        address: gives the address of a PNG picture.
        live: whether to lead to the notebook in the site that runs the lessons.

    Returns:
        A new notebook. In place of an answer it has the stub, the hints, each folded into the
        one before, and in the last of them the answer.
    """
    page = nbformat.v4.new_notebook(metadata=copy.deepcopy(notebook.metadata))  # type: ignore[no-untyped-call]
    page.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    # The first cell only asks whether the package is installed.
    cells = [copy.deepcopy(cell) for cell in notebook.cells if cell.id != "first"]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = HEADING.sub(r"(exercise-\1)=\n\g<0>", cell.source)
        else:
            _show_outputs(cell, figures, address)
        kind, _, exercise = cell.id.partition("-")
        if kind == "exercise":
            page.cells += _folded(exercise.replace("-", "_"), cell)
        elif kind == "check":
            page.cells += [cell, _markdown("</details>" * 4)]
        else:
            page.cells.append(cell)
    link = (DOWNLOAD + LIVE * live).format(name=name)
    title, _, rest = page.cells[0].source.partition("\n")
    page.cells[0].source = f'{title}\n\n<p class="cifg-links">{link}</p>\n{rest}'
    return page


def widget_call(source: str) -> str:
    """The call of a widget with which a cell ends, if it can be made outside the lesson.

    Args:
        source: of a cell.

    Returns:
        The call, or "" where there is none, or where it needs what the lesson has computed.
    """
    call = _call(source)
    if call is None or not all(map(_is_plain, _arguments(call))):
        return ""
    return ast.unparse(call)


def calls_of(notebook: Any) -> list[str]:
    """Every widget of a lesson that can be made outside it, as its call."""
    calls = (widget_call(cell.source) for cell in notebook.cells if cell.cell_type == "code")
    return [call for call in calls if call]


def make_widget(call: str) -> Pictured:
    """Make a widget.

    Args:
        call: as `widget_call` gives it.

    Returns:
        The widget.
    """
    found = _call(call)
    assert found is not None, call
    assert isinstance(found.func, ast.Name)
    named = {str(keyword.arg): _value(keyword.value) for keyword in found.keywords}
    make: Callable[..., Pictured] = GALLERY[found.func.id].make
    return make(*map(_value, found.args), **named)


def _folded(name: str, answer: Any) -> list[Any]:
    """The stub, the hints and, in the last of them, the answer; the folds are still open."""
    exercise = find_exercise(name)
    cell = nbformat.v4.new_code_cell(stub(exercise.reference), id=f"stub-{answer.id}")  # type: ignore[no-untyped-call]
    folds = [
        f'<details class="cifg-hint"><summary>Hint {number}</summary>{_as_html(hint)}'
        for number, hint in enumerate(exercise.hints, 1)
    ]
    folds.append('<details class="cifg-hint"><summary>The answer</summary>')
    return [cell, _markdown("\n".join(folds)), answer]


def _as_html(hint: str) -> str:
    # In one line: an empty one would end the HTML in Markdown.
    text = html.escape(inspect.cleandoc(hint)).replace("\n", "&#10;")
    return f"<pre>{text}</pre>" if "&#10;" in text else f"<p>{text}</p>"


def _markdown(text: str) -> Any:
    return nbformat.v4.new_markdown_cell(text)  # type: ignore[no-untyped-call]


def _show_outputs(cell: Any, figures: Mapping[str, str], address: Callable[[bytes], str]) -> None:
    """Turn pictures into HTML with their words, and a widget's into the frames that move."""
    call = _call(cell.source)
    figure = figures.get(widget_call(cell.source))
    printed = "".join(output.get("text", "") for output in cell.outputs)
    for output in cell.outputs:
        png = output.get("data", {}).get("image/png")
        if png is None:
            continue
        words = output.metadata.get("image/png", {}).get("alt") or f"A figure. {printed}"
        content = base64.b64decode(png)
        source = address(content)
        shown = figure or PICTURE.format(words=html.escape(words.strip()), source=source)
        if call is not None and figure is None:
            assert isinstance(call.func, ast.Name)
            name = call.func.id
            shown = still_figure(content, words.strip(), source, name)
            shown += ELSEWHERE.format(place=name.replace("_", "-"))
        output.data = {"text/html": shown}
        output.metadata = {}


def _call(source: str) -> ast.Call | None:
    """The call of a widget with which a cell ends."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # such as an IPython command
        return None
    match body[-1:]:
        case [ast.Expr(ast.Call(ast.Name(name)) as call)] if name in GALLERY:
            return call
    return None


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_plain(argument: ast.expr) -> bool:
    """Whether it is a constant, or one of the taught functions, which the solution equals."""
    if isinstance(argument, ast.Name):
        return argument.id in cifg_edu.TAUGHT
    return isinstance(argument, ast.Constant)


def _value(argument: ast.expr) -> Any:
    if isinstance(argument, ast.Name):
        return getattr(cifg_edu, argument.id)
    return ast.literal_eval(argument)
