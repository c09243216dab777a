"""Mutants of the reference that do what the reference does, by the reason why.

A mutant is named by what stays the same when lines are added elsewhere: its operator, the class and
function it is in, and the changed text before and after. `python -m autograder.mutants vae` names
an entry that is no longer made, and one that a check catches.
"""

Key = tuple[str, str, str, str]
VAE_INIT, VAE_FORWARD = "VAE.__init__", "VAE.forward"
CVAE_INIT, CVAE_FORWARD = "CVAE.__init__", "CVAE.forward"
REPLACED = "variable_replaced"
SWAPPED, FIRST = "neighbours_swapped", "first_for_all"

EQUIVALENT: dict[str, list[Key]] = {
    "a sigmoid looks at each number alone, so the shape may change before or after it": [
        (
            SWAPPED,
            VAE_INIT,
            "nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)),",
            "nn.Unflatten(1, (1, 28, 28)), nn.Sigmoid(),",
        ),
        (
            SWAPPED,
            CVAE_INIT,
            "nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)),",
            "nn.Unflatten(1, (1, 28, 28)), nn.Sigmoid(),",
        ),
    ],
    "images have one channel, so the first one is all of them": [
        (FIRST, VAE_FORWARD, "hidden = self.encoder(x)", "hidden = self.encoder(x[:, :1])"),
        (
            FIRST,
            CVAE_FORWARD,
            "pixels = torch.flatten(x, start_dim=1)",
            "pixels = torch.flatten(x[:, :1], start_dim=1)",
        ),
        (
            FIRST,
            "loss_function",
            'reconstruction = F.binary_cross_entropy(x_hat, x, reduction="sum")',
            'reconstruction = F.binary_cross_entropy(x_hat[:, :1], x, reduction="sum")',
        ),
        (
            FIRST,
            "loss_function",
            'reconstruction = F.binary_cross_entropy(x_hat, x, reduction="sum")',
            'reconstruction = F.binary_cross_entropy(x_hat, x[:, :1], reduction="sum")',
        ),
    ],
    "the label may come before the image, for no cell calls this encoder by itself": [
        (
            SWAPPED,
            CVAE_FORWARD,
            "hidden = self.encoder(torch.cat([pixels, c], dim=1))",
            "hidden = self.encoder(torch.cat([c, pixels], dim=1))",
        ),
    ],
    "training needs gradients of the parameters, and nobody needs those of the images": [
        (
            "detached",
            CVAE_FORWARD,
            "pixels = torch.flatten(x, start_dim=1)",
            "pixels = torch.flatten(x, start_dim=1).detach()",
        ),
    ],
    "noise depends on nothing, so no gradient passes through it": [
        (
            "detached",
            "reparametrize",
            "epsilon = torch.randn_like(mu)",
            "epsilon = torch.randn_like(mu).detach()",
        ),
    ],
    "mu and logvar have the same shape": [
        (
            REPLACED,
            "reparametrize",
            "epsilon = torch.randn_like(mu)",
            "epsilon = torch.randn_like(logvar)",
        ),
    ],
    "standard normal noise has the same law when it is negated": [
        ("mutmut swap_op", "reparametrize", "z = mu + sigma * epsilon", "z = mu - sigma * epsilon"),
    ],
    "x_hat, mu and x have a row for each of the N images": [
        (
            REPLACED,
            "loss_function",
            "loss = (reconstruction + kl) / len(x)",
            "loss = (reconstruction + kl) / len(x_hat)",
        ),
        (
            REPLACED,
            "loss_function",
            "loss = (reconstruction + kl) / len(x)",
            "loss = (reconstruction + kl) / len(mu)",
        ),
    ],
    "the reconstruction term is the function's own and not needed any more": [
        (
            "in_place",
            "loss_function",
            "loss = (reconstruction + kl) / len(x)",
            "loss = (reconstruction.add_(kl)) / len(x)",
        ),
    ],
}
