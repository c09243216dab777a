"""A variational autoencoder (VAE) and a conditional one (CVAE) for images of digits.

Fill in each block marked TODO, in the order of vae.ipynb, save this file, and run the check
cell of that section. The code under a TODO is yours: how you write it, and how you name what
is inside, is free; the names that are given here, the shapes and the results are what counts.

Names of the axes, here and in the notebook:
    N    images in a minibatch
    H W  height and width of an image, 28 and 28
    D    input_size, the pixels of an image, H * W = 784
    H_d  hidden_dim, the width of the hidden layers, 400
    Z    latent_size, the dimension of the latent space
    C    num_classes, the length of a one-hot label (an image has 1 channel, written as 1)
"""

import torch
import torch.nn.functional as F
from torch import nn


def hello_vae():
    """Print a greeting, which shows the notebook that it found this file."""
    print("Hello from vae.py!")


class VAE(nn.Module):
    """A fully connected VAE: the encoder gives q(z|x), the decoder gives p(x|z)."""

    def __init__(self, input_size: int, latent_size: int = 15):
        """Build the layers.

        Args:
            input_size: D, the number of pixels of an image.
            latent_size: Z, the dimension of the latent space.
        """
        super().__init__()
        self.input_size = input_size  # D
        self.latent_size = latent_size  # Z
        hidden_dim = 400  # H_d

        # TODO encoder: an nn.Sequential from images (N, 1, H, W) to hidden vectors (N, H_d).
        #   1. Make one row of pixels of each image: (N, D).
        #   2. Add three fully connected layers, each followed by a ReLU. Only the first one
        #      sees the pixels; what comes out of every one has hidden_dim features.
        self.encoder = None

        # TODO encoder (heads): two fully connected layers side by side, both from the hidden
        #   vectors (N, H_d) to (N, Z). One predicts mu and the other logvar = log(sigma^2).
        #   Each can be any real number, so no activation follows.
        self.mu_layer = None
        self.logvar_layer = None

        # TODO decoder: an nn.Sequential from latent vectors (N, Z) to images (N, 1, H, W).
        #   1. Add three fully connected layers, each followed by a ReLU, as in the encoder.
        #   2. Add one more fully connected layer, which gives a number for every pixel: (N, D).
        #   3. Squash these numbers into pixel values between 0 and 1.
        #   4. Give every row the shape of an image again, one channel of 28 x 28 pixels
        #      (look up what the two arguments of nn.Unflatten mean).
        self.decoder = None

    def forward(self, x: torch.Tensor):
        """Encode the images, sample a latent vector for each, and decode it.

        Args:
            x: images, (N, 1, H, W), with values from 0 to 1.

        Returns:
            The tuple of
            x_hat: reconstructed images, (N, 1, H, W), with values from 0 to 1;
            mu: mean of q(z|x), (N, Z);
            logvar: logarithm of the variance of q(z|x), (N, Z).
        """
        # TODO forward: from x to the three tensors that the docstring promises.
        #   1. Encode x, and let the two heads predict mu and logvar from the same hidden vectors.
        #   2. Draw z with the function you wrote for it below: (N, Z).
        #   3. Decode z, and let outputs be the tuple, in the order of the docstring.
        outputs = None
        return outputs


class CVAE(nn.Module):
    """A fully connected VAE that is told the class: q(z|x, c) and p(x|z, c)."""

    def __init__(self, input_size: int, num_classes: int = 10, latent_size: int = 15):
        """Build the layers.

        Args:
            input_size: D, the number of pixels of an image.
            num_classes: C, the number of classes, which is the length of a one-hot label.
            latent_size: Z, the dimension of the latent space.
        """
        super().__init__()
        self.input_size = input_size  # D
        self.num_classes = num_classes  # C
        self.latent_size = latent_size  # Z
        hidden_dim = 400  # H_d

        # TODO cvae (encoder and heads): as in the VAE, with two differences.
        #   1. What comes in is the row of pixels of an image joined with its one-hot label, so
        #      the first layer must be wider by the length of a label.
        #   2. forward makes the row before it joins, so this encoder has no Flatten layer.
        self.encoder = None
        self.mu_layer = None
        self.logvar_layer = None

        # TODO cvae (decoder): as in the VAE, but what comes in is a latent vector joined with
        #   a one-hot label. What comes out is still an image.
        self.decoder = None

    def forward(self, x: torch.Tensor, c: torch.Tensor):
        """Encode the images with their labels, sample, and decode with the same labels.

        Args:
            x: images, (N, 1, H, W), with values from 0 to 1.
            c: one-hot labels, (N, C), of an integer or a float type.

        Returns:
            The tuple of
            x_hat: reconstructed images, (N, 1, H, W), with values from 0 to 1;
            mu: mean of q(z|x, c), (N, Z);
            logvar: logarithm of the variance of q(z|x, c), (N, Z).
        """
        # TODO cvae (forward): the forward pass of the VAE, with the label joined in twice.
        #   1. Make one row of pixels of each image, (N, D), and join it with c: (N, D + C).
        #   2. Encode that, predict mu and logvar, and draw z: (N, Z).
        #   3. Join z with c, (N, Z + C), and decode that.
        #   4. Let outputs be the tuple, in the order of the docstring.
        #   torch.cat joins tensors; here it must leave the axis N as it is.
        outputs = None
        return outputs


def reparametrize(mu: torch.Tensor, logvar: torch.Tensor):
    """Sample z ~ N(mu, sigma^2) in a way that gradients can pass through to mu and logvar.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, section 2.4.

    Args:
        mu: means, (N, Z).
        logvar: logarithms of the variances, log(sigma^2), (N, Z).

    Returns:
        z: one sample for each mean, (N, Z).
    """
    # TODO reparametrize: shift and scale noise, instead of drawing from N(mu, sigma^2) itself.
    #   1. Get sigma from logvar (mind that logvar belongs to sigma squared).
    #   2. Draw standard normal noise, one number for each element of mu, on the device of mu.
    #   3. Combine the three by the formula of the notebook.
    z = None
    return z


def loss_function(x_hat: torch.Tensor, x: torch.Tensor, mu: torch.Tensor, logvar: torch.Tensor):
    """Negative evidence lower bound of a minibatch, in nats, averaged over its N images.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, equation 10 and appendix B.

    Args:
        x_hat: reconstructed images, (N, 1, H, W), with values from 0 to 1.
        x: the images themselves, (N, 1, H, W), with values from 0 to 1.
        mu: mean of q(z|x), (N, Z).
        logvar: logarithm of the variance of q(z|x), (N, Z).

    Returns:
        loss: a tensor that holds one number, shape ().
    """
    # TODO loss: reconstruction term plus KL divergence, without a loop.
    #   1. Reconstruction term: the binary cross-entropy of x_hat against x, summed over the
    #      pixels of an image (see the argument reduction of F.binary_cross_entropy).
    #   2. KL divergence: the closed form of the notebook, summed over the Z dimensions.
    #   3. Add the two and average over the N images, and over nothing else.
    loss = None
    return loss
