"""Fairness of the loss: factors, several things returned, the squared error and fixed sizes."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Fair

KL = "-0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar))"
END = "(reconstruction + kl) / len(x)"
BCE = 'F.binary_cross_entropy(x_hat, x, reduction="sum")'
FACTOR = (r"times what it should be",)


def kl(bracket: str) -> tuple[Edit, ...]:
    return (Edit("loss", KL, f"-0.5 * torch.sum({bracket})"),)


def coefficient(*names: str) -> tuple[str, ...]:
    """What names a term and its coefficient."""
    it = "|".join(names)
    return (
        rf"(coefficient|factor|twice|doubled|halved|half|[\d.]+ times).*({it})"
        rf"|({it}).*(coefficient|factor|twice|doubled|halved|half|[\d.]+ times)",
    )


VARIANCE = (r"exp", "variance", r"sigma squared", r"sigma\^2")
FREE_BITS = "torch.sum(0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).mean(0).clamp(min=0.25))"
FACTORS: tuple[Fair, ...] = tuple(
    Fair(name, "factor", edits, ("loss",), says, never, misconception)
    for name, edits, says, never, misconception in (
        (
            "case_loss_invented_factor",
            kl("1 + 2 * logvar - mu**2 - logvar.exp()"),
            coefficient("logvar"),
            FACTOR,
            "kl_coefficient_of_logvar",
        ),
        (
            "kl_log_of_sigma",
            (
                Edit("loss", "kl = ", "log_sigma = 0.5 * logvar\n    kl = "),
                Edit("loss", "1 + logvar", "1 + log_sigma"),
            ),
            coefficient("logvar"),
            FACTOR,
            "kl_coefficient_of_logvar",
        ),
        (
            "kl_two_mu_squared",
            kl("1 + logvar - 2 * mu.pow(2) - logvar.exp()"),
            coefficient("mu"),
            FACTOR,
            "kl_coefficient_of_mu",
        ),
        (
            "kl_bracket_closed_early",
            (Edit("loss", KL, "-0.5 * (1 + logvar - mu**2).sum() + logvar.exp().sum()"),),
            coefficient(*VARIANCE),
            (*FACTOR, r"1 of the KL term is left out"),
            "kl_coefficient_of_variance",
        ),
        (
            "kl_half_inside_twice",
            (Edit("loss", KL, "0.5 * torch.sum(mu**2 + 0.5 * logvar.exp() - logvar - 1)"),),
            coefficient(*VARIANCE),
            (*FACTOR, r"KL term is halved"),
            "kl_coefficient_of_variance",
        ),
        (
            "kl_two_for_one",
            kl("2 + logvar - mu**2 - torch.exp(logvar)"),
            (r"\b(1|one|constant)\b.*KL term|KL term.*\b(1|one|constant)\b",),
            (*FACTOR, r"variance is left out"),
            "",
        ),
        (
            "kl_free_bits",
            (Edit("loss", END, f"reconstruction / len(x) + {FREE_BITS}"),),
            (r"the KL term",),
            FACTOR,
            "",
        ),
        (
            "pixels_smoothed",
            (Edit("loss", BCE, BCE.replace("x, r", "0.9 * x + 0.05, r")),),
            (r"reconstruction",),
            FACTOR,
            "",
        ),
        (
            "loss_times_1000",
            (Edit("loss", END, f"1000 * {END}"),),
            (r"\b1,?000 times",),
            (),
            "",
        ),
    )
)

ALONE = (r"return .*\b(alone|only|one number|one tensor)|\bthe loss alone",)
NO_ZERO = (r"logarithm of 0", r"infinit", r"\bNaN\b")
TERMS = f"loss = {END}"
RETURNED: dict[str, tuple[Edit, ...]] = {
    "case_loss_returns_tuple": (Edit("loss", END, f"{END}, reconstruction, kl"),),
    "loss_in_a_dict": (Edit("loss", END, f'{{"loss": {END}, "bce": reconstruction, "kl": kl}}'),),
    "loss_in_a_list": (Edit("loss", END, "[(reconstruction + kl) / len(x), kl / len(x)]"),),
    "loss_with_a_comma": (Edit("loss", END, f"{END},"),),
    "loss_as_two_terms": (Edit("loss", END, "(reconstruction / len(x), kl / len(x))"),),
    "loss_and_nested_terms": (
        Edit(
            "loss",
            TERMS,
            "n = x.size(0)\n    terms = (reconstruction / n, kl / n)"
            "\n    loss = (sum(terms), terms)",
        ),
    ),
    "loss_and_its_number": (
        Edit("loss", TERMS, f"total = {END}\n    loss = (total, total.item())"),
    ),
}

MEAN = (
    r"squared error",
    r"(averaged|mean|average) .*pixels",
)
SQUARES: dict[str, tuple[Edit, ...]] = {
    "case_loss_mse_mean": (Edit("loss", END, "F.mse_loss(x_hat, x) + kl / len(x)"),),
    "mse_module": (
        Edit("loss", BCE, "nn.MSELoss()(x_hat, x)"),
        Edit("loss", END, "reconstruction + kl / x.size(0)"),
    ),
    "mse_by_hand": (
        Edit(
            "loss",
            TERMS,
            "reconstruction = torch.mean((x - x_hat) ** 2)\n"
            "    loss = reconstruction + torch.mean(-0.5 * torch.sum(\n"
            "        1 + logvar - mu.pow(2) - logvar.exp(), dim=1))",
        ),
    ),
    "mse_mean_divided_by_n": (Edit("loss", BCE, "F.mse_loss(x_hat, x)"),),
    "mse_mean_halved": (
        Edit("loss", END, '0.5 * F.mse_loss(x_hat, x, reduction="mean") + kl / len(x)'),
    ),
}

WRITTEN = (r"\b784\b|\b28\b",)
D = 'F.binary_cross_entropy(x_hat.view(-1, 784), x.view(-1, 784), reduction="sum")'
BY_PIXEL = """p, t = x_hat.flatten(1), x.flatten(1)
reconstruction = 0
for i in range(784):
    reconstruction = reconstruction + F.binary_cross_entropy(p[:, i], t[:, i])
