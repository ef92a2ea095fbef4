"""The frame of every HTML page that the course writes: render."""

from collections.abc import Mapping
from typing import Any

import jinja2

# Nothing is fetched and no script runs: pictures lie beside the page or inside it.
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:;
 style-src 'unsafe-inline'">
<title>{{ title }}</title>
<style>
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
         font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff }
  img { max-width: 100%; height: auto }
  table { border-collapse: collapse }
  th, td { padding: .3rem .6rem; border-bottom: 1px solid #ccc; text-align: left }
  code, pre { background: #f2f2f2; padding: .1rem .3rem }
  pre { padding: .6rem; overflow-x: auto }
"""


def render(
    title: str,
    body: str,
    style: str = "",
    filters: Mapping[str, Any] | None = None,
    **values: Any,
) -> bytes:
    """A whole page from the template of its body.

    Args:
        title: of the page.
        body: a Jinja2 template of the content of <body>.
        style: further CSS.
        filters: for the template, by name.
        values: what the template shows, by name.

    Returns:
        HTML in UTF-8. The title and every value are escaped; body and style are not.

    Raises:
        jinja2.UndefinedError: the template names a value that is not given.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= filters or {}
    page = f"{HEAD}{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    # A lone surrogate, as in a hostile file name, cannot be encoded in UTF-8.
    return environment.from_string(page).render(title=title, **values).encode("utf-8", "replace")
