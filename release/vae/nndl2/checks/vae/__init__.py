"""The checks of the assignment `vae`: asked in the notebook, and by the grader on secret inputs."""

from __future__ import annotations

from nndl2.checks.declare import checks_in
from nndl2.checks.model import Assignment, Part, Task
from nndl2.checks.vae import forward, layers, loss, sampler, training

ASSIGNMENT = Assignment(
    name="vae",
    module="vae.py",
    tasks=(
        Task(
            "encoder",
            "Encoder",
            (
                Part("encoder", "Encoder", ("VAE.encoder",)),
                Part("mu", "mu layer", ("VAE.mu_layer",)),
                Part("logvar", "logvar layer", ("VAE.logvar_layer",)),
            ),
        ),
        Task("decoder", "Decoder", (Part("decoder", "Decoder", ("VAE.decoder",)),)),
        Task(
            "reparametrize",
            "Reparametrize",
            (Part("reparametrize", "Reparametrize", ("reparametrize",)),),
        ),
        Task("forward", "Forward", (Part("forward", "Forward", ("VAE", "VAE.forward")),)),
        Task("loss", "Loss", (Part("loss", "Loss", ("loss_function",)),)),
        Task(
            "cvae",
            "CVAE",
            (
                Part(
                    "cvae_encoder",
                    "CVAE encoder",
                    ("CVAE.encoder", "CVAE.mu_layer", "CVAE.logvar_layer"),
                ),
                Part("cvae_decoder", "CVAE decoder", ("CVAE.decoder",)),
                Part("cvae_forward", "CVAE forward", ("CVAE", "CVAE.forward")),
            ),
        ),
        Task("train", "Train", (Part("train_vae", "Train VAE"), Part("train_cvae", "Train CVAE"))),
    ),
)
CHECKS = ASSIGNMENT.in_order(checks_in(layers, sampler, forward, loss, training))
