"""A program for test_submission_values.py: values of all kinds, and weights that are kept oddly."""

from collections import OrderedDict, namedtuple

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, weight_norm

BEST_BETA = 0.005
NOTHING = None


class Net(nn.Module):
    def __init__(self, nz=3):
        super().__init__()
        self.nz = nz
        self.nothing = None
        self.encoder = nn.Linear(3, 3)
        self.decoder = nn.Linear(3, 3)
        self.optimizer = torch.optim.SGD(self.parameters(), lr=0.1)

    def encode(self, x):
        return self.encoder(x), self.training

    def forward(self, x):
        q = self.encoder(x)
        return {"q": q, "rec": self.decoder(q)}

    @property
    def broken(self):
        raise ValueError("a property")


def steps(net, x):
    net.encoder(x).sum().backward()
    net.optimizer.step()
    return True


def leaf(which):
    x = torch.ones(2, requires_grad=True)
    return {
        "int": 3,
        "float": 2.5,
        "bool": True,
        "detached": x.detach(),
        "graph": x.sum(),
        "parameter": nn.Parameter(torch.ones(2)),
        "numpy": np.ones(2),
        "numpy number": np.float64(2),
    }[which]


class Pair(namedtuple("Pair", "left right")):
    @property
    def left(self):
        raise RuntimeError("never asked for")


def nested():
    return {
        "a": [torch.ones(1), (2, None), "text"],
        "b": {"c": 1.5, "": ()},
        "ordered": OrderedDict(z=1, y=2),
        "named": Pair(1, 2),
        "size": torch.ones(2, 3).shape,
    }


def same(x):
    return x


def say(text):
    return text


class Text(str):
    def __str__(self):
        raise RuntimeError("never asked for")

    __len__ = __iter__ = __getitem__ = __str__


def loud():
    return Text("plain")


def odd(which):
    if which == "set":
        return {1}, odd, (i for i in range(3))
    return {1: 2, "a": 3}


def count(n):
    return list(range(n))


def just():
    return ((((([7],),),),),)


def too_much(which):
    itself, by_name = [], {}
    itself.append(itself)
    by_name["a"] = by_name
    return {
        "deep": lambda: [just()],
        "itself": lambda: itself,
        "dict of itself": lambda: by_name,
        "many": lambda: [0] * 5000,
        "many in all": lambda: [[0] * 100] * 100,
        "keys": lambda: dict.fromkeys(map(str, range(5000)), 0),
        "bytes": lambda: torch.zeros(1).expand(1 << 40),
        "words": lambda: ["x" * 400] * 400,
    }[which]()


class Dict(dict):
    def items(self):
        return [("b", 2)]

    def __len__(self):
        return 1 << 40

    __iter__ = keys = values = items


class List(list):
    def __iter__(self):
        while True:
            yield 0

    def __len__(self):
        return -1


class Tuple(tuple):
    __slots__ = ()
    __iter__ = List.__iter__
    __len__ = List.__len__


def liars():
    return Dict(a=1), List([1, 2]), Tuple([3])


def kind(x):
    name = type(x).__name__
    if isinstance(x, (list, tuple)):
        return f"{name}[{','.join(map(kind, x))}]"
    if isinstance(x, dict):
        return f"{name}[{','.join(f'{k}:{kind(v)}' for k, v in x.items())}]"
    return name


def kinds(*args, **named):
    return " ".join(map(kind, [*args, *named.values()]))


def goes_through(loader):
    lengths = [[len(x) for x, _ in loader] for _ in range(2)]
    first = next(iter(loader))
    total = first[0].sum()
    first[0].zero_()
    return {
        "sizes": ((len(loader), len(loader.dataset), loader.batch_size), *lengths),
        "sample": loader.dataset[3],
        "first": total,
        "again": next(iter(loader))[0].sum(),
        "kinds": kind(first),
    }


def bump(listed, loader):
    listed[0] += 1
    for x, _ in loader:
        x += 1


class Matrix(nn.Module):
    """x (N, 3) -> x W^T (N, 4), W in a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 3))

    def forward(self, x):
        return x @ self.weight.T


class Expanded(Matrix):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1).expand(4, 3))


class Viewed(Matrix):
    def __init__(self):
        super().__init__()
        self.turned = self.weight.T

    def forward(self, x):
        return x @ self.turned


class Flat(Matrix):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(20)[4:16].view(3, 4).T)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4, bias=False), nn.Linear(3, 4, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(x)


def Normed():  # noqa: N802 - built like a class
    return nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 4, bias=False)))


def OldNormed():  # noqa: N802
    return nn.Sequential(weight_norm(nn.Linear(3, 4, bias=False)))


class Exp(nn.Module):
    def forward(self, x):
        return torch.exp(x)


def Positive():  # noqa: N802
    layer = nn.Linear(3, 4, bias=False)
    parametrize.register_parametrization(layer, "weight", Exp())
    return nn.Sequential(layer)


def Spectral():  # noqa: N802
    return nn.Sequential(parametrizations.spectral_norm(nn.Linear(3, 4, bias=False)))


class Stubborn(nn.Parameter):
    def copy_(self, *args):
        raise RuntimeError("never asked for")


class Own(Matrix):
    def __init__(self):
        super().__init__()
        self.weight = Stubborn(torch.ones(4, 3))
        self.weight.copy_ = None


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.seen = []

    def forward(self, x):
        return self.norm(x)

    def notes(self, x):
        self.seen.append(x)

    def keeps(self, x):
        self.last = x

    def grows(self, x):
        self.norm = nn.Sequential(self.norm)

    def swaps(self, x):
        self.norm.weight = nn.Parameter(torch.ones(3))

    def freezes(self, x):
        self.norm.weight.requires_grad_(False)


class Growing(dict):
    def items(self):
        while True:
            self[f"p{len(self)}"] = nn.Parameter(torch.zeros(1))
            yield list(dict.items(self))[-1]


class Endless(Matrix):
    def __init__(self):
        super().__init__()
        self._parameters = Growing(self._parameters)


class Frozen(Matrix):
    def __init__(self):
        super().__init__()
        self.weight.requires_grad_(False)


class Double(Matrix):
    def __init__(self):
        super().__init__()
        self.double()

    def forward(self, x):
        return x.double() @ self.weight.T


class Inner(Matrix):
    def named_parameters(self, *args, **kw):
        while True:
            yield "weight", self.weight


def Lazy():  # noqa: N802
    return nn.Sequential(nn.LazyLinear(4))


class Spelled(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_parameter("".join(map(chr, (113, 120, 122))), nn.Parameter(torch.ones(4, 3)))


class Hostile(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if not cls.asleep:
            raise RuntimeError("leave me alone")
        return super().__torch_function__(function, types, args, kwargs or {})

    asleep = True


class Angry(nn.Module):
    def __init__(self):
        super().__init__()
        Hostile.asleep = True
        self._parameters["weight"] = torch.ones(4, 3).as_subclass(Hostile)
        Hostile.asleep = False
