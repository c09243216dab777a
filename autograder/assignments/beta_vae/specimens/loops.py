"""What is got wrong in training loops."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Wrong

STEPS, KEPT = "weights_follow_adam", "losses_are_kept"
ADAM = "optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)"
ZERO = "            optimizer.zero_grad()\n"
STEP = "            optimizer.step()\n"
AE, VAE, CVAE = "train_autoencoder", "train_vae", "train_cvae"
ITEM = "values.append(parts[name].item())"
ROWS = (  # region and part, name, check that fails, misconception, what stands there, what instead
    (AE, "not_zeroed", STEPS, "gradients_not_zeroed", ZERO, ""),
    (AE, "renewed", STEPS, "optimizer_renewed", ZERO, f"            {ADAM}\n{ZERO}"),
    (AE, "of_sgd", STEPS, "another_optimizer", "optim.Adam(", "optim.SGD("),
    (AE, "fixed_rate", STEPS, "learning_rate_ignored", "lr=learning_rate", "lr=1e-3"),
    (AE, "default_rate", STEPS, "learning_rate_ignored", ", lr=learning_rate", ""),
    (AE, "decayed", STEPS, "weight_decay", "optim.Adam(", "optim.AdamW("),
    (AE, "summed", STEPS, "summed_over_the_batch", "(x_hat, x)", '(x_hat, x, reduction="sum")'),
    (AE, "of_squares", STEPS, "mse_for_bce", "binary_cross_entropy", "mse_loss"),
    (AE, "one_epoch", STEPS, "one_epoch_alone", "range(epochs)", "range(1)"),
    (AE, "last_batch_lost", STEPS, "minibatch_left_out", "in loader", "in list(loader)[:-1]"),
    (AE, "first_epoch_lost", STEPS, "epoch_left_out", "range(epochs)", "range(1, epochs)"),
    (AE, "in_eval_mode", STEPS, "eval_mode", "model.train()", "model.eval()"),
    (AE, "of_the_decoder", STEPS, "encoder_not_trained", "(model.param", "(model.decoder.param"),
    (AE, "without_steps", STEPS, "nothing_trained", STEP, ""),
    (AE, "of_ten_epochs", STEPS, "epochs_ignored", "range(epochs)", "range(10)"),
    (AE, "steps_twice", STEPS, "step_made_twice", STEP, 2 * STEP),
    (AE, "keeps_graphs", KEPT, "graph_kept", "loss.item()", "loss"),
    (
        AE,
        "keeps_the_last",
        KEPT,
        "last_loss_alone",
        "losses.append(loss.item())",
        "losses = [loss.item()]",
    ),
    (VAE, "not_zeroed", STEPS, "gradients_not_zeroed", ZERO, ""),
    (
        VAE,
        "renewed",
        STEPS,
        "optimizer_renewed",
        "    for _ in range(epochs):\n",
        f"    for _ in range(epochs):\n        {ADAM}\n",
    ),
    (VAE, "of_rmsprop", STEPS, "another_optimizer", "optim.Adam(", "optim.RMSprop("),
    (
        VAE,
        "clipped",
        STEPS,
        "gradients_clipped",
        STEP,
        f"            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n{STEP}",
    ),
    (VAE, "of_rec_alone", STEPS, "kl_left_out", "total.backward()", 'parts["rec_loss"].backward()'),
    (VAE, "last_batch_alone", STEPS, "last_minibatch_alone", "in loader", "in list(loader)[-1:]"),
    (VAE, "first_batch_alone", STEPS, "first_minibatch_alone", "in loader", "in list(loader)[:1]"),
    (
        VAE,
        "keeps_totals",
        KEPT,
        "total_for_a_term",
        ITEM,
        'values.append((total if name == "rec_loss" else parts[name]).item())',
    ),
    (VAE, "weights_curve", KEPT, "", ITEM, "values.append(3 * parts[name].item())"),
    (
        VAE,
        "weights_kl",
        "terms_are_kept_as_they_are",
        "kl_weighted_in_curve",
        ITEM,
        'values.append(parts[name].item() * (1 if name == "rec_loss" else model.beta))',
    ),
    (
        CVAE,
        "of_betas",
        STEPS,
        "adam_of_other_settings",
        "=learning_rate",
        "=learning_rate, betas=(0.5, 0.999)",
    ),
    (CVAE, "labels_turned", STEPS, "labels_of_others", "(x, labels.", "(x, labels.flip(0)."),
    (CVAE, "labels_lost", STEPS, "labels_lost", "model(x, labels.to(device))", "model(x)"),
    (CVAE, "one_epoch", STEPS, "one_epoch_alone", "range(epochs)", "range(1)"),
    (CVAE, "keeps_graphs", KEPT, "graph_kept", ".item()", ""),
)


def _row(part: str, name: str, check: str, cause: str, old: str, new: str) -> Wrong:
    return Wrong(f"{part}_{name}", f"{part}.{check}", cause, (Edit(part, old, new),))


ALL = (
    *(_row(*row) for row in ROWS),
    Wrong(
        "train_vae_swaps_curves",
        f"train_vae.{KEPT}",
        "curves_swapped",
        (
            Edit(
                VAE,
                ITEM,
                'values.append(parts["kl_loss" if name == "rec_loss" else "rec_loss"].item())',
            ),
        ),
    ),
    Wrong(
        "train_vae_slows_down",
        f"train_vae.{STEPS}",
        "learning_rate_falls",
        (
            Edit(
                VAE,
                "    for _ in range(epochs):\n",
                "    for epoch in range(epochs):\n"
                '        optimizer.param_groups[0]["lr"] = learning_rate * 0.9**epoch\n',
            ),
        ),
    ),
    Wrong(
        "train_cvae_steps_once_an_epoch",
        f"train_cvae.{STEPS}",
        "steps_left_out",
        (
            Edit(CVAE, ZERO, ""),
            Edit(CVAE, STEP, ""),
            Edit(
                CVAE,
                "                values.append(parts[name].item())\n",
                "                values.append(parts[name].item())\n        optimizer.step()\n",
            ),
        ),
    ),
    Wrong(
        "train_cvae_gives_a_tuple",
        f"train_cvae.{KEPT}",
        "curves_as_tuple",
        (
            Edit(
                CVAE,
                "                values.append(parts[name].item())\n",
                "                values.append(parts[name].item())\n"
                "    curves = tuple(curves.values())\n",
            ),
        ),
    ),
    Wrong(
        "beta_ignored_in_training",
        "beta.training_heeds_any_beta",
        "beta_ignored",
        (Edit(VAE, "total.backward()", "sum(parts.values()).backward()"),),
        lost=("beta",),
    ),
)
