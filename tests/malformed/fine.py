"""Odd files that are right all the same: every one of them keeps its full points."""

from __future__ import annotations

from .building import RIGHT, below_imports, first, last, put
from .unreadable import Kinds

WHOLE = RIGHT.encode()

KINDS: Kinds = {
    "fine: bytes": {
        "a BOM": b"\xef\xbb\xbf" + WHOLE,
        "CRLF": WHOLE.replace(b"\n", b"\r\n"),
        "CR alone": WHOLE.replace(b"\n", b"\r"),
        "latin-1 that says so": "# coding: latin-1\n# Jörg\n".encode("latin-1") + WHOLE,
        "no line end at the end": WHOLE.rstrip(),
        "tabs alone": RIGHT.replace("    ", "\t").encode(),
        "a shebang": b"#!/usr/bin/env python3\n" + WHOLE,
        "another script in strings": last("GREETING = 'こんにちは — “hi”'\n# Ω ≈ 3"),
        "blank lines by the thousand": WHOLE + b"\n" * 50_000,
    },
    "fine: extras": {
        "cells of jupytext": b"# ---\n# jupyter:\n#   jupytext: {}\n# ---\n# %%\n"
        + WHOLE
        + b"# %% [markdown]\n# The end\n",
        "pasted twice": WHOLE + b"\n\n" + WHOLE,
        "prints": below_imports("print('x' * 100_000)\nprint('\\x1b[31mred')"),
        "warnings": below_imports(
            "import sys, warnings\nwarnings.warn('old')\nsys.stderr.write('hm\\n')"
        ),
        "prints while it runs": put(
            "    z = mu + sigma", "    print(mu, logvar)\n    z = mu + sigma"
        ),
        "a guarded main": last("if __name__ == '__main__':\n    raise SystemExit(VAE(784))"),
        "everything imported": below_imports(
            "from torch import *\nfrom math import *\nfrom torch import nn"
        ),
        "its own name": last("import vae"),
        "its own text": last(
            "import inspect\nTEXT = open(__file__).read(), inspect.getsource(VAE)"
        ),
        "the course's package": below_imports(
            "from nndl2.utils import reset_seed\nfrom nndl2.grad import rel_error\nreset_seed(0)"
        ),
        "new grammar": last(
            "def size(x):\n    match x.ndim:\n        case 2:\n            return (n := len(x))"
        ),
        "type hints": first("from __future__ import annotations\nfrom typing import Optional\n"),
        "a seed": below_imports("torch.manual_seed(0)\ntorch.use_deterministic_algorithms(True)"),
    },
    "fine: Colab": {
        "drive is mounted": first(
            "from google.colab import drive\ndrive.mount('/content/drive')\n"
        ),
        "drive and files": first(
            "from google.colab import drive, files\ndrive.mount('/gdrive', force_remount=True)\n"
            "import sys\nsys.path.append('/content/drive/MyDrive/vae')\n"
        ),
        "the whole package": first(
            "import google.colab\ngoogle.colab.drive.mount('/content/drive')\n"
        ),
        "patches": first(
            "import google.colab.patches\nfrom google.colab.patches import cv2_imshow\n"
        ),
        "secrets": first("from google.colab import userdata\nKEY = userdata.get('WANDB')\n"),
        "files are uploaded": first(
            "from google.colab import files\nfor name in files.upload().keys():\n    print(name)\n"
        ),
        "in a function": put(
            "        hidden = self.encoder(x)",
            "        from google.colab import output\n        output.clear()\n"
            "        hidden = self.encoder(x)",
        ),
        "asked for first": first(
            "try:\n    from google.colab import drive\n    drive.mount('/content/drive')\n"
            "    import os\n    os.chdir('/content/drive/MyDrive')\nexcept ImportError:\n    pass\n"
        ),
    },
    "fine: plots and devices": {
        "matplotlib": below_imports(
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
        ),
        "torchvision": below_imports(
            "import torchvision.transforms as T\nfrom torchvision import datasets"
        ),
        "a device if there": below_imports(
            "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')"
        ),
        "a device never used": below_imports("device = torch.device('cuda')"),
        "the input's device": put("torch.randn_like(mu)", "torch.randn(mu.shape).to(mu.device)"),
    },
    "fine: what is returned": {
        "a list": put("outputs = (x_hat, mu, logvar)", "outputs = [x_hat, mu, logvar]", 0),
        "a named tuple": below_imports(
            "from collections import namedtuple\nOut = namedtuple('Out', 'x_hat mu logvar')"
        ).replace(b"outputs = (x_hat, mu, logvar)", b"outputs = Out(x_hat, mu, logvar)"),
        "a Python float": put(
            "loss = (reconstruction + kl) / len(x)", "loss = (reconstruction + kl) / x.size(0)"
        ),
    },
}
