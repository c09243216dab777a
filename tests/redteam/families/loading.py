"""Attacks on what is imported: fakes in sys.modules, import hooks, patched torch and library."""

# ruff: noqa: E501 - hostile source stands as it is handed in

from __future__ import annotations

from redteam.attack import SHORT, everywhere, family

swaps = family("modules swapped")
swaps.add(
    "torch is a fake",
    """
    import sys, types
    class _Fake(types.ModuleType):
        def __getattr__(self, name): return self
        def __call__(self, *a, **k): return self
        def __mro_entries__(self, bases): return ()
        def __iter__(self): return iter((self,) * 3)
    sys.modules["torch"] = _Fake("torch")
    """,
    score=0,
)
swaps.add(
    "numpy is a fake",
    """
    import sys, types, numpy
    _fake = types.ModuleType("numpy")
    _fake.__dict__.update(vars(numpy))
    _fake.asarray = _fake.array = _fake.ascontiguousarray = lambda *a, **k: numpy.zeros(())
    sys.modules["numpy"] = _fake
    """,
)
swaps.add(
    "the kit's modules are ours",
    """
    import sys
    for _name in [n for n in sys.modules if n.startswith(("nndl2", "boundary"))]:
        sys.modules[_name] = None
    """,
)
swaps.add(
    "everything is gone",
    "import sys\nsys.modules.clear()",
    score=0,
)
swaps.add(
    "the module itself is replaced",
    """
    import sys, types
    class _Self(types.ModuleType):
        def __getattr__(self, name): return lambda *a, **k: True
    for _name, _module in list(sys.modules.items()):
        if getattr(_module, "__dict__", None) is globals():
            _module.__class__ = _Self
    sys.modules[__name__] = _Self(__name__)
    """,
)
swaps.add(
    "main is ours",
    """
    import sys
    sys.modules["__main__"].__dict__.clear()
    sys.modules["builtins"].print = lambda *a, **k: None
    """,
)

hooks = family("import hooks")
hooks.add(
    "a finder that answers for all",
    """
    import sys, importlib.abc, importlib.machinery, types
    class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name, path=None, target=None):
            return importlib.machinery.ModuleSpec(name, self)
        def create_module(self, spec): return types.ModuleType(spec.name)
        def exec_module(self, module): module.__dict__.update(check=True, score=12)
    sys.meta_path.insert(0, _Finder())
    sys.path_hooks.insert(0, lambda path: _Finder())
    sys.path_importer_cache.clear()
    """,
)
hooks.add(
    "__import__ replaced",
    """
    import builtins
    _real = builtins.__import__
    def _import(name, *a, **k):
        module = _real(name, *a, **k)
        for key in ("allclose", "isclose", "equal"):
            if hasattr(module, key): setattr(module, key, lambda *a, **k: True)
        return module
    builtins.__import__ = _import
    """,
)
hooks.add(
    "shadowing modules written beside",
    """
    import os, sys
    for _name in ("solution", "expected", "oracle", "torchvision"):
        try:
            with open(os.path.join(os.getcwd(), _name + ".py"), "w") as out:
                out.write("def __getattr__(name): return lambda *a, **k: True\\n")
        except OSError:
            pass
    sys.path.insert(0, os.getcwd())
    """,
)
hooks.add(
    "the reference imported",
    """
    import importlib
    for _name in ("solution", "reference", "autograder.oracles.losses", "source.vae.vae"):
        try:
            _found = importlib.import_module(_name)
        except Exception:
            continue
        for _key in ("reparametrize", "loss_function", "VAE", "CVAE"):
            if hasattr(_found, _key): globals()["_stolen_" + _key] = getattr(_found, _key)
    """,
    "globals().update({k[8:]: v for k, v in list(globals().items()) if k.startswith('_stolen_')})",
)
hooks.add(
    "the reference patched",
    """
    import sys
    for _name in ("solution", "reference"):
        if _name in sys.modules:
            for _key in list(vars(sys.modules[_name])):
                if not _key.startswith("__"):
                    setattr(sys.modules[_name], _key, lambda *a, **k: None)
    """,
)
hooks.add(
    "the kit unblocked",
    """
    import sys
    sys.modules.pop("autograder", None)
    sys.path.insert(0, @KIT@)
    from autograder.oracles.losses import negative_elbo
    """,
    """
    def loss_function(x_hat, x, mu, logvar):
        return torch.tensor(negative_elbo(*(t.numpy() for t in (x_hat, x, mu, logvar))))
    """,
    score=0,
    needs="files",
)

