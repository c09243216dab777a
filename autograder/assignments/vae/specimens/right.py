"""Right programs, written in many ways: each must get full marks."""

from __future__ import annotations

from autograder.assignments.edits import Edit

SIGMA = "torch.exp(logvar / 2)"
SAMPLERS: dict[str, str] = {  # the whole body of `reparametrize`
    "std_by_mul": "std = logvar.mul(0.5).exp()\nz = torch.randn_like(std).mul(std).add(mu)",
    "root_of_variance": "z = mu + torch.sqrt(torch.exp(logvar)) * torch.randn_like(mu)",
    "exp_then_power": "z = mu + logvar.exp() ** 0.5 * torch.randn_like(mu)",
    "power_of_e": "import math\nz = mu + math.e ** (logvar / 2) * torch.randn_like(mu)",
    "rsample": f"z = torch.distributions.Normal(mu, {SIGMA}).rsample()",
    "rsample_multivariate": (
        "cov = torch.diag_embed(torch.exp(logvar))\n"
        "z = torch.distributions.MultivariateNormal(mu, covariance_matrix=cov).rsample()"
        f" if mu.shape[1] < 20 else mu + {SIGMA} * torch.randn_like(mu)"
    ),
    "independent": (
        f"d = torch.distributions\nz = d.Independent(d.Normal(mu, {SIGMA}), 1).rsample()"
    ),
    "torch_normal": f"z = mu + {SIGMA} * torch.normal(torch.zeros_like(mu), 1.0)",
    "normal_in_place": f"z = mu + {SIGMA} * torch.empty_like(mu).normal_()",
    "negated": f"z = mu - {SIGMA} * torch.randn_like(mu)",
    "drawn_transposed": f"z = mu + {SIGMA} * torch.randn(mu.T.shape).T",
    "drawn_in_double": (
        f"z = mu + {SIGMA} * torch.randn(mu.shape, dtype=torch.float64).to(mu.dtype)"
    ),
    "drawn_flat": f"z = mu + {SIGMA} * torch.randn(mu.numel()).reshape(mu.shape)",
    "drawn_by_numpy": (
        "import numpy as np\n"
        f"z = mu + {SIGMA} * torch.from_numpy(np.random.randn(*mu.shape)).to(mu)"
    ),
    "drawn_by_numpys_generator": (
        "import numpy as np\n"
        "noise = torch.from_numpy(np.random.default_rng().standard_normal(mu.shape)).to(mu)\n"
        f"z = mu + {SIGMA} * noise"
    ),
    "drawn_by_random": (
        "import random\n"
        "noise = [random.gauss(0, 1) for _ in range(mu.numel())]\n"
        f"z = mu + {SIGMA} * torch.tensor(noise).view_as(mu)"
    ),
    "private_generator": f"z = mu + {SIGMA} * torch.randn(mu.shape, generator=GENERATOR)",
    "row_by_row": (
        "rows = [m + torch.exp(v / 2) * torch.randn(m.shape) for m, v in zip(mu, logvar)]\n"
        "z = torch.stack(rows)"
    ),
    "more_than_needed": f"z = mu + {SIGMA} * torch.randn(3, *mu.shape)[1]",
    "addcmul": f"z = torch.addcmul(mu, {SIGMA}, torch.randn_like(mu))",
    "box_muller": (
        "u, v = torch.rand(2, *mu.shape, dtype=torch.float64).clamp_min(1e-300)\n"
        "noise = torch.sqrt(-2 * torch.log(u)) * torch.cos(2 * torch.pi * v)\n"
        f"z = mu + {SIGMA} * noise.to(mu.dtype)"
    ),
    "inverse_cdf": (
        "u = torch.rand(mu.shape, dtype=torch.float64).clamp(1e-12, 1 - 1e-12)\n"
        f"z = mu + {SIGMA} * torch.special.ndtri(u).to(mu.dtype)"
    ),
    "logvar_clamped": "z = mu + torch.exp(logvar.clamp(-20, 20) / 2) * torch.randn_like(mu)",
    "log_of_std": (
        "log_std = logvar / 2\nstd = log_std.exp()\n"
        "z = torch.add(mu, std * torch.randn(std.size()))"
    ),
}
BCE = 'F.binary_cross_entropy(x_hat, x, reduction="sum")'
KL = "-0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar))"
LOSSES: dict[str, str] = {  # the whole body of `loss_function`
    "two_means": (
        'bce = F.binary_cross_entropy(x_hat, x, reduction="none").flatten(1).sum(1).mean()\n'
        "kl = (-0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)).mean()\n"
        "loss = bce + kl"
    ),
    "mean_over_images": (
        'bce = F.binary_cross_entropy(x_hat, x, reduction="none").sum(dim=(1, 2, 3))\n'
        "kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(dim=1)\n"
        "loss = torch.mean(bce + kl)"
    ),
    "size_average": (
        "import warnings\n"
        "with warnings.catch_warnings():\n"
        '    warnings.simplefilter("ignore")\n'
        "    bce = F.binary_cross_entropy(x_hat, x, size_average=False)\n"
        f"loss = (bce + ({KL})) / x.shape[0]"
    ),
    "bce_loss_module": (
        f'loss = nn.BCELoss(reduction="sum")(x_hat, x) / x.size(0) + ({KL}) / x.size(0)'
    ),
    "distributions": (
        "d = torch.distributions\n"
        "q = d.Normal(mu, torch.exp(logvar / 2))\n"
        "p = d.Normal(torch.zeros_like(mu), torch.ones_like(mu))\n"
        f"loss = ({BCE} + d.kl_divergence(q, p).sum()) / len(mu)"
    ),
    "bare_logs": (
        "bce = -(x * torch.log(x_hat) + (1 - x) * torch.log(1 - x_hat)).sum()\n"
        f"loss = (bce + ({KL})) / len(x)"
    ),
    "tiny_floor": (
        "e = 1e-8\n"
        "bce = -(x * torch.log(x_hat + e) + (1 - x) * torch.log(1 - x_hat + e)).sum()\n"
        f"loss = (bce + ({KL})) / len(x)"
    ),
    "clamped_x_hat": (
        'bce = F.binary_cross_entropy(x_hat.clamp(1e-7, 1 - 1e-7), x, reduction="sum")\n'
        f"loss = (bce + ({KL})) / len(x)"
    ),
    "logits": (
        "p = x_hat.clamp(1e-7, 1 - 1e-7)\n"
        'bce = F.binary_cross_entropy_with_logits(torch.log(p / (1 - p)), x, reduction="sum")\n'
        f"loss = (bce + ({KL})) / len(x)"
    ),
    "loop_over_images": (
        "total = 0\n"
        "for p, t, m, v in zip(x_hat, x, mu, logvar):\n"
        '    total = total + F.binary_cross_entropy(p, t, reduction="sum")\n'
        "    total = total - 0.5 * (1 + v - m**2 - v.exp()).sum()\n"
        "loss = total / len(x)"
    ),
    "loop_over_dimensions": (
        "kl = sum(-0.5 * (1 + logvar[:, j] - mu[:, j] ** 2 - logvar[:, j].exp()).sum()\n"
        "         for j in range(mu.shape[1]))\n"
        f"loss = ({BCE} + kl) / mu.shape[0]"
    ),
    "expm1": f"loss = ({BCE} + 0.5 * torch.sum(mu**2 + torch.expm1(logvar) - logvar)) / len(x)",
    "std_written_out": (
        "std = torch.exp(logvar / 2)\n"
        "kl = torch.sum(-torch.log(std) + (std**2 + mu**2) / 2 - 0.5)\n"
        f"loss = ({BCE} + kl) / len(x)"
    ),
    "norms": (
        "kl = 0.5 * (mu.norm() ** 2 + logvar.exp().sum() - logvar.sum() - mu.numel())\n"
        f"loss = ({BCE} + kl) / len(x)"
    ),
    "in_double": (
        'bce = F.binary_cross_entropy(x_hat.double(), x.double(), reduction="sum")\n'
        f"loss = ((bce + ({KL})) / len(x)).float()"
    ),
    "mean_times_count": (
        f"bce = F.binary_cross_entropy(x_hat, x) * x[0].numel()\nloss = bce + ({KL}) / len(x)"
    ),
    "flattened": (
        "p, t = x_hat.view(len(x), -1), x.view(len(x), -1)\n"
        'bce = F.binary_cross_entropy(p, t, reduction="sum")\n'
        f"loss = (bce + ({KL})) / len(x)"
    ),
    "shape_of_one": f"loss = (({BCE} + ({KL})) / len(x)).reshape(1)",
    "einsum": (
        'kl = 0.5 * (torch.einsum("nz,nz->", mu, mu) + logvar.exp().sum()'
        " - logvar.sum() - mu.numel())\n"
        f"loss = ({BCE} + kl) / len(x)"
    ),
}
CLASSES_FROM_LIST = """
class Stack(nn.Module):
    def __init__(self, sizes, last=None):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.last = last

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1 or self.last is None:
                x = F.relu(x)
        return x if self.last is None else self.last(x)
"""
WEIGHTS = """
class Dense(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.W = nn.Parameter(torch.randn(into, out) / into**0.5)
        self.b = nn.Parameter(torch.zeros(out))

    def forward(self, x):
        return x @ self.W + self.b
"""
REVERSED = """
class Backwards(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.third, self.second, self.first = nn.Linear(b, b), nn.Linear(b, b), nn.Linear(a, b)

    def forward(self, x):
        x = torch.relu(self.first(x.flatten(1)))
        return torch.relu(self.third(torch.relu(self.second(x))))
"""
XAVIER = """
def xavier(module):
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
"""
BOUNDED = """
class Bounded(nn.Module):
    def forward(self, a):
        return torch.sigmoid(a).clamp(1e-4, 1 - 1e-4)
"""
LABEL_FIRST = (Edit("cvae.forward", "[pixels, c]", "[c, pixels]"),)
HEAD = "nn.Linear(hidden_dim, latent_size)"
LOGVAR = f"self.logvar_layer = {HEAD}"
CLOSE = "        )\n"


