"""Text from strangers, made fit for a page, a terminal and a spreadsheet: visible, no_formula."""

import re

# What a spreadsheet takes for the start of a formula, itself and in the forms that it folds into
# these: full-width, small, raised and lowered.
FORMULA = re.compile(
    # A spreadsheet that divides at semicolons, as in half of Europe, sees a cell after each of
    # them, and after each line; quotation marks and spaces before a formula do not save it.
    r"(^|[;\t\r\n])([\s\"]*)(?=[=+\-@"
    "\N{FULLWIDTH EQUALS SIGN}\N{SMALL EQUALS SIGN}\N{SUPERSCRIPT EQUALS SIGN}"
    "\N{SUBSCRIPT EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{SMALL PLUS SIGN}"
    "\N{SUPERSCRIPT PLUS SIGN}\N{SUBSCRIPT PLUS SIGN}\N{HEBREW LETTER ALTERNATIVE PLUS SIGN}"
    "\N{FULLWIDTH HYPHEN-MINUS}\N{SMALL HYPHEN-MINUS}\N{SUPERSCRIPT MINUS}\N{SUBSCRIPT MINUS}"
    "\N{MINUS SIGN}\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}])"
)


def visible(text: str) -> str:
    """Text with all that cannot be seen written out.

    Args:
        text: anything, also a file's name that is no Unicode.

    Returns:
        The same, where control characters, marks that turn the direction of writing, unusual
        spaces and halves of letters stand as `\\x1b` or `\\u202e`. Lines and tabs are kept.
    """
    if text.translate({ord("\n"): None, ord("\t"): None}).isprintable():
        return text  # as nearly all are
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def no_formula(text: str) -> str:
    """Text in which no spreadsheet finds a formula: an apostrophe stands before each sign."""
    return FORMULA.sub(r"\1\2'", visible(text))
