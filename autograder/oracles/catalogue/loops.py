"""Misconceptions about training loops, for assignments that ask for one."""

from __future__ import annotations

from autograder.oracles.catalogue.phrases import GET

STEPS = "What has to happen between two steps of the optimizer, and what only once?"
ALL = "Which images does your loop see, and how often?"
ONE_EACH = "Keep one number a minibatch, over all epochs."
LOOPS: dict[str, tuple[str, str]] = {
    "gradients_not_zeroed": (
        "These are the weights when the gradients of all steps are added up.",
        "What does backward do with the gradients that are there already?",
    ),
    "optimizer_renewed": (
        "These are the weights when each step, or each epoch, begins with a new optimizer.",
        "Adam remembers the steps before: where is yours made?",
    ),
    "another_optimizer": (
        "These are the weights that another optimizer than Adam leads to.",
        "Look at the name of the optimizer that you make.",
    ),
    "loss_maximized": (
        "The weights went the other way: the loss is made larger.",
        "Look for a minus sign, or for maximize.",
    ),
    "learning_rate_ignored": (
        "These are the weights at a fixed learning rate, whatever was asked for.",
        "Where is the argument for the learning rate used?",
    ),
    "learning_rate_scaled": (
        "These are the weights at a multiple of the learning rate that was asked for.",
        "What is done to the learning rate on its way into the optimizer?",
    ),
    "learning_rate_falls": (
        "These are the weights when the learning rate falls on the way.",
        "The assignment asks for one learning rate, from the first step to the last.",
    ),
    "adam_of_other_settings": (
        "These are the weights that Adam leads to with other settings than its default ones.",
        "What is your optimizer told beside the parameters and the learning rate?",
    ),
    "weight_decay": (
        "These are the weights with weight decay.",
        "Adam with its default settings has none.",
    ),
    "gradients_clipped": (
        "These are the weights when gradients are clipped.",
        "The assignment asks for plain Adam.",
    ),
    "minibatch_left_out": (
        "These are the weights when a minibatch of each epoch is left out.",
        f"{ALL} The last minibatch may be short.",
    ),
    "first_minibatch_alone": (
        "These are the weights when only the first minibatch of each epoch is used.",
        f"{ALL} Look for a return or a break inside of the loop.",
    ),
    "last_minibatch_alone": (
        "These are the weights when only the last minibatch of each epoch is used.",
        f"{ALL} Look at what is indented below the inner loop.",
    ),
    "one_epoch_alone": (
        "These are the weights after one epoch, whatever was asked for.",
        f"{ALL} Can your loader be gone through again?",
    ),
    "epoch_left_out": ("These are the weights after an epoch too few.", ALL),
    "epoch_too_many": ("These are the weights after an epoch too many.", ALL),
    "epochs_ignored": (
        "These are the weights after another number of epochs than was asked for.",
        "Where is the argument epochs used?",
    ),
    "steps_left_out": (
        "These are the weights when one step is made for several minibatches.",
        "Each minibatch has a step of its own: look at how far it is indented.",
    ),
    "step_made_twice": ("These are the weights when each step is made twice.", STEPS),
    "eval_mode": (
        "These are the weights when the model is trained in eval mode.",
        "In which mode is a model trained?",
    ),
    "encoder_not_trained": (
        "The encoder's weights do not change.",
        "Which parameters does the optimizer get?",
    ),
    "decoder_not_trained": (
        "The decoder's weights do not change.",
        "Which parameters does the optimizer get?",
    ),
    "nothing_trained": ("No weight changes.", STEPS),
    "labels_lost": (
        "These are the weights when the model is not told the labels.",
        "What does the loader give beside the images?",
    ),
    "labels_of_others": (
        "These are the weights when images get other labels than their own.",
        "The loader gives images and labels in the same order.",
    ),
    "beta_ignored": (
        f"{GET} when beta is 1, whatever the model's own beta is.",
        "Where does beta come in?",
    ),
    "kl_left_out": (
        f"{GET} when only the reconstruction term is minimized.",
        "Which of the numbers that the loss gives is the one to minimize?",
    ),
    "loss_after_step": (
        "The losses are those after each step.",
        "Keep the loss that the step was made for.",
    ),
    "summed_over_pixels": (
        f"{GET} when the pixels are summed instead of averaged.",
        "Look at the argument reduction of the loss.",
    ),
    "losses_added_up": ("Each loss is added to all before it.", ONE_EACH),
    "losses_not_listed": ("One number comes back where a list is asked for.", ONE_EACH),
    "one_loss_an_epoch": ("There is one loss an epoch.", ONE_EACH),
    "last_epoch_alone": ("Only the losses of the last epoch come back.", ONE_EACH),
    "last_loss_alone": ("Only the last loss comes back.", ONE_EACH),
    "graph_kept": (
        "A loss that is a tensor keeps the graph of its whole step in memory.",
        "How is a tensor of one number made a number?",
    ),
    "curves_swapped": ("The two curves have changed places.", "Which key belongs to which term?"),
    "curves_as_tuple": ("A tuple comes back where a dict is asked for.", "Look at the docstring."),
    "total_for_a_term": (
        "One of the curves is that of the total.",
        "The loss gives the total and both of its terms.",
    ),
    "kl_weighted_in_curve": (
        "The curve of the KL term is weighted with beta.",
        "The curves are those of the terms as they are.",
    ),
}
