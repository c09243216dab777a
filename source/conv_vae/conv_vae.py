"""A convolutional variational autoencoder (VAE) for images of clothes.

Fill in each block marked TODO, in the order of conv_vae.ipynb, save this file, and run the check
cell of that section. The code under a TODO is yours: how you write it, and how you name and hold
the layers, is free; the names that are given here, the shapes and the results are what counts.

Names of the axes, here and in the notebook:
    N    images in a minibatch
    C    channels of an image, 1 for grey ones
    H W  height and width of an image, 28 and 28
    Z    latent_size, the dimension of the latent space
    K    values that a latent dimension is moved by, in traverse
"""

import torch
import torch.nn.functional as F
from torch import nn


class VAE(nn.Module):
    """A convolutional VAE: the encoder gives q(z|x), the decoder gives p(x|z)."""

    def __init__(self, channels: int = 1, latent_size: int = 64):
        """Build the layers.

        Args:
            channels: C, the number of channels of an image.
            latent_size: Z, the dimension of the latent space.
        """
        super().__init__()
        self.channels = channels  # C
        self.latent_size = latent_size  # Z

        # TODO encode (layers): what turns images (N, C, H, W) into mu and logvar, (N, Z) each.
        #   1. A convolution to 16 channels with a kernel of 5 x 5, then a ReLU: 28 -> 24.
        #   2. A convolution to 64 channels with a kernel of 3 x 3, then a ReLU: 24 -> 22.
        #      Neither pads the image, and both have a stride of 1.
        #   3. Two heads side by side: fully connected layers that read the same map of
        #      64 x 22 x 22 numbers as one row, one for mu and one for logvar.
        #   Hold the layers in attributes of self, under names of your choice, so that the model
        #   finds their weights (nn.Sequential can hold several; a plain list hides them).
        ### BEGIN SOLUTION
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, 16, kernel_size=5),  # (N, 16, 24, 24)
            nn.ReLU(),
            nn.Conv2d(16, 64, kernel_size=3),  # (N, 64, 22, 22)
            nn.ReLU(),
            nn.Flatten(),  # (N, 64 * 22 * 22)
        )
        self.mu_head = nn.Linear(64 * 22 * 22, latent_size)
        self.logvar_head = nn.Linear(64 * 22 * 22, latent_size)
        ### END SOLUTION

        # TODO decode (layers): what turns latent vectors (N, Z) into images (N, C, H, W).
        #   1. A fully connected layer to the 64 x 22 x 22 numbers of a map, then a ReLU.
        #   2. A transposed convolution to 16 channels with a kernel of 3 x 3, then a ReLU:
        #      22 -> 24. It undoes what the second convolution did to the shape.
        #   3. A transposed convolution to C channels with a kernel of 5 x 5: 24 -> 28. A sigmoid
        #      squashes what it gives into pixel values between 0 and 1.
        ### BEGIN SOLUTION
        self.decoder = nn.Sequential(
            nn.Linear(latent_size, 64 * 22 * 22),
            nn.ReLU(),
            nn.Unflatten(1, (64, 22, 22)),  # (N, 64, 22, 22)
            nn.ConvTranspose2d(64, 16, kernel_size=3),  # (N, 16, 24, 24)
            nn.ReLU(),
            nn.ConvTranspose2d(16, channels, kernel_size=5),  # (N, C, 28, 28)
            nn.Sigmoid(),
        )
        ### END SOLUTION

    def encode(self, x: torch.Tensor):
        """Find the approximate posterior q(z|x) of each image.

        Args:
            x: images, (N, C, H, W), with values from 0 to 1.

        Returns:
            The tuple of
            mu: mean of q(z|x), (N, Z);
            logvar: logarithm of the variance of q(z|x), (N, Z).
        """
        # TODO encode: send the images through the layers that you defined for it.
        #   1. The two convolutions, each with its ReLU: (N, 64, 22, 22).
        #   2. Make one row of each map, but keep the axis N as it is.
        #   3. Both heads read these rows. What they give can be any real number, so no activation
        #      follows. Let outputs be the tuple, in the order of the docstring.
        outputs = None
        ### BEGIN SOLUTION
        hidden = self.convolutions(x)  # (N, C, 28, 28) -> (N, 64 * 22 * 22)
        outputs = (self.mu_head(hidden), self.logvar_head(hidden))  # (N, Z) each
        ### END SOLUTION
        return outputs

    def sample(self, mu: torch.Tensor, logvar: torch.Tensor):
        """Draw z from q(z|x) in a way that gradients can pass through to mu and logvar.

        Source: Kingma and Welling, Auto-Encoding Variational Bayes, section 2.4.

        Args:
            mu: means, (N, Z).
            logvar: logarithms of the variances, log(sigma^2), (N, Z).

        Returns:
            z: one sample for each mean, new at each call, (N, Z).
        """
        # TODO sample: shift and scale noise, instead of drawing from q(z|x) itself.
        #   1. Get sigma from logvar (mind that logvar belongs to sigma squared).
        #   2. Draw standard normal noise, one number for each element of mu, on the device of mu.
        #      Uniform noise will not do: look up what each of PyTorch's functions draws.
        #   3. Combine the three by the formula of the notebook.
        z = None
        ### BEGIN SOLUTION
        sigma = torch.exp(logvar / 2)  # (N, Z)
        epsilon = torch.randn_like(sigma)  # (N, Z)
        z = mu + sigma * epsilon
        ### END SOLUTION
        return z

    def decode(self, z: torch.Tensor):
        """Turn latent vectors into images.

        Args:
            z: latent vectors, (N, Z).

        Returns:
            x_hat: images, (N, C, H, W), with values from 0 to 1.
        """
        # TODO decode: send the latent vectors through the layers that you defined for it.
        #   1. The fully connected layer with its ReLU: a row for each map.
        #   2. Give each row the shape of a map again: (N, 64, 22, 22).
        #   3. The two transposed convolutions, a ReLU between them and a sigmoid behind.
        x_hat = None
        ### BEGIN SOLUTION
        x_hat = self.decoder(z)  # (N, Z) -> (N, C, 28, 28)
        ### END SOLUTION
        return x_hat

    def forward(self, x: torch.Tensor):
        """Encode the images, sample a latent vector for each, and decode it.

        Args:
            x: images, (N, C, H, W), with values from 0 to 1.

        Returns:
            The tuple of
            x_hat: reconstructed images, (N, C, H, W), with values from 0 to 1;
            mu: mean of q(z|x), (N, Z);
            logvar: logarithm of the variance of q(z|x), (N, Z).
        """
        # TODO forward: from x to the three tensors that the docstring promises.
        #   1. Encode the images, draw a z for each, and decode it. You have a method for each step.
        #   2. Let outputs be the tuple, in the order of the docstring.
        outputs = None
        ### BEGIN SOLUTION
        mu, logvar = self.encode(x)  # (N, Z) each
        z = self.sample(mu, logvar)  # (N, Z)
        x_hat = self.decode(z)  # (N, C, 28, 28)
        outputs = (x_hat, mu, logvar)
        ### END SOLUTION
        return outputs


