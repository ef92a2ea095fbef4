"""Small edits of a student's own code, to see which of them makes it right: repairs.

Source: mutation-based program repair, Debroy and Wong (2010), "Using mutation to automatically
suggest fixes for faulty programs".
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

# Functions that learners confuse.
FAMILIES = (
    ("sigmoid", "np.tanh"),
    ("np.sum", "np.mean"),
    ("np.zeros", "np.ones"),
    ("np.zeros_like", "np.ones_like"),
    ("np.hstack", "np.vstack"),
    ("np.exp", "np.log"),
    ("np.maximum", "np.minimum"),
    ("max", "min"),
    ("np.abs", "np.square"),
    ("np.floor", "np.ceil"),
    ("np.quantile", "np.percentile"),
    ("np.mean", "np.median"),
    ("glorot_uniform", "weights"),
)
SIGNS: dict[type | None, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.Mod: "%",
}
NUMBERS = ("array", "number")
METHODS = (("sum", "mean"), ("max", "min"), ("any", "all"), ("std", "var"), ("argmax", "argmin"))
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.MatMult, ast.Add),
    ast.MatMult: (ast.Mult,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Pow: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


class Repair(NamedTuple):
    """An edit: the node that it replaces, what it puts there, and the function with the edit in it.

    new: a node, several statements, or None where a statement is left out.
    """

    node: ast.expr | ast.stmt
    new: ast.AST | list[ast.stmt] | None
    tree: ast.FunctionDef

    @property
    def before(self) -> str:
        """What is replaced, as Python writes it."""
        return ast.unparse(self.node)

    @property
    def after(self) -> str:
        """What replaces it; "" where a statement is left out."""
        return "\n".join(ast.unparse(part) for part in _as_list(self.new))

    @property
    def cause(self) -> str:
        """What was wrong, if this edit makes it right, without the whole answer."""
        return _cause(self.node, self.new)


def repairs(tree: ast.FunctionDef, names: Mapping[str, str]) -> Iterator[Repair]:
    """All single small edits of a function, line by line.

    Args:
        tree: the function.
        names: the kind of each variable, such as "array": only those of a kind may stand for one
            another. (A list appended to itself would have NumPy fill the memory.)

    Yields:
        Each edit as a whole function; the tree given is not changed.
    """
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.expr | ast.stmt) and n is not tree]
    nodes.sort(key=lambda n: (n.lineno, n.col_offset))
    for node in nodes:
        edits = _of_statement(node) if isinstance(node, ast.stmt) else _of(node, names)
        path = _path(tree, node)
        for after in edits:
            yield Repair(node, after, _replaced(tree, node, path, after))


def _as_list(new: ast.AST | list[ast.stmt] | None) -> Sequence[ast.AST]:
    return [] if new is None else new if isinstance(new, list) else [new]


def _replaced(
    tree: ast.FunctionDef,
    node: ast.expr | ast.stmt,
    path: list[tuple[str, int | None]],
    after: ast.AST | list[ast.stmt] | None,
) -> ast.FunctionDef:
    """The tree with something else in place of one node; what lies beside it is shared."""
    *way, (field, index) = path
    edited = copy.copy(tree)
    parent: ast.AST = edited
    for name, number in way:
        part = getattr(parent, name)
        inner = copy.copy(part if number is None else part[number])
        if number is None:
            setattr(parent, name, inner)
        else:
            setattr(parent, name, [*part[:number], inner, *part[number + 1 :]])
        parent = inner
    new = _as_list(after)
    for part in new:
        if not hasattr(part, "lineno"):  # it is not one of the tree's own
            ast.copy_location(part, node)
        ast.fix_missing_locations(part)
    if index is None:
        setattr(parent, field, new[0])
    else:
        block = getattr(parent, field)
        block = [*block[:index], *new, *block[index + 1 :]]
        empty = not block and isinstance(node, ast.stmt)
        setattr(parent, field, [ast.copy_location(ast.Pass(), node)] if empty else block)
    return edited


def _cause(node: ast.expr | ast.stmt, after: ast.AST | list[ast.stmt] | None) -> str:
    """What was wrong, in words, if this edit makes the code right."""
    before = ast.unparse(node)
    if isinstance(node, ast.stmt):
        return _cause_in_statement(node, after)
    if isinstance(after, ast.UnaryOp):
        return f"a minus is missing before {before}."
    if isinstance(after, ast.Attribute) and after.attr == "T" and after.value is node:
        return f"{before} should be transposed."
    if isinstance(node, ast.BinOp) and after in (node.left, node.right):
        other = node.right if after is node.left else node.left
        return f"{ast.unparse(other)} does not belong in {before}."
    if isinstance(node, ast.BinOp) and isinstance(after, ast.BinOp):
        if {id(after.left), id(after.right)} != {id(node.left), id(node.right)}:
            return f"{before} is computed in the wrong order: add parentheses."
        if after.left is node.right:
            return f"the two sides of {SIGNS[type(node.op)]} are swapped in {before}."
        return f"{SIGNS[type(node.op)]} is the wrong operator in {before}."
    if isinstance(node, ast.UnaryOp):
        return f"{before} has the wrong sign."
    if isinstance(node, ast.Attribute):
        return f"{before} should not be transposed."
    if isinstance(node, ast.Call) and isinstance(after, ast.Call):
        if ast.unparse(after.func) != ast.unparse(node.func):
            return f"{ast.unparse(node.func)} is the wrong function here."
        if len(after.keywords) != len(node.keywords) or after.keywords != node.keywords:
            return f"{before} has the wrong axis, or another wrong option."
        moved = sum(a is not b for a, b in zip(node.args, after.args, strict=True))
        if moved > 2:
            return f"all three arguments are in the wrong place in {before}."
        return f"two arguments are swapped in {before}."
    if isinstance(node, ast.Call):
        return f"{ast.unparse(node.func)}(...) should not be there."
    return f"{before} is wrong here."


def _cause_in_statement(node: ast.stmt, after: ast.AST | list[ast.stmt] | None) -> str:
    if isinstance(after, list):
        return "the return is inside the loop, and ends it in its first turn."
    if isinstance(after, ast.Return):
        return "the value is printed, and not returned."
    if isinstance(node, ast.For | ast.While):
        return "two lines of this loop are swapped."
    if isinstance(node, ast.Assert):
        return f"{ast.unparse(node.test)} need not hold: without this assert all is right."
    if not isinstance(node, ast.Assign | ast.AugAssign):
        return f"{ast.unparse(node)} should not be there."
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    name = ast.unparse(target)
    if after is None:
        return f"{name} is right without this line, which changes it."
    if isinstance(node, ast.Assign):
        return f"this line replaces {name}, and should add to what it holds."
    sign = SIGNS.get(type(node.op), "")
    if isinstance(after, ast.AugAssign):
        return f"{sign}= is the wrong operator here."
    if isinstance(after, ast.Assign) and after.value is node.value:
        return f"{sign}= keeps what {name} already holds, and this line should replace it."
    return f"{sign}= changes the array itself, which is used elsewhere as well: make a new one."


def _path(tree: ast.AST, node: ast.AST) -> list[tuple[str, int | None]]:
    """The fields and indices that lead from a tree to one of its nodes."""
    for field, value in ast.iter_fields(tree):
        for index, part in enumerate(value) if isinstance(value, list) else ((None, value),):
            if part is node:
                return [(field, index)]
            if isinstance(part, ast.AST) and (rest := _path(part, node)):
                return [(field, index), *rest]
    return []


def _of_statement(node: ast.stmt) -> Iterator[ast.AST | list[ast.stmt] | None]:
    left_out = (ast.Assign, ast.AugAssign, ast.Expr, ast.Assert)
    if isinstance(node, left_out) and not _is_docstring(node):
        yield None
    called = node.value if isinstance(node, ast.Expr) else None
    if isinstance(called, ast.Call) and ast.unparse(called.func) == "print" and called.args:
        yield ast.Return(called.args[0])
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value, lineno=node.lineno)
        if isinstance(node.target, ast.Name):
            read = ast.Name(node.target.id, ast.Load())
            value = ast.BinOp(read, node.op, node.value)
            yield ast.Assign([node.target], value, lineno=node.lineno)
        for other in (ast.Add, ast.Sub, ast.Mult):
            if not isinstance(node.op, other):
                yield ast.AugAssign(node.target, other(), node.value)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Subscript):
        yield ast.AugAssign(node.targets[0], ast.Add(), node.value)
    if isinstance(node, ast.For | ast.While):
        # A return that stands one level too deep ends the loop in its first turn.
        if isinstance(node.body[-1], ast.Return):
            loop = copy.deepcopy(node)
            last = loop.body.pop()
            loop.body = loop.body or [ast.Pass()]
            yield [loop, last]
        for k in range(len(node.body) - 1):
            loop = copy.deepcopy(node)
            loop.body[k], loop.body[k + 1] = loop.body[k + 1], loop.body[k]
            yield loop


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _of(node: ast.expr, names: Mapping[str, str]) -> Iterator[ast.expr]:
    """The expressions that may replace one."""
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    for kind, edits in EDITS.items():
        if isinstance(node, kind):
            yield from edits(node, names)


def _name(node: ast.Name, names: Mapping[str, str]) -> Iterator[ast.expr]:
    if node.id in names:
        yield from (other for other in _named(names[node.id], names) if other.id != node.id)
        if names[node.id] in NUMBERS:
            yield ast.Attribute(node, "T", ast.Load())
            yield ast.UnaryOp(ast.USub(), node)
            yield ast.BinOp(ast.Constant(1), ast.Sub(), node)
            yield ast.BinOp(node, ast.Sub(), ast.Constant(1))
            yield ast.BinOp(node, ast.Add(), ast.Constant(1))


def _named(kind: str, names: Mapping[str, str]) -> Iterator[ast.Name]:
    return (ast.Name(name, ast.Load()) for name, other in names.items() if other == kind)


def _constant(node: ast.Constant, names: Mapping[str, str]) -> Iterator[ast.expr]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        others = dict.fromkeys([value + 1, value - 1, 2 * value, 0, 1, 2, -value])
        yield from (ast.Constant(other) for other in others if other != value)
        yield from _named("number", names)
    elif isinstance(value, str):
        yield from _named("text", names)


def _operation(node: ast.BinOp, names: Mapping[str, str]) -> Iterator[ast.expr]:
    left, right, kind = node.left, node.right, type(node.op)
    yield left
    yield right
    for other in OPERATORS.get(kind, ()):
        yield ast.BinOp(left, other(), right)
    if kind in (ast.Sub, ast.Div, ast.MatMult, ast.Pow):
        yield ast.BinOp(right, node.op, left)
    if isinstance(left, ast.BinOp):  # (a + b) * c to a + (b * c)
        yield ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))
    if isinstance(right, ast.BinOp):
        yield ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
    yield ast.UnaryOp(ast.USub(), node)


def _unary(node: ast.UnaryOp, names: Mapping[str, str]) -> Iterator[ast.expr]:
    yield node.operand


def _comparison(node: ast.Compare, names: Mapping[str, str]) -> Iterator[ast.expr]:
    if len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other()], node.comparators)


def _choice(node: ast.IfExp, names: Mapping[str, str]) -> Iterator[ast.expr]:
    yield node.body
    yield node.orelse
    yield ast.IfExp(node.test, node.orelse, node.body)


def _either(node: ast.BoolOp, names: Mapping[str, str]) -> Iterator[ast.expr]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    yield from node.values


def _attribute(node: ast.Attribute, names: Mapping[str, str]) -> Iterator[ast.expr]:
    if node.attr == "T":
        yield node.value


def _subscript(node: ast.Subscript, names: Mapping[str, str]) -> Iterator[ast.expr]:
    yield node.value
    index = node.slice
    if isinstance(index, ast.Slice):
        if index.step is None and index.lower is None and index.upper is None:
            return
        yield ast.Subscript(node.value, ast.Slice(), ast.Load())
        reversed_ = ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1)))
        yield ast.Subscript(node.value, reversed_, ast.Load())


def _tuple(node: ast.Tuple, names: Mapping[str, str]) -> Iterator[ast.expr]:
    for a in range(len(node.elts)):
        for b in range(a + 1, len(node.elts)):
            elements = list(node.elts)
            elements[a], elements[b] = elements[b], elements[a]
            yield ast.Tuple(elements, ast.Load())


def _call(node: ast.Call, names: Mapping[str, str]) -> Iterator[ast.expr]:
    function = ast.unparse(node.func)
    if len(node.args) == 1:
        yield node.args[0]
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield node.func.value
    for a in range(len(node.args)):
        for b in range(a + 1, len(node.args)):
            arguments = list(node.args)
            arguments[a], arguments[b] = arguments[b], arguments[a]
            yield ast.Call(node.func, arguments, node.keywords)
    if len(node.args) == 3:
        one, two, three = node.args
        for turned in ([two, three, one], [three, one, two]):
            yield ast.Call(node.func, turned, node.keywords)
    for family in FAMILIES:
        if function in family:
            for other in family:
                if other != function:
                    yield ast.Call(ast.parse(other, mode="eval").body, node.args, node.keywords)
    if isinstance(node.func, ast.Attribute):
        for pair in METHODS:
            if node.func.attr in pair:
                other = pair[1 - pair.index(node.func.attr)]
                called = ast.Attribute(node.func.value, other, ast.Load())
                yield ast.Call(called, node.args, node.keywords)
    for number, keyword in enumerate(node.keywords):
        rest = [k for k in node.keywords if k is not keyword]
        yield ast.Call(node.func, node.args, rest)
        if keyword.arg == "axis":
            for axis in (0, 1, -1, None, (0, 1)):
                changed = list(node.keywords)
                changed[number] = ast.keyword("axis", ast.parse(repr(axis), mode="eval").body)
                yield ast.Call(node.func, node.args, changed)


EDITS: dict[type[ast.expr], Callable[..., Iterator[ast.expr]]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _comparison,
    ast.IfExp: _choice,
    ast.BoolOp: _either,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Tuple: _tuple,
    ast.Call: _call,
}
