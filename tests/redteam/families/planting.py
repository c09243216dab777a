"""Attacks on values and weights: answers that lie about what they hold, parameters that fight back.

No check of the first assignment puts weights; `test_redteam` asks these files to, beside grading.
"""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from textwrap import dedent

from redteam.attack import SHORT, everywhere, family
from redteam.families.protocol import FORGE

PLANTED = "weights that are put"

values = family("values that lie")
for _name, _body in {
    "a dict whose length and items are made up": """
        class _Dict(dict):
            def __len__(self): return -1
            def items(self): return iter(lambda: ("x_hat", torch.zeros(1)), 0)
            keys = values = __iter__ = items
        return _Dict(x_hat=torch.zeros(1), mu=None)
    """,
    "a text whose every method runs code": """
        class _Text(str):
            def __getattribute__(self, name): raise SystemExit(name)
            def __str__(self): return "\\x1b[2J" * 10**7
            __repr__ = __iter__ = __len__ = __getitem__ = __hash__ = __eq__ = __str__
        return _Text("8.5079")
    """,
    "a named tuple whose fields are properties that raise": """
        import collections
        class _Out(collections.namedtuple("_Out", "x_hat mu logvar")):
            x_hat = mu = logvar = property(lambda self: 1 / 0)
            def __iter__(self): raise GeneratorExit
            def __getitem__(self, i): raise KeyboardInterrupt
        return _Out(torch.zeros(1), torch.zeros(1), torch.zeros(1))
    """,
    "one container deeper than the bound": """
        value = torch.zeros(())
        for turn in range(7): value = [value] if turn % 2 else {"": (value,)}
        return value
    """,
    "a list that holds itself twice": """
        itself = []; itself += [itself, {"a": itself}]
        return itself
    """,
    "a list that grows while it is read": """
        out = []
        class _More(torch.Tensor):
            def detach(self): out.extend([self] * 3); return torch.zeros(1)
        out.append(torch.zeros(1).as_subclass(_More))
        return out
    """,
    "a tensor that takes no room": """
        class _Light(torch.Tensor):
            def numel(self): return -10**15
            element_size = numel
            requires_grad = True
        return [torch.zeros(1 << 20).as_subclass(_Light)] * 60
    """,
    "a tensor that is no tensor when it is asked for its graph": """
        class _Two(torch.Tensor):
            @property
            def requires_grad(self): raise MemoryError("no memory")
        return torch.zeros(1).as_subclass(_Two)
    """,
    "classes that say they are dicts and tensors": """
        class _Says:
            kind = dict
            __class__ = property(lambda self: type(self).kind)
        class _Tensor(_Says): kind = torch.Tensor
        class _Text(_Says): kind = str
        class _Float(_Says): kind = float
        return [_Tensor()], {"a": _Text()}, _Float(), _Says()
    """,
    "keys that are one key when they are cleaned": """
        return {"a" + "\\u202e" * n: torch.tensor(8.5079) for n in range(50)} | {"\\ud800": "\\x00" * 300}
    """,
    "texts that fill the header": """
        return {("k" * 199) + chr(0x1F600 + n): "\\U0001F600" * 400 for n in range(150)}
    """,
    "an integer of a million digits and a float that is none": """
        class _Float(float):
            def __float__(self): return 1 / 0
            __array__ = __index__ = __float__
        return (1 << 3_000_000), _Float("nan"), True
    """,
}.items():
    values.add(_name, after=everywhere(_body))
values.add(
    "ten million keys",
    after="_MANY = dict.fromkeys(range(10_000_000))\n" + everywhere("return _MANY"),
    alone=True,
)
values.add(
    "arguments kept and changed while they are read",
    after="""
    import threading
    _kept = []
    def _stir():
        while True:
            for x in list(_kept[-40:]):
                try: x.resize_(0) if x.numel() % 2 else x.add_(1)
                except Exception: pass
    threading.Thread(target=_stir, daemon=True).start()
    def _keeper(*a): _kept.extend(a); return {"a": a, "again": list(a)}
    reparametrize = loss_function = _keeper
    """,
)
values.add(
    "loaders without end",
    after="""
    import nndl2.probing.taking as _t
    _t.Loader.__iter__ = lambda self: iter(int, 1)
    reparametrize = loss_function = lambda *a: _t.Loader([(x,) for x in a])
    """,
    limits=SHORT,
)

marks = family("frames of values")
for _name, _bytes in {
    "a number with axes": "_answer({'array': 0, 'number': True}, [['<f8', [2]]], bytes(16))",
    "a number with a graph": "_answer({'array': 0, 'number': True, 'graph': True}, [['<f8', []]], bytes(8))",
    "a mark that says pass": "_answer({'array': 0, 'pass': True}, [['<f8', []]], bytes(8))",
    "a dict that is an object": "_answer({'dict': {'x_hat': None}}, [])",
    "pairs of three": "_answer({'dict': [['a', None, True]]}, [])",
    "a dict in dicts, a hundred deep": "_frame(b'{\"number\": %d, \"arrays\": [], \"value\": ' % _number() + b'{\"dict\": [[\"a\", ' * 100 + b'null' + b']]}' * 100 + b'}')",
    "a key twice": "_answer({'dict': [['a', None], ['a', None]]}, [])",
    "one array, four thousand times": "_answer([{'array': 0}] * 4000, [['|u1', [1 << 20]]], bytes(1 << 20))",
    "a text that is a list": "_answer({'text': ['x_hat'] * 9}, [])",
    "put instead of a value": "_frame({'number': _number(), 'put': True, 'by': [['a', {'dict': []}]], 'arrays': []})",
}.items():
    marks.add(_name, FORGE, everywhere(f"os.write(3, {_bytes})\nreturn torch.zeros(())"))

