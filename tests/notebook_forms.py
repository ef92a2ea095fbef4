"""The ways in which students write down one right answer: FORMS, written_as.

Each is a function from the exercise's name, the answer's `def` and the module that it comes from
to the texts of cells. The first cell is the exercise's.
"""

import functools
import importlib
import inspect
import textwrap

from cifg_edu.checks import EXERCISES
from cifg_edu.checks.notebooks import Cell, identity_of

USELESS = """
import pandas, torch, scipy
from tqdm import tqdm
fig, ax = plt.subplots()
ax.plot([1, 2])
name = input("your name? ")
print({name}(*name))
"""


_source = functools.cache(inspect.getsource)


def _stub(name):
    return f'def {name}(*arguments):\n    """To be written."""\n    raise NotImplementedError\n'


def _prompted(text):
    lines = text.rstrip().splitlines()
    return "\n".join(("... " if line[:1] in (" ", "", ")") else ">>> ") + line for line in lines)


FORMS = {
    "in its own cell": lambda name, answer, module: [answer, module],
    "below a stub left alone": lambda name, answer, module: [_stub(name), module, answer],
    "above a stub left alone": lambda name, answer, module: ([answer, module, _stub(name)]),
    "by another name, and a lambda": lambda name, answer, module: [
        _stub(name),
        module,
        answer.replace(name, "mine"),
        f"{name} = lambda *given, **named: mine(*given, **named)\n",
    ],
    "by another name, and checked": lambda name, answer, module: [
        _stub(name),
        module,
        answer.replace(f"{name}(", "mine("),
        f'{name} = check("{name}", mine)\n',
    ],
    "fixed in a later cell": lambda name, answer, module: [
        f"def {name}(*arguments):\n    return None\n",
        module,
        answer,
        f'{name} = check("{name}", {name})\n',
    ],
    "before a test, a plot and a question": lambda name, answer, module: [
        answer + USELESS.format(name=name),
        module,
    ],
    "with a long loop above": lambda name, answer, module: [
        "total = 0\nfor step in range(10**15):\n    total += step\n" + answer,
        module,
    ],
    "with lines for IPython": lambda name, answer, module: [
        f"%matplotlib inline\n{answer}\n!ls \\\n  -l\n{name}?\n%timeit {name}(1)\n",
        module,
    ],
    "with a cell magic": lambda name, answer, module: [f"%%time\n\n{answer}", module],
    "indented": lambda name, answer, module: [textwrap.indent(answer, "    "), module],
    "pasted with prompts": lambda name, answer, module: [_prompted(answer), module],
    "within try": lambda name, answer, module: [
        f"try:\n{textwrap.indent(answer, '    ')}\nfinally:\n    pass\n",
        module,
    ],
    "with a decorator": lambda name, answer, module: [
        f"@keep\n{answer}",
        "kept = {}\nkept['count'] = 0\n\ndef keep(function):\n    kept['count'] += 1\n"
        "    return wraps(function)(lambda *given, **named: function(*given, **named))\n",
        "from functools import wraps",
        module,
    ],
    "before a cell that is no Python": lambda name, answer, module: [
        answer,
        module,
        f"def {name}(:\n",
    ],
    "in a file": lambda name, answer, module: [f"{module}\n\n{answer}"],
}


def written_as(form, name, answer):
    """The cells of a notebook that holds an answer of `right_answers` in one of the forms."""
    module = importlib.import_module(f"tests.right_answers.lesson_{EXERCISES[name].lesson:02d}")
    text = _source(answer).replace(answer.__name__, name)
    first, *others = FORMS[form](name, text, _source(module))
    return [Cell(identity_of(name), first), *(Cell("", other) for other in others)]
