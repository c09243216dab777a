"""What right encoders and decoders are made of: layers, activations, shapes, gradients."""

from __future__ import annotations

import numpy as np

from nndl2.checks.beta_vae.pieces import HIDDEN, LABELS, NZ, PIXELS, Piece, labels_for, length
from nndl2.checks.compare import as_array, expect_close, expect_shape
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.laws import chains, gradients, values
from nndl2.laws.planting import planted

Array = np.ndarray
ENCODERS = {"encoder": Piece("Encoder"), "cvae_encoder": Piece("CVAEEncoder", label=True)}
DECODERS = {"decoder": Piece("Decoder"), "cvae_decoder": Piece("CVAEDecoder", label=True)}
BOUND = 2e-4  # a pixel that is kept 1e-4 away from 0 and 1 is let pass


def encoding(nz: int, pixels: int, labels: int) -> list[int]:
    return [pixels + labels, *HIDDEN[::-1], nz]


def decoding(nz: int, pixels: int, labels: int) -> list[int]:
    return [nz + labels, *HIDDEN, pixels]


def zeros(n: int, width: int, labels: int) -> tuple[Array, ...]:
    """Rows of zeros, and labels of zero where there are labels."""
    rows = np.zeros((n, width), np.float32)
    return (rows, np.zeros(n, np.int64)) if labels else (rows,)


@check(ENCODERS, about="parameters")
def encoder_has_the_asked_parameters(
    student: Submission, draw: Draw, oracle: Ask, piece: Piece
) -> None:
    """{} encoder of the notebook's sizes has the parameters of three linear layers"""
    labels = LABELS if piece.label else 0
    chain = encoding(NZ, PIXELS, labels)
    answer = oracle("parameters", chain, labels)
    target = piece.build(student, NZ, PIXELS, labels)
    chains.expect_count(student, target, [zeros(2, PIXELS, labels)], answer, "parameters", chain)


@check(ENCODERS, about="layers")
def encoder_is_three_linear_layers(
    student: Submission, draw: Draw, oracle: Ask, piece: Piece
) -> None:
    """{} encoder leads from the pixels through layers of 256 and 64 to nz numbers"""
    nz, pixels, labels = piece.sizes(draw)
    telling = {
        "size_hard_coded": [PIXELS, NZ, PIXELS + labels],
        "label_not_joined": [pixels],
        "label_as_number": [pixels + 1] if labels else [],
    }
    target = piece.build(student, nz, pixels, labels)
    fed, chain = [zeros(2, pixels, labels)], encoding(nz, pixels, labels)
    chains.expect_chain(student, target, fed, chain, telling)


@check(ENCODERS, about="activations")
def encoder_has_two_relus(student: Submission, draw: Draw, oracle: Ask, piece: Piece) -> None:
    """{} encoder applies a ReLU after its first two layers, and nothing else"""
    nz, pixels, labels = piece.sizes(draw)
    x = draw.uniform(length(draw), pixels)
    c = labels_for(draw, len(x), labels)
    layers = planted(draw, encoding(nz, pixels, labels), 1 / 3)
    answer = oracle("encoder", x, c, labels, layers)
    target = piece.build(student, nz, pixels, labels)
    values.expect_planted_joined(student, target, piece.fed(x, c), labels, layers, answer)


@check(ENCODERS, after=encoder_has_two_relus, about="gradients")
def encoder_learns(student: Submission, draw: Draw, oracle: Ask, piece: Piece) -> None:
    """gradients reach every parameter of {} encoder"""
    nz, pixels, labels = piece.sizes(draw)
    x = draw.uniform(length(draw), pixels)
    target = piece.build(student, nz, pixels, labels)
    fed = piece.fed(x, labels_for(draw, len(x), labels))
    gradients.expect_gradients(student, target, [fed])
    gradients.expect_different_units(student, target, HIDDEN[0])


@check(DECODERS, about="parameters")
def decoder_has_the_asked_parameters(
    student: Submission, draw: Draw, oracle: Ask, piece: Piece
) -> None:
    """{} decoder of the notebook's sizes has the parameters of three linear layers"""
    labels = LABELS if piece.label else 0
    chain = decoding(NZ, PIXELS, labels)
    answer = oracle("parameters", chain, labels)
    target = piece.build(student, NZ, PIXELS, labels)
    chains.expect_count(student, target, [zeros(2, NZ, labels)], answer, "parameters", chain)


