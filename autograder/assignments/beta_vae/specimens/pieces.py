"""What is got wrong in encoders and decoders."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Wrong

REGIONS = {
    "encoder": "autoencoder (encoder)",
    "decoder": "autoencoder (decoder)",
    "cvae_encoder": "cvae (encoder)",
    "cvae_decoder": "cvae (decoder)",
}
ENCODES, DECODES = "encoder_is_three_linear_layers", "decoder_is_three_linear_layers"
RELUS, SIGMOID = "encoder_has_two_relus", "decoder_ends_in_a_sigmoid"
RELU, PAD = "nn.ReLU()", " " * 12
NARROW = f"{PAD}nn.Linear(256, 64),\n{PAD}nn.ReLU(),\n{PAD}nn.Linear(64, nz),\n"
WIDE = f"{PAD}nn.Linear(64, 256),\n{PAD}nn.ReLU(),\n"
SHAPE = "decoder_gives_rows_with_a_channel"
NOTHING = """
class Nothing(nn.Module):
    def forward(self, x):
        return 0 * x
"""
ROWS = (  # part, name, check that fails, misconception, what stands there, what instead, where
    ("encoder", "without_relus", RELUS, "no_relu", RELU, "nn.Identity()"),
    ("encoder", "relu_missing", RELUS, "no_relu_last", RELU, "nn.Identity()", 2),
    ("encoder", "of_tanh", RELUS, "tanh_activation", RELU, "nn.Tanh()"),
    ("encoder", "leaky", RELUS, "leaky_relu", RELU, "nn.LeakyReLU()"),
    ("encoder", "of_gelu", RELUS, "gelu", RELU, "nn.GELU()"),
    ("encoder", "without_bias", RELUS, "bias_missing", "(256, 64)", "(256, 64, bias=False)"),
    ("encoder", "relu_on_head", RELUS, "relu_on_head", "(64, nz)", "(64, nz), nn.ReLU()"),
    ("encoder", "tanh_on_head", RELUS, "tanh_on_head", "(64, nz)", "(64, nz), nn.Tanh()"),
    ("encoder", "with_dropout", RELUS, "dropout", RELU, "nn.ReLU(), nn.Dropout(0.2)", 1),
    ("encoder", "of_512", ENCODES, "other_hidden_size", "256", "512"),
    (
        "encoder",
        "too_short",
        ENCODES,
        "hidden_layer_missing",
        NARROW,
        f"{PAD}nn.Linear(256, nz),\n",
    ),
    ("encoder", "for_784", ENCODES, "size_hard_coded", "input_size", "784"),
    (
        "encoder",
        "too_long",
        ENCODES,
        "layer_too_many",
        "(256, 64),",
        "(256, 64), nn.ReLU(), nn.Linear(64, 64),",
    ),
    ("decoder", "without_relus", SIGMOID, "no_relu", RELU, "nn.Identity()"),
    ("decoder", "relu_missing", SIGMOID, "no_relu_after_1", RELU, "nn.Identity()", 1),
    ("decoder", "of_elu", SIGMOID, "elu", RELU, "nn.ELU()"),
    ("decoder", "without_sigmoid", SIGMOID, "no_sigmoid", "nn.Sigmoid()", "nn.Identity()"),
    ("decoder", "of_tanh", SIGMOID, "tanh_for_sigmoid", "nn.Sigmoid()", "nn.Tanh()"),
    (
        "decoder",
        "of_two_sigmoids",
        SIGMOID,
        "two_sigmoids",
        "nn.Sigmoid()",
        "nn.Sigmoid(), nn.Sigmoid()",
    ),
    ("decoder", "of_softmax", SIGMOID, "softmax_for_sigmoid", "nn.Sigmoid()", "nn.Softmax(dim=1)"),
    ("decoder", "without_bias", SIGMOID, "bias_missing", "(64, 256)", "(64, 256, bias=False)"),
    ("decoder", "of_128", DECODES, "other_hidden_size", "256", "128"),
    ("decoder", "for_784", DECODES, "size_hard_coded", "output_size", "784"),
    (
        "decoder",
        "with_batchnorm",
        SIGMOID,
        "normalisation",
        RELU,
        "nn.BatchNorm1d(64), nn.ReLU()",
        1,
    ),
    (
        "cvae_encoder",
        "always_wide",
        "it_works_without_labels",
        "label_joined_always",
        "input_size + num_labels if conditional else input_size",
        "input_size + num_labels",
    ),
    ("cvae_encoder", "without_relus", RELUS, "no_relu", RELU, "nn.Identity()"),
    ("cvae_encoder", "of_512", ENCODES, "other_hidden_size", "256", "512"),
    (
        "cvae_decoder",
        "of_relu_at_the_end",
        SIGMOID,
        "relu_for_sigmoid",
        "nn.Sigmoid()",
        "nn.ReLU()",
    ),
    ("cvae_decoder", "of_sigmoids", SIGMOID, "sigmoid_activation", RELU, "nn.Sigmoid()"),
)


def _row(part: str, name: str, check: str, cause: str, old: str, new: str, *at: int) -> Wrong:
    edit = Edit(REGIONS[part], old, new, at)
    return Wrong(f"{part}_{name}", f"{part}.{check}", cause, (edit,))


def _forward(part: str, name: str, check: str, cause: str, old: str, new: str) -> Wrong:
    """An edit of the second half of a piece of the CVAE."""
    edit = Edit(f"{REGIONS[part][:-1]}, forward)", old, new)
    return Wrong(f"{part}_{name}", f"{part}.{check}", cause, (edit,))


ALL = (
    *(_row(*row) for row in ROWS),
    Wrong(
        "decoder_without_channel",
        f"decoder.{SHAPE}",
        "axis_missing",
        (Edit("file", "return self.net(z).unsqueeze(1)", "return self.net(z)"),),
    ),
    Wrong(
        "decoder_turned_round",
        f"decoder.{SIGMOID}",
        "",
        (Edit("file", "return self.net(z).unsqueeze(1)", "return self.net(z).unsqueeze(0)"),),
    ),
    Wrong(
        "decoder_detached",
        "decoder.decoder_learns",
        "input_cut",
        (
            Edit(
                "file",
                "return self.net(z).unsqueeze(1)",
                "return self.net(z.detach()).unsqueeze(1)",
            ),
        ),
    ),
    Wrong(
        "cvae_decoder_joins_a_number",
        f"cvae_decoder.{DECODES}",
        "label_as_number",
        (
            Edit(REGIONS["cvae_decoder"], "nz + num_labels", "nz + 1"),
            Edit(
                "cvae (decoder, forward)",
                "idx2onehot(c, self.num_labels)",
                "c.reshape(-1, 1).float()",
            ),
        ),
    ),
    Wrong(
        "encoder_ignores_x",
        f"encoder.{RELUS}",
        "input_ignored",
        (
            Edit(REGIONS["encoder"], "nn.Sequential(", "nn.Sequential(Nothing(),"),
            Edit("top", "", NOTHING),
        ),
    ),
    Wrong(
        "encoder_of_zeros",
        "encoder.encoder_learns",
        "units_alike",
        (
            Edit(
                REGIONS["encoder"],
                "        )\n",
                "        )\n        for p in self.net.parameters():\n"
                "            nn.init.zeros_(p)\n",
            ),
        ),
    ),
    _forward(
        "cvae_encoder",
        "label_lost",
        RELUS,
        "label_lost",
        "idx2onehot(c, self.num_labels)",
        "0 * idx2onehot(c, self.num_labels)",
    ),
    _forward(
        "cvae_encoder",
        "label_shifted",
        RELUS,
        "label_shifted",
        "idx2onehot(c, self.num_labels)",
        "torch.eye(self.num_labels)[c.reshape(-1) - 1]",
    ),
    _forward(
        "cvae_encoder",
        "first_label_for_all",
        RELUS,
        "first_label_for_all",
        "idx2onehot(c, self.num_labels)",
        "idx2onehot(c[:1], self.num_labels).expand(len(x), -1)",
    ),
    Wrong(
        "cvae_encoder_label_not_joined",
        f"cvae_encoder.{ENCODES}",
        "label_not_joined",
        (
            Edit(REGIONS["cvae_encoder"], "input_size + num_labels if conditional else ", ""),
            Edit(
                "cvae (encoder, forward)",
                "x = torch.cat([x, idx2onehot(c, self.num_labels)], dim=1)",
                "pass",
            ),
        ),
    ),
    _forward(
        "cvae_decoder",
        "label_lost",
        SIGMOID,
        "label_lost",
        "idx2onehot(c, self.num_labels)",
        "0 * idx2onehot(c, self.num_labels)",
    ),
    _forward(
        "cvae_decoder",
        "without_channel",
        SHAPE,
        "axis_missing",
        "self.net(z).unsqueeze(1)",
        "self.net(z)",
    ),
    _forward(
        "cvae_encoder",
        "for_rows_of_labels",
        "labels_come_as_a_row_or_a_column",
        "",
        "idx2onehot(c, self.num_labels)",
        "F.one_hot(c, self.num_labels).float()",
    ),
)
