"""Attacks on whoever compares: test runners, comparers, objects that equal everything."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import everywhere, family

runner = family("test runner patched", base="wrong")
runner.add(
    "reports say passed",
    """
    from _pytest.reports import TestReport
    _make = TestReport.from_item_and_call.__func__
    def _passed(cls, item, call):
        report = _make(cls, item, call)
        report.outcome, report.longrepr = "passed", None
        return report
    TestReport.from_item_and_call = classmethod(_passed)
    """,
)
runner.add(
    "tests are not run",
    "import _pytest.python\n_pytest.python.Function.runtest = lambda self: None",
)
runner.add(
    "call_and_report without a call",
    """
    import _pytest.runner
    _pytest.runner.pytest_runtest_call = lambda item: None
    import gc
    for _each in gc.get_objects():
        if type(_each).__name__ == "HookImpl" and _each.function.__name__ == "pytest_runtest_call":
            _each.function = lambda item: (yield) if _each.wrapper else None
        if type(_each).__name__ == "Function":
            type(_each).runtest = lambda self: None
    """,
)
runner.add(
    "leave with code 0", after=everywhere("import pytest; pytest.exit('done', returncode=0)")
)
runner.add("skip every test", after=everywhere("import unittest; raise unittest.SkipTest('later')"))
runner.add(
    "skip the module",
    "import pytest\npytest.skip('not today', allow_module_level=True)",
    score=0,
)
runner.add(
    "expected to fail",
    after=everywhere("import pytest; pytest.xfail('known')"),
)
runner.add(
    "unittest outcomes",
    """
    import unittest.case as _case
    _case.TestCase.assertTrue = _case.TestCase.assertEqual = lambda *a, **k: None
    _case._Outcome.success = property(lambda self: True, lambda self, value: None)
    """,
)
runner.add(
    "the kit's runner, should it be there",
    """
    import sys
    for _name in ("nndl2.checks.run", "nndl2.checks.compare", "nndl2.checks.model"):
        _module = sys.modules.get(_name) or __import__(_name, fromlist=["x"])
        for _key, _value in list(vars(_module).items()):
            if callable(_value) and _key in ("close", "expect_close", "expect_shape", "as_array"):
                setattr(_module, _key, lambda *a, **k: True)
    import nndl2.checks.model as _model
    _model.Report.score = property(lambda self: 12.0)
    _model.Report.earned = lambda self, part: 12.0
    _model.Verdict.passed = property(lambda self: True)
    """,
)

comparer = family("comparer patched", base="wrong")
comparer.add("torch.allclose", "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True")
comparer.add(
    "torch.testing and numpy.testing",
    """
    import torch, numpy
    import torch.testing, numpy.testing
    torch.testing.assert_close = numpy.testing.assert_allclose = lambda *a, **k: None
    numpy.testing.assert_array_equal = numpy.testing.assert_almost_equal = lambda *a, **k: None
    numpy.allclose = numpy.isclose = numpy.array_equal = lambda *a, **k: True
    """,
)
comparer.add(
    "numbers without difference",
    """
    import torch
    torch.Tensor.__sub__ = torch.Tensor.__rsub__ = lambda a, b: torch.zeros(())
    torch.Tensor.__eq__ = torch.Tensor.__lt__ = torch.Tensor.__le__ = lambda a, b: True
    """,
)
comparer.add(
    "both of them",
    """
    import torch
    torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
    torch.Tensor.__lt__ = torch.Tensor.__le__ = torch.Tensor.__eq__ = lambda a, b: True
    """,
)
comparer.add(
    "builtins",
    """
    import builtins
    builtins.all = builtins.any = lambda *a: True
    builtins.abs = lambda x: 0.0
    builtins.isinstance = lambda *a: True
    """,
    score=0,
)
comparer.add(
    "math.isclose",
    "import math\nmath.isclose = lambda *a, **k: True\nmath.isnan = lambda x: False",
)
comparer.add(
    "assert without effect",
    """
    import builtins, sys
    class _Never(Exception):
        def __new__(cls, *a): return super().__new__(cls)
    builtins.AssertionError = _Never
    try:
        from IPython import get_ipython
        import ast
        class _Drop(ast.NodeTransformer):
            def visit_Assert(self, node): return ast.Pass()
        get_ipython().ast_transformers.append(_Drop())
    except Exception:
        pass
    """,
)

equal = family("always equal", base="wrong")
EQUAL = """
class _Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __eq__
    def __bool__(self): return True
    def __hash__(self): return 0
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __iter__(self): return iter((self, self, self))
    def __len__(self): return 3
    def __abs__(self): return self
    def __add__(self, other): return self
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __getitem__ = __add__
    def __float__(self): return 0.0
    def __index__(self): return 1
