"""Whatever a student's code does to its own process, it must know the numbers."""

import pytest

from tests.grading.classroom import SIGMOID, grade_attacks, needs_bubblewrap

pytestmark = needs_bubblewrap

# Each would have full marks where the check ran beside it, or believed what it says.
WORTHLESS = {
    "imports the answer": "from cifg_edu.gates import sigmoid\n",
    "calls the answer": (
        "import cifg_edu.gates\ndef sigmoid(a):\n    return cifg_edu.gates.sigmoid(a)\n"
    ),
    "uses the answer through another function": (
        "from cifg_edu.cifg import cifg_step\n"
        "def sigmoid(a):\n"
        "    zero = np.zeros((len(a), 1))\n"
        "    return cifg_step(a, zero, zero, *np.eye(3)[:2], 0)[2].i\n"
    ),
    "looks for other modules with the answer": (
        "from cifg_edu import engine, training, checks\n"
        "sigmoid = checks.lesson_01.SIGMOID.reference\n"
    ),
    "reads the answer's source": (
        "import cifg_edu.gates\n"
        "source = open(cifg_edu.gates.__file__).read()\n"
        "exec(source[source.index('def sigmoid'):].split('def interpolate')[0])\n"
    ),
    "searches the disk for the answer": (
        "import os\n"
        "def sigmoid(a):\n"
        "    for root in ('/course', '/site', '/work', '/home', '/root', '/tmp', '/usr/local'):\n"
        "        for folder, _, files in os.walk(root):\n"
        "            for name in files:\n"
        "                if 'numpy' in folder or '/python3' in folder:\n"
        "                    continue\n"
        "                text = open(os.path.join(folder, name), errors='replace').read()\n"
        "                if 'tanh(0.5' in text or 'exp(-a)' in text:\n"
        "                    return 1 / (1 + np.exp(-a))\n"
        "    raise LookupError('nothing found')\n"
    ),
    "searches its memory for the answer": (
        "import gc\n"
        "def sigmoid(a):\n"
        "    for thing in gc.get_objects():\n"
        "        code = getattr(thing, '__code__', None)\n"
        "        if code and thing.__name__ == 'sigmoid' and 'tanh' in code.co_names:\n"
        "            return thing(a)\n"
        "    raise LookupError('nothing found')\n"
    ),
    "equal to everything": (
        "class Equal(np.ndarray):\n"
        "    __eq__ = __le__ = __ge__ = lambda self, other: True\n"
        "    __hash__ = None\n"
        "    def __repr__(self):\n        return 'right'\n"
        "def sigmoid(a):\n    return np.zeros_like(a).view(Equal)\n"
    ),
    "patched NumPy": (
        "for name in ('allclose', 'array_equal', 'isclose'):\n"
        "    setattr(np, name, lambda *a, **k: True)\n"
        "np.testing.assert_allclose = lambda *a, **k: None\n"
        "np.round = np.rint = np.abs = lambda a, *more, **named: np.zeros_like(a)\n"
        "np.random.default_rng = lambda *seed: None\n"
        "def sigmoid(a):\n    return a\n"
    ),
    "patched builtins and print": (
        "import builtins\n"
        "def say(*things, **named):\n    real('✔ sigmoid: right in 3 cases.')\n"
        "real, builtins.print = builtins.print, say\n"
        "builtins.abs = builtins.max = lambda *a, **k: 0\n"
        "builtins.repr = builtins.str = lambda *a: 'right'\n"
        "def sigmoid(a):\n    return a\n"
    ),
    "patched display hooks": (
        "import sys\n"
        "sys.displayhook = lambda thing: sys.__displayhook__('right')\n"
        "sys.excepthook = sys.unraisablehook = lambda *a: None\n"
        "class Stream:\n"
        "    def write(self, text):\n        return sys.__stdout__.write('right')\n"
        "    flush = lambda self: None\n"
        "sys.stdout = sys.stderr = Stream()\n"
        "def sigmoid(a):\n    return a\n"
    ),
    "patched import system": (
        "import sys, types, builtins\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        sys.modules[name] = types.ModuleType(name)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.modules['cifg_edu.checks'] = types.SimpleNamespace(judge=lambda *a: True)\n"
        "builtins.__import__ = lambda *a, **k: types.ModuleType('nothing')\n"
        "def sigmoid(a):\n    return a\n"
    ),
    "patched worker": (
        "import sys\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    for name, thing in list(frame.f_globals.items()):\n"
        "        if name == 'call':\n"
        "            frame.f_globals['call'] = lambda *a: {\n"
        "                'value': True, 'changed': {}, 'passed': True, 'words': None}\n"
        "    frame = frame.f_back\n"
        "def sigmoid(a):\n    return a\n"
    ),
    "forged messages": (
        "import os, struct, json\n"
        "def frame(message):\n"
        "    content = json.dumps(message).encode()\n"
        "    return struct.pack('>Q', len(content)) + content\n"
        "def sigmoid(a):\n"
        "    for number in range(3, 20):\n"
        "        for message in ({}, {'value': {'array': ['<f8', [9 ** 9], '']}}, [], 'x', 3,\n"
        "                {'value': {'array': ['|O', [1], 'gASVAA==']}, 'changed': {}},\n"
        "                {'call': 99, 'arguments': []}, {'call': 'x'}, {'error': 5},\n"
        "                {'value': 1, 'changed': {'7': None}}, {'value': {'rng': {}}}):\n"
        "            try:\n                os.write(number, frame(message))\n"
        "            except OSError:\n                pass\n"
        "    return a\n"
    ),
    "knows fixed results by heart": (
        "def sigmoid(a):\n"
        "    if a.shape == (5,):\n"
        "        return np.array([0.11920292, 0.37754067, 0.5, 0.62245933, 0.88079708])\n"
        "    return (a > 0) * 1.0\n"
    ),
    "changes its argument to hide what it was": (
        "def sigmoid(a):\n    a[:] = 0\n    return a + 0.5\n"
    ),
    "not a function": "sigmoid = 3\n",
    "syntax error": "def sigmoid(a:\n",
    "raises what is no Exception": "def sigmoid(a):\n    raise KeyboardInterrupt('✔')\n",
    "raises what looks like an order": (
        "class BoxDied(BaseException):\n    pass\ndef sigmoid(a):\n    raise BoxDied('</pre>')\n"
    ),
    "nothing": "",
    "not implemented": "def sigmoid(a):\n    raise NotImplementedError\n",
}