@check(DECODERS, about="layers")
def decoder_is_three_linear_layers(
    student: Submission, draw: Draw, oracle: Ask, piece: Piece
) -> None:
    """{} decoder leads from an embedding through layers of 64 and 256 to the pixels"""
    nz, pixels, labels = piece.sizes(draw)
    telling = {
        "size_hard_coded": [PIXELS, NZ, NZ + labels],
        "label_not_joined": [nz],
        "label_as_number": [nz + 1] if labels else [],
    }
    target = piece.build(student, nz, pixels, labels)
    fed, chain = [zeros(2, nz, labels)], decoding(nz, pixels, labels)
    chains.expect_chain(student, target, fed, chain, telling)


@check(DECODERS, about="activations")
def decoder_ends_in_a_sigmoid(student: Submission, draw: Draw, oracle: Ask, piece: Piece) -> None:
    """{} decoder applies a ReLU after its first two layers and a sigmoid at the end"""
    nz, pixels, labels = piece.sizes(draw)
    z = draw.normal(length(draw), nz, scale=2.0)
    c = labels_for(draw, len(z), labels)
    layers = planted(draw, decoding(nz, pixels, labels), 4.0)
    answer = oracle("decoder", z, c, labels, layers)
    target, fed = piece.build(student, nz, pixels, labels), piece.fed(z, c)
    values.expect_planted_joined(student, target, fed, labels, layers, answer, atol=BOUND)


@check(DECODERS, after=decoder_ends_in_a_sigmoid, about="shape")
def decoder_gives_rows_with_a_channel(
    student: Submission, draw: Draw, oracle: Ask, piece: Piece
) -> None:
    """{} decoder gives (N, 1, output_size): one channel of pixels for each image"""
    nz, pixels, labels = piece.sizes(draw)
    target = piece.build(student, nz, pixels, labels)
    for n in (length(draw), 1):
        got = as_array(student.call(target, *zeros(n, nz, labels)), target.name)
        values.expect_axis(got, (n, 1, pixels), target.name, "(N, 1, D)")


@check(DECODERS, after=decoder_ends_in_a_sigmoid, about="gradients")
def decoder_learns(student: Submission, draw: Draw, oracle: Ask, piece: Piece) -> None:
    """gradients reach every parameter of {} decoder, and the embedding"""
    nz, pixels, labels = piece.sizes(draw)
    z = draw.normal(length(draw), nz)
    target = piece.build(student, nz, pixels, labels)
    fed = piece.fed(z, labels_for(draw, len(z), labels))
    gradients.expect_gradients(student, target, [fed])
    gradients.expect_passed(student, target, fed, "z")
    gradients.expect_different_units(student, target, HIDDEN[1])


CONDITIONAL = {part: p for part, p in {**ENCODERS, **DECODERS}.items() if p.label}


@check(CONDITIONAL, about="labels")
def labels_come_as_a_row_or_a_column(
    student: Submission, draw: Draw, oracle: Ask, piece: Piece
) -> None:
    """labels are taken as (N,) and as (N, 1)"""
    nz, pixels, labels = piece.sizes(draw)
    target, n = piece.build(student, nz, pixels, labels), length(draw)
    rows = draw.uniform(n, pixels if "Encoder" in piece.cls else nz)
    c = draw.whole(n, low=0, high=labels)
    row, column = (student.call(target, rows, each, mode="eval") for each in (c, c[:, None]))
    want = as_array(row, target.name)
    expect_close(expect_shape(column, want.shape, target.name), want, target.name)


@check(CONDITIONAL, about="without labels")
def it_works_without_labels(student: Submission, draw: Draw, oracle: Ask, piece: Piece) -> None:
    """with conditional=False it takes what the VAE's takes, and no label"""
    nz, pixels, _ = piece.sizes(draw)
    chain = (encoding if "Encoder" in piece.cls else decoding)(nz, pixels, 0)
    target = student.build(piece.cls, nz, pixels, False, LABELS)  # which mean nothing here
    fed = zeros(3, chain[0], 0)
    telling = {"label_joined_always": [chain[0] + LABELS]}
    chains.expect_chain(student, target, [fed], chain, telling)
    got = as_array(student.call(target, *fed), target.name)
    if got.size != 3 * chain[-1] or len(got) != 3:  # whether with an axis of length 1
        expect_shape(got, (3, chain[-1]), target.name)