planted = family(PLANTED)
BROKEN = {
    "all weights are views of one number",
    "weights that overlap each other",
    "weights that say they are not there yet",
}
_MADE = """
def _made(change):
    for cls in (VAE, CVAE):
        def begin(self, *a, _begin=cls.__init__, **k):
            _begin(self, *a, **k)
            change(self)
        cls.__init__ = begin
"""
for _name, _body in {
    "copy_ and data end the process": """
        class _Hard(nn.Parameter):
            def copy_(self, *a): os._exit(0)
            data = shape = property(copy_, copy_)
        def _change(net): net.mu_layer._parameters["weight"] = _Hard(torch.zeros(20, 400))
    """,
    "every torch function of a parameter ends the process": """
        class _Hard(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None): os._exit(0)
        def _change(net): net.mu_layer._parameters["weight"] = torch.zeros(20, 400).as_subclass(_Hard)
    """,
    "parameters that grow while they are listed": """
        class _Grows(dict):
            def items(self):
                while True:
                    self[f"p{len(self)}"] = nn.Parameter(torch.zeros(1))
                    yield list(dict.items(self))[-1]
        def _change(net): net.mu_layer._parameters = _Grows(net.mu_layer._parameters)
    """,
    "modules that have modules without end": """
        class _Deep(nn.Module):
            @property
            def _modules(self): return {"more": _Deep()}
            @_modules.setter
            def _modules(self, value): pass
        def _change(net): net._modules["deep"] = _Deep()
    """,
    "all weights are views of one number": """
        def _change(net):
            flat = torch.zeros(1)
            for m in net.modules():
                for n, p in m.named_parameters(recurse=False): m._parameters[n] = nn.Parameter(flat.expand(p.shape))
    """,
    "weights that overlap each other": """
        def _change(net):
            flat = torch.zeros(2_000_000)
            for m in net.modules():
                for n, p in m.named_parameters(recurse=False):
                    p.data = flat.as_strided(p.shape, (1,) * p.dim())
    """,
    "weights that are nowhere": """
        def _change(net): net.mu_layer.to("meta")
    """,
    "weights that say they are not there yet": """
        def _change(net):
            for p in net.parameters(): p.__class__ = nn.parameter.UninitializedParameter
    """,
    "what was there is put back before each pass": """
        def _change(net):
            kept = {n: p.detach().clone() for n, p in net.named_parameters()}
            def back(module, inputs):
                for n, p in net.named_parameters(): p.data = kept[n]
            for m in net.modules(): m.register_forward_pre_hook(back)
    """,
    "names that are no names": """
        def _change(net):
            for n in ("\\ud800", "\\x1b[2J", "a\\u202e", "a", "x" * 5000, " "):
                net._parameters[n] = nn.Parameter(torch.zeros(20, 400))
            net._parameters[b"bytes"] = net._parameters[None] = nn.Parameter(torch.zeros(1))
    """,
    "parameters that are no tensors": """
        def _change(net): net.mu_layer._parameters["weight"] = type("P", (), {"shape": (20, 400), "requires_grad": True})()
    """,
    "twenty thousand small ones": """
        def _change(net):
            one = nn.Parameter(torch.zeros(1))
            net._parameters.update({f"p{n}": nn.Parameter(one.data) for n in range(20_000)})
    """,
}.items():
    planted.add(
        _name,
        "import os",
        f"{_MADE}{dedent(_body)}_made(_change)",
        base="wrong",
        score=0 if _name in BROKEN else None,
        limits={**SHORT, "budget_seconds": 60.0} if "grow" in _name else {},
    )

_WRAP = """
import os, signal, time
from torch.nn.utils import parametrize
class _Odd(nn.Module):
    def forward(self, w): return w
    def right_inverse(self, w):
        {body}
        return w
def _change(net):
    parametrize.register_parametrization(net.mu_layer, "weight", _Odd())
    _armed.append(net)
_armed = []
"""
for _name, _body in {
    "it kills itself while they are put": "if _armed: os.kill(os.getpid(), signal.SIGKILL)",
    "it loops while they are put": "while _armed: pass",
    "it leaves by an exception that nobody catches": "if _armed: raise GeneratorExit",
    "it wraps itself once more at each turn": "if _armed: parametrize.register_parametrization(_armed[-1].mu_layer, 'bias', _Odd())",
    "it says that they were put": "if _armed: os.write(3, _frame({'number': _number(), 'put': True, 'pass': True, 'arrays': []}))",
    "it gives ever larger ones": "if _armed: return w.expand(1 << 20, *w.shape).clone()",
}.items():
    planted.add(
        _name,
        FORGE,
        f"{_MADE}{_WRAP.format(body=_body)}\n_made(_change)",
        base="wrong",
        score=0,  # the second network that is built has it put itself
        limits=SHORT,
    )
planted.add(
    "constants and attributes that end the process when they are read",
    after="""
    import os
    def __getattr__(name): os._exit(0)
    for _cls in (VAE, CVAE): _cls.nz = _cls.beta = property(lambda self: os._exit(0))
    class _Meta(type(nn.Module)):
        __name__ = property(lambda cls: os._exit(0))
    class _Sly(metaclass=_Meta): pass
    BEST_BETA = _Sly()
    """,
    base="wrong",
)