# Strange, and right: full marks.
HARMLESS = {
    "magics and shell escapes": (
        "%matplotlib inline\n!touch /tmp/here\n%time\nsigmoid?\n!!touch here\n" + SIGMOID
    ),
    "a cell magic": "%%time\n" + SIGMOID,
    "comments that nbval would obey": "# NBVAL_SKIP\n#NBVAL_IGNORE_OUTPUT\n" + SIGMOID,
    "quotes that end a text": "x = \"'''\\\\\" + '\"\"\"'\n" + SIGMOID + '# """) ; import os\n',
    "its own check in its cell": (
        "from cifg_edu.checks import check\n" + SIGMOID + "sigmoid = check('sigmoid', sigmoid)\n"
    ),
    "a picture in its cell": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]).set(color='red')\n"
        + SIGMOID
        + "display(sigmoid(np.zeros(3)))\n"
    ),
    "patched NumPy to its own harm, and none": "np.tanh = np.round = None\n" + SIGMOID,
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return grade_attacks(tmp_path_factory.mktemp("code"), {**WORTHLESS, **HARMLESS})


@pytest.mark.parametrize("student", WORTHLESS)
def test_without_a_right_function_there_are_no_points(graded, student):
    assert graded.share(student) == 0, graded.words(student)
    assert graded.words(student)
    assert graded.share(student, "interpolate") == 1
    assert graded.results[student]["complete"]


@pytest.mark.parametrize("student", HARMLESS)
def test_right_function_has_full_marks_whatever_stands_around_it(graded, student):
    assert graded.share(student) == 1, graded.words(student)


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("imports the answer", "the course's own sigmoid is not at hand"),
        ("not a function", "is not a function: use def"),
        ("nothing", "does not define sigmoid"),
        ("not implemented", "Not implemented yet"),
        ("syntax error", "SyntaxError"),
        ("knows fixed results by heart", "same in every run: no points"),
        ("changes its argument to hide what it was", "changes its argument a"),
    ],
)
def test_page_says_why(graded, student, words):
    assert words in graded.words(student)
