"""Fairness of widths: hidden layers of another one, and heads that look like another default."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Fair

ANOTHER = (r"another default",)
PARTS_OF_VAE = ("encoder", "mu", "logvar", "decoder")
PARTS_OF_CVAE = ("cvae_encoder", "cvae_decoder")
SAMPLE, WIDTH = "z = reparametrize(mu, logvar)", "hidden_dim = 400"
FUNNEL = """self.encoder = nn.Sequential(
    nn.Flatten(), nn.Linear(input_size, 400), nn.ReLU(),
    nn.Linear(400, 200), nn.ReLU(), nn.Linear(200, 100), nn.ReLU(),
)"""
GROWING = """self.decoder = nn.Sequential(
    nn.Linear(latent_size, 100), nn.ReLU(), nn.Linear(100, 200), nn.ReLU(),
    nn.Linear(200, 400), nn.ReLU(), nn.Linear(400, input_size), nn.Sigmoid(),
    nn.Unflatten(1, (1, 28, 28)),
)"""
BULGE = """self.encoder = nn.Sequential(
    nn.Flatten(), nn.Linear(input_size, hidden_dim), nn.ReLU(),
    nn.Linear(hidden_dim, 500), nn.ReLU(), nn.Linear(500, hidden_dim), nn.ReLU(),
)"""
FROM_100 = Edit("vae.heads", "nn.Linear(hidden_dim", "nn.Linear(100")
NOT_OURS = (r"mat1|mat2|\b2x400\b|raised RuntimeError",)
WIDTHS: tuple[Fair, ...] = tuple(
    Fair(f"width_{name}", "width", edits, lost, says, never)
    for name, edits, lost, says, never in (
        (
            "128_everywhere",
            (Edit("file", WIDTH, "hidden_dim = 128"),),
            PARTS_OF_VAE + PARTS_OF_CVAE,
            (r"\b128\b",),
            (),
        ),
        (
            "512_in_the_vae",
            (Edit("file", WIDTH, "hidden_dim = 512", (1,)),),
            PARTS_OF_VAE,
            (r"\b512\b",),
            (),
        ),
        (
            "256_in_the_cvae",
            (Edit("file", WIDTH, "hidden_dim = 256", (2,)),),
            PARTS_OF_CVAE,
            (r"\b256\b",),
            (),
        ),
        (
            "of_a_funnel",
            (Edit("vae.encoder", "", FUNNEL), FROM_100),
            ("encoder", "mu", "logvar"),
            (r"\b200\b", r"\b100\b"),
            (),
        ),
        (
            "of_a_growing_decoder",
            (Edit("vae.decoder", "", GROWING),),
            ("decoder",),
            (r"width",),
            (),
        ),
        ("of_a_bulge", (Edit("vae.encoder", "", BULGE),), ("encoder",), (r"\b500\b",), ()),
        (
            "300_and_the_mean_decoded",
            (Edit("file", WIDTH, "hidden_dim = 300", (1,)), Edit("vae.forward", SAMPLE, "z = mu")),
            (*PARTS_OF_VAE, "forward"),
            (r"\b300\b", r"mu is decoded|mean is decoded"),
            NOT_OURS,
        ),
        (
            "200_and_a_name_missing",
            (
                Edit("file", WIDTH, "hidden_dim = 200", (1,)),
                Edit("vae.forward", "self.encoder(x)", "self.encode(x)"),
            ),
            (*PARTS_OF_VAE, "forward"),
            (r"\b200\b", r"\bencode\b"),
            NOT_OURS,
        ),
        (
            "64_and_mu_returned_twice",
            (
                Edit("file", WIDTH, "hidden_dim = 64", (2,)),
                Edit("cvae.forward", "self.logvar_layer(hidden)", "self.mu_layer(hidden)"),
            ),
            (*PARTS_OF_CVAE, "cvae_forward"),
            (r"\b64\b", r"one head"),
            NOT_OURS,
        ),
    )
)

TOO_WIDE = (r"latent_size \+ num_classes|(wider|more) .*(label|num_classes|classes)",)
HEADS = "nn.Linear(hidden_dim, latent_size)"
ALONE = Edit("cvae.forward", "torch.cat([z, c], dim=1)", "z")
WIDE = "nn.Linear(latent_size + num_classes, hidden_dim)"
FIXED = (r"written as a number|hard-?coded|\b20\b",)
DEFAULTS: tuple[Fair, ...] = tuple(
    Fair(name, "default", edits, lost, says, never, misconception)
    for name, edits, lost, says, never, misconception in (
        (
            "case_cvae_heads_too_wide",
            (
                Edit("cvae.encoder", HEADS, "nn.Linear(hidden_dim, latent_size + num_classes)"),
                ALONE,
            ),
            ("cvae_encoder", "cvae_forward"),
            TOO_WIDE,
            ANOTHER,
            "label_in_heads",
        ),
        (
            "latent_size_kept_with_classes",
            (
                Edit(
                    "file",
                    "self.latent_size = latent_size  # Z",
                    "self.latent_size = num_classes + latent_size",
                    (2,),
                ),
                Edit("cvae.encoder", HEADS, "nn.Linear(hidden_dim, self.latent_size)"),
                Edit("cvae.decoder", "latent_size + num_classes", "self.latent_size"),
                ALONE,
            ),
            ("cvae_encoder", "cvae_forward"),
            TOO_WIDE,
            ANOTHER,
            "label_in_heads",
        ),
        (
            "latent_size_grown",
            (
                Edit(
                    "cvae.encoder",
                    "self.mu_layer",
                    "latent_size += num_classes\n        self.mu_layer",
                ),
                Edit("cvae.decoder", "latent_size + num_classes", "latent_size"),
                ALONE,
            ),
            ("cvae_encoder", "cvae_forward"),
            TOO_WIDE,
            ANOTHER,
            "label_in_heads",
        ),
        (
            "encoder_without_room_for_the_label",
            (
                Edit("cvae.encoder", "input_size + num_classes", "input_size"),
                Edit("cvae.forward", "torch.cat([pixels, c], dim=1)", "pixels"),
            ),
            ("cvae_encoder",),
            (r"no room for the label",),
            ANOTHER,
            "label_not_joined",
        ),
        (
            "latent_size_20_written",
            (
                Edit("vae.heads", HEADS, "nn.Linear(hidden_dim, 20)"),
                Edit("vae.decoder", "nn.Linear(latent_size", "nn.Linear(20"),
            ),
            ("mu", "logvar", "decoder"),
            FIXED,
            ANOTHER,
            "size_hard_coded",
        ),
        (
            "heads_of_8_in_the_cvae",
            (
                Edit("cvae.encoder", HEADS, "nn.Linear(hidden_dim, 8)"),
                Edit("cvae.decoder", "latent_size + num_classes", "8 + num_classes"),
            ),
            ("cvae_encoder", "cvae_decoder"),
            (r"written as a number|hard-?coded|\b8\b",),
            ANOTHER,
            "size_hard_coded",
        ),
        (
            "another_default_in_the_vae",
            (Edit("file", "latent_size: int = 15", "latent_size: int = 20", (1,)),),
            ("mu",),
            (r"default",),
            (),
            "",
        ),
        (
            "another_default_of_the_classes",
            (Edit("file", "num_classes: int = 10", "num_classes: int = 26"),),
            ("cvae_encoder",),
            (r"default",),
            (),
            "",
        ),
    )
)

ALL: tuple[Fair, ...] = (*WIDTHS, *DEFAULTS)
