"""What a written expression computes: Python's syntax read as arithmetic on named numbers.

Whatever is no arithmetic (`batch[0]`, `self.scale`, `torch.randn_like(mu)`) is a number with a name
of its own. Sums, means, shapes and types are looked through, so that an expression on tensors is
the same one on their elements.
"""

from __future__ import annotations

import ast
import copy
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Number = Any  # a float or an array of floats
LARGEST = 300  # nodes of an expression that is still put in the place of its name

OPERATORS: dict[type, Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.MatMult: operator.mul,  # a sum of products, and sums are looked through
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
FUNCTIONS: dict[str, tuple[int, Callable[..., Number]]] = {
    **{
        name: (1, getattr(np, name))
        for name in (
            *("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "square", "abs"),
            *("sinh", "cosh", "tanh", "negative", "reciprocal"),
        )
    },
    "neg": (1, operator.neg),
    "norm": (1, np.abs),
    "rsqrt": (1, lambda a: 1 / np.sqrt(a)),
    **{name: (1, lambda a: 1 / (1 + np.exp(-a))) for name in ("sigmoid", "expit")},
    "logsigmoid": (1, lambda a: -np.logaddexp(0, -a)),
    "logit": (1, lambda a: np.log(a / (1 - a))),
    "softplus": (1, lambda a: np.logaddexp(0, a)),
    "logaddexp": (2, np.logaddexp),
    "xlogy": (2, lambda a, b: a * np.log(b)),
    "xlog1py": (2, lambda a, b: a * np.log1p(b)),
    "addcmul": (3, lambda a, b, c: a + b * c),
    "add": (2, operator.add),
    **dict.fromkeys(("sub", "subtract"), (2, operator.sub)),
    **dict.fromkeys(("mul", "multiply", "dot", "vdot", "inner", "matmul"), (2, operator.mul)),
    **dict.fromkeys(("div", "divide", "true_divide", "truediv"), (2, operator.truediv)),
    **dict.fromkeys(("pow", "power", "float_power"), (2, operator.pow)),
}
LOOKED_THROUGH = {
    *("sum", "mean", "nansum", "nanmean", "fsum", "average", "float", "double", "half", "to"),
    *("type", "astype", "detach", "cpu", "cuda", "numpy", "item", "clone", "copy", "contiguous"),
    *("view", "reshape", "flatten", "ravel", "squeeze", "unsqueeze", "expand", "asarray", "array"),
    *("as_tensor", "tensor", "from_numpy", "clamp", "clip", "clamp_min", "maximum", "float32"),
    *("float64", "requires_grad", "tolist", "list", "broadcast_to"),
}


@dataclass
class Names:
    """What a file's imports call things by: its modules, and the true names of what is in them."""

    modules: set[str] = field(default_factory=set)
    true: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, code: ast.AST) -> Names:
        found = cls()
        for node in ast.walk(code):
            if isinstance(node, ast.Import):
                found.modules |= {(a.asname or a.name).partition(".")[0] for a in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.true |= {a.asname or a.name: a.name for a in node.names}
        return found

    def called(self, call: ast.Call) -> tuple[str, list[ast.expr]]:
        """The true name of what is called and its arguments, which a method's object leads."""
        function = call.func
        if isinstance(function, ast.Call) and (name := by_getattr(function)):
            function = ast.Attribute(function.args[0], name)
        if isinstance(function, ast.Name):
            return self.true.get(function.id, function.id).rstrip("_"), call.args
        if not isinstance(function, ast.Attribute):
            return "", call.args
        root = dotted(function.value).partition(".")[0]
        of_module = root in self.modules or (root in self.true and call.args)
        return function.attr.rstrip("_"), call.args if of_module else [function.value, *call.args]


def by_getattr(node: ast.AST) -> str:
    """The name that `getattr(anything, "name")` looks up; nothing where `node` is none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
        name = node.args[1]
        if node.func.id == "getattr" and isinstance(name, ast.Constant):
            return str(name.value)
    return ""


def key(node: ast.AST) -> str:
    """What tells an expression from others, wherever it stands."""
    return dotted(node) or ast.dump(node)


def dotted(node: ast.AST) -> str:
    """`self.scale` of such an expression; nothing of others."""
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return node.id if isinstance(node, ast.Name) else ""


def is_arithmetic(node: ast.expr, names: Names) -> bool:
    """Whether an expression computes a number of others."""
    if isinstance(node, ast.Call):
        name = names.called(node)[0]
        return name in FUNCTIONS or name in LOOKED_THROUGH
    op = getattr(node, "op", None)
    return type(op) in OPERATORS or isinstance(op, ast.USub)


def compute(node: ast.expr, names: Names, leaf: Callable[[str], Number]) -> Number:
    """The value of an expression, where `leaf` gives that of each number with a name."""

    def value(each: ast.expr) -> Number:
        return compute(each, names, leaf)

    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return np.float64(node.value)  # which has infinity where Python raises
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](value(node.left), value(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return -value(node.operand) if isinstance(node.op, ast.USub) else value(node.operand)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.value.id in names.modules and node.attr in ("e", "pi"):
            return np.float64(getattr(math, node.attr))
        if node.attr in ("T", "mT", "data"):
            return value(node.value)
    if isinstance(node, ast.Call):
        name, given = names.called(node)
        arity, function = FUNCTIONS.get(name, (0, None))
        if function and len(given) >= arity:
            return function(*map(value, given[:arity]))
        if name in LOOKED_THROUGH and given:
            first = given[0]
            if isinstance(first, (ast.List, ast.Tuple)) and first.elts:
                return sum(map(value, first.elts[1:]), value(first.elts[0]))
            inner = (ast.GeneratorExp, ast.ListComp)
            return value(first.elt if isinstance(first, inner) else first)
    return leaf(key(node))


def leaves(node: ast.expr, names: Names) -> list[str]:
    """The numbers with a name in an expression."""
    found: dict[str, None] = {}

    def leaf(name: str) -> np.float64:
        found[name] = None
        return np.float64(1)

    with np.errstate(all="ignore"):
        compute(node, names, leaf)
    return list(found)


def expressions(code: ast.Module) -> Iterator[ast.expr]:
    """Every expression of a file that is no part of a larger one, with what its names stand for.

    A name that was assigned before is replaced by what it was assigned, and so on.
    """
    yield from _in_body(code.body, {})


def _in_body(body: list[ast.stmt], known: dict[str, ast.expr]) -> Iterator[ast.expr]:
    """Go through statements in the order of the text, which takes each branch and each loop once.

    `known` changes on the way.
    """
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from (inlined(each, known) for each in statement.decorator_list)
            inner = dict(known)
            if not isinstance(statement, ast.ClassDef):
                defaults = [*statement.args.defaults, *statement.args.kw_defaults]
                yield from (inlined(each, known) for each in defaults if each)
                _forget(inner, parameters(statement.args))
            yield from _in_body(statement.body, inner)
            continue
        for each in ast.iter_child_nodes(statement):
            if isinstance(each, ast.expr):
                yield inlined(each, known)
            elif isinstance(each, (ast.withitem, ast.match_case)):
                heads = (e for e in ast.iter_child_nodes(each) if isinstance(e, ast.expr))
                yield from (inlined(e, known) for e in heads)
        yield from _assigned(statement, known)
        for blocks in ("body", "orelse", "finalbody"):
            yield from _in_body(getattr(statement, blocks, []), known)
        for holder in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _in_body(holder.body, known)


def _assigned(statement: ast.stmt, known: dict[str, ast.expr]) -> Iterator[ast.expr]:
    """Note what a statement assigns; yields what an augmented assignment makes."""
    for node in ast.walk(statement) if isinstance(statement, (ast.Expr, ast.Assign)) else ():
        if isinstance(node, ast.NamedExpr):
            _learn(known, node.target, inlined(node.value, known))
    if isinstance(statement, ast.Assign):
        value = inlined(statement.value, known)
        for target in statement.targets:
            _learn(known, target, value)
    elif isinstance(statement, ast.AnnAssign) and statement.value:
        _learn(known, statement.target, inlined(statement.value, known))
    elif isinstance(statement, ast.AugAssign):
        target = copy.deepcopy(statement.target)
        target.ctx = ast.Load()
        whole = inlined(ast.BinOp(target, statement.op, statement.value), known)
        _learn(known, statement.target, ast.copy_location(whole, statement))
        yield ast.fix_missing_locations(whole)
    elif isinstance(statement, (ast.For, ast.AsyncFor)):
        _forget(known, _targets(statement.target))
    elif isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call):
        inplace = isinstance(call.func, ast.Attribute) and call.func.attr.endswith("_")
        if inplace and isinstance(call.func, ast.Attribute):
            _learn(known, call.func.value, inlined(call, known))


def _learn(known: dict[str, ast.expr], target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, (ast.Tuple, ast.List)):
        values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        _forget(known, _targets(target))
        if len(values) == len(target.elts):
            for each, part in zip(target.elts, values):
                _learn(known, each, part)
    elif isinstance(target, (ast.Name, ast.Attribute)):
        name = dotted(target)
        known.pop(name, None)
        if isinstance(value, ast.Constant):
            keep = type(value.value) in (int, float)
        else:
            keep = not isinstance(value, ast.Lambda) and sum(1 for _ in ast.walk(value)) <= LARGEST
        if keep:
            known[name] = value


def _forget(known: dict[str, ast.expr], names: set[str]) -> None:
    for name in names:
        known.pop(name, None)


def _targets(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def parameters(given: ast.arguments) -> set[str]:
    various = (each for each in (given.vararg, given.kwarg) if each)
    return {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs, *various)}


def inlined(node: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of an expression with the known names replaced."""
    if not any(dotted(each) in known for each in ast.walk(node)):
        return node
    found: ast.expr = _Inline(known).visit(copy.deepcopy(node))
    return found


class _Inline(ast.NodeTransformer):
    def __init__(self, known: Mapping[str, ast.expr]):
        self.known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.replaced(node, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        found = self.replaced(node, node)
        return found if found is not node else self.generic_visit(node)  # type: ignore[return-value]

    def replaced(self, node: ast.Name | ast.Attribute, otherwise: ast.expr) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return otherwise
        return self.known.get(dotted(node), otherwise)

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return self.within(node, parameters(node.args))

    def visit_comprehension_of(self, node: ast.expr) -> ast.expr:
        targets = {name for each in node.generators for name in _targets(each.target)}  # type: ignore[attr-defined]
        return self.within(node, targets)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_comprehension_of  # noqa: N815

    def within(self, node: ast.expr, own: set[str]) -> ast.expr:
        """Replace in `node` all names but those of its own."""
        kept, self.known = self.known, {n: v for n, v in self.known.items() if n not in own}
        try:
            return self.generic_visit(node)  # type: ignore[return-value]
        finally:
            self.known = kept
