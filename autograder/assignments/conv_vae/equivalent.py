"""Mutants of the reference that do what the reference does, by the reason why.

`python -m autograder.mutants conv_vae` names an entry that is no longer made, and one that a check
catches.
"""

Key = tuple[str, str, str, str]

EQUIVALENT: dict[str, list[Key]] = {
    "a ReLU of each number is the same before and after the shape changes": [
        (
            "neighbours_swapped",
            "VAE.__init__",
            "nn.ReLU(), nn.Flatten(),",
            "nn.Flatten(), nn.ReLU(),",
        ),
        (
            "neighbours_swapped",
            "VAE.__init__",
            "nn.ReLU(), nn.Unflatten(1, (64, 22, 22)),",
            "nn.Unflatten(1, (64, 22, 22)), nn.ReLU(),",
        ),
    ],
    "two heads of equal shape are whichever of the two one calls them": [
        (
            "neighbours_swapped",
            "VAE.encode",
            "outputs = (self.mu_head(hidden), self.logvar_head(hidden))",
            "outputs = (self.logvar_head(hidden), self.mu_head(hidden))",
        ),
    ],
    "only the shape of sigma counts, and noise has no gradient": [
        (
            "detached",
            "VAE.sample",
            "epsilon = torch.randn_like(sigma)",
            "epsilon = torch.randn_like(sigma).detach()",
        ),
        (
            "variable_replaced",
            "VAE.sample",
            "epsilon = torch.randn_like(sigma)",
            "epsilon = torch.randn_like(logvar)",
        ),
    ],
    "the noise is as likely with the other sign": [
        ("mutmut swap_op", "VAE.sample", "z = mu + sigma * epsilon", "z = mu - sigma * epsilon"),
    ],
    "nobody else holds the reconstruction term": [
        (
            "in_place",
            "loss_function",
            "loss = reconstruction + kl",
            "loss = reconstruction.add_(kl)",
        ),
    ],
    "nothing in traverse has a gradient": [
        ("detached", "traverse", "images = model.decode(z)", "images = model.decode(z).detach()"),
        (
            "detached",
            "traverse",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, device=mu.device)",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, device=mu.device).detach()",
        ),
        (
            "detached",
            "traverse",
            "z = mu.repeat(len(shifts), 1)",
            "z = mu.repeat(len(shifts), 1).detach()",
        ),
    ],
    "values are numbers, or a tensor of the model's own kind": [
        (
            "mutmut arg_removal",
            "traverse",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, device=mu.device)",
            "shifts = torch.as_tensor(values, device=mu.device)",
        ),
        (
            "mutmut arg_removal",
            "traverse",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, device=mu.device)",
            "shifts = torch.as_tensor(values, dtype=None, device=mu.device)",
        ),
        (
            "mutmut arg_removal",
            "traverse",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, device=mu.device)",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, )",
        ),
        (
            "mutmut arg_removal",
            "traverse",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, device=mu.device)",
            "shifts = torch.as_tensor(values, dtype=mu.dtype, device=None)",
        ),
    ],
    "there are as many shifts as values": [
        (
            "variable_replaced",
            "traverse",
            "z = mu.repeat(len(shifts), 1)",
            "z = mu.repeat(len(values), 1)",
        ),
    ],
}
