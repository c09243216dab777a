"""Right programs, written in other ways."""

from __future__ import annotations

from autograder.assignments.edits import Edit

ENCODER, DECODER = "autoencoder (encoder)", "autoencoder (decoder)"
NET = "return self.net(z).unsqueeze(1)  # (N, D) -> (N, 1, D)\n\n\nclass AutoEncoder"
OWN = """
class Dense(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.w = nn.Parameter(torch.randn(into, out) / into**0.5)
        self.b = nn.Parameter(torch.zeros(out))

    def forward(self, x):
        return x @ self.w + self.b
"""
STACK = """
class Stack(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)
"""
HEADS = """
class Heads(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.mu, self.log_sigma = nn.Linear(into, out // 2), nn.Linear(into, out - out // 2)

    def forward(self, h):
        return torch.cat([self.mu(h), self.log_sigma(h)], dim=1)
"""
HAND = """
class Hand:
    def __init__(self, parameters, lr):
        self.all, self.lr, self.t = list(parameters), lr, 0
        self.m = [torch.zeros_like(p) for p in self.all]
        self.v = [torch.zeros_like(p) for p in self.all]

    def zero_grad(self):
        for p in self.all:
            p.grad = None

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, m, v in zip(self.all, self.m, self.v):
            m.mul_(0.9).add_(p.grad, alpha=0.1)
            v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            hat = (v / (1 - 0.999**self.t)).sqrt() + 1e-8
            p -= self.lr * (m / (1 - 0.9**self.t)) / hat
"""
BOTH = """
class Both:
    def __init__(self, model, lr):
        halves = model.encoder, model.decoder
        self.each = [torch.optim.Adam(half.parameters(), lr=lr) for half in halves]

    def zero_grad(self):
        [each.zero_grad() for each in self.each]

    def step(self):
        [each.step() for each in self.each]
"""
SAMPLE = (
    "eps = torch.randn_like(mu)  # (N, nz)\n        z = mu + torch.exp(log_sigma) * eps  # (N, nz)"
)
CUT = "torch.chunk(q, 2, dim=1)"
KL = "kl_divergence(mu, log_sigma, zeros, zeros)"
BCE = 'F.binary_cross_entropy(outputs["rec"].squeeze(1), x)'
P = 'outputs["rec"][:, 0]'
BY_HAND = f"-(x * {P}.clamp(1e-7).log() + (1 - x) * (1 - {P}).clamp(1e-7).log()).mean()"
BARE = f"-(x * {P}.log() + (1 - x) * (1 - {P}).log()).mean()"
NORMAL = "torch.distributions.Normal"
OF_NORMALS = f"torch.distributions.kl_divergence({NORMAL}(mu, log_sigma.exp()), {NORMAL}(0, 1))"
ADAM = "torch.optim.Adam(model.parameters(), lr=learning_rate)"
ZERO, STEP = "            optimizer.zero_grad()\n", "            optimizer.step()\n"
LOOPS = ("train_autoencoder", "train_vae", "train_cvae")
JOIN = "torch.cat([x, idx2onehot(c, self.num_labels)], dim=1)"
MIX = "(1 - weight) * first + weight * last"


def _loops(old: str, new: str) -> tuple[Edit, ...]:
    """One edit in all training loops."""
    return tuple(Edit(loop, old, new) for loop in LOOPS)


def _forwards(old: str, new: str) -> tuple[Edit, ...]:
    return Edit("vae (forward)", old, new), Edit("cvae (forward)", old, new)


def _losses(old: str, new: str) -> tuple[Edit, ...]:
    return Edit("vae (loss)", old, new), Edit("cvae (loss)", old, new)


