"""The points of each part that is checked: 43."""

POINTS = {
    "encoder": 3,
    "decoder": 3,
    "train_autoencoder": 6,
    "sample_images": 2,
    "vae_forward": 3,
    "vae_loss": 3,
    "vae_reconstruct": 1,
    "train_vae": 4,
    "beta": 2,
    "best_beta": 2,
    "interpolate": 3,
    "cvae_encoder": 1,
    "cvae_decoder": 1,
    "cvae_forward": 1,
    "cvae_loss": 1,
    "cvae_reconstruct": 1,
    "train_cvae": 3,
    "sample_digits": 3,
}
