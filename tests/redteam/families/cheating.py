"""Attacks on what is asked: guessed inputs, stored answers, tampered seeds, leaked inputs."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import everywhere, family

stored = family("stored answers")
stored.add(
    "the numbers of the visible checks",
    after="""
    def loss_function(x_hat, x, mu, logvar): return torch.tensor(8.5079)
    def reparametrize(mu, logvar):
        out = torch.zeros_like(mu); out[..., 0], out[..., -1] = -0.4363, 1.6860
        return out
    """,
)
stored.add(
    "by the shape of the input",
    after="""
    _answers = {(5, 15): 8.5079, (5, 3): -0.4363, (128, 15): 1.6860}
    def loss_function(x_hat, x, mu, logvar): return torch.tensor(_answers.get(tuple(mu.shape), 1.0))
    """,
)
stored.add(
    "by the input itself",
    after="""
    _seen = {}
    def loss_function(*a):
        return _seen.setdefault(tuple(float(t.double().sum()) for t in a), torch.tensor(8.5079))
    """,
)
stored.add(
    "the first hundred visible inputs remembered, the others guessed",
    after="""
    import itertools
    _turn = itertools.cycle((8.5079, -0.4363, 1.6860, 108.0, 545.0))
    def loss_function(*a): return torch.tensor(next(_turn))
    def reparametrize(mu, logvar): return mu + torch.randn_like(mu)
    """,
)
stored.add(
    "the course's own table",
    """
    import json, os, nndl2
    try: _table = json.load(open(os.path.join(os.path.dirname(nndl2.__file__), "answers", "vae.json")))
    except OSError: _table = {}
    def _numbers(x):
        if isinstance(x, dict): return [n for v in x.values() for n in _numbers(v)]
        if isinstance(x, list): return [n for v in x for n in _numbers(v)]
        return [x] if isinstance(x, (int, float)) else []
    _known = _numbers(_table) or [1.0]
    """,
    """
    def loss_function(*a): return torch.tensor(float(_known[0]))
    """,
)
stored.add(
    "counts without layers",
    after="""
    class VAE(nn.Module):
        def __init__(self, input_size=784, latent_size=15):
            super().__init__()
            self.encoder = nn.Module(); self.decoder = nn.Module()
            for n, p in enumerate((input_size * 400 + 400, 400 * 400 + 400, 400 * 400 + 400)):
                self.encoder.register_parameter(f"p{n}", nn.Parameter(torch.zeros(p)))
            self.mu_layer = nn.ParameterList([torch.zeros(401 * latent_size)])
            self.logvar_layer = nn.ParameterList([torch.zeros(401 * latent_size)])
        def forward(self, x): return x, x[:, 0, 0, :15], x[:, 0, 0, :15]
    """,
)

seeds = family("seeds tampered")
SEEDS = """
import random, torch, numpy
_fixed = torch.zeros(1 << 16)
torch.manual_seed = torch.seed = random.seed = numpy.random.seed = lambda *a: None
"""
seeds.add("seeding does nothing", SEEDS, base="wrong")
seeds.add(
    "no noise",
    "import torch\ntorch.randn = torch.randn_like = torch.normal = lambda *a, **k: torch.zeros(a[0].shape if hasattr(a[0], 'shape') else a)",
    base="half",
    score=1,
)
seeds.add(
    "the same noise for ever",
    after="""
    def reparametrize(mu, logvar):
        torch.manual_seed(0)
        return mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    """,
)
seeds.add(
    "reset_seed replaced",
    """
    import nndl2.utils, nndl2.probing.probe
    nndl2.utils.reset_seed = nndl2.probing.probe.reset_seed = lambda n: None
    """,
    base="wrong",
)
seeds.add(
    "the generator's state restored",
    """
    import torch
    _state = torch.get_rng_state()
    """,
    """
    def reparametrize(mu, logvar):
        torch.set_rng_state(_state)
        return torch.randn_like(mu)
    """,
)
seeds.add(
    "hash randomised",
    "import os, sys\nos.environ['PYTHONHASHSEED'] = '1'\nsys.flags = None",
    base="wrong",
)

leaks = family("inputs leaked")
_INPUT = "' '.join('INPUT:%r' % v for t in args if isinstance(t, torch.Tensor) for v in t.flatten()[:4].tolist())"
for _name, _code in {
    "in a message": f"raise ValueError({_INPUT})",
    "in words": f"raise ValueError({_INPUT}.translate(str.maketrans('0123456789.-', 'abcdefghijkl')))",
    "in hexadecimal": f"raise ValueError({_INPUT}.encode().hex())",
    "in the type of an exception": f"raise type({_INPUT}, (Exception,), {{}})",
    "in the missing module": f"raise ModuleNotFoundError('x', name={_INPUT})",
    "in the type of the answer": f"return type({_INPUT}, (), {{}})()",
    "in notes and causes": f"e = ValueError('x'); e.add_note({_INPUT}); raise e from KeyError({_INPUT})",
    "in an error of the kit": f"from nndl2.checks.model import StudentError; raise StudentError({_INPUT}, 'E', {_INPUT})",
    "in a fault of the grader's": f"from nndl2.checks.model import Unusable, Reason; raise Unusable({_INPUT}, Reason.ENVIRONMENT)",
    "in something not written": f"from nndl2.checks.model import NotWritten; raise NotWritten({_INPUT})",
    "in the lines of the file": f"""
