"""The overview of a class, in a real browser."""

import pytest

from cifg_edu.checks.course import exercises_of
from cifg_edu.grading import reports

LESSON = 11  # which has the most exercises
NOTE = "A long note, which has to be read to its end. " * 8
STUDENTS = {"Bo": 10.0, "ada": 2.5, "Cy" + "x" * 200: 0.0, "=Dee": 1.0}


@pytest.fixture
def page(browser, tmp_path):
    results = [
        {
            "student": student,
            "file": f"{student}.ipynb",
            "problems": [NOTE, "y" * 300],
            "exercises": [
                {
                    "exercise": name,
                    "earned": earned,
                    "points": 10.0,
                    "passed": 1,
                    "cases": 1,
                    "words": "",
                    "mutants": [0],
                    "failed": [0],
                    "behaviour": "",
                    "numerical": "",
                }
                for name in exercises_of(LESSON)
            ],
            "junit": {},
            "notebook": "",
            "answers": {},
            "code": "",
            "complete": True,
            "fence": "bubblewrap",
        }
        for student, earned in STUDENTS.items()
    ]
    reports.write_all(tmp_path, results, LESSON, 7, [], {})
    errors = []
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "index.html").as_uri())
    yield page
    page.close()
    assert not errors


def order(page):
    names = "rows => rows.map(row => row.cells[0].textContent.slice(0, 4))"
    return page.eval_on_selector_all("table.sortable tbody tr", names)


def test_click_on_a_head_sorts_by_number_or_name_and_another_turns_it_round(page):
    assert order(page) == ["=Dee", "ada", "Bo", "Cyxx"]
    page.get_by_role("button", name="Points").click()
    assert order(page) == ["Cyxx", "=Dee", "ada", "Bo"]  # 0, 5, 12.5, 50
    page.get_by_role("button", name="Points").click()
    assert order(page) == ["Bo", "ada", "=Dee", "Cyxx"]
    page.get_by_role("button", name="Student").press("Enter")
    assert order(page) == ["=Dee", "ada", "Bo", "Cyxx"]


@pytest.mark.parametrize("width", [1300, 900])
def test_no_note_is_cut_off(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert NOTE.strip() in page.locator("td.notes").first.inner_text()