def loss_function(x_hat: torch.Tensor, x: torch.Tensor, mu: torch.Tensor, logvar: torch.Tensor):
    """Negative evidence lower bound of a minibatch, in nats, summed over its N images.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, equation 10 and appendix B.

    Args:
        x_hat: reconstructed images, (N, C, H, W), with values from 0 to 1.
        x: the images themselves, (N, C, H, W), with values from 0 to 1.
        mu: mean of q(z|x), (N, Z).
        logvar: logarithm of the variance of q(z|x), (N, Z).

    Returns:
        loss: a tensor that holds one number, shape ().
    """
    # TODO loss_function: reconstruction term plus KL divergence, without a loop.
    #   1. Reconstruction term: the binary cross-entropy of x_hat against x, summed over all pixels
    #      of all images (see the argument reduction of F.binary_cross_entropy).
    #   2. KL divergence: the closed form of the notebook, summed over the Z dimensions and over
    #      the N images.
    #   3. Add the two. Here nothing is averaged, the N images neither.
    loss = None
    ### BEGIN SOLUTION
    reconstruction = F.binary_cross_entropy(x_hat, x, reduction="sum")  # ()
    kl = 0.5 * torch.sum(mu**2 + torch.exp(logvar) - 1 - logvar)  # ()
    loss = reconstruction + kl
    ### END SOLUTION
    return loss


def traverse(model: VAE, x: torch.Tensor, dim: int, values):
    """Decode an image's posterior mean with one latent dimension moved by each of some values.

    Args:
        model: a VAE.
        x: one image, (C, H, W), on the device of the model.
        dim: the latent dimension that is moved, from 0 to Z - 1.
        values: what to add to that dimension, (K,), a tensor or a list of numbers.

    Returns:
        images: one decoded image for each value, (K, C, H, W), without a gradient.
    """
    # TODO traverse: K copies of one latent vector, each moved in its own way.
    #   1. Nothing here is trained, so let no gradient be recorded.
    #   2. Encode the image (encode wants a minibatch) and take the mean of its posterior: (1, Z).
    #   3. Make a copy of the mean for each value, (K, Z), and add to each copy its own value, in
    #      the column dim alone. Each move starts from the mean: do not let the values add up.
    #   4. Decode all the copies at once.
    images = None
    ### BEGIN SOLUTION
    with torch.no_grad():
        mu, _ = model.encode(x.unsqueeze(0))  # (C, 28, 28) -> (1, Z)
        shifts = torch.as_tensor(values, dtype=mu.dtype, device=mu.device)  # (K,)
        z = mu.repeat(len(shifts), 1)  # (1, Z) -> (K, Z)
        z[:, dim] += shifts
        images = model.decode(z)  # (K, C, 28, 28)
    ### END SOLUTION
    return images