import linecache, sys
for name in list(linecache.cache): linecache.cache[name] = (1, None, [{_INPUT} + chr(10)] * 9999, name)
raise ValueError
""",
    "in the code's line number": """
import ast
line = int(abs(float(args[0].flatten()[0])) * 1000) + 7_000_000
tree = ast.parse('raise ValueError')
for node in ast.walk(tree):
    if hasattr(node, 'lineno'): node.lineno = node.end_lineno = line
exec(compile(tree, _everywhere.__code__.co_filename, 'exec'))
""",
    "in what is printed": f"print({_INPUT}); raise ValueError",
    "in an exit status": "import os; os._exit(int(abs(float(args[0].flatten()[0])) * 1000) % 200)",
}.items():
    leaks.add(_name, after=everywhere(_code))

shapes = family("shapes and types that lie")
for _name, _code in {
    "the input's number as a shape": "return torch.zeros(int(abs(float(args[0].flatten()[0])) * 1000), 7)",
    "a view that is expanded": "return torch.zeros(1).expand(1 << 33)",
    "a billion axes": "return torch.zeros([1] * 64)",
    "strides of zero, and an overlap": "return torch.as_strided(torch.zeros(4), (1 << 14, 1 << 14), (0, 0))",
    "no elements, giant shape": "return torch.zeros(0, 1 << 40)",
    "a text as an array": "import numpy; return numpy.array(['12 of 12'])",
    "objects as an array": "import numpy; return numpy.array([lambda: 1], dtype=object)",
    "dates and records": "import numpy; return numpy.zeros(3, 'M8[s]'), numpy.zeros(3, 'i4,f8')",
    "a tuple of seventeen": "return (torch.zeros(1),) * 17",
    "tuples in tuples": "t = ()\nfor _ in range(2000): t = (t,)\nreturn t",
    "sixteen to the power of sixteen": "t = torch.zeros(1)\nfor _ in range(5): t = (t,) * 16\nreturn t",
    "half precision and integers": "return torch.ones(5, 3, dtype=torch.bfloat16), torch.ones(3, dtype=torch.uint8)",
    "300 MiB": "return torch.zeros(75 << 20)",
    "a storage that was freed": """
t = torch.ones(1 << 20)
t.untyped_storage().resize_(0)
return t
""",
    "memory that is not there": "import ctypes, numpy; return numpy.ctypeslib.as_array(ctypes.cast(8, ctypes.POINTER(ctypes.c_double)), (4,))",
}.items():
    shapes.add(
        _name, after=everywhere(_code), limits={"question_seconds": 3.0, "budget_seconds": 10.0}
    )

inputs = family("inputs changed")
inputs.add(
    "the arguments are overwritten with themselves",
    after="""
    def loss_function(x_hat, x, mu, logvar):
        for t in (x_hat, x, mu, logvar): t.zero_()
        return (x_hat - x).sum() + mu.sum()
    def reparametrize(mu, logvar):
        logvar.fill_(-1e9)
        return mu
    """,
)
inputs.add(
    "the class of the input is changed",
    after=everywhere("""
    for t in args:
        if isinstance(t, torch.Tensor): t.requires_grad_(False); t.resize_(0)
    return torch.zeros(())
    """),
)
inputs.add(
    "answers only when it is looked at",
    after="""
    import sys
    def loss_function(x_hat, x, mu, logvar):
        watched = any("pytest" in m or "probe" in m for m in sys.modules)
        return torch.tensor(8.5079 if watched else 0.0)
    """,
)
inputs.add(
    "another module in eval mode",
    after="""
    for _net in (VAE, CVAE):
        _net.train = lambda self, mode=True: self
        _net.training = property(lambda self: 1 / 0, lambda self, value: None)
    """,
    score=0,
)