kl = -0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar))
loss = reconstruction + kl / len(x)"""
BY_SCALE = """n_pixels = 28 * 28
bce = nn.BCELoss()(x_hat, x)
kld = -0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar)) / (len(x) * n_pixels)
loss = n_pixels * (bce + kld)"""
FIXED: dict[str, tuple[tuple[Edit, ...], str]] = {  # name: edits, misconception
    "mean_times_784": (
        (Edit("loss", END, "F.binary_cross_entropy(x_hat, x) * 784 + kl / len(x)"),),
        "pixels_hard_coded",
    ),
    "viewed_as_784": ((Edit("loss", BCE, D),), ""),
    "scaled_by_28_28": ((Edit("loss", "", BY_SCALE),), "pixels_hard_coded"),
    "looped_to_784": ((Edit("loss", "", BY_PIXEL),), ""),
    "shape_asserted": (
        (Edit("loss", "recon", "assert x.shape[1:] == (1, 28, 28)\n    recon", (1,)),),
        "",
    ),
    "reshaped_to_28_28": (
        (
            Edit(
                "loss",
                "reconstruction = ",
                "x = x.reshape(len(x), 28, 28)\n    "
                "x_hat = x_hat.reshape(len(x), 28, 28)\n    reconstruction = ",
            ),
        ),
        "",
    ),
    "sum_over_all_by_784": (
        (Edit("loss", END, "reconstruction / (x.numel() / 784) + kl / len(x)"),),
        "",
    ),
}

LOSS_TWICE: tuple[Fair, ...] = (
    Fair(
        "mse_mean_and_kl_mean",
        "two_mistakes",
        (Edit("loss", END, "F.mse_loss(x_hat.flatten(1), x.flatten(1)) + kl / mu.numel()"),),
        ("loss",),
        (*MEAN, r"KL term .* averaged over the latent dimensions"),
    ),
    Fair(
        "loss_mean_and_kl_without_one",
        "two_mistakes",
        (
            Edit("loss", END, "F.binary_cross_entropy(x_hat, x) + kl / len(x)"),
            Edit("loss", "1 + logvar", "logvar"),
        ),
        ("loss",),
        (r"averaged over the pixels",),  # the lost 1 is a summand that no batch tells apart
    ),
)

ALL: tuple[Fair, ...] = (
    *FACTORS,
    *(Fair(name, "tuple", edits, ("loss",), ALONE, NO_ZERO) for name, edits in RETURNED.items()),
    *(
        Fair(name, "mse_mean", edits, ("loss",), MEAN, (), "mse_mean")
        for name, edits in SQUARES.items()
    ),
    *(
        Fair(f"loss_{name}", "pixels", edits, ("loss",), WRITTEN, FACTOR, misconception)
        for name, (edits, misconception) in FIXED.items()
    ),
    *LOSS_TWICE,
)
