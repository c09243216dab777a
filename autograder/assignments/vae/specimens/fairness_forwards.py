"""Fairness of forward: on which side of the sample the label stands, and two mistakes in one."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Fair

PIXELS, SAMPLE = "torch.cat([pixels, c], dim=1)", "torch.cat([z, c], dim=1)"
OUTPUTS = "outputs = (x_hat, mu, logvar)"
FIRST = (r"label.*\b(before|first|in front|last|behind|after)\b",)
WIDE = """wide = x.new_zeros(len(x), self.num_classes + self.latent_size)
        wide[:, : self.num_classes] = c
        wide[:, self.num_classes :] = z
        x_hat = self.decoder(wide)"""
JOIN = """
def join(features, onehot):
    return torch.cat((onehot, features), dim=1)
"""
METHOD = """    def decode(self, z, c):
        return self.decoder(torch.column_stack((c, z)))

    def forward(self, x: torch.Tensor, c: torch.Tensor):
"""
BEFORE: dict[str, tuple[Edit, ...]] = {
    "label_before_sample": (Edit("cvae.forward", SAMPLE, "torch.cat([c, z], dim=1)"),),
    "label_before_both": (
        Edit("cvae.forward", PIXELS, "torch.cat([c, pixels], dim=1)"),
        Edit("cvae.forward", SAMPLE, "torch.cat([c, z], dim=1)"),
    ),
    "label_stacked_before": (
        Edit("cvae.decoder", "latent_size + num_classes", "num_classes + latent_size"),
        Edit("cvae.forward", SAMPLE, "torch.hstack((c.float(), z))"),
    ),
    "label_before_by_a_helper": (
        Edit("top", "", JOIN),
        Edit("cvae.forward", PIXELS, "join(pixels, c)"),
        Edit("cvae.forward", SAMPLE, "join(z, c)"),
    ),
    "label_before_by_a_method": (
        Edit("file", METHOD.split("\n\n")[1], METHOD),
        Edit("cvae.forward", f"self.decoder({SAMPLE})", "self.decode(z, c)"),
    ),
    "label_before_by_filling": (Edit("cvae.forward", f"x_hat = self.decoder({SAMPLE})", WIDE),),
}
BEHIND: dict[str, tuple[Edit, ...]] = {
    "label_before_pixels_alone": (Edit("cvae.forward", PIXELS, "torch.hstack((c, pixels))"),),
    "label_behind_by_filling": (
        Edit(
            "cvae.forward",
            f"self.decoder({SAMPLE})",
            "self.decoder(F.pad(z, (0, c.shape[1])) + F.pad(c, (z.shape[1], 0)))",
        ),
    ),
}
TWICE: tuple[Fair, ...] = (
    Fair(
        "forward_swaps_and_takes_the_mean",
        "two_mistakes",
        (
            Edit("vae.forward", "z = reparametrize(mu, logvar)", "z = mu"),
            Edit("vae.forward", OUTPUTS, "outputs = (x_hat, logvar, mu)"),
        ),
        ("forward",),
        (r"each other's place", r"mu is decoded|mean is decoded|no noise"),
    ),
    Fair(
        "cvae_forward_without_label_twice",
        "two_mistakes",
        (
            Edit("cvae.forward", SAMPLE, "torch.cat([z, torch.zeros_like(c)], dim=1)"),
            Edit("cvae.forward", OUTPUTS, "outputs = (x_hat, mu, torch.exp(logvar))"),
        ),
        ("cvae_forward",),
        (r"zeros for the label", r"variance is returned"),
    ),
)

ALL: tuple[Fair, ...] = (
    *(
        Fair(name, "label_order", edits, ("cvae_forward",), FIRST, (), "label_before_sample")
        for name, edits in BEFORE.items()
    ),
    *(Fair(name, "label_order", edits) for name, edits in BEHIND.items()),
    *TWICE,
)
