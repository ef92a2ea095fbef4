"""Every page of the course has one frame, in which nothing that a template is given is markup."""

import jinja2
import pytest

from cifg_edu.pages import render


def test_title_and_values_are_escaped_and_style_and_body_are_not():
    page = render(
        "<b>", "<p>{{ word | twice }}</p>", "p > b {}", {"twice": "{0}{0}".format}, word="<"
    )
    text = page.decode()
    assert text.startswith("<!doctype html>")
    assert "<title>&lt;b&gt;</title>" in text
    assert "p > b {}" in text
    assert "<p>&lt;&lt;</p>" in text


def test_a_page_neither_fetches_nor_runs_anything():
    assert b"default-src 'none'; img-src 'self' data:" in render("t", "")


def test_a_value_that_is_missing_is_an_error_and_a_lone_surrogate_is_none():
    with pytest.raises(jinja2.UndefinedError):
        render("t", "{{ missing }}")
    assert render("\udcff", "").decode()
