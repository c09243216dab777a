"""Mutants of a Python source: small changes, most of which make a right program wrong.

mutmut supplies the operators of any Python program; those below know PyTorch. Both have the same
form: a type of syntax node, and a function from a node to what could stand in its place.
"""

from __future__ import annotations

import ast
import itertools
import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import libcst as cst
import libcst.matchers as m
from libcst.metadata import (
    ByteSpanPositionProvider,
    ExpressionContext,
    ExpressionContextProvider,
    MetadataWrapper,
)
from mutmut.mutation.mutators import mutation_operators

from autograder import parsing

Operator: TypeAlias = tuple[type[Any], Callable[[Any], Iterable[cst.CSTNode]]]
ALIKE = {
    "ReLU": ("LeakyReLU", "GELU", "ReLU6", "Tanh"),
    "Sigmoid": ("Hardsigmoid", "Tanh", "ReLU"),
    "Linear": ("Identity",),
    "randn_like": ("rand_like", "zeros_like", "ones_like"),
    "exp": ("exp2", "expm1", "log", "sqrt", "sigmoid"),
    "sum": ("mean", "max", "prod"),
    "cat": ("stack",),
    "binary_cross_entropy": ("binary_cross_entropy_with_logits", "mse_loss", "l1_loss"),
    '"sum"': ('"mean"', '"none"'),
}
ONE_WAY = (cst.Subtract, cst.Divide, cst.Power)
IN_PLACE = {cst.Add: "add_", cst.Subtract: "sub_", cst.Multiply: "mul_", cst.Power: "pow_"}
NO_BIAS = cst.ensure_type(cst.parse_expression("f(bias=False)"), cst.Call).args[0]
LAYER = m.Call(m.Attribute(m.Name("nn")))
BUILT_IN = m.Call(m.Name("len") | m.Name("super"))
COMMENT = re.compile(r"\s+#.*")
SAID = m.Expr(m.Call(m.Name("print"))) | m.Expr(m.SimpleString()) | m.Annotation()