"""
equal.add("an object", EQUAL, everywhere("return _Equal()"))
equal.add("three objects", EQUAL, everywhere("return _Equal(), _Equal(), _Equal()"))
equal.add(
    "as a float",
    EQUAL.replace("class _Equal:", "class _Equal(float):").replace(
        "    def __getattr__(self, name): return self\n", ""
    ),
    everywhere("return _Equal(1)"),
)
equal.add(
    "a NumPy number (Evil2)",
    """
    import numpy
    class _Evil(numpy.float64):
        def __eq__(self, other): return True
        __le__ = __lt__ = __ge__ = __gt__ = __eq__
        def __sub__(self, other): return _Evil(0)
        __rsub__ = __sub__
    """,
    everywhere("return _Evil(1)"),
)
equal.add(
    "layers that equal everything",
    EQUAL,
    """
    class VAE(nn.Module):
        def __init__(self, *a, **k):
            super().__init__()
        def __getattr__(self, name): return _Equal()
    CVAE = VAE
    """,
    score=0,
)
equal.add(
    "an int that says it is all sizes",
    """
    class _Size(int):
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        __hash__ = int.__hash__
    """,
    everywhere("return _Size(1)"),
)

subclass = family("tensor subclass", base="wrong")
TORCH_FUNCTION = """
import torch
class _Agree(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in ("allclose", "equal", "isclose", "__eq__", "eq", "__lt__", "lt", "__bool__", "all"):
            return True
        if name in ("__sub__", "sub", "rsub", "__rsub__"):
            return torch.zeros(())
        return super().__torch_function__(function, types, args, kwargs or {})
"""
subclass.add(
    "__torch_function__",
    TORCH_FUNCTION,
    everywhere("return torch.zeros_like(args[-1]).as_subclass(_Agree)"),
)
subclass.add(
    "__torch_function__ on the arguments",
    TORCH_FUNCTION,
    everywhere("args[-1].__class__ = _Agree; return args[-1]"),
)
subclass.add(
    "numpy and detach lie",
    """
    import torch, numpy
    class _Lie(torch.Tensor):
        def numpy(self, *a, **k): return numpy.full((1,), numpy.nan, dtype=object)
        def detach(self): return self
        def cpu(self): return self
        def contiguous(self): return self
        def resolve_conj(self): return self
        resolve_neg = resolve_conj
        shape = (5, 3)
        layout = torch.strided
    """,
    everywhere("return torch.zeros_like(args[-1]).as_subclass(_Lie)"),
)
subclass.add(
    "a NumPy array that equals all",
    """
    import numpy
    class _Array(numpy.ndarray):
        def __array_ufunc__(self, *a, **k): return numpy.True_
        def __array_function__(self, *a, **k): return True
        def __eq__(self, other): return numpy.True_
        def copy(self, *a): return self
        def astype(self, *a, **k): return self
    """,
    everywhere("return numpy.zeros(tuple(args[-1].shape)).view(_Array)"),
)
subclass.add(
    "__array__ and __array_interface__",
    """
    class _Fake:
        __array_interface__ = {"shape": (1 << 40,), "typestr": "<f8", "data": (8, False), "version": 3}
        def __array__(self, *a, **k): raise MemoryError
    """,
    everywhere("return _Fake()"),
)
subclass.add(
    "a torch function mode that stays",
    """
    import torch
    from torch.overrides import TorchFunctionMode
    class _Mode(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            if getattr(function, "__name__", "") in ("allclose", "equal", "isclose"):
                return True
            return function(*args, **(kwargs or {}))
    _mode = _Mode()
    _mode.__enter__()
    """,
)
subclass.add(
    "complex, sparse, quantized, meta and nested tensors",
    after="""
    def reparametrize(mu, logvar):
        return (mu * 1j).conj()
    def loss_function(*a):
        return torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    def _forward(self, *a):
        return torch.empty(2, device="meta"), torch.eye(3).to_sparse(), torch.ones(2).bool()
    VAE.forward = CVAE.forward = _forward
    """,
)

nan = family("not a number")
nan.add(
    "NaN in the right shape",
    after="""
    def loss_function(x_hat, x, mu, logvar): return torch.full((), float("nan"))
    def reparametrize(mu, logvar): return torch.full_like(mu, float("nan"))
    """,
)
nan.add(
    "infinity",
    after="""
    def loss_function(x_hat, x, mu, logvar): return torch.full((), float("inf"))
    def reparametrize(mu, logvar): return mu - float("inf")
    """,
)
nan.add(
    "NaN everywhere in the networks",
    after="""
    for _net in (VAE, CVAE):
        _init = _net.__init__
        def _nan(self, *a, _init=_init, **k):
            _init(self, *a, **k)
            for p in self.parameters(): p.data.fill_(float("nan"))
        _net.__init__ = _nan
    """,
    base="wrong",
    score=0,
)
nan.add(
    "the largest numbers there are",
    after="""
    def loss_function(x_hat, x, mu, logvar): return torch.full((), 1.7e308, dtype=torch.float64)
    def reparametrize(mu, logvar): return torch.full_like(mu, 3.4e38)
    """,
)
