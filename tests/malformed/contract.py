"""Files that load, with names, parameters or results other than the assignment's."""

from __future__ import annotations

import re
import textwrap

from .building import RIGHT, STUB, code, last, put, region
from .unreadable import Kinds

WHOLE = RIGHT.encode()
CVAE_AT = RIGHT.index("class CVAE")
REPARAMETRIZE_AT = RIGHT.index("def reparametrize")
LOSS_AT = RIGHT.index("def loss_function")
VAE_AT = RIGHT.index("class VAE")
CVAE = RIGHT[CVAE_AT:REPARAMETRIZE_AT]
FORWARD = RIGHT[RIGHT.index("    def forward(self, x: torch.Tensor):") : CVAE_AT]
REPARAMETRIZE = RIGHT[REPARAMETRIZE_AT:LOSS_AT]
LOSS = RIGHT[LOSS_AT:]


def renamed(old: str, new: str) -> bytes:
    """The right program with the name `old` written `new` wherever it is used."""
    return re.sub(rf"\b{old}\b", new, RIGHT).encode()


def without(piece: str) -> bytes:
    return RIGHT.replace(piece, "").encode()


def inside(piece: str, indent: str = "    ") -> str:
    return "".join(indent + line if line.strip() else line for line in piece.splitlines(True))


def moved_in(piece: str) -> bytes:
    """The right program with `piece` indented where it stands: it belongs to what is above."""
    return RIGHT.replace(piece, inside(piece)).encode()


METHOD = RIGHT.replace(REPARAMETRIZE, "").replace("z = reparametrize(", "z = self.reparametrize(")
AS_METHOD = "\n" + inside(REPARAMETRIZE.rstrip().replace("(mu:", "(self, mu:")) + "\n\n\n"