def _forward(sample: str, decoded: str = "self.decoder(z)") -> tuple[Edit, ...]:
    lines = (
        "h = self.encoder(x)",
        "mu, logvar = self.mu_layer(h), self.logvar_layer(h)",
        sample,
        f"outputs = ({decoded}, mu, logvar)",
    )
    return (Edit("vae.forward", "", "\n".join(lines)),)


STRUCTURES: dict[str, tuple[Edit, ...]] = {
    "reference": (),
    "heads_in_sequential": (Edit("vae.heads", HEAD, f"nn.Sequential({HEAD})"),),
    "encoder_in_a_list": (
        Edit("top", "", CLASSES_FROM_LIST),
        Edit(
            "vae.encoder",
            "",
            "self.encoder = nn.Sequential(nn.Flatten(), "
            "Stack([input_size, hidden_dim, hidden_dim, hidden_dim]))",
        ),
    ),
    "decoder_in_a_list": (
        Edit("top", "", CLASSES_FROM_LIST),
        Edit(
            "vae.decoder",
            "",
            "sizes = [latent_size, 400, 400, 400, input_size]\n"
            "self.decoder = nn.Sequential(Stack(sizes, nn.Sigmoid()), "
            "nn.Unflatten(1, (1, 28, 28)))",
        ),
    ),
    "flatten_in_forward": (
        Edit("vae.encoder", "            nn.Flatten(),\n", ""),
        Edit("vae.forward", "self.encoder(x)", "self.encoder(x.view(x.size(0), -1))"),
    ),
    "flatten_in_both": (
        Edit("vae.forward", "self.encoder(x)", "self.encoder(x.reshape(len(x), -1))"),
    ),
    "unflatten_in_forward": (
        Edit("vae.decoder", "            nn.Unflatten(1, (1, 28, 28)),\n", ""),
        Edit("vae.forward", "self.decoder(z)", "self.decoder(z).view(-1, 1, 28, 28)"),
    ),
    "flatten_kept_in_cvae": (
        Edit("cvae.encoder", "nn.Sequential(", "nn.Sequential(nn.Flatten(),"),
    ),
    "one_relu_reused": (
        Edit("vae.encoder", "self.encoder", "relu = nn.ReLU()\n        self.encoder"),
        Edit("vae.encoder", "nn.ReLU(),", "relu,"),
    ),
    "relu_in_place": (Edit("vae.encoder", "nn.ReLU()", "nn.ReLU(inplace=True)"),),
    "xavier": (
        Edit("top", "", XAVIER),
        Edit("vae.decoder", "self.decoder =", "self.encoder.apply(xavier)\n        self.decoder ="),
    ),
    "normal_init": (
        Edit(
            "vae.decoder",
            CLOSE,
            f"{CLOSE}        for p in self.decoder.parameters():\n"
            "            nn.init.normal_(p, std=0.05)\n",
        ),
    ),
    "logvar_starts_at_zero": (
        Edit(
            "vae.heads",
            LOGVAR,
            f"{LOGVAR}\n        nn.init.zeros_(self.logvar_layer.weight)\n"
            "        nn.init.zeros_(self.logvar_layer.bias)",
        ),
    ),
    "own_linear": (Edit("top", "", WEIGHTS), Edit("vae.encoder", "nn.Linear", "Dense")),
    "registered_backwards": (
        Edit("top", "", REVERSED),
        Edit("vae.encoder", "", "self.encoder = Backwards(input_size, hidden_dim)"),
    ),
    "base_class": (
        Edit("top", "", "class Base(nn.Module):\n    pass"),
        Edit("file", "class VAE(nn.Module)", "class VAE(Base)"),
        Edit("file", "class CVAE(nn.Module)", "class CVAE(Base)"),
    ),
    "cvae_inherits": (
        Edit("file", "class CVAE(nn.Module)", "class CVAE(VAE)"),
        Edit("file", "super().__init__()", "nn.Module.__init__(self)", (2,)),
    ),
    "named_layers": (
        Edit("top", "", "from collections import OrderedDict"),
        Edit(
            "vae.encoder",
            "",
            "self.encoder = nn.Sequential(OrderedDict([\n"
            '    ("flat", nn.Flatten()), ("in", nn.Linear(input_size, hidden_dim)),\n'
            '    ("a", nn.ReLU()), ("mid", nn.Linear(hidden_dim, hidden_dim)), ("b", nn.ReLU()),\n'
            '    ("out", nn.Linear(hidden_dim, hidden_dim)), ("c", nn.ReLU()),\n'
            "]))",
        ),
    ),
    "relu_by_threshold": (Edit("vae.encoder", "nn.ReLU()", "nn.Threshold(0.0, 0.0)"),),
    "leaky_of_slope_zero": (Edit("vae.decoder", "nn.ReLU()", "nn.LeakyReLU(0.0)"),),
    "dropout_of_zero": (Edit("vae.decoder", "nn.Sigmoid()", "nn.Dropout(0.0), nn.Sigmoid()"),),
    "lazy_layers": (
        Edit("vae.encoder", "nn.Linear(input_size, hidden_dim)", "nn.LazyLinear(hidden_dim)"),
        Edit("vae.encoder", CLOSE, f"{CLOSE}        self.encoder(torch.zeros(1, input_size))\n"),
    ),
    "built_by_loop": (
        Edit(
            "vae.encoder",
            "",
            "layers, width = [nn.Flatten()], input_size\n"
            "for _ in range(3):\n"
            "    layers += [nn.Linear(width, hidden_dim), nn.ReLU()]\n"
            "    width = hidden_dim\n"
            "self.encoder = nn.Sequential(*layers)",
        ),
    ),
    "layer_kept_twice": (
        Edit("vae.encoder", CLOSE, f"{CLOSE}        self.first_layer = self.encoder[1]\n"),
    ),
    "decoder_bounded": (
        Edit("top", "", BOUNDED),
        Edit("vae.decoder", "nn.Sigmoid()", "Bounded()"),
    ),
    "label_first": LABEL_FIRST,
    "label_as_float": (Edit("cvae.forward", "pixels = ", "c = c.float()\n        pixels = "),),
    "label_to_device": (
        Edit("cvae.forward", "pixels = ", "c = c.to(x.device)\n        pixels = "),
    ),
    "hstack": (
        Edit("cvae.forward", "torch.cat([pixels, c], dim=1)", "torch.hstack((pixels, c))"),
        Edit("cvae.forward", "torch.cat([z, c], dim=1)", "torch.concat((z, c), -1)"),
    ),
    "cvae_in_four_lines": (
        Edit(
            "cvae.forward",
            "",
            "h = self.encoder(torch.cat((x.flatten(1), c), 1))\n"
            "mu, logvar = self.mu_layer(h), self.logvar_layer(h)\n"
            "outputs = self.decoder(torch.cat((reparametrize(mu, logvar), c), 1)), mu, logvar",
        ),
    ),
    "by_keyword": _forward("z = reparametrize(mu=mu, logvar=logvar)"),
    "by_keyword_turned": _forward("z = reparametrize(logvar=logvar, mu=mu)"),
    "sampled_inline": _forward("z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)"),
    "sampled_inline_by_numpy": _forward(
        "import numpy as np\n"
        "z = mu + torch.exp(logvar / 2) * torch.from_numpy(np.random.randn(*mu.shape)).float()"
    ),
    "rsample_inline": _forward("z = torch.distributions.Normal(mu, (logvar / 2).exp()).rsample()"),
    "reshaped_again": _forward("z = reparametrize(mu, logvar)", "self.decoder(z).view(x.shape)"),
    "outputs_as_list": (
        Edit("vae.forward", "outputs = (x_hat, mu, logvar)", "outputs = [x_hat, mu, logvar]"),
    ),
    "own_method": (
        Edit("vae.forward", "self.encoder(x)", "self.encode(x)"),
        Edit(
            "file",
            "    def forward(self, x: torch.Tensor):",
            "    def encode(self, x):\n        return self.encoder(x)\n\n"
            "    def forward(self, x: torch.Tensor):",
        ),
    ),
    "prints": (
        Edit("vae.forward", "hidden = ", 'print("shape", x.shape)\n        hidden = '),
        Edit("loss", "reconstruction = ", 'print("loss")\n    reconstruction = '),
    ),
    "main_guard": (
        Edit("end", "", 'if __name__ == "__main__":\n    hello_vae()\n    raise SystemExit'),
    ),
    "extra_helpers": (
        Edit("top", "", "def count(model):\n    return sum(p.numel() for p in model.parameters())"),
    ),
    "crlf_line_ends": (Edit("file", "\n", "\r\n"),),
    "type_hints": (
        Edit("file", "from torch import nn", "from torch import Tensor, nn"),
        Edit(
            "file",
            "def reparametrize(mu: torch.Tensor, logvar: torch.Tensor):",
            "def reparametrize(mu: Tensor, logvar: Tensor) -> Tensor:",
        ),
    ),
    "star_import": (Edit("top", "", "from math import *"),),
    "matplotlib_if_there": (
        Edit(
            "top",
            "",
            "try:\n    import matplotlib.pyplot as plt\nexcept ImportError:\n    plt = None",
        ),
    ),
    "uses_the_helpers": (
        Edit("top", "", "from nndl2.grad import rel_error\nfrom nndl2.utils import reset_seed"),
    ),
    "threads_set": (Edit("top", "", "torch.set_num_threads(1)"),),
    "seeded_at_import": (Edit("top", "", "torch.manual_seed(0)"),),
    "warns": (
        Edit(
            "loss",
            "reconstruction = ",
            'import warnings\n    warnings.warn("slow", stacklevel=2)\n    reconstruction = ',
        ),
    ),
    "loss_with_a_beta": (
        Edit("file", "mu: torch.Tensor, logvar: torch.Tensor):", "mu, logvar, beta=1.0):", (2,)),
    ),
    "decorated": (
        Edit(
            "top",
            "",
            "def timed(f):\n    def g(*args, **kw):\n        return f(*args, **kw)\n    return g",
        ),
        Edit("file", "def reparametrize(", "@timed\ndef reparametrize("),
        Edit("file", "def loss_function(", "@timed\ndef loss_function("),
    ),
    "images_asserted": (
        Edit("vae.forward", "hidden = ", "assert 0 <= x.min() and x.max() <= 1\n        hidden = "),
    ),
    "images_clamped": (
        Edit("vae.forward", "hidden = ", "x = x.clamp(0, 1)\n        hidden = "),
        Edit("cvae.forward", "pixels = ", "x = x.clamp(0, 1)\n        pixels = "),
    ),
    "compiled": (Edit("file", "def reparametrize(", "@torch.compile\ndef reparametrize("),),
    "imports_itself_late": (
        Edit("vae.forward", "hidden = ", "import vae\n        hidden = "),
        Edit("vae.forward", "reparametrize(", "vae.reparametrize("),
    ),
    "large_and_unused": (
        Edit("vae.heads", LOGVAR, f"{LOGVAR}\n        self.spare = nn.Linear(5000, 5000)"),
    ),
    "sizes_by_keyword": (
        Edit("file", "input_size: int, latent_size: int = 15", "input_size, *, latent_size=15"),
    ),
    "sample_in_double_converted": (
        Edit("reparametrize", "", f"z = mu + {SIGMA} * torch.randn(mu.shape, dtype=torch.float64)"),
        Edit("file", "self.decoder(z)", "self.decoder(z.float())"),
        Edit("cvae.forward", "torch.cat([z, c], dim=1)", "torch.cat([z.float(), c], dim=1)"),
    ),
    "more_arguments": (
        Edit("file", "latent_size: int = 15):", "latent_size: int = 15, hidden: int = 400):"),
    ),
}
ALL: dict[str, tuple[Edit, ...]] = {
    **STRUCTURES,
    **{
        f"sampler_{name}": (
            Edit("reparametrize", "", body),
            *([Edit("top", "", "GENERATOR = torch.Generator()")] if "GENERATOR" in body else []),
        )
        for name, body in SAMPLERS.items()
    },
    **{f"loss_{name}": (Edit("loss", "", body),) for name, body in LOSSES.items()},
}
