"""The borderline cases: what is let pass, what is not, and why. Each row is held by a specimen."""

from __future__ import annotations

from autograder.assignments.borderline import Borderline

TABLE: tuple[Borderline, ...] = (
    Borderline(
        "in eval mode forward decodes the mean",
        False,
        "the assignment samples in both modes; x_hat would lack the noise that the loss averages",
        "forward_eval_mean",
    ),
    Borderline(
        "logvar clamped in reparametrize, to [-10, 10] or wider",
        True,
        "no trained network leaves that range, and sigma is right inside it",
        "sampler_logvar_clamped",
    ),
    Borderline(
        "a tiny number, up to 1e-7, added inside the logarithms",
        True,
        "the loss differs by less than its rounding in float32",
        "loss_tiny_floor",
    ),
    Borderline(
        "0.01 added inside the logarithms",
        False,
        "the loss is off by per cents at dark and bright pixels",
        "loss_bce_floor_in_log",
    ),
    Borderline(
        "bare logarithms, NaN where a pixel saturates at 0 or 1",
        True,
        "the formula is right; the danger is shown as a check that is never scored",
        "loss_bare_logs",
    ),
    Borderline(
        "a loss of shape (1,)",
        True,
        "it is one number and trains alike",
        "loss_shape_of_one",
    ),
    Borderline(
        "a loss for each image, of shape (N,)",
        False,
        "it cannot be trained on, and the average is the task",
        "loss_per_image",
    ),
    Borderline(
        "a decoder that returns (N, 784), with forward making images of it",
        True,
        "x_hat has its shape; where the rows become images is nobody's business",
        "unflatten_in_forward",
    ),
    Borderline(
        "a decoder that returns (N, 784), and x_hat does too",
        False,
        "the decoder lacks its last step; forward keeps its point",
        "decoder_not_unflattened",
    ),
    Borderline(
        "a decoder clamped to [1e-4, 1 - 1e-4]",
        True,
        "no picture shows it, and it keeps the loss finite",
        "decoder_bounded",
    ),
    Borderline(
        "a decoder clamped to [0.05, 0.95]",
        False,
        "black is grey, and the loss is off",
        "decoder_dimmed",
    ),
    Borderline(
        "Flatten kept in the CVAE's encoder",
        True,
        "it does nothing to rows of pixels",
        "flatten_kept_in_cvae",
    ),
    Borderline(
        "the label joined before the image instead of behind it",
        True,
        "no cell calls the encoder by itself, and its weights are learned in either order",
        "label_first",
    ),
    Borderline(
        "the label joined before z instead of behind it",
        False,
        "the notebook says label last, and its picture cell calls the decoder that way",
        "cvae_label_before_sample",
    ),
    Borderline(
        "noise cut off at 3 sigma",
        False,
        "the samples are not normal, and the bound is not the loss that is trained",
        "reparametrize_clipped_at_3_sigma",
    ),
    Borderline(
        "no Flatten layer, and forward makes rows of the images",
        True,
        "the encoder's features are the same",
        "flatten_in_forward",
    ),
    Borderline(
        "no Flatten layer, and nothing else flattens the images",
        False,
        "the encoder lacks its first step; forward keeps its point",
        "nothing_flattens",
    ),
    Borderline(
        "a decoder that gives (N, 1, 784) or (N, 28, 28), with forward making images of it",
        True,
        "x_hat has its shape, as where the decoder gives (N, 784)",
        "case_decoder_one_row_channel",
    ),
    Borderline(
        "lazy layers",
        True,
        "they have the asked sizes once they were called",
        "lazy_everywhere",
    ),
    Borderline(
        "VAE(345, 17) is refused, since no square image has 345 pixels",
        False,
        "the notebook's example builds it; one point of the decoder is lost and no other",
        "square_images_only",
    ),
    Borderline(
        "the sample drawn in forward itself instead of by reparametrize",
        True,
        "its law is the same; reparametrize is checked on its own",
        "sampled_inline",
    ),
    Borderline(
        "forward returns a list",
        True,
        "it unpacks like a tuple",
        "outputs_as_list",
    ),
    Borderline(
        "a size written as a number in a layer",
        False,
        "the class takes the size as an argument; only the layer's part is lost",
        "decoder_for_784_pixels",
    ),
)
