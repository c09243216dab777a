"""The checks of the assignment `beta_vae`: asked in the notebook, and by the grader on secret
inputs."""

from __future__ import annotations

from nndl2.checks.beta_vae import layers, loops, networks, pictures
from nndl2.checks.declare import checks_in
from nndl2.checks.model import Assignment, Part, Task
from nndl2.checks.questions import Question


def _alone(name: str, title: str, *owns: str) -> Task:
    """A task of one part, of the same name."""
    return Task(name, title, (Part(name, title, owns or (name,)),))


ASSIGNMENT = Assignment(
    name="beta_vae",
    module="beta_vae.py",
    tasks=(
        Task(
            "autoencoder",
            "Auto-encoder",
            (
                Part("encoder", "Encoder", ("Encoder", "Encoder.forward")),
                Part("decoder", "Decoder", ("Decoder", "Decoder.forward")),
            ),
        ),
        _alone("train_autoencoder", "Train auto-encoder"),
        _alone("sample_images", "Sample images"),
        Task(
            "vae",
            "VAE",
            (
                Part(
                    "vae_forward",
                    "VAE forward",
                    ("VAE", "VAE.forward", "VAE.encoder", "VAE.decoder"),
                ),
                Part("vae_loss", "VAE loss", ("VAE.loss",)),
                Part("vae_reconstruct", "VAE reconstruct", ("VAE.reconstruct",)),
            ),
        ),
        _alone("train_vae", "Train VAE"),
        _alone("beta", "Beta", "VAE.beta"),
        _alone("best_beta", "Best beta", "BEST_BETA"),
        _alone("interpolate", "Interpolate"),
        Task(
            "cvae",
            "CVAE",
            (
                Part("cvae_encoder", "CVAE encoder", ("CVAEEncoder", "CVAEEncoder.forward")),
                Part("cvae_decoder", "CVAE decoder", ("CVAEDecoder", "CVAEDecoder.forward")),
                Part(
                    "cvae_forward",
                    "CVAE forward",
                    ("CVAE", "CVAE.forward", "CVAE.encoder", "CVAE.decoder"),
                ),
                Part("cvae_loss", "CVAE loss", ("CVAE.loss",)),
                Part("cvae_reconstruct", "CVAE reconstruct", ("CVAE.reconstruct",)),
            ),
        ),
        _alone("train_cvae", "Train CVAE"),
        _alone("sample_digits", "Sample digits"),
    ),
    questions=(
        Question("question_samples", "Samples of the auto-encoder", words=150),
        Question("question_extremes", "Beta at 0 and at 10", words=200),
        Question("question_tuned", "A well-tuned VAE", words=200),
        Question("question_interpolations", "Interpolations of both models", words=300),
    ),
)
CHECKS = ASSIGNMENT.in_order(checks_in(layers, loops, networks, pictures))
