"""Wrong programs by what `reparametrize` and `loss_function` compute."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Wrong

SIGMA = "torch.exp(0.5 * logvar)"
EPSILON = "torch.randn_like(mu)"
SUM = "mu + sigma * epsilon"
LAW, SHAPE = "sample_is_normal_around_mu", "sample_has_the_shape_of_mu"
INDEPENDENT, REACHED = "noise_is_independent", "gradients_pass_through_the_sample"
TYPE = "sample_has_the_number_type_of_mu"
REPARAMETRIZE: dict[str, tuple[str, str, str, str]] = {  # name: old, new, check, misconception
    "variance": (SIGMA, "torch.exp(logvar)", LAW, "variance_as_std"),
    "logvar_itself": (SIGMA, "logvar", LAW, "logvar_as_std"),
    "abs_logvar": (SIGMA, "logvar.abs()", LAW, "logvar_as_std"),
    "half_logvar": (SIGMA, "0.5 * logvar", LAW, "half_logvar_as_std"),
    "root_of_logvar": (SIGMA, "torch.sqrt(logvar)", SHAPE, "z_not_finite"),
    "root_of_abs_logvar": (SIGMA, "torch.sqrt(logvar.abs())", LAW, "sqrt_logvar_as_std"),
    "log_of_logvar": (SIGMA, "torch.log(logvar)", SHAPE, "z_not_finite"),
    "inverted": (SIGMA, "torch.exp(-0.5 * logvar)", LAW, "std_inverted"),
    "twice": (SIGMA, "torch.exp(2 * logvar)", LAW, "exp_of_twice"),
    "quarter": (SIGMA, "torch.exp(0.5 * logvar).sqrt()", LAW, "exp_of_quarter"),
    "no_sigma": (SIGMA, "1", LAW, "sigma_left_out"),
    "double_sigma": (SIGMA, "2 * torch.exp(0.5 * logvar)", LAW, "std_doubled"),
    "half_outside": (SIGMA, "0.5 * torch.exp(0.5 * logvar)", LAW, "std_halved"),
    "half_of_variance": (SIGMA, "0.5 * torch.exp(logvar)", LAW, "half_variance_as_std"),
    "sigma_plus_one": (SIGMA, "1 + torch.exp(0.5 * logvar)", LAW, "sigma_plus_one"),
    "softplus": (SIGMA, "F.softplus(logvar)", LAW, "softplus_std"),
    "sigmoid": (SIGMA, "torch.sigmoid(logvar)", LAW, "sigmoid_std"),
    "linearised": (SIGMA, "1 + logvar", LAW, "one_plus_logvar"),
    "power_of_two": (SIGMA, "2 ** (0.5 * logvar)", LAW, "power_of_two"),
    "batch_spread": (
        SIGMA,
        "torch.exp(0.5 * logvar).mean(0)",
        LAW,
        "spread_of_another_form",
    ),
    "no_mu": (SUM, "sigma * epsilon", LAW, "mu_lost"),
    "minus_mu": (SUM, "sigma * epsilon - mu", LAW, "mu_negated"),
    "two_mu": (SUM, "2 * mu + sigma * epsilon", LAW, "mu_doubled"),
    "half_mu": (SUM, "mu / 2 + sigma * epsilon", LAW, "mu_halved"),
    "brackets": (SUM, "(mu + epsilon) * sigma", LAW, "mu_scaled_by_sigma"),
    "product": (SUM, "mu * sigma * epsilon", LAW, "mu_multiplied"),
    "sigma_as_well": (SUM, "mu + sigma + epsilon", LAW, "sigma_added_not_multiplied"),
    "one_plus_noise": (SUM, "mu + sigma * (1 + epsilon)", LAW, "sigma_added"),
    "logvar_as_mean": (SUM, "logvar + sigma * epsilon", LAW, "logvar_as_mean"),
    "batch_mean": (SUM, "mu.mean(0) + sigma * epsilon", LAW, "mu_averaged"),
    "mean_only": (SUM, "mu", LAW, "no_noise"),
    "ones": (EPSILON, "torch.ones_like(mu)", LAW, "noise_is_one"),
    "zeros": (EPSILON, "torch.zeros_like(mu)", LAW, "no_noise"),
    "uniform": (EPSILON, "torch.rand_like(mu)", LAW, "uniform_noise"),
    "centred_uniform": (EPSILON, "2 * torch.rand_like(mu) - 1", LAW, "centered_uniform_noise"),
    "unit_uniform": (
        EPSILON,
        "12**0.5 * (torch.rand_like(mu) - 0.5)",
        LAW,
        "centered_uniform_noise",
    ),
    "half_normal": (EPSILON, "torch.randn_like(mu).abs()", LAW, "half_normal_noise"),
    "signs": (EPSILON, "torch.randn_like(mu).sign()", LAW, "centered_uniform_noise"),
    "cauchy": (EPSILON, "torch.empty_like(mu).cauchy_()", LAW, "heavy_tailed_noise"),
    "small_noise": (EPSILON, "0.1 * torch.randn_like(mu)", LAW, "noise_not_unit"),
    "shifted_noise": (EPSILON, "1 + torch.randn_like(mu)", LAW, "sigma_added"),
    "clipped_at_3_sigma": (EPSILON, "torch.randn_like(mu).clamp(-3, 3)", LAW, "noise_clipped"),
    "clipped_noise": (EPSILON, "torch.randn_like(mu).clamp(-1, 1)", LAW, "centered_uniform_noise"),
    "one_number": (EPSILON, "torch.randn(1)", LAW, "noise_shared_by_all"),
    "one_a_row": (EPSILON, "torch.randn(len(mu), 1)", INDEPENDENT, "noise_shared_by_elements"),
    "one_a_column": (EPSILON, "torch.randn(mu.shape[1])", INDEPENDENT, "noise_shared_by_rows"),
    "fifteen_numbers": (EPSILON, "torch.randn(15)", SHAPE, ""),
    "seeded": (
        EPSILON,
        "torch.randn(mu.shape, generator=torch.Generator().manual_seed(0))",
        "noise_is_drawn_anew",
        "noise_repeated",
    ),
    "in_double": (EPSILON, "torch.randn(mu.shape).double()", TYPE, "sample_of_another_type"),
    "numpy_array": (SUM, "(mu + sigma * epsilon).detach().numpy()", REACHED, "mu_without_gradient"),
    "numpy_noise": (EPSILON, "__import__('numpy').random.randn(*mu.shape)", REACHED, ""),
    "detached_mu": (SUM, "mu.detach() + sigma * epsilon", REACHED, "mu_without_gradient"),
    "detached_sigma": (
        SIGMA,
        "torch.exp(0.5 * logvar).detach()",
        REACHED,
        "logvar_without_gradient",
    ),
    "all_detached": (SUM, "(mu + sigma * epsilon).detach()", REACHED, "mu_without_gradient"),
    "sampled": (
        SUM,
        "torch.distributions.Normal(mu, sigma).sample()",
        REACHED,
        "mu_without_gradient",
    ),
    "in_place": (
        SUM,
        "mu.add_(sigma * epsilon)",
        "mu_and_logvar_stay_as_they_are",
        "input_changed",
    ),
    "summed": (SUM, "(mu + sigma * epsilon).sum(1)", SHAPE, "summed_over_z"),
    "transposed": (SUM, "(mu + sigma * epsilon).T", SHAPE, "transposed"),
    "tuple": (SUM, "(mu + sigma * epsilon, epsilon)", SHAPE, "tuple_returned"),
}
BCE = 'F.binary_cross_entropy(x_hat, x, reduction="sum")'
KL = "-0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar))"
END = "(reconstruction + kl) / len(x)"
MEAN, SLOPES = "loss_averages_over_the_batch", "loss_has_its_gradients"
TERMS: dict[str, tuple[str, str]] = {  # name: the last line, misconception
    "batch_summed": ("reconstruction + kl", "summed_over_the_batch"),
    "bce_mean": ("F.binary_cross_entropy(x_hat, x) + kl / len(x)", "averaged_over_pixels_too"),
    "both_means": (
        "F.binary_cross_entropy(x_hat, x) + kl / mu.numel()",
        "averaged_over_everything",
    ),
    "kl_mean": ("reconstruction / len(x) + kl / mu.numel()", "kl_averaged_over_z"),
    "kl_summed": ("reconstruction / len(x) + kl", "kl_summed_over_the_batch"),
    "bce_summed": ("reconstruction + kl / len(x)", "bce_summed_over_the_batch"),
    "n_twice": ("(reconstruction + kl) / len(x) ** 2", "divided_by_n_twice"),
    "by_z": ("(reconstruction + kl) / mu.shape[1]", "divided_by_z"),
    "by_pixels": ("(reconstruction + kl) / x[0].numel()", "divided_by_pixels"),
    "by_all_pixels": ("(reconstruction + kl) / x.numel()", "divided_by_pixels_for_n"),
    "for_128": ("(reconstruction + kl) / 128", "batch_size_hard_coded"),
    "for_784": ("F.binary_cross_entropy(x_hat, x) * 784 + kl / len(x)", "pixels_hard_coded"),
    "no_kl": ("reconstruction / len(x)", "bce_without_kl"),
    "no_bce": ("kl / len(x)", "kl_without_bce"),
    "kl_subtracted": ("(reconstruction - kl) / len(x)", "kl_of_one_sign"),
    "bound": ("-(reconstruction + kl) / len(x)", "elbo_not_negated"),
    "bce_subtracted": ("(kl - reconstruction) / len(x)", "bce_of_wrong_sign"),
    "kl_twice": ("(reconstruction + 2 * kl) / len(x)", "kl_doubled"),
    "kl_half": ("(reconstruction + kl / 2) / len(x)", "kl_halved"),
    "beta": ("(reconstruction + 4 * kl) / len(x)", "kl_weighted"),
    "first_image": (
        'F.binary_cross_entropy(x_hat[0], x[0], reduction="sum")'
        " - 0.5 * torch.sum(1 + logvar[0] - mu[0] ** 2 - torch.exp(logvar[0]))",
        "first_image_only",
    ),
    "kl_in_every_pixel": (
        "reconstruction / len(x) + kl / len(x) * x[0].numel()",
        "kl_summed_in_every_pixel",
    ),
    "per_image": (
        'F.binary_cross_entropy(x_hat, x, reduction="none").flatten(1).sum(1)'
        " - 0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar), 1)",
        "loss_per_image",
    ),
}
BRACKETS: dict[str, tuple[str, str]] = {  # name: what stands in the bracket, misconception
    "no_one": ("logvar - mu**2 - torch.exp(logvar)", "kl_misses_one"),
    "no_mu": ("1 + logvar - torch.exp(logvar)", "kl_misses_mu"),
    "mu_plain": ("1 + logvar - mu - torch.exp(logvar)", "kl_mu_not_squared"),
    "mu_abs": ("1 + logvar - mu.abs() - torch.exp(logvar)", "kl_abs_mu"),
    "no_logvar": ("1 - mu**2 - torch.exp(logvar)", "kl_misses_logvar"),
    "no_variance": ("1 + logvar - mu**2", "kl_misses_variance"),
    "std": ("1 + logvar - mu**2 - torch.exp(logvar / 2)", "kl_std_for_variance"),
    "logstd": ("1 + 2 * logvar - mu**2 - torch.exp(2 * logvar)", "kl_logvar_as_logstd"),
    "variance_squared": ("1 + logvar - mu**2 - torch.exp(logvar) ** 2", "kl_variance_squared"),
    "logvar_twice": ("1 + logvar - mu**2 - logvar", "kl_logvar_for_variance"),
    "logvar_squared": ("1 + logvar - mu**2 - logvar**2", "kl_logvar_squared"),
    "log_of_logvar": ("1 + torch.log(logvar) - mu**2 - logvar", "loss_not_finite"),
    "mu_added": ("1 + logvar + mu**2 - torch.exp(logvar)", "kl_mu_added"),
    "logvar_sign": ("1 - logvar - mu**2 - torch.exp(logvar)", "kl_logvar_subtracted"),
    "variance_sign": ("1 + logvar - mu**2 + torch.exp(logvar)", "kl_variance_added"),
    "swapped": ("1 + mu - logvar**2 - torch.exp(mu)", "kl_mu_and_logvar_swapped"),
    "reversed": ("1 - logvar - (1 + mu**2) * torch.exp(-logvar)", "kl_reversed"),
}
RECONSTRUCTIONS: dict[str, tuple[str, str]] = {
    "swapped": ('F.binary_cross_entropy(x, x_hat, reduction="sum")', "arguments_swapped"),
    "mse": ('F.mse_loss(x_hat, x, reduction="sum")', "mse_for_bce"),
    "half_mse": ('0.5 * F.mse_loss(x_hat, x, reduction="sum")', "half_mse_for_bce"),
    "l1": ('F.l1_loss(x_hat, x, reduction="sum")', "l1_for_bce"),
    "logits": (
        'F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum")',
        "bce_with_logits",
    ),
    "white_only": ("-(x * torch.log(x_hat)).sum()", "bce_only_white_pixels"),
    "black_only": ("-((1 - x) * torch.log(1 - x_hat)).sum()", "bce_only_black_pixels"),
    "base_2": (
        "-(x * torch.log2(x_hat) + (1 - x) * torch.log2(1 - x_hat)).sum()",
        "log_base_2",
    ),
    "floor_in_log": (
        "-(x * torch.log(x_hat + 0.01) + (1 - x) * torch.log(1.01 - x_hat)).sum()",
        "floor_in_log",
    ),
    "rounded": ('F.binary_cross_entropy(x_hat, x.round(), reduction="sum")', "target_binarised"),
}
CUT: dict[str, tuple[str, str]] = {
    "item": ("((reconstruction + kl) / len(x)).item()", "loss_without_gradient"),
    "kl_detached": ("(reconstruction + kl.detach()) / len(x)", "loss_without_gradient"),
    "bce_detached": ("(reconstruction.detach() + kl) / len(x)", "loss_without_gradient"),
}


def _functions() -> list[Wrong]:
    def wrong(name: str, check: str, misconception: str, where: str, old: str, new: str) -> Wrong:
        part = name.partition("_")[0]
        return Wrong(name, f"{part}.{check}", misconception, (Edit(where, old, new),))

    found = [
        wrong(f"reparametrize_{name}", check, misconception, "reparametrize", old, new)
        for name, (old, new, check, misconception) in REPARAMETRIZE.items()
    ]
    for name, (new, misconception) in TERMS.items():
        found.append(wrong(f"loss_{name}", MEAN, misconception, "loss", END, new))
    for name, (bracket, misconception) in BRACKETS.items():
        new = f"-0.5 * torch.sum({bracket})"
        found.append(wrong(f"loss_kl_{name}", MEAN, misconception, "loss", KL, new))
    for name, (new, misconception) in RECONSTRUCTIONS.items():
        found.append(wrong(f"loss_bce_{name}", MEAN, misconception, "loss", BCE, new))
    for name, (new, misconception) in CUT.items():
        found.append(wrong(f"loss_{name}", SLOPES, misconception, "loss", END, new))
    clamp = "logvar.clamp_(-0.5, 0.5)\n    reconstruction ="
    found.append(wrong("loss_in_place", MEAN, "", "loss", "reconstruction =", clamp))
    return found


ALL: tuple[Wrong, ...] = tuple(_functions())
