"""Files that load, and stop, run away or go wrong when one of their parts is called."""

from __future__ import annotations

from .building import below_imports, last, put
from .unreadable import Kinds

NOISE = "torch.randn_like(mu)"
SUM = "z = mu + sigma * epsilon"

KINDS: Kinds = {
    "a GPU in a part": {
        "cuda()": put(NOISE, "torch.randn(mu.shape).cuda()"),
        "to a device of the file": below_imports("device = torch.device('cuda')").replace(
            NOISE.encode(), f"{NOISE}.to(device)".encode()
        ),
        "the input": put("hidden = self.encoder(x)", "hidden = self.encoder(x.cuda())"),
        "the network": put(
            "self.logvar_layer = nn.Linear(hidden_dim, latent_size)",
            "self.logvar_layer = nn.Linear(hidden_dim, latent_size).cuda()",
            at=2,
        ),
        "a layer": put(
            "self.mu_layer = nn.Linear(hidden_dim, latent_size)",
            "self.mu_layer = nn.Linear(hidden_dim, latent_size).to('cuda')",
        ),
        "the default device": below_imports("torch.set_default_device('cuda')"),
        "a FloatTensor": put(NOISE, "torch.cuda.FloatTensor(mu.shape).normal_()"),
    },
    "types": {
        "float64 in a part": put(NOISE, f"{NOISE}.double()"),
        "float64 as the default": below_imports("torch.set_default_dtype(torch.float64)"),
        "a network of doubles": put(
            "        self.decoder = nn.Sequential(",
            "        self.double()\n        self.decoder = nn.Sequential(",
        ),
        "NumPy in the middle": put(
            SUM, "import numpy as np; z = mu + sigma * np.random.randn(*mu.shape)"
        ),
        "math for torch": put(
            "sigma = torch.exp(0.5 * logvar)", "import math; sigma = math.exp(0.5 * logvar)"
        ),
    },
    "in place": {
        "the sample": put(SUM, "logvar.mul_(0.5).exp_(); z = mu + logvar * epsilon"),
        "the images": put("hidden = self.encoder(x)", "x.clamp_(0, 1); hidden = self.encoder(x)"),
        "no gradients": below_imports("torch.set_grad_enabled(False)"),
        "inference only": put("def reparametrize(", "@torch.inference_mode()\ndef reparametrize("),
    },
    "an exception in a part": {
        "a name": put(SUM, "z = mu + sigma * eps"),
        "an attribute": put("z = reparametrize(mu, logvar)", "z = self.reparametrize(mu, logvar)"),
        "shapes": put(
            "self.decoder(torch.cat([z, c], dim=1))", "self.decoder(torch.cat([z, c], dim=0))"
        ),
        "an index": put("len(x)  # ()", "x.shape[9]"),
        "an assertion": put(SUM, f"{SUM}; assert z.shape == (128, 15)"),
        "TODO text uncommented": put("    z = None\n", "    raise Exception('TODO')\n"),
        "not implemented": put(SUM, "raise NotImplementedError"),
        "endless recursion": put(SUM, "z = reparametrize(mu, logvar)"),
        "endless forward": put("hidden = self.encoder(x)", "hidden = self(x)"),
        "a layer's own error": put("nn.Unflatten(1, (1, 28, 28))", "nn.Unflatten(1, (1, 28, 29))"),
        "a layer misspelt": put("nn.Sigmoid()", "nn.Sigmoidd()"),
        "an argument misspelt": put('reduction="sum"', 'reduce="sum"'),
        "an unbound name": put(
            "    epsilon = torch.randn_like(mu)", "    if False:\n        epsilon = mu"
        ),
    },
    "asks or stops in a part": {
        "breakpoint": put(SUM, f"breakpoint()\n    {SUM}"),
        "input": put(SUM, f"input('go on?')\n    {SUM}"),
        "exit": put(SUM, f"exit()\n    {SUM}"),
        "os._exit": put(SUM, f"import os\n    os._exit(3)\n    {SUM}"),
        "a segmentation fault": put(SUM, f"import ctypes\n    ctypes.string_at(0)\n    {SUM}"),
        "a package misspelt": put(SUM, f"import troch\n    {SUM}"),
        "a package": put(SUM, f"import cv2\n    {SUM}"),
        "a file": put(SUM, f"torch.load('noise.pt')\n    {SUM}"),
    },
    "takes too long in a part": {
        "an endless loop": put(
            "    loss = None\n", "    loss = None\n    while True:\n        pass\n"
        ),
        "sleeps": put(
            "pixels = torch.flatten", "import time; time.sleep(3600); pixels = torch.flatten"
        ),
    },
    "takes too much in a part": {
        "memory": put(SUM, f"torch.zeros(10**12)\n    {SUM}"),
        "memory of Python": put(SUM, f"bytearray(10**13)\n    {SUM}"),
        "a huge result": put("    return z\n", "    return z.expand(40_000_000, *z.shape)\n"),
        "a result that holds itself": put(
            "    return z\n", "    z = [z]\n    z.append(z)\n    return z\n"
        ),
    },
    "Python 2 at run time": {
        "xrange": put(SUM, f"for _ in xrange(1):\n        {SUM}"),
        "raw_input": last("NAME = raw_input()"),
        "unicode": last("NAME = unicode('ada')"),
        "iteritems": last("N = dict(a=1).iteritems()"),
        "urllib2": below_imports("import urllib2"),
        "cPickle": below_imports("import cPickle as pickle"),
        "reload": last("reload(torch)"),
    },
}
