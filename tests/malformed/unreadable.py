"""Files that no Python can compile, or that are no Python file at all."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import io
import json
import marshal
import sys
import zipfile

from .building import RIGHT, every_line, first, last, put, region

Kinds = dict[str, dict[str, bytes]]
WHOLE = RIGHT.encode()


def notebook(indent: int | None = 1) -> bytes:
    """The right program in the only cell of a notebook."""
    cell = {"cell_type": "code", "source": RIGHT.splitlines(keepends=True), "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}, indent=indent).encode()


def packed(name: str) -> bytes:
    """A zip archive that holds the right program as `name`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, WHOLE)
    return out.getvalue()


def bytecode() -> bytes:
    """What __pycache__ holds of the right program."""
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(WHOLE, "vae.py", "exec"))


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64)
LINE = "        self.input_size = input_size  # D\n"

KINDS: Kinds = {
    "notebook command": {
        "magic on top": first("%matplotlib inline\n%load_ext autoreload\n"),
        "pip install": first("!pip install torchvision\n"),
        "indented pip": put(LINE, f"        !pip install einops\n{LINE}"),
        "cell magic": b"%%writefile vae.py\n" + WHOLE,
        "help on a name": first("import torch\n?torch.randn_like\n"),
        "help behind a name": last("nn.Unflatten?"),
        "source behind a name": last("torch.cat??"),
        "shell output kept": last("files = !ls *.py"),
    },
    "a notebook renamed": {
        "as Jupyter saves it": notebook(),
        "minified": notebook(None),
        "with a BOM": b"\xef\xbb\xbf" + notebook(4),
        "of the third format": json.dumps({"nbformat": 3, "worksheets": [{"cells": []}]}).encode(),
    },
    "another kind of file": {
        "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        "zip": packed("vae.py"),
        "Word document": packed("word/document.xml"),
        "Excel sheet": packed("xl/workbook.xml"),
        "saved weights": packed("archive/data.pkl"),
        "PNG": PNG,
        "JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(32),
        "gzip": gzip.compress(WHOLE, mtime=0),
        "base64": base64.encodebytes(WHOLE),
        "HTML page": b"<!DOCTYPE html>\n<html><body><pre>" + WHOLE + b"</pre></body></html>",
        "HTML without a doctype": b'\n<html lang="en"><head><title>vae.py</title></head></html>\n',
        "RTF": rb"{\rtf1\ansi\deff0 {\fonttbl {\f0 Courier;}} import torch\par }",
        "bytecode": bytecode(),
        "old Word document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
        "Mac resource fork": b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(82),
    },
    "nothing there": {
        "no bytes": b"",
        "only white space": b" \n\t\n\r\n   \n",
        "only comments": b"# vae.py\n#\n# TODO: everything\n",
        "only a docstring": b'"""A variational autoencoder."""\n',
        "only a BOM": b"\xef\xbb\xbf\n",
    },
    "encoding": {
        "UTF-16 with a BOM": RIGHT.encode("utf-16"),
        "UTF-16 big-endian, no BOM": RIGHT.encode("utf-16-be"),
        "UTF-16 little-endian, no BOM": RIGHT.encode("utf-16-le"),
        "UTF-32 with a BOM": RIGHT.encode("utf-32"),
        "UTF-32 big-endian, no BOM": RIGHT.encode("utf-32-be"),
        "latin-1 in a comment": first("# Aufgabe von Jörg\n").decode().encode("latin-1"),
        "cp1252 quotes": first("# the “sample”\n").decode().encode("cp1252"),
        "Shift-JIS": first("import torch\n# 変分\n").decode().encode("shift-jis"),
        "unknown coding line": b"# -*- coding: cp9999 -*-\n" + WHOLE,
        "coding line against the BOM": b"\xef\xbb\xbf# coding: latin-1\n" + WHOLE,
        "coding line that is no text": b"# coding: rot13\n" + WHOLE,
        "ascii promised": b"# coding: ascii\n" + first("# Jörg\n"),
        "NUL at the end": WHOLE + b"\0\0\0\0",
        "NUL in the middle": WHOLE.replace(b"import torch\n", b"import to\0rch\n", 1),
        "only NULs": bytes(4096),
    },
    "size and depth": {
        "9 MB of numbers": b"x = [" + b"1234567, " * 1_000_000 + b"]\n",
        "1 MiB of comments too many": WHOLE + b"#" * (1 << 20),
        "minus signs": WHOLE + b"x = " + b"-" * 200_000 + b"1\n",
        "nested brackets": WHOLE + b"x = " + b"[" * 300 + b"]" * 300 + b"\n",
        "a chain of dots": WHOLE + b"x = torch" + b".x" * 100_000 + b"\n",
        "a long sum": WHOLE + b"x = 1" + b" + 1" * 100_000 + b"\n",
        "a huge whole number": WHOLE + b"x = " + b"9" * 10_000 + b"\n",
        "blocks nested too deep": WHOLE
        + b"".join(b" " * i + b"if 1:\n" for i in range(120))
        + b" " * 120
        + b"x = 1\n",
        "loops nested too deep": WHOLE
        + b"\n" * (sys.version_info < (3, 13))  # which allows one loop more: the same line then
        + b"".join(b" " * i + b"for i in []:\n" for i in range(30))
        + b" " * 30
        + b"x = 1\n",
    },
    "merge conflict": {
        "markers at a line": put(
            "import torch\n",
            "<<<<<<< HEAD\nimport torch\n=======\nimport torch as t\n>>>>>>> fix\n",
        ),
        "markers inside a call": put(
            "            nn.Flatten(),\n",
            "<<<<<<< HEAD\n            nn.Flatten(),\n=======\n>>>>>>> 3f2a9c1\n",
        ),
        "only the middle is left": put("import torch\n", "import torch\n=======\n"),
        "three-way": put("z = None\n", "z = None\n||||||| base\n=======\n>>>>>>> theirs\n"),
    },
    "Python 2": {
        "print": put('print("Hello from vae.py!")', 'print "Hello from vae.py!"'),
        "print of a value": last("def show(x):\n    print x.shape, x.dtype"),
        "except with a comma": last("try:\n    pass\nexcept ValueError, e:\n    pass"),
        "backticks": last("def name(x):\n    return `x`"),
        "unequal": last("def differs(a, b):\n    return a <> b"),
        "raise with a comma": last('def stop():\n    raise ValueError, "no"'),
        "octal": last("MODE = 0755"),
        "exec": last('exec "x = 1"'),
        "long number": last("SEED = 10L"),
    },
    "indentation": {
        "tabs among spaces": put(
            "        hidden = self.encoder(x)", "        \thidden = self.encoder(x)"
        ),
        "tab for eight spaces": put(
            "        z = reparametrize(mu, logvar)", "\tz = reparametrize(mu, logvar)"
        ),
        "one space too many": put("    sigma = torch.exp", "     sigma = torch.exp"),
        "back to no block": put("    epsilon = torch", "  epsilon = torch"),
        "no body": put(
            "        self.decoder = None\n", "        if True:\n        self.decoder = None\n"
        ),
        "body at the margin": last("def kl(mu, logvar):\nreturn mu.sum()"),
        "whole file moved in": every_line("    {line}"),
    },
    "characters of a word processor": {
        "curly quotes": put('reduction="sum"', "reduction=\u201csum\u201d"),
        "curly apostrophes": put('reduction="sum"', "reduction=\u2018sum\u2019"),
        "a curly quote closes": put('reduction="sum"', 'reduction="sum\u201d'),
        "low quotes": put('reduction="sum"', "reduction=\u201esum\u201c"),
        "primes": put('reduction="sum"', "reduction=\u2033sum\u2033"),
        "non-breaking spaces": put("    epsilon = ", "\u00a0\u00a0\u00a0\u00a0epsilon = "),
        "a zero-width space": put("z = mu + sigma", "z = mu +\u200b sigma"),
        "a soft hyphen": put("z = mu + sigma", "z = mu + sig\u00adma"),
        "an en dash for minus": put("kl = -0.5 *", "kl = \u20130.5 *"),
        "a real minus": put("kl = -0.5 *", "kl = \u22120.5 *"),
        "a times sign": put("sigma * epsilon", "sigma \u00d7 epsilon"),
        "a full-width comma": put("(mu, logvar)  # (N, Z)", "(mu\uff0clogvar)  # (N, Z)"),
        "full-width brackets": put("torch.exp(logvar)", "torch.exp\uff08logvar\uff09"),
        "an ellipsis sign": put("    z = None\n", "    z = \u2026\n"),
        "an arrow": last("def f(x) \u2192 int:\n    return 1"),
        "squared": put("mu**2", "mu\u00b2"),
        "an emoji": last("\U0001f389"),
        "a BOM in the middle": put("def loss_function", "\ufeffdef loss_function"),
    },
    "a program copied with its surroundings": {
        "mail quotes": every_line("> {line}"),
        "line numbers": every_line("{n:4}  {line}"),
        "line numbers with colons": every_line("{n}: {line}"),
        "prompts": every_line(">>> {line}"),
        "prompts here and there": last(">>> VAE(784)\n>>> hello_vae()"),
        "an IPython prompt": first("In [3]: import torch\n"),
        "an output prompt": last("Out[3]: torch.Size([1, 15])"),
        "a unified diff": b"--- a/vae.py\n+++ b/vae.py\n@@ -1,3 +1,4 @@\n" + every_line("+{line}"),
        "git diff": b"diff --git a/vae.py b/vae.py\nindex 83db48f..bf2a 100644\n"
        + every_line(" {line}"),
        "a Markdown fence": b"```python\n" + WHOLE + b"```\n",
        "a fence at the end": WHOLE + b"```\n",
        "prose of a chat": b"Sure! Here is the completed implementation:\n\n" + WHOLE,
        "prose and a fence": b"Here is the code.\n\n```python\n" + WHOLE + b"```\n\nGood luck!\n",
        "prose behind it": WHOLE + b"\nThis works because the KL term has a closed form.\n",
        "a shell's prompt": first("$ python vae.py\n"),
        "a traceback": last(
            'Traceback (most recent call last):\n  File "vae.py", line 3, in <module>'
        ),
    },
    "nearly Python": {
        "Def": put("def reparametrize(", "Def reparametrize("),
        "function": put("def loss_function(", "function loss_function("),
        "improt": put("import torch\n", "improt torch\n"),
        "form": put("from torch import nn\n", "form torch import nn\n"),
        "clas": put("class CVAE(", "clas CVAE("),
        "retrun": put("    return z\n", "    retrun z\n"),
        "else if": last("if True:\n    pass\nelse if False:\n    pass"),
        "! for not": put("z = mu + sigma * epsilon", "z = !mu"),
        "nothing behind =": put("z = mu + sigma * epsilon", "z ="),
        "question marks": put("z = mu + sigma * epsilon", "???"),
        "your code here": put("z = mu + sigma * epsilon", "z = <your code here>"),
        "a comment of C": put("z = mu + sigma * epsilon", "z = mu  // the mean"),
        "a long comment of C": first("/* Ada, 2025 */\n"),
        "an address among it": last("https://github.com/ada/vae"),
    },
    "no Python at all": {
        "an address": b"https://github.com/ada/vae/blob/main/vae.py\n",
        "not found": b"404: Not Found\n",
        "a plain diff": b"26c26,27\n< class VAE:\n---\n> class VAE(nn.Module):\n>     pass\n",
        "Java": b"import java.util.*;\n\npublic class Vae {\n}\n",
        "C": b"#include <stdio.h>\nint main(void) {\n    return 0;\n}\n",
        "JavaScript": b"const hidden = 400;\nfunction vae(x) {\n    return x;\n}\n",
    },
    "cut off or left open": {
        "cut off in a call": WHOLE[: WHOLE.index(b"nn.Unflatten(1, (1, 28") + 18],
        "cut off in a docstring": WHOLE[: WHOLE.index(b"Encode the images, sample")],
        "cut off after a colon": WHOLE[: WHOLE.index(b"    def forward(self, x: torch")]
        + b"    def forward(self, x):",
        "a bracket never closed": put(
            "nn.Unflatten(1, (1, 28, 28)),\n        )", "nn.Unflatten(1, (1, 28, 28)),\n"
        ),
        "a bracket too many": put("z = mu + sigma * epsilon", "z = mu + sigma * epsilon)"),
        "brackets crossed": put("outputs = (x_hat, mu, logvar)", "outputs = (x_hat, mu, logvar]"),
        "a string never closed": put('reduction="sum"', 'reduction="sum'),
        "a docstring not closed": put('it found this file."""', "it found this file."),
        "last docstring not closed": last('def kl():\n    """The divergence.'),
        "a backslash at the end": put("z = mu + sigma * epsilon", "z = mu + \\ sigma * epsilon"),
        "a path with backslashes": last('DATA = "C:\\Users\\ada"'),
    },
    "grammar": {
        "return outside": last("return 0"),
        "await outside": last("def f(x):\n    await x"),
        "yield outside": last("yield 1"),
        "break outside": last("if True:\n    break"),
        "no colon": put("class CVAE(nn.Module):", "class CVAE(nn.Module)"),
        "= for ==": last("if __name__ = '__main__':\n    hello_vae()"),
        "no comma": put("nn.Flatten(),", "nn.Flatten()"),
        "two statements": put("z = mu + sigma * epsilon", "z = mu + sigma epsilon"),
        "a keyword as a name": last("lambda = 1"),
        "a number first": last("2nd_layer = None"),
        "parameter twice": put(
            "def reparametrize(mu: torch.Tensor, logvar", "def reparametrize(mu: torch.Tensor, mu"
        ),
        "default before none": put(
            "latent_size: int = 15):", "latent_size: int = 15, hidden_dim):"
        ),
        "else alone": last("else:\n    pass"),
        "plus plus": last("n = 0\nn++"),
        "curly braces": last("def f(x) {\n    return x\n}"),
        "a blank to fill in": put("z = mu + sigma * epsilon", "z = mu + ____ * epsilon ???"),
        "half a line": put("z = mu + sigma * epsilon", "z = mu + sigma *"),
        "pseudo-code": region("reparametrize", "z = mu plus sigma times epsilon"),
        "from __future__ late": last("from __future__ import annotations"),
        "assignment to a call": last("torch.manual_seed(0) = 1"),
        "nonlocal at the top": last("nonlocal x"),
    },
}