ALL: dict[str, tuple[Edit, ...]] = {
    "nested_stacks": (
        Edit(
            ENCODER,
            "nn.Linear(input_size, 256),\n            nn.ReLU(),",
            "nn.Sequential(nn.Linear(input_size, 256), nn.ReLU()),",
        ),
    ),
    "own_layers": (
        Edit("top", "", OWN),
        Edit(ENCODER, "nn.Linear(", "Dense("),
        Edit(DECODER, "nn.Linear(", "Dense("),
    ),
    "own_stack": (
        Edit("top", "", STACK),
        Edit(ENCODER, "", "self.net = Stack(input_size, 256, 64, nz)"),
        Edit(
            DECODER, "", "self.net = nn.Sequential(Stack(nz, 64, 256, output_size), nn.Sigmoid())"
        ),
    ),
    "lazy_layers": (
        Edit(ENCODER, "nn.Linear(input_size, 256)", "nn.LazyLinear(256)"),
        Edit(DECODER, "nn.Linear(nz, 64)", "nn.LazyLinear(64)"),
    ),
    "unflattened_by_a_layer": (
        Edit(
            DECODER,
            "nn.Sigmoid(),",
            "nn.Sigmoid(),\n            nn.Unflatten(1, (1, output_size)),",
        ),
        Edit("file", NET, NET.replace(".unsqueeze(1)", "")),
    ),
    "sigmoid_by_tanh": (
        Edit(DECODER, "            nn.Sigmoid(),\n", ""),
        Edit(
            "file", NET, NET.replace("self.net(z)", "(0.5 + 0.5 * torch.tanh(0.5 * self.net(z)))")
        ),
    ),
    "pixels_kept_from_the_ends": (
        Edit("file", NET, NET.replace("self.net(z)", "self.net(z).clamp(1e-6, 1 - 1e-6)")),
    ),
    "sample_of_a_distribution": _forwards(
        SAMPLE, "z = torch.distributions.Normal(mu, log_sigma.exp()).rsample()"
    ),
    "noise_of_normal": _forwards(
        "torch.randn_like(mu)", "torch.normal(torch.zeros_like(mu), torch.ones_like(mu))"
    ),
    "noise_of_sigmas_shape": _forwards(
        "torch.randn_like(mu)", "torch.empty_like(log_sigma).normal_()"
    ),
    "cut_by_split": _forwards(CUT, "q.split(self.nz, dim=1)"),
    "cut_by_slices": _forwards(CUT, "q[:, : self.nz], q[:, self.nz :]"),
    "cut_by_view": _forwards(CUT, "q.view(len(q), 2, self.nz).unbind(1)"),
    "log_sigma_clamped": _forwards("torch.exp(log_sigma)", "torch.exp(log_sigma.clamp(-10, 2))"),
    "more_in_the_dict": _forwards('"rec": self.decoder', '"z": z, "rec": self.decoder'),
    "kl_by_formula": _losses(KL, "0.5 * (mu**2 + torch.exp(2 * log_sigma) - 1 - 2 * log_sigma)"),
    "kl_of_distributions": _losses(
        KL,
        OF_NORMALS,
    ),
    "bce_by_hand": _losses(
        BCE,
        BY_HAND,
    ),
    "bare_logarithms": _losses(BCE, BARE),
    "bce_averaged_twice": _losses(
        BCE, 'F.binary_cross_entropy(outputs["rec"][:, 0], x, reduction="none").mean(1).mean()'
    ),
    "terms_as_numbers": _losses(
        '{"rec_loss": rec_loss, "kl_loss": kl_loss}',
        '{"rec_loss": rec_loss.detach(), "kl_loss": kl_loss.detach()}',
    ),
    "terms_as_floats": (
        *_losses(
            '{"rec_loss": rec_loss, "kl_loss": kl_loss}',
            '{"rec_loss": rec_loss.item(), "kl_loss": kl_loss.item()}',
        ),
        Edit("train_vae", "parts[name].item()", "parts[name]"),
        Edit("train_cvae", "parts[name].item()", "parts[name]"),
    ),
    "total_of_one_element": _losses(
        "(rec_loss + self.beta * kl_loss,", "((rec_loss + self.beta * kl_loss).reshape(1),"
    ),
    "reconstructed_without_gradients": (
        Edit("vae (reconstruct)", "self.encoder(x)", "self.encoder(x).detach()"),
    ),
    "adam_by_hand": (Edit("top", "", HAND), *_loops("torch.optim.Adam(", "Hand(")),
    "adam_fused": _loops("lr=learning_rate", "lr=learning_rate, fused=True"),
    "adam_foreach": _loops("lr=learning_rate", "lr=learning_rate, foreach=True"),
    "an_adam_for_each_half": (Edit("top", "", BOTH), *_loops(ADAM, "Both(model, learning_rate)")),
    "zeroed_behind_the_step": tuple(
        e for loop in LOOPS for e in (Edit(loop, ZERO, ""), Edit(loop, STEP, STEP + ZERO))
    ),
    "sizes_of_the_model": (
        Edit("train_vae", "flatten(start_dim=1)", "reshape(-1, model.input_size)"),
        Edit("train_cvae", "flatten(start_dim=1)", "reshape(-1, model.decoder.output_size)"),
    ),
    "device_of_an_own_layer": _loops(
        "next(model.parameters()).device", "model.encoder.net[0].weight.device"
    ),
    "reshaped_images": _loops("flatten(start_dim=1)", "reshape(-1, 28 * 28)"),
    "enumerated": tuple(
        Edit(
            loop, f"for images, {label} in loader", f"for i, (images, {label}) in enumerate(loader)"
        )
        for loop, label in zip(LOOPS, ("_", "_", "labels"))
    ),
    "losses_as_tensors": (
        Edit("train_autoencoder", "loss.item()", "loss.detach()"),
        Edit("train_vae", ".item()", ".detach().clone()"),
        Edit("train_cvae", ".item()", ".detach().numpy()"),
    ),
    "losses_as_an_array": (
        Edit(
            "train_autoencoder",
            "            losses.append(loss.item())\n",
            "            losses.append(loss.item())\n    losses = torch.tensor(losses)\n",
        ),
    ),
    "left_in_eval_mode": (
        Edit(
            "train_vae",
            "                values.append(parts[name].item())\n",
            "                values.append(parts[name].item())\n    model.eval()\n",
        ),
    ),
    "samples_one_by_one": (
        Edit(
            "sample_images",
            "torch.randn(n, model.nz, device=device)",
            "torch.stack([torch.randn(model.nz, device=device) for _ in range(n)])",
        ),
    ),
    "mixed_by_lerp": (
        Edit(
            "interpolate",
            MIX,
            "torch.lerp(first.expand(steps, -1), last.expand(steps, -1), weight)",
        ),
    ),
    "mixed_by_a_difference": (Edit("interpolate", MIX, "first + weight * (last - first)"),),
    "mixed_in_a_loop": (
        Edit(
            "interpolate",
            MIX,
            "torch.stack([first + k / (steps - 1) * (last - first) for k in range(steps)])",
        ),
    ),
    "label_before_the_pixels": (
        Edit(
            "cvae (encoder, forward)", JOIN, "torch.cat([idx2onehot(c, self.num_labels), x], dim=1)"
        ),
    ),
    "label_before_the_embedding": (
        Edit(
            "cvae (decoder, forward)",
            JOIN.replace("[x,", "[z,"),
            "torch.cat([idx2onehot(c, self.num_labels), z], dim=1)",
        ),
    ),
    "labels_told_where_there_are_some": (
        Edit("cvae (forward)", ', "c": c}', "} | ({} if c is None else {'c': c})"),
    ),
    "images_taken_for_rows": (
        Edit("vae (forward)", "self.encoder(x)", "self.encoder(x.flatten(start_dim=1))"),
    ),
    "layer_of_its_own_for_the_label": (
        Edit(
            "cvae (encoder)",
            "width = input_size + num_labels if conditional else input_size",
            "width = input_size",
        ),
        Edit(
            "cvae (encoder)",
            "self.net =",
            "self.label = nn.Linear(num_labels, 256) if conditional else None\n        self.net =",
        ),
        Edit(
            "cvae (encoder, forward)",
            "",
            """
            h = self.net[0](x)
            if self.conditional:
                h = h + self.label(idx2onehot(c, self.num_labels))
            embedding = self.net[1:](h)
            """,
        ),
    ),
    "head_for_each_half": (
        Edit("top", "", HEADS),
        Edit("cvae (encoder)", "nn.Linear(64, nz)", "Heads(64, nz)"),
    ),
    "labels_of_eye": (
        Edit(
            "cvae (encoder, forward)",
            "idx2onehot(c, self.num_labels)",
            "torch.eye(self.num_labels, device=x.device)[c.flatten()]",
        ),
        Edit(
            "cvae (decoder, forward)",
            "idx2onehot(c, self.num_labels)",
            "torch.eye(self.num_labels, device=z.device)[c.flatten()]",
        ),
    ),
    "smallest_beta": (Edit("best_beta", "= 0.005", "= 5e-4"),),
    "largest_beta": (Edit("best_beta", "= 0.005", "= 0.05"),),
}
