"""The frame of every HTML page that the course writes: render."""

import base64
import functools
import hashlib
from collections.abc import Mapping
from typing import Any

import jinja2

# Nothing is fetched: pictures lie beside the page or inside it. No script runs but the page's own,
# which is known by its checksum.
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:;
 style-src 'unsafe-inline'{{ may_run }}">
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


@functools.lru_cache(16)
def _template(page: str, filters: tuple[tuple[str, Any], ...]) -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= dict(filters)
    return environment.from_string(page)


def render(
    title: str,
    body: str,
    style: str = "",
    filters: Mapping[str, Any] | None = None,
    script: str = "",
    **values: Any,
) -> bytes:
    """A whole page from the template of its body.

    Args:
        title: of the page.
        body: a Jinja2 template of the content of <body>.
        style: further CSS.
        filters: for the template, by name.
        script: JavaScript to run when the page is there.
        values: what the template shows, by name.

    Returns:
        HTML in UTF-8. The title and every value are escaped; body, style and script are not.

    Raises:
        jinja2.UndefinedError: the template names a value that is not given.
    """
    may_run = ""
    if script:
        body += f"<script>{script}</script>\n"
        checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        may_run = f"; script-src 'sha256-{checksum}'"
    page = f"{HEAD}{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    template = _template(page, tuple((filters or {}).items()))
    text = template.render(title=title, may_run=may_run, **values)
    # A lone surrogate, as in a hostile file name, cannot be encoded in UTF-8.
    return text.encode("utf-8", "replace")
