"""Long lines are broken between words, and code and what is short stay as they are."""

from cifg_edu.prose import UNBROKEN, WIDTH, fill, numbered


def test_a_long_line_is_broken_between_words_and_goes_on_further_in():
    lines = fill("word " * 40, "  ").splitlines()
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[0].startswith("  word")
    assert lines[1].startswith("    word")
    assert " ".join(" ".join(lines).split()) == "word " * 39 + "word"


def test_a_line_that_is_short_enough_keeps_its_spaces():
    table = "a     b\n  1   2\n" + "x" * WIDTH
    assert fill(table) == table


def test_code_with_its_number_is_not_broken_for_a_mark_may_stand_below():
    code = "line 3:  " + "x + " * 40 + "y\n" + " " * 20 + "^"
    assert fill(code) == code


def test_a_word_without_an_end_is_left_whole():
    word = "/a/path/" + "x" * WIDTH
    assert word in fill(f"Look into {word} for more.")


def test_no_line_ends_at_a_space_that_is_not_to_be_broken():
    choice = '"in and out again"'.replace(" ", UNBROKEN)
    lines = fill("word " * 16 + choice + " or not").splitlines()
    assert lines[1].startswith('  "in and out again"')


def test_code_is_numbered_and_what_is_too_long_goes_on_below_without_a_number():
    shown = numbered(["def f():", "", "    return " + "a + " * 25 + "a"], first=9).splitlines()
    assert shown[:2] == ["   9  def f():", "  10"]
    assert shown[2].startswith("  11      return a + a")
    assert shown[3].startswith("              a + a")
    assert max(map(len, shown)) <= WIDTH
