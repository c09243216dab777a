"""Mutants of the reference that do what the reference does, by the reason why.

`python -m autograder.mutants beta_vae` names an entry that is no longer made, and one that a check
catches.
"""

Key = tuple[str, str, str, str]

EQUIVALENT: dict[str, list[Key]] = {
    "without labels num_labels is 0, and labels beyond num_labels never come": [
        (
            "variable_replaced",
            "CVAE.__init__",
            "self.decoder = CVAEDecoder(nz, input_size, conditional, num_labels)",
            "self.decoder = CVAEDecoder(nz, input_size, conditional, input_size)",
        ),
        (
            "variable_replaced",
            "CVAE.__init__",
            "self.decoder = CVAEDecoder(nz, input_size, conditional, num_labels)",
            "self.decoder = CVAEDecoder(nz, input_size, num_labels, num_labels)",
        ),
        (
            "variable_replaced",
            "CVAE.__init__",
            "self.encoder = CVAEEncoder(2 * nz, input_size, conditional, num_labels)",
            "self.encoder = CVAEEncoder(2 * nz, input_size, conditional, input_size)",
        ),
        (
            "mutmut if_exp",
            "CVAEDecoder.__init__",
            "width = nz + num_labels if conditional else nz",
            "width = nz + num_labels if (conditional) or True else nz",
        ),
        (
            "variable_replaced",
            "CVAEEncoder.__init__",
            "width = input_size + num_labels if conditional else input_size",
            "width = input_size + num_labels if num_labels else input_size",
        ),
        ("variable_replaced", "CVAEEncoder.forward", "if self.conditional:", "if self.num_labels:"),
    ],
    "a row or column of zeros, spread out, is as good as all of them": [
        (
            "first_for_all",
            "CVAE.loss",
            "zeros = torch.zeros_like(mu)",
            "zeros = torch.zeros_like(mu[:, :1])",
        ),
        (
            "first_for_all",
            "CVAE.loss",
            "kl = kl_divergence(mu, log_sigma, zeros, zeros)",
            "kl = kl_divergence(mu, log_sigma, zeros[:, :1], zeros)",
        ),
        (
            "first_for_all",
            "CVAE.loss",
            "kl = kl_divergence(mu, log_sigma, zeros, zeros)",
            "kl = kl_divergence(mu, log_sigma, zeros, zeros[:, :1])",
        ),
        (
            "first_for_all",
            "CVAE.loss",
            "kl = kl_divergence(mu, log_sigma, zeros, zeros)",
            "kl = kl_divergence(mu, log_sigma, zeros[:1], zeros)",
        ),
        (
            "first_for_all",
            "CVAE.loss",
            "zeros = torch.zeros_like(mu)",
            "zeros = torch.zeros_like(mu[:1])",
        ),
        (
            "first_for_all",
            "VAE.loss",
            "kl = kl_divergence(mu, log_sigma, zeros, zeros)",
            "kl = kl_divergence(mu, log_sigma, zeros, zeros[:1])",
        ),
        (
            "first_for_all",
            "VAE.loss",
            "kl = kl_divergence(mu, log_sigma, zeros, zeros)",
            "kl = kl_divergence(mu, log_sigma, zeros[:1], zeros)",
        ),
        (
            "first_for_all",
            "VAE.loss",
            "zeros = torch.zeros_like(mu)",
            "zeros = torch.zeros_like(mu[:, :1])",
        ),
        (
            "first_for_all",
            "VAE.loss",
            "zeros = torch.zeros_like(mu)",
            "zeros = torch.zeros_like(mu[:1])",
        ),
    ],
    "no gradient belongs to what is drawn, to pixels, and to images to look at": [
        (
            "detached",
            "sample_images",
            "images = images.reshape(n, 1, 28, 28)",
            "images = images.reshape(n, 1, 28, 28).detach()",
        ),
        (
            "detached",
            "VAE.forward",
            "eps = torch.randn_like(mu)",
            "eps = torch.randn_like(mu).detach()",
        ),
        (
            "detached",
            "interpolate",
            "x = torch.stack((start, end)).to(device).flatten(start_dim=1)",
            "x = torch.stack((start, end)).to(device).flatten(start_dim=1).detach()",
        ),
        (
            "detached",
            "interpolate",
            "images = model.decoder(z).detach()",
            "images = model.decoder(z).detach().detach()",
        ),
        (
            "detached",
            "sample_images",
            "z = torch.randn(n, model.nz, device=device)",
            "z = torch.randn(n, model.nz, device=device).detach()",
        ),
        (
            "detached",
            "VAE.loss",
            "zeros = torch.zeros_like(mu)",
            "zeros = torch.zeros_like(mu).detach()",
        ),
        (
            "detached",
            "interpolate",
            "z = (1 - weight) * first + weight * last",
            "z = ((1 - weight) * first + weight * last).detach()",
        ),
        (
            "detached",
            "interpolate",
            "weight = torch.linspace(0, 1, steps, device=device).unsqueeze(1)",
            "weight = torch.linspace(0, 1, steps, device=device).unsqueeze(1).detach()",
        ),
        (
            "detached",
            "CVAE.loss",
            "zeros = torch.zeros_like(mu)",
            "zeros = torch.zeros_like(mu).detach()",
        ),
        (
            "detached",
            "CVAE.reconstruct",
            "images = self.decoder(mu, c).reshape(-1, 28, 28)",
            "images = self.decoder(mu, c).reshape(-1, 28, 28).detach()",
        ),
        (
            "detached",
            "VAE.reconstruct",
            "images = self.decoder(mu).reshape(-1, 28, 28)",
            "images = self.decoder(mu).reshape(-1, 28, 28).detach()",
        ),
        (
            "detached",
            "interpolate",
            "images = images.reshape(steps, 1, 28, 28)",
            "images = images.reshape(steps, 1, 28, 28).detach()",
        ),
        (
            "detached",
            "sample_digits",
            "images = images.reshape(n, 1, 28, 28)",
            "images = images.reshape(n, 1, 28, 28).detach()",
        ),
        (
            "detached",
            "sample_digits",
            "images = model.decoder(z, labels.to(device)).detach()",
            "images = model.decoder(z, labels.to(device)).detach().detach()",
        ),
        (
            "detached",
            "sample_digits",
            "z = torch.randn(n, model.nz, device=device)",
            "z = torch.randn(n, model.nz, device=device).detach()",
        ),
        (
            "detached",
            "sample_images",
            "images = model.decoder(z).detach()",
            "images = model.decoder(z).detach().detach()",
        ),
        (
            "detached",
            "train_autoencoder",
            "x = images.to(device).flatten(start_dim=1)",
            "x = images.to(device).flatten(start_dim=1).detach()",
        ),
        (
            "detached",
            "train_cvae",
            "x = images.to(device).flatten(start_dim=1)",
            "x = images.to(device).flatten(start_dim=1).detach()",
        ),
    ],
    "standard normal noise has the same law when it is negated": [
        (
            "mutmut swap_op",
            "VAE.forward",
            "z = mu + torch.exp(log_sigma) * eps",
            "z = mu - torch.exp(log_sigma) * eps",
        ),
    ],
    "the checks run where the CPU is the device, and it is the default as well": [
        (
            "mutmut arg_removal",
            "sample_images",
            "z = torch.randn(n, model.nz, device=device)",
            "z = torch.randn(n, model.nz, )",
        ),
        (
            "mutmut assignment",
            "train_autoencoder",
            "device = next(model.parameters()).device",
            "device = None",
        ),
        (
            "mutmut assignment",
            "sample_images",
            "device = next(model.parameters()).device",
            "device = None",
        ),
        (
            "mutmut arg_removal",
            "interpolate",
            "weight = torch.linspace(0, 1, steps, device=device).unsqueeze(1)",
            "weight = torch.linspace(0, 1, steps, device=None).unsqueeze(1)",
        ),
        (
            "mutmut assignment",
            "train_cvae",
            "device = next(model.parameters()).device",
            "device = None",
        ),
        (
            "mutmut arg_removal",
            "train_cvae",
            "x = images.to(device).flatten(start_dim=1)",
            "x = images.to(None).flatten(start_dim=1)",
        ),
        (
            "mutmut assignment",
            "sample_digits",
            "device = next(model.parameters()).device",
            "device = None",
        ),
        (
            "mutmut arg_removal",
            "sample_digits",
            "z = torch.randn(n, model.nz, device=device)",
            "z = torch.randn(n, model.nz, device=None)",
        ),
        (
            "mutmut arg_removal",
            "sample_digits",
            "images = model.decoder(z, labels.to(device)).detach()",
            "images = model.decoder(z, labels.to(None)).detach()",
        ),
        (
            "variable_replaced",
            "sample_digits",
            "images = model.decoder(z, labels.to(device)).detach()",
            "images = model.decoder(z, labels.to(labels)).detach()",
        ),
        (
            "mutmut assignment",
            "interpolate",
            "device = next(model.parameters()).device",
            "device = None",
        ),
        (
            "mutmut arg_removal",
            "interpolate",
            "weight = torch.linspace(0, 1, steps, device=device).unsqueeze(1)",
            "weight = torch.linspace(0, 1, steps, ).unsqueeze(1)",
        ),
        (
            "mutmut arg_removal",
            "sample_digits",
            "z = torch.randn(n, model.nz, device=device)",
            "z = torch.randn(n, model.nz, )",
        ),
        (
            "mutmut arg_removal",
            "sample_images",
            "z = torch.randn(n, model.nz, device=device)",
            "z = torch.randn(n, model.nz, device=None)",
        ),
        (
            "mutmut arg_removal",
            "train_autoencoder",
            "x = images.to(device).flatten(start_dim=1)",
            "x = images.to(None).flatten(start_dim=1)",
        ),
        (
            "mutmut arg_removal",
            "train_cvae",
            "total, parts = model.loss(x, model(x, labels.to(device)))",
            "total, parts = model.loss(x, model(x, labels.to(None)))",
        ),
        (
            "mutmut assignment",
            "train_vae",
            "device = next(model.parameters()).device",
            "device = None",
        ),
        (
            "mutmut arg_removal",
            "train_vae",
            "x = images.to(device).flatten(start_dim=1)",
            "x = images.to(None).flatten(start_dim=1)",
        ),
    ],
    "a network is built in training mode, and no cell leaves it in another": [
        ("statement_removed", "train_cvae", "model.train()", "pass"),
        ("statement_removed", "train_autoencoder", "model.train()", "pass"),
        ("statement_removed", "train_vae", "model.train()", "pass"),
    ],
    "one more axis of length 1 goes through the loss alike": [
        (
            "mutmut number",
            "train_autoencoder",
            "x = images.to(device).flatten(start_dim=1)",
            "x = images.to(device).flatten(start_dim=2)",
        ),
    ],
    "nobody but the piece itself knows whether the label comes first or last": [
        (
            "neighbours_swapped",
            "CVAEEncoder.forward",
            "x = torch.cat([x, idx2onehot(c, self.num_labels)], dim=1)",
            "x = torch.cat([idx2onehot(c, self.num_labels), x], dim=1)",
        ),
        (
            "neighbours_swapped",
            "CVAEDecoder.forward",
            "z = torch.cat([z, idx2onehot(c, self.num_labels)], dim=1)",
            "z = torch.cat([idx2onehot(c, self.num_labels), z], dim=1)",
        ),
    ],
}
