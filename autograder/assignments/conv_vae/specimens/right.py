"""Right programs, written in other ways than the reference."""

from __future__ import annotations

from autograder.assignments.conv_vae.specimens.edits import Edits

INIT, BACK = "# TODO encode (layers)", "# TODO decode (layers)"
ENCODE, DECODE, SAMPLE = "def encode(", "def decode(", "def sample("
FORWARD, LOSS, TRAVERSE = "def forward(", "def loss_function(", "def traverse("
OWN = """
def own(*shape):
    return nn.Parameter(torch.randn(shape) / (shape[1] * 25) ** 0.5)
w = own(16, channels, 5, 5), own(64, 16, 3, 3), own(latent_size, 30976), own(latent_size, 30976)
self.ws = nn.ParameterList(w)
self.bs = nn.ParameterList(nn.Parameter(torch.zeros(len(each))) for each in w)
"""
BY_HAND = """
h = x
for k in range(2):
    h = F.relu(F.conv2d(h, self.ws[k], self.bs[k]))
h = h.flatten(1)
outputs = [F.linear(h, self.ws[k], self.bs[k]) for k in (2, 3)]
"""
UNFOLDED = """
self.a, self.ab = nn.Parameter(torch.randn(16, channels * 25) / 5), nn.Parameter(torch.zeros(16, 1))
self.b, self.bb = nn.Parameter(torch.randn(64, 144) / 12), nn.Parameter(torch.zeros(1, 64, 1))
self.c = nn.Parameter(torch.randn(64, 22, 22, latent_size) / 170)
self.d = nn.Parameter(torch.randn(latent_size, 64, 22, 22) / 170)
self.cb, self.db = (nn.Parameter(torch.zeros(latent_size)) for _ in "cd")
"""
EINSUM = """
h = torch.relu(self.a @ F.unfold(x, 5) + self.ab).unflatten(2, (24, 24))
h = torch.relu(torch.einsum("oi,nil->nol", self.b, F.unfold(h, 3)) + self.bb)
h = h.unflatten(2, (22, 22))
mu = torch.einsum("nchw,chwz->nz", h, self.c) + self.cb
outputs = mu, torch.einsum("nchw,zchw->nz", h, self.d) + self.db
"""
STACKED = """
self.convolutions = nn.ModuleList([nn.Conv2d(channels, 16, 5), nn.Conv2d(16, 64, 3)])
self.heads = nn.Linear(64 * 22 * 22, 2 * latent_size)
"""
CUT = """
for each in self.convolutions:
    x = each(x).clamp(min=0)
h = self.heads(x.reshape(len(x), -1))
outputs = {}
"""
LAZY = """
self.c1, self.c2 = nn.LazyConv2d(16, 5), nn.LazyConv2d(64, 3)
self.m, self.v = nn.LazyLinear(latent_size), nn.LazyLinear(latent_size)
"""
LAZY_ENCODE = """
h = self.c2(self.c1(x).relu()).relu().flatten(1)
outputs = self.m(h), self.v(h)
"""
LAZY_BACK = """
self.up = nn.LazyLinear(64 * 22 * 22)
self.t1, self.t2 = nn.LazyConvTranspose2d(16, 3), nn.LazyConvTranspose2d(channels, 5)
"""
LAZY_DECODE = "x_hat = self.t2(self.t1(self.up(z).relu().view(-1, 64, 22, 22)).relu()).sigmoid()"
OWN_BACK = """
self.up = nn.Parameter(torch.randn(latent_size, 64, 22, 22))
self.up_bias = nn.Parameter(torch.zeros(64, 22, 22))
self.t1 = nn.Parameter(torch.randn(64, 16, 3, 3) / 10)
self.t2 = nn.Parameter(torch.randn(16, channels, 5, 5) / 10)
self.b1, self.b2 = nn.Parameter(torch.zeros(16)), nn.Parameter(torch.zeros(channels))
"""
OWN_DECODE = """
h = torch.relu(torch.tensordot(z, self.up, dims=1) + self.up_bias)
h = torch.relu(F.conv_transpose2d(h, self.t1, self.b1))
x_hat = 1 / (1 + torch.exp(-F.conv_transpose2d(h, self.t2, self.b2)))
"""
CHANNELS_LAST = """
h = self.decoder[1](self.decoder[0](z)).view(-1, 22, 22, 64).permute(0, 3, 1, 2)
x_hat = self.decoder[3:](h)
"""
PIECES = """
class Down(nn.Module):
    def __init__(self, channels, latent):
        super().__init__()
        self.one, self.two = nn.Conv2d(channels, 16, 5), nn.Conv2d(16, 64, 3)
        self.mean, self.spread = nn.Linear(30976, latent), nn.Linear(30976, latent)

    def forward(self, x):
        h = torch.relu_(self.two(torch.relu(self.one(x)))).flatten(start_dim=1)
        return {"mu": self.mean(h), "logvar": self.spread(h)}


class VAE(nn.Module):"""
NAMED = """
from collections import namedtuple

Posterior = namedtuple("Posterior", "mu logvar")


class VAE(nn.Module):"""
INLINE = """
hidden = self.convolutions(x)
mu, logvar = self.mu_head(hidden), self.logvar_head(hidden)
x_hat = self.decoder(mu + torch.exp(logvar * 0.5) * torch.randn_like(logvar))
outputs = [x_hat, mu, logvar]
"""
OTHER_STREAM = """
mu, logvar = self.encode(x)
noise = torch.randn(2, *mu.shape).sum(0) / 2**0.5
outputs = self.decode(mu + noise * logvar.exp().sqrt()), mu, logvar
"""
DOUBLE_ENCODE = """
hidden = self.convolutions(x.double())
outputs = (self.mu_head(hidden), self.logvar_head(hidden))
"""
DISTRIBUTIONS = """
normal = torch.distributions.Normal(mu, torch.exp(logvar / 2))
reconstruction = -torch.distributions.Bernoulli(probs=x_hat, validate_args=False).log_prob(x).sum()
prior = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
loss = reconstruction + torch.distributions.kl_divergence(normal, prior).sum()
"""
LOGS = """
log_p, log_q = x_hat.clamp(min=1e-7).log(), (1 - x_hat).clamp(min=1e-7).log()
loss = -(x * log_p + (1 - x) * log_q).sum()
loss = loss - (1 + logvar - mu.pow(2) - logvar.exp()).sum() / 2
"""
LOGITS = """
logits = torch.logit(x_hat, eps=1e-7)
loss = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=(1, 2, 3))
loss = (loss + 0.5 * (mu**2 + logvar.exp() - logvar - 1).sum(1)).sum().reshape(1)
"""
MEANS = """
bce = F.binary_cross_entropy(x_hat.view(-1, 784), x.view(-1, 784)) * x.numel()
kld = -0.5 * torch.mean(1 + logvar - mu**2 - logvar.exp()) * mu.numel()
loss = bce + kld
"""
LOOP = """
model.eval()
images = []
with torch.no_grad():
    mu = model.encode(x[None])[0]
    for value in values:
        z = mu.clone()
        z[0, dim] = z[0, dim] + value
        images.append(model.decode(z).squeeze(0))
images = torch.stack(images)
"""
UNIT = """
mu = model.encode(x.unsqueeze(0))[0].detach()
unit = torch.eye(mu.shape[1])[dim]
images = model.decode(mu + torch.tensor([float(v) for v in values]).view(-1, 1) * unit).detach()
"""
MOVED_BACK = """
with torch.no_grad():
    mu, logvar = model.encode(x.view(1, *x.shape))
    pictures = []
    for v in values:
        mu[0, dim] += v
        pictures.append(model.decode(mu).clone())
        mu[0, dim] -= v
    images = torch.cat(pictures)
"""
HEADS = "(self.mu_head(hidden), self.logvar_head(hidden))"
CLASS = "class VAE(nn.Module):"
ALL: dict[str, Edits] = {
    "own_parameters": ((INIT, OWN), (ENCODE, BY_HAND)),
    "unfolded_and_einsum": ((INIT, UNFOLDED), (ENCODE, EINSUM)),
    "cut_in_two": ((INIT, STACKED), (ENCODE, CUT.format("h.chunk(2, dim=1)"))),
    "every_other_number": (
        (INIT, STACKED),
        (ENCODE, CUT.format("h[:, ::2], h[:, 1::2]")),
    ),
    "cut_by_reshaping": (
        (INIT, STACKED),
        (ENCODE, CUT.format("h.view(len(x), 2, -1).unbind(1)")),
    ),
    "logvar_in_front": (
        (INIT, STACKED),
        (ENCODE, CUT.format("tuple(reversed(h.split(h.shape[1] // 2, dim=1)))")),
    ),
    "lazy_layers": ((INIT, LAZY), (ENCODE, LAZY_ENCODE)),
    "named_tuple": (
        (CLASS, NAMED),
        (HEADS, "Posterior(self.mu_head(hidden), self.logvar_head(hidden))"),
    ),
    "lists": ((HEADS, "[self.mu_head(hidden), self.logvar_head(hidden)]"),),
    "logvar_clamped": ((HEADS, "(self.mu_head(hidden), self.logvar_head(hidden).clamp(-10, 10))"),),
    "channels_last": (
        ("nn.Flatten(),  # (N, 64 * 22 * 22)", ""),
        ("self.convolutions(x)  #", "self.convolutions(x).permute(0, 2, 3, 1).flatten(1)  #"),
    ),
    "heads_as_convolutions": (
        ("nn.Flatten(),  # (N, 64 * 22 * 22)", ""),
        (
            "self.mu_head = nn.Linear(64 * 22 * 22, latent_size)",
            "self.mu_head = nn.Conv2d(64, latent_size, 22)",
        ),
        (
            "self.logvar_head = nn.Linear(64 * 22 * 22, latent_size)",
            "self.logvar_head = nn.Conv2d(64, latent_size, 22)",
        ),
        (HEADS, "(self.mu_head(hidden).flatten(1), self.logvar_head(hidden).flatten(1))"),
    ),
    "pieces_elsewhere": (
        (CLASS, PIECES),
        (INIT, "self.down = Down(channels, latent_size)"),
        (ENCODE, "outputs = tuple(self.down(x).values())"),
    ),
    "weight_norm": (
        (
            "nn.Conv2d(16, 64, kernel_size=3),  # (N, 64, 22, 22)",
            "nn.utils.parametrizations.weight_norm(nn.Conv2d(16, 64, kernel_size=3)),",
        ),
    ),
    "other_start": (
        (
            "    def encode(self",
            "        for p in self.parameters():\n            nn.init.normal_(p, std=0.02)\n\n"
            "    def encode(self",
        ),
    ),
    "heads_start_at_zero": (
        (
            "    def encode(self",
            "        for p in [*self.mu_head.parameters(), *self.logvar_head.parameters()]:\n"
            "            nn.init.zeros_(p)\n\n    def encode(self",
        ),
    ),
    "kernel_starts_at_zero": (
        (
            "    def encode(self",
            "        nn.init.zeros_(self.convolutions[2].weight)\n\n    def encode(self",
        ),
    ),
    "layers_not_used": (
        (
            "self.mu_head = nn.Lin",
            "self.spare = nn.Conv2d(16, 64, 3)\n        self.mu_head = nn.Lin",
        ),
    ),
    "double_inside": (
        (
            "    def encode(self",
            "        self.double()\n\n    def encode(self",
        ),
        (ENCODE, DOUBLE_ENCODE),
        ("self.decoder(z)", "self.decoder(z.double())"),
        (
            LOSS,
            "loss = F.binary_cross_entropy(x_hat, x.to(x_hat), reduction='sum')\n"
            "loss = loss + 0.5 * torch.sum(mu**2 + torch.exp(logvar) - 1 - logvar)",
        ),
    ),
    "tiny_number_in_sigma": (("torch.exp(logvar / 2)", "torch.exp(logvar / 2) + 1e-8"),),
    "sample_clamped": (("torch.exp(logvar / 2)", "torch.exp(logvar.clamp(-10, 10) / 2)"),),
    "rsample": ((SAMPLE, "z = torch.distributions.Normal(mu, torch.exp(0.5 * logvar)).rsample()"),),
    "sample_of_own_size": (
        (SAMPLE, "z = torch.randn(len(mu), self.latent_size) * logvar.exp().sqrt() + mu"),
    ),
    "static_sample": (("    def sample(self, mu", "    @staticmethod\n    def sample(mu"),),
    "lazy_decode": ((BACK, LAZY_BACK), (DECODE, LAZY_DECODE)),
    "own_parameters_back": ((BACK, OWN_BACK), (DECODE, OWN_DECODE)),
    "channels_last_back": ((DECODE, CHANNELS_LAST),),
    "decode_kept_inside": (("self.decoder(z)", "self.decoder(z).clamp(1e-6, 1 - 1e-6)"),),
    "forward_in_line": ((FORWARD, INLINE),),
    "forward_with_another_stream": ((FORWARD, OTHER_STREAM),),
    "forward_by_class": (("z = self.sample(mu, logvar)", "z = VAE.sample(self, mu, logvar)"),),
    "other_names": (
        (
            "sample(self, mu: torch.Tensor, logvar: torch.Tensor)",
            "sample(self, mean: torch.Tensor, log_var: torch.Tensor)",
        ),
        (SAMPLE, "z = mean + torch.exp(log_var / 2) * torch.randn_like(mean)"),
    ),
    "loss_of_distributions": ((LOSS, DISTRIBUTIONS),),
    "loss_by_logarithms": ((LOSS, LOGS),),
    "loss_of_logits": ((LOSS, LOGITS),),
    "loss_of_means": ((LOSS, MEANS),),
    "loop": ((TRAVERSE, LOOP),),
    "unit_vector": ((TRAVERSE, UNIT),),
    "moved_and_moved_back": ((TRAVERSE, MOVED_BACK),),
}
