"""The borderline cases: what is let pass, what is not, and why. Each row is held by a specimen."""

from autograder.assignments.borderline import Borderline

ROWS = (
    (
        "an Adam for the encoder and one for the decoder",
        True,
        "Adam looks at each weight by itself, so the steps are the same",
        "an_adam_for_each_half",
    ),
    ("fused Adam", True, "the same steps, worked out in another order", "adam_fused"),
    ("foreach Adam", True, "the same steps, worked out in another order", "adam_foreach"),
    (
        "AdamW with its default weight decay",
        False,
        "the assignment asks for Adam with default settings, and the weights end elsewhere",
        "train_autoencoder_decayed",
    ),
    (
        "gradients clipped to a norm of 1",
        False,
        "the assignment asks for plain Adam; gradients of another length lead to other steps",
        "train_vae_clipped",
    ),
    (
        "a learning rate that falls from epoch to epoch",
        False,
        "the function is told the rate, and the weights end elsewhere",
        "train_vae_slows_down",
    ),
    (
        "gradients cleared behind the step instead of before the backward pass",
        True,
        "each backward pass begins without old gradients either way",
        "zeroed_behind_the_step",
    ),
    (
        "rows made with reshape(-1, 784) in the training loops",
        True,
        "all images of the notebook have 784 pixels",
        "reshaped_images",
    ),
    (
        "losses kept as detached tensors or NumPy numbers",
        True,
        "they hold no graph, and a figure shows them alike",
        "losses_as_tensors",
    ),
    (
        "losses kept as tensors with their graph",
        False,
        "the graph of every step would stay in memory",
        "train_autoencoder_keeps_graphs",
    ),
    (
        "the terms of the loss as Python numbers, kept as they are",
        True,
        "only the total has to carry a gradient",
        "terms_as_floats",
    ),
    ("a total of shape (1,)", True, "it is one number and trains alike", "total_of_one_element"),
    (
        "the model is left in eval mode",
        True,
        "nothing in these networks depends on the mode",
        "left_in_eval_mode",
    ),
    ("more in the dict of forward", True, "what is asked for is there", "more_in_the_dict"),
    (
        "a tuple where forward is asked for a dict",
        False,
        "the notebook and the loss ask for its parts by name",
        "vae_forward_gives_a_tuple",
    ),
    (
        "log sigma clamped to [-10, 2] or wider",
        True,
        "no trained network leaves that range",
        "log_sigma_clamped",
    ),
    (
        "log sigma clamped to [-1, 1]",
        False,
        "the posterior cannot be as sharp as the data ask for",
        "vae_forward_clamped_at_1",
    ),
    (
        "bare logarithms, NaN where a pixel saturates at 0 or 1",
        True,
        "the formula is right, and pixels of exactly 0 or 1 are not judged",
        "bare_logarithms",
    ),
    (
        "the label joined before the pixels or the embedding instead of behind",
        True,
        "the weights are learned in either order, and no cell could tell",
        "label_before_the_embedding",
    ),
    (
        "the label in a linear layer of its own, added to that of the pixels",
        True,
        "that is the layer of both joined; a second bias adds nothing to it",
        "layer_of_its_own_for_the_label",
    ),
    (
        "an image alone loses its axis",
        False,
        "the last minibatch may be short, and be it one image",
        "vae_reconstruct_one_image_squeezed",
    ),
    (
        'no "c" in the dict of a CVAE without labels',
        True,
        "there are no labels that could come back",
        "labels_told_where_there_are_some",
    ),
    (
        "beta of the VAE's loss left out, or fixed",
        False,
        "the row of beta is lost and no other: all else is judged at beta = 1",
        "beta_ignored",
    ),
    (
        "a BEST_BETA of 5e-4, the smallest that is let pass",
        True,
        "the notebook promises a factor of ten either way, and nothing collapses there",
        "smallest_beta",
    ),
    (
        "a BEST_BETA of 5e-2, the largest that is let pass",
        True,
        "the notebook promises a factor of ten either way, though posteriors collapse there",
        "largest_beta",
    ),
    (
        "a BEST_BETA of 0.1",
        False,
        "the posterior collapses, and all samples are one image",
        "best_beta_of_a_tenth",
    ),
    (
        "a BEST_BETA of 1e-4",
        False,
        "the posterior is far from the prior, whose samples are no digits",
        "best_beta_of_a_ten_thousandth",
    ),
    (
        "a size written as a number in a layer",
        False,
        "the class takes the size as an argument; only the layer's part is lost",
        "encoder_for_784",
    ),
    ("lazy layers", True, "they have the asked sizes once they were called", "lazy_layers"),
)
TABLE = tuple(Borderline(*row) for row in ROWS)