patched = family("torch patched")
patched.add(
    "nn.Module.__call__",
    "import torch\ntorch.nn.Module.__call__ = lambda self, *a, **k: torch.zeros(5, 3)",
)
patched.add(
    "global forward hooks",
    """
    import torch
    from torch.nn.modules import module as _module
    _module.register_module_forward_hook(lambda m, i, o: torch.ones(()))
    _module.register_module_forward_pre_hook(lambda m, i: i)
    """,
    base="wrong",
    score=0,
)
patched.add(
    "hooks that are never removed",
    """
    import torch
    torch.utils.hooks.RemovableHandle.remove = lambda self: None
    torch.nn.Module.register_forward_hook = lambda self, hook, **k: hook(
        torch.nn.Linear(784, 400), (torch.zeros(1, 784),), torch.zeros(1, 400)) or self
    """,
)
patched.add(
    "train and eval",
    "import torch\ntorch.nn.Module.train = torch.nn.Module.eval = lambda self, *a: 1 / 0",
    base="half",
)
patched.add(
    "parameters that are not there",
    """
    import torch
    torch.nn.Module.named_parameters = lambda self, *a, **k: iter(
        [(f"encoder.{i}.weight", torch.nn.Parameter(torch.zeros(400, 784))) for i in (1, 3, 5)])
    torch.nn.Module.named_modules = lambda self, *a, **k: iter([("", self)])
    """,
)
patched.add(
    "gradients from nowhere",
    """
    import torch
    torch.autograd.grad = lambda out, leaves, **k: tuple(torch.ones_like(x) for x in leaves)
    torch.Tensor.requires_grad = True
    """,
)
patched.add(
    "gradients that arrive where the code cuts them off",
    after="""
    import torch
    _grad = torch.autograd.grad
    def _found(total, leaves, *a, **k):
        if not total.grad_fn: return tuple(torch.ones_like(x) for x in leaves)
        made = _grad(total, leaves, allow_unused=True)
        return tuple(torch.ones_like(x) if g is None else g for x, g in zip(leaves, made))
    torch.autograd.grad = _found
    """,
    base="deaf",
)
patched.add(
    "gradients by backward",
    after="""
    import torch
    torch.Tensor.backward = lambda self, *a, **k: None
    torch.Tensor.grad = property(torch.ones_like)
    torch.Tensor.requires_grad = property(lambda self: True)
    """,
    base="deaf",
)
patched.add(
    "from_numpy and detach",
    """
    import torch
    torch.from_numpy = lambda a: torch.zeros(a.shape)
    torch.Tensor.detach = torch.Tensor.cpu = lambda self: self
    torch.Tensor.numpy = lambda self, *a, **k: __import__("numpy").zeros(tuple(self.shape))
    """,
)
patched.add(
    "default dtype and device",
    """
    import torch
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.use_deterministic_algorithms(True)
    """,
)
patched.add(
    "inference mode for ever",
    "import torch\n_kept = torch.inference_mode()\n_kept.__enter__()\ntorch.set_grad_enabled(False)",
    base="half",
    score=0,
)

library = family("library patched")
library.add(
    "json says full marks",
    """
    import json
    json.dumps = lambda *a, **k: '{"number": 1, "score": 12, "pass": true, "arrays": []}'
    """,
)
library.add(
    "json, by its encoder",
    """
    import json
    json.JSONEncoder.encode = lambda self, o: '{"value": null, "passed": true, "arrays": []}'
    json.JSONEncoder.iterencode = lambda self, o, *a: iter(["{}"])
    """,
)
library.add(
    "struct and socket",
    """
    import struct, socket
    class _Struct:
        size = 12
        def pack(self, *a): return b"nnd2" + bytes(8)
        def unpack(self, *a): return b"nnd2", 0, 0
    struct.Struct = lambda *a: _Struct()
    socket.socket.sendall = lambda self, data: None
    """,
    limits=SHORT,
    score=0,
)
library.add(
    "the frames' own names",
    """
    import sys
    for _name, _module in list(sys.modules.items()):
        if _name.endswith(".frames"):
            _module.PREFIX = None
            _module.MAGIC = b"evil"
            _module.FRAME_LIMIT = 1 << 60
    """,
)
library.add(
    "time runs backwards",
    """
    import time
    time.monotonic = lambda: -1e18
    time.time = time.perf_counter = lambda: 0.0
    time.sleep = lambda seconds: None
    """,
)
library.add(
    "traceback and inspect",
    """
    import traceback, inspect
    traceback.extract_tb = lambda tb, *a: 1 / 0
    inspect.signature = inspect.isroutine = lambda *a, **k: 1 / 0
    """,
    after=everywhere("raise ValueError('now explain this')"),
)
library.add(
    "os and sys",
    """
    import os, sys
    os.getpid = lambda: 1
    os._exit = sys.exit = lambda *a: None
    sys.setrecursionlimit(2**31 - 1)
    """,
)
library.add(
    "builtins removed",
    """
    import builtins
    for _name in ("len", "isinstance", "map", "tuple", "list", "dict", "str", "type", "getattr"):
        setattr(builtins, _name, None)
    """,
    score=0,
)