@dataclass(frozen=True)
class Mutant:
    """A changed source: in `scope` ("VAE.forward") the text `before` became `after` at `line`."""

    operator: str
    scope: str
    line: int
    before: str
    after: str
    source: str = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What stays the same when lines are added elsewhere."""
        return self.operator, self.scope, self.before, self.after


def mutants(source: str) -> tuple[list[Mutant], Mapping[str, int]]:
    """The mutants of `source`, and how many are left out and why: no Python, or made before.

    A mutant differs in one statement of the module, a class or a function: only that is compared.
    """
    wrapper = MetadataWrapper(cst.parse_module(source))
    spans = wrapper.resolve(ByteSpanPositionProvider)
    maker, original = _Maker(), source.encode()
    wrapper.visit(maker)
    starts = [spans[statement].start for statement in wrapper.module.body]
    parts = {a: original[a:b] for a, b in zip(starts, [*starts[1:], len(original)])}
    seen = {(start, _dumped(part)) for start, part in parts.items()}
    left_out = {"no Python": 0, "the same as the original or another": 0}
    made = []
    for operator, scope, node, changed in maker.changes:
        span, new = spans[node], wrapper.module.code_for_node(_bare(changed, node)).encode()
        start = starts[bisect(starts, span.start) - 1]
        part, begin = parts[start], span.start - start
        mutated = part[:begin] + new + part[begin + span.length :]
        try:
            key = start, _dumped(mutated)
        except SyntaxError:
            left_out["no Python"] += 1
            continue
        if key in seen:
            left_out["the same as the original or another"] += 1
            continue
        seen.add(key)
        line, before, after = _difference(part.decode(), mutated.decode())
        line += original.count(b"\n", 0, start)
        text = (original[:start] + mutated + original[start + len(part) :]).decode()
        made.append(Mutant(operator, scope, line, before, after, text))
    return made, left_out


def _dumped(code: bytes) -> str:
    return ast.dump(parsing.tree(code.decode()))


def alike(node: cst.Name | cst.SimpleString) -> Iterator[cst.CSTNode]:
    """Another layer, function or option that is easily taken for this one."""
    for value in ALIKE.get(node.value, ()):
        yield node.with_changes(value=value)


def one_less(node: cst.Integer | cst.Float) -> Iterator[cst.CSTNode]:
    """The number below; mutmut makes the one above."""
    yield cst.parse_expression(repr(ast.literal_eval(node.value) - 1))


def operand_dropped(node: cst.BinaryOperation) -> Iterator[cst.CSTNode]:
    """One side of an operation alone."""
    yield from (node.left, node.right)


def operands_swapped(node: cst.BinaryOperation) -> Iterator[cst.CSTNode]:
    """The two sides of an operation in the other order."""
    if isinstance(node.operator, ONE_WAY):
        yield node.with_changes(left=_bracketed(node.right), right=_bracketed(node.left))


def in_place(node: cst.BinaryOperation) -> Iterator[cst.CSTNode]:
    """The operation that changes the variable on its left side."""
    method = IN_PLACE.get(type(node.operator))
    if method and isinstance(node.left, cst.Name):
        yield cst.Call(cst.Attribute(node.left, cst.Name(method)), [cst.Arg(node.right)])


def not_called(node: cst.Call) -> Iterator[cst.CSTNode]:
    """What goes into a call in place of what comes out."""
    if node.args and not node.args[0].star:
        yield _bracketed(node.args[0].value)


def neighbours_swapped(node: cst.Call | cst.Tuple | cst.List) -> Iterator[cst.CSTNode]:
    """Two arguments or elements that follow each other, in the other order."""
    name = "args" if isinstance(node, cst.Call) else "elements"
    found = getattr(node, name)
    for i, (first, second) in enumerate(itertools.pairwise(found)):
        if not getattr(first, "keyword", None) and not getattr(second, "keyword", None):
            pair = first.with_changes(value=second.value), second.with_changes(value=first.value)
            yield node.with_changes(**{name: [*found[:i], *pair, *found[i + 2 :]]})


def without_bias(node: cst.Call) -> Iterator[cst.CSTNode]:
    """A linear layer that adds nothing to its products."""
    if m.matches(node.func, m.Attribute(attr=m.Name("Linear"))):
        yield node.with_changes(args=[*node.args, NO_BIAS])


def dropout_added(node: cst.Call) -> Iterator[cst.CSTNode]:
    """An activation that drops some of what comes out of it while the network trains."""
    if m.matches(node.func, m.Attribute(attr=m.Name("ReLU"))):
        dropout = cst.parse_expression("nn.Dropout(0.1)")
        yield cst.Call(cst.parse_expression("nn.Sequential"), [cst.Arg(node), cst.Arg(dropout)])


def first_for_all(node: cst.Call) -> Iterator[cst.CSTNode]:
    """A call that sees the first row, or column, of an argument and not all of them."""
    if m.matches(node, LAYER | BUILT_IN):
        return
    for i, arg in enumerate(node.args):
        for part in ("[:1]", "[:, :1]") if m.matches(arg.value, m.Name()) else ():
            value = cst.parse_expression(f"{cst.ensure_type(arg.value, cst.Name).value}{part}")
            args = [*node.args[:i], arg.with_changes(value=value), *node.args[i + 1 :]]
            yield node.with_changes(args=args)


def detached(node: cst.Assign) -> Iterator[cst.CSTNode]:
    """A value that no gradient passes through."""
    if isinstance(node.value, (cst.Call, cst.BinaryOperation)) and not m.matches(node.value, LAYER):
        changed = cst.Call(cst.Attribute(_bracketed(node.value), cst.Name("detach")))
        yield node.with_changes(value=changed)


def statement_removed(node: cst.Expr) -> Iterator[cst.CSTNode]:
    """Nothing in place of a call whose value nobody takes."""
    yield cst.Pass()


OURS: list[Operator] = [
    (cst.Name, alike),
    (cst.SimpleString, alike),
    (cst.BaseNumber, one_less),
    (cst.BinaryOperation, operand_dropped),
    (cst.BinaryOperation, operands_swapped),
    (cst.BinaryOperation, in_place),
    (cst.Call, not_called),
    (cst.Call, neighbours_swapped),
    (cst.Tuple, neighbours_swapped),
    (cst.List, neighbours_swapped),
    (cst.Call, without_bias),
    (cst.Call, dropout_added),
    (cst.Call, first_for_all),
    (cst.Assign, detached),
    (cst.Expr, statement_removed),
]


class _Maker(cst.CSTVisitor):
    """Tries every operator on every node of code; notes (operator, scope, node, replacement)."""

    METADATA_DEPENDENCIES = (ExpressionContextProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[str, str, cst.CSTNode, cst.CSTNode]] = []
        self.scope: list[str] = []
        self.variables: list[str] = []
        self.attributes: list[str] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if m.matches(node, SAID):
            return False
        if isinstance(node, (cst.ClassDef, cst.FunctionDef)):
            self.scope.append(node.name.value)
        if isinstance(node, cst.ClassDef):
            self.attributes = []
        if isinstance(node, cst.FunctionDef):
            self.variables = [p.name.value for p in node.params.params if p.name.value != "self"]
        for kind, operator in (*mutation_operators, *OURS):
            if isinstance(node, kind):
                self._note(operator.__name__.replace("operator_", "mutmut "), node, operator(node))
        self._note("variable_replaced", node, self._others(node))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, (cst.ClassDef, cst.FunctionDef)):
            self.scope.pop()
        if isinstance(original_node, cst.Assign):
            if m.matches(original_node.value, m.Name("None")):
                return
            for target in (t.target for t in original_node.targets):
                if isinstance(target, cst.Name) and target.value not in self.variables:
                    self.variables.append(target.value)
                if isinstance(target, cst.Attribute) and target.attr.value not in self.attributes:
                    self.attributes.append(target.attr.value)

    def _note(self, name: str, node: cst.CSTNode, made: Iterable[cst.CSTNode]) -> None:
        self.changes += [(name, ".".join(self.scope), node, changed) for changed in made]

    def _others(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The variables of a function, or attributes of self, made just before and after one."""
        if self.get_metadata(ExpressionContextProvider, node, None) is not ExpressionContext.LOAD:
            return
        if isinstance(node, cst.Name):
            yield from map(cst.Name, _beside(self.variables, node.value))
        if m.matches(node, m.Attribute(m.Name("self"))):
            for name in _beside(self.attributes, cst.ensure_type(node, cst.Attribute).attr.value):
                yield node.with_changes(attr=cst.Name(name))


def _beside(names: list[str], name: str) -> list[str]:
    if name not in names:
        return []
    i = names.index(name)
    return names[max(i - 1, 0) : i] + names[i + 1 : i + 2]


def _bracketed(node: cst.BaseExpression) -> cst.BaseExpression:
    if node.lpar or not isinstance(node, (cst.BinaryOperation, cst.UnaryOperation)):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _bare(changed: cst.CSTNode, node: cst.CSTNode) -> cst.CSTNode:
    """`changed` without brackets where `node` has some, which are not part of its span."""
    if getattr(node, "lpar", ()) and getattr(changed, "lpar", ()):
        return changed.with_changes(lpar=(), rpar=())
    return changed


def _difference(old: str, new: str) -> tuple[int, str, str]:
    """The number of the first line that differs, and what differs from there on, in one line.

    Comments and indentation do not count.
    """
    a, b = ([COMMENT.sub("", line).strip() for line in s.split("\n")] for s in (old, new))
    shorter = min(len(a), len(b))
    head = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    tail = next((i for i in range(shorter - head) if a[-1 - i] != b[-1 - i]), shorter - head)
    before, after = a[head : len(a) - tail], b[head : len(b) - tail]
    return head + 1, " ".join(before), " ".join(after)