KINDS: Kinds = {
    "nothing changed": {
        "as handed out": STUB,
        "a comment more": STUB + b"# Ada\n",
        "CRLF": STUB.replace(b"\n", b"\r\n"),
        "ellipses": STUB.replace(b" = None\n", b" = ...\n"),
        "pass": STUB.replace(b"        return outputs\n", b"        pass\n").replace(
            b"    return z\n", b"    pass\n"
        ),
        "raise NotImplementedError": STUB.replace(
            b"    return loss\n", b"    raise NotImplementedError\n"
        ).replace(b"    return z\n", b"    raise NotImplementedError('later')\n"),
    },
    "another program": {
        "of another assignment": code(
            """
            import numpy as np


            class TwoLayerNet:
                def loss(self, X):
                    return 0.0
            """
        ),
        "only imports": b"import torch\nfrom torch import nn\n",
        "JSON": b'{"student": "ada", "score": 12}\n',
        "a list": b"[1, 2, 3]\n",
        "one word": b"hello\n",
        "a number": b"42\n",
        "the notebook's cells": b"USE_COLAB = False\nfrom nndl2.checks import check\n",
    },
    "a name renamed": {
        "a class in lower case": renamed("CVAE", "Cvae"),
        "a class with an underscore": renamed("CVAE", "C_VAE"),
        "a class in full": renamed("VAE", "VariationalAutoencoder"),
        "a function respelt": renamed("reparametrize", "reparameterize"),
        "a function in camel case": renamed("loss_function", "lossFunction"),
        "a function shortened": renamed("loss_function", "loss"),
        "an attribute": put("mu_layer", "mu_head", 0),
        "a method misspelt": put(
            "def forward(self, x: torch.Tensor):", "def foward(self, x: torch.Tensor):"
        ),
        "a method called by the operator": put(
            "def forward(self, x: torch.Tensor):", "def __call__(self, x):"
        ),
        "a function of another name": renamed("loss_function", "elbo"),
        "a class twice": renamed("CVAE", "VAE"),
        "train for another thing": put(
            "    def forward(self, x: torch.Tensor):",
            "    def train(self, loader):\n        list(loader)\n\n"
            "    def forward(self, x: torch.Tensor):",
        ),
        "a value under that name": last("loss_function = 1.0"),
        "an instance under that name": last("VAE = VAE(784)"),
    },
    "a part missing": {
        "CVAE": without(CVAE),
        "reparametrize": without(REPARAMETRIZE),
        "loss": without(LOSS),
        "VAE": (RIGHT[:VAE_AT] + RIGHT[CVAE_AT:]).encode(),
        "forward of VAE": put("    def forward(self, x: torch.Tensor):", "    def later(self, x):"),
        "the decoder": region("vae.decoder", "pass"),
    },
    "a part in the wrong place": {
        "CVAE inside VAE": moved_in(CVAE),
        "loss inside reparametrize": moved_in(LOSS),
        "reparametrize as a method": METHOD.replace(
            "\n\n\nclass CVAE", AS_METHOD + "class CVAE"
        ).encode(),
        "forward outside": RIGHT.replace(FORWARD, textwrap.dedent(FORWARD)).encode(),
        "forward inside __init__": RIGHT.replace(FORWARD, inside(FORWARD)).encode(),
        "all under main": (
            RIGHT[: RIGHT.index("def hello_vae")]
            + 'if __name__ == "__main__":\n'
            + inside(RIGHT[RIGHT.index("def hello_vae") :])
        ).encode(),
        "deleted again": last("del CVAE"),
    },
    "other parameters": {
        "no latent_size": put(
            "input_size: int, latent_size: int = 15):",
            "input_size: int):\n        latent_size = 15",
        ),
        "no default": put("latent_size: int = 15):", "latent_size: int):"),
        "turned around": put(
            "input_size: int, latent_size: int = 15)",
            "latent_size: int = 15, input_size: int = 784)",
        ),
        "no self": put("def forward(self, x: torch.Tensor):", "def forward(x: torch.Tensor):"),
        "no self in __init__": put(
            "def __init__(self, input_size: int, latent", "def __init__(input_size: int, latent"
        ),
        "num_labels": put("num_classes", "num_labels", 0),
        "reparametrize takes one": put(
            "def reparametrize(mu: torch.Tensor, logvar: torch.Tensor)", "def reparametrize(mu)"
        ),
        "loss without x": put(
            "loss_function(x_hat: torch.Tensor, x: torch.Tensor,", "loss_function(x_hat,"
        ),
        "forward without the label": put(
            "def forward(self, x: torch.Tensor, c: torch.Tensor):", "def forward(self, x):"
        ),
        "keywords only": put("def reparametrize(mu: torch", "def reparametrize(*, mu: torch"),
    },
    "no proper module": {
        "super not called": put("        super().__init__()\n", ""),
        "super called late": put("        super().__init__()\n", "").replace(
            b"\n    def forward(self, x: torch.Tensor):",
            b"        super().__init__()\n\n    def forward(self, x: torch.Tensor):",
        ),
        "no base class": put("class VAE(nn.Module):", "class VAE:"),
        "__init__ misspelt": put(
            "def __init__(self, input_size: int, latent", "def _init_(self, input_size: int, latent"
        ),
        "__int__ for __init__": put(
            "def __init__(self, input_size: int, latent",
            "def __int__(self, input_size: int, latent",
        ),
        "a list of layers": region(
            "vae.encoder",
            "self.encoder = [nn.Flatten(), nn.Linear(input_size, hidden_dim), nn.ReLU()]",
        ),
        "a ModuleList": put(
            "self.encoder = nn.Sequential(\n            nn.Flatten(),",
            "self.encoder = nn.ModuleList([\n            nn.Flatten(),",
        ).replace(
            b"            nn.ReLU(),\n        )\n\n", b"            nn.ReLU(),\n        ])\n\n", 1
        ),
        "a class, not a layer": region(
            "vae.heads",
            "self.mu_layer = nn.Linear\nself.logvar_layer = nn.Linear(hidden_dim, latent_size)",
        ),
        "a name in quotes": region(
            "vae.heads",
            "self.mu_layer = 'nn.Linear'\nself.logvar_layer = nn.Linear(hidden_dim, latent_size)",
        ),
        "a class in a Sequential": put("nn.ReLU(),", "nn.ReLU,"),
        "a function in a Sequential": put("nn.ReLU(),", "F.relu,"),
        "a list in a Sequential": put(
            "nn.Sequential(\n            nn.Flatten(),",
            "nn.Sequential([\n            nn.Flatten(),",
        ).replace(
            b"            nn.ReLU(),\n        )\n\n", b"            nn.ReLU(),\n        ])\n\n", 1
        ),
        "only annotated": region("vae.decoder", "self.decoder: nn.Sequential"),
    },
    "other results": {
        "another order": put("outputs = (x_hat, mu, logvar)", "outputs = (mu, logvar, x_hat)"),
        "a dictionary": put(
            "outputs = (x_hat, mu, logvar)",
            'outputs = {"x_hat": x_hat, "mu": mu, "logvar": logvar}',
        ),
        "a tuple in the tuple": put(
            "outputs = (x_hat, mu, logvar)", "outputs = (x_hat, (mu, logvar))"
        ),
        "two things": put("outputs = (x_hat, mu, logvar)", "outputs = (x_hat, mu)"),
        "one after the other": put("return outputs", "yield from outputs"),
        "asynchronous": put("def forward(self, x: torch.Tensor):", "async def forward(self, x):"),
        "four things": put("outputs = (x_hat, mu, logvar)", "outputs = (x_hat, mu, logvar, z)"),
        "no return": put("    return z\n", ""),
        "a print for a return": put("    return loss\n", "    print(loss)\n"),
        "NumPy": put("    return z\n", "    return z.detach().numpy()\n"),
        "a Python float": put("    return loss\n", "    return loss.item()\n"),
        "a list of floats": put("    return z\n", "    return z.tolist()\n"),
        "a distribution": put(
            "    return z\n", "    return torch.distributions.Normal(mu, sigma)\n"
        ),
        "a generator": put("    return z\n", "    yield z\n"),
        "not a number": put(
            "loss = (reconstruction + kl)", "loss = float('nan') * (reconstruction + kl)"
        ),
        "complex": put("    return z\n", "    return torch.complex(z, z)\n"),
    },
}
