"""An auto-encoder, a variational auto-encoder (VAE) whose KL term has a weight, beta, and a
conditional one (CVAE), for images of digits.

Fill in each block marked TODO, in the order of beta_vae.ipynb, save this file, and run the check
cell of that section. The code under a TODO is yours: how you write it, and how you name what
is inside, is free; the names that are given here, the shapes and the results are what counts.

Names of the axes, here and in the notebook:
    N    images in a minibatch
    H W  height and width of an image, 28 and 28
    D    input_size, the pixels of an image, H * W = 784
    nz   the size of an embedding, which is the dimension of the latent space
    L    num_labels, the length of a one-hot label (an image has 1 channel, written as 1)
"""

import torch
import torch.nn.functional as F
from torch import nn


class Encoder(nn.Module):
    """Three fully connected layers that turn the pixels of an image into nz numbers."""

    def __init__(self, nz: int, input_size: int):
        """Build the layers.

        Args:
            nz: how many numbers come out for each image.
            input_size: D, the number of pixels of an image.
        """
        super().__init__()
        self.nz = nz
        self.input_size = input_size  # D

        # TODO autoencoder (encoder): an nn.Sequential from rows of pixels (N, D) to (N, nz).
        #   1. A fully connected layer from the pixels to 256 features, and a ReLU.
        #   2. A fully connected layer from there to 64 features, and a ReLU.
        #   3. A fully connected layer from there to nz numbers. Each of them can be any real
        #      number, so no activation follows.
        self.net = None

    def forward(self, x: torch.Tensor):
        """Encode rows of pixels x, (N, D), as (N, nz). This is given."""
        if self.net is None:
            return None  # not written yet
        return self.net(x)  # (N, D) -> (N, nz)


class Decoder(nn.Module):
    """Three fully connected layers that turn an embedding into the pixels of an image."""

    def __init__(self, nz: int, output_size: int):
        """Build the layers.

        Args:
            nz: the size of an embedding.
            output_size: D, the number of pixels of an image.
        """
        super().__init__()
        self.nz = nz
        self.output_size = output_size  # D

        # TODO autoencoder (decoder): an nn.Sequential from embeddings (N, nz) to pixels (N, D),
        #   which is the encoder in reverse.
        #   1. A fully connected layer to 64 features, and a ReLU.
        #   2. A fully connected layer from there to 256 features, and a ReLU.
        #   3. A fully connected layer from there to a number for every pixel.
        #   4. Squash these numbers into pixel values between 0 and 1.
        self.net = None

    def forward(self, z: torch.Tensor):
        """Decode embeddings z, (N, nz), as pixels from 0 to 1, (N, 1, D). This is given."""
        if self.net is None:
            return None  # not written yet
        return self.net(z).unsqueeze(1)  # (N, D) -> (N, 1, D)


class AutoEncoder(nn.Module):
    """An encoder and a decoder, one behind the other. This class is given."""

    def __init__(self, nz: int, input_size: int = 784):
        """Build both halves for embeddings of nz numbers and images of input_size pixels."""
        super().__init__()
        self.nz = nz
        self.encoder = Encoder(nz, input_size)
        self.decoder = Decoder(nz, input_size)

    def forward(self, x: torch.Tensor):
        """Encode rows of pixels x, (N, D), and decode what comes out: (N, 1, D)."""
        z = self.encoder(x)  # (N, nz)
        return self.decoder(z)  # (N, 1, D)

    def reconstruct(self, x: torch.Tensor):
        """The same for rows x, (N, 784), as images to look at, (N, 28, 28)."""
        return self(x).reshape(-1, 28, 28)  # (N, 1, 784) -> (N, 28, 28)


def train_autoencoder(model: AutoEncoder, loader, epochs: int, learning_rate: float = 1e-3):
    """Train an auto-encoder with Adam on the binary cross-entropy of its reconstructions.

    Args:
        model: its weights change, on the device they are on.
        loader: gives minibatches (images (N, 1, H, W), labels (N,)), again in every epoch; the
            last one may be short.
        epochs: how often to go through the loader.
        learning_rate: that of Adam; its other settings are the default ones.

    Returns:
        losses: a list with the loss of every minibatch, in order, as plain numbers.
    """
    # TODO train_autoencoder: the training loop.
    #   1. Make the optimizer, and put the model into training mode.
    #   2. In every epoch, go through all minibatches. The labels are of no use here. Bring the
    #      images to the device of the model's parameters, and make rows of pixels, (N, D).
    #   3. The loss is the binary cross-entropy of the reconstructions against these rows,
    #      averaged over pixels and images. Mind the shape of what the model gives.
    #   4. Clear the old gradients, run the backward pass, and let the optimizer make its step.
    #   5. Keep the loss as a number: a tensor would keep the graph of its step in memory.
    losses = None
    return losses


def sample_images(model: nn.Module, n: int):
    """Draw n embeddings from the unit Gaussian and decode them, without gradients.

    Args:
        model: an AutoEncoder or a VAE; it knows the size of its embeddings as model.nz.
        n: how many.

    Returns:
        images: (n, 1, 28, 28), with values from 0 to 1.
    """
    # TODO sample_images: from noise to images.
    #   1. Draw n embeddings from the Gaussian of mean 0 and standard deviation 1, all numbers
    #      independent of each other, on the device of the model's parameters.
    #   2. Decode them, and tell torch that nobody will ask for a gradient.
    #   3. Give what comes out the shape of images.
    images = None
    return images


def kl_divergence(
    mu1: torch.Tensor, log_sigma1: torch.Tensor, mu2: torch.Tensor, log_sigma2: torch.Tensor
):
    """KL[1 || 2] of two Gaussians, element by element, in nats. This is given.

    Args:
        mu1, log_sigma1: mean of the first Gaussian and logarithm of its standard deviation, of
            any shape.
        mu2, log_sigma2: those of the second one, of the same shape.

    Returns:
        kl: the divergence in each element, of that shape; nothing is summed.
    """
    variance1 = torch.exp(2 * log_sigma1)
    variance2 = torch.exp(2 * log_sigma2)
    spread = (variance1 + (mu1 - mu2) ** 2) / (2 * variance2)
    return log_sigma2 - log_sigma1 + spread - 0.5


class VAE(nn.Module):
    """A fully connected VAE: the encoder gives q(z|x), the decoder gives p(x|z)."""

    def __init__(self, nz: int, beta: float = 1.0, input_size: int = 784):
        """Build the layers.

        Args:
            nz: the size of an embedding z.
            beta: the weight of the KL divergence in the loss.
            input_size: D, the number of pixels of an image.
        """
        super().__init__()
        self.nz = nz
        self.beta = beta
        self.input_size = input_size  # D

        # TODO vae (layers): an Encoder and a Decoder, made from the classes above.
        #   1. For each image the encoder gives a mean and a log sigma for every number of the
        #      embedding. So how many numbers have to come out of it?
        #   2. The decoder gets the embedding alone.
        self.encoder = None
        self.decoder = None

    def forward(self, x: torch.Tensor):
        """Encode the images, sample an embedding for each, and decode it.

        Args:
            x: rows of pixels, (N, D), with values from 0 to 1.

        Returns:
            A dict with
            "q": mean and log sigma of q(z|x) side by side, the means first, (N, 2 * nz); sigma
                is the standard deviation;
            "rec": the reconstructed images, (N, 1, D), with values from 0 to 1.
        """
        # TODO vae (forward): from x to the dict that the docstring promises.
        #   1. Encode x, and cut what comes out in two halves: means, then log sigmas.
        #   2. Draw standard normal noise, one number for each element of the means, and make z
        #      of it by the formula of the notebook. This is done in training and evaluation.
        #   3. Decode z.
        outputs = None
        return outputs

    def loss(self, x: torch.Tensor, outputs: dict):
        """Reconstruction loss plus beta times the KL divergence to the unit Gaussian.

        Args:
            x: rows of pixels, (N, D), with values from 0 to 1.
            outputs: what forward gave for them.

        Returns:
            The tuple of
            total: the weighted sum, a tensor that holds one number, shape ();
            parts: a dict of its two terms, not weighted: "rec_loss", in nats a pixel, and
                "kl_loss", in nats an image.
        """
        # TODO vae (loss): the two terms and their sum, without a loop.
        #   1. rec_loss: the binary cross-entropy of the reconstructions against x, averaged over
        #      pixels and images. Mind the shape of the reconstructions.
        #   2. kl_loss: cut q in two halves again, and let kl_divergence compare them with mean 0
        #      and sigma 1 (and what is log sigma then?). It is not symmetric: which Gaussian
        #      comes first? Sum over the numbers of an embedding, average over the images.
        #   3. total is rec_loss, plus kl_loss weighted with the model's own beta.
        losses = None
        return losses

    def reconstruct(self, x: torch.Tensor):
        """Decode the means of q(z|x), without noise, as images to look at.

        Args:
            x: rows of pixels, (N, 784), with values from 0 to 1.

        Returns:
            images: (N, 28, 28), with values from 0 to 1; the same at every call.
        """
        # TODO vae (reconstruct): the most probable embedding of each image, decoded.
        #   1. Encode x, and take the half that holds the means: (N, nz).
        #   2. Decode it, and give what comes out the shape of the docstring.
        images = None
        return images


def train_vae(model: VAE, loader, epochs: int, learning_rate: float = 1e-3):
    """Train a VAE with Adam on its own loss.

    Args:
        model: its weights change, on the device they are on.
        loader: gives minibatches (images (N, 1, H, W), labels (N,)), again in every epoch; the
            last one may be short.
        epochs: how often to go through the loader.
        learning_rate: that of Adam; its other settings are the default ones.

    Returns:
        curves: a dict of two lists, "rec_loss" and "kl_loss", with these terms of every
            minibatch, in order, as plain numbers.
    """
    # TODO train_vae: the training loop, as for the auto-encoder, with two differences.
    #   1. The loss is the model's: it gives the total, which you minimize, and the two terms.
    #   2. Keep both terms of every minibatch, as numbers, in the dict of the docstring.
    curves = None
    return curves


# TODO best_beta: the beta that suits the VAE best, a number.
#   Look for a beta at which samples are digits, and reconstructions are still the same digit as
#   the image. Search in factors of ten: a factor of ten either way is fine.
BEST_BETA = None


def interpolate(model: nn.Module, start: torch.Tensor, end: torch.Tensor, steps: int = 7):
    """Decode points on the straight line between the embeddings of two images, without gradients.

    Args:
        model: an AutoEncoder or a VAE; an embedding of a VAE is here the mean of q(z|x).
        start: the image to start from, (1, 28, 28), with values from 0 to 1.
        end: the image to end at, (1, 28, 28).
        steps: how many points, at least 2, at equal distances; the first is the embedding of
            start itself, the last that of end.

    Returns:
        images: (steps, 1, 28, 28), with values from 0 to 1.
    """
    # TODO interpolate: from two images to a row of them.
    #   1. Make rows of pixels of both images, on the device of the model's parameters.
    #   2. Encode them. The encoder of a VAE gives more than the means, that of an AutoEncoder
    #      does not: find an expression that is right for both (model.nz helps).
    #   3. Let a weight go from 0 to 1 in equal steps, both included, and mix the two embeddings
    #      with it: (steps, nz).
    #   4. Decode, without gradients, and give what comes out the shape of images.
    images = None
    return images


def idx2onehot(idx: torch.Tensor, n: int):
    """Labels as one-hot rows. This is given.

    Args:
        idx: labels from 0 to n - 1, int64, (N,) or (N, 1).
        n: L, the number of different labels.

    Returns:
        rows: float32, (N, L), all zeros but for a one at the place of the label.
    """
    return F.one_hot(idx.reshape(-1), n).float()  # (N,) -> (N, L)


class CVAEEncoder(nn.Module):
    """The Encoder, with the label joined behind the pixels when it is conditional."""

    def __init__(self, nz: int, input_size: int, conditional: bool, num_labels: int):
        """Build the layers.

        Args:
            nz: how many numbers come out for each image.
            input_size: D, the number of pixels of an image.
            conditional: whether a label comes with each image.
            num_labels: L, the length of a one-hot label; of no meaning without labels.
        """
        super().__init__()
        self.nz = nz
        self.input_size = input_size  # D
        self.conditional = conditional
        self.num_labels = num_labels  # L

        # TODO cvae (encoder): the layers of Encoder, with a first one that is wide enough for
        #   what comes in: pixels alone, or pixels and a one-hot label.
        self.net = None

    def forward(self, x: torch.Tensor, c: torch.Tensor | None = None):
        """Encode images with their labels.

        Args:
            x: rows of pixels, (N, D), with values from 0 to 1.
            c: labels, int64, (N,) or (N, 1), when conditional.

        Returns:
            embedding: (N, nz).
        """
        # TODO cvae (encoder, forward): when conditional, make one-hot rows of c, join them
        #   behind x, and encode that. Else encode x as it is.
        embedding = None
        return embedding


class CVAEDecoder(nn.Module):
    """The Decoder, with the label joined behind the embedding when it is conditional."""

    def __init__(self, nz: int, output_size: int, conditional: bool, num_labels: int):
        """Build the layers.

        Args:
            nz: the size of an embedding.
            output_size: D, the number of pixels of an image.
            conditional: whether a label comes with each embedding.
            num_labels: L, the length of a one-hot label; of no meaning without labels.
        """
        super().__init__()
        self.nz = nz
        self.output_size = output_size  # D
        self.conditional = conditional
        self.num_labels = num_labels  # L

        # TODO cvae (decoder): the layers of Decoder, with a first one that is wide enough for
        #   what comes in: an embedding alone, or an embedding and a one-hot label.
        self.net = None

    def forward(self, z: torch.Tensor, c: torch.Tensor | None = None):
        """Decode embeddings with labels.

        Args:
            z: embeddings, (N, nz).
            c: labels, int64, (N,) or (N, 1), when conditional.

        Returns:
            x_hat: pixels, (N, 1, D), with values from 0 to 1.
        """
        # TODO cvae (decoder, forward): when conditional, make one-hot rows of c, join them
        #   behind z, and decode that. Else decode z as it is. Mind the shape of the docstring.
        x_hat = None
        return x_hat


class CVAE(nn.Module):
    """A fully connected VAE that can be told the label: q(z|x, c) and p(x|z, c)."""

    def __init__(
        self,
        nz: int,
        beta: float = 1.0,
        conditional: bool = False,
        num_labels: int = 0,
        input_size: int = 784,
    ):
        """Build the layers.

        Args:
            nz: the size of an embedding z.
            beta: the weight of the KL divergence in the loss.
            conditional: whether labels come with the images; without them it is a VAE.
            num_labels: L, the number of different labels, at least 1 when conditional.
            input_size: D, the number of pixels of an image.
        """
        super().__init__()
        if conditional and num_labels < 1:
            raise ValueError("a conditional CVAE has to know its num_labels")
        self.nz = nz
        self.beta = beta
        self.conditional = conditional
        self.num_labels = num_labels  # L
        self.input_size = input_size  # D

        # TODO cvae (layers): a CVAEEncoder and a CVAEDecoder, conditional or not as the CVAE is.
        #   What the first gives and the second gets is as in the VAE.
        self.encoder = None
        self.decoder = None

    def forward(self, x: torch.Tensor, c: torch.Tensor | None = None):
        """Encode the images, sample an embedding for each, and decode it, with the same labels.

        Args:
            x: rows of pixels, (N, D), with values from 0 to 1.
            c: labels, int64, (N,) or (N, 1), when conditional.

        Returns:
            A dict with
            "q": mean and log sigma of q(z|x, c) side by side, the means first, (N, 2 * nz);
            "rec": the reconstructed images, (N, 1, D), with values from 0 to 1;
            "c": the labels as they came, or None.
        """
        # TODO cvae (forward): the forward pass of the VAE, with the labels given to the encoder
        #   and to the decoder, and put into the dict.
        outputs = None
        return outputs

    def loss(self, x: torch.Tensor, outputs: dict):
        """Reconstruction loss plus beta times the KL divergence to the unit Gaussian.

        Args:
            x: rows of pixels, (N, D), with values from 0 to 1.
            outputs: what forward gave for them.

        Returns:
            The tuple of total and parts, as in the VAE.
        """
        # TODO cvae (loss): the loss of the VAE, as it is: the labels have no part in it.
        losses = None
        return losses

    def reconstruct(self, x: torch.Tensor, c: torch.Tensor | None = None):
        """Decode the means of q(z|x, c) with the same labels, without noise.

        Args:
            x: rows of pixels, (N, 784), with values from 0 to 1.
            c: labels, int64, (N,) or (N, 1), when conditional.

        Returns:
            images: (N, 28, 28), with values from 0 to 1; the same at every call.
        """
        # TODO cvae (reconstruct): as in the VAE, with the labels given to both halves.
        images = None
        return images


def train_cvae(model: CVAE, loader, epochs: int, learning_rate: float = 1e-3):
    """Train a CVAE with Adam on its own loss, with the labels of the images.

    Args:
        model: its weights change, on the device they are on.
        loader: gives minibatches (images (N, 1, H, W), labels (N,)), again in every epoch; the
            last one may be short.
        epochs: how often to go through the loader.
        learning_rate: that of Adam; its other settings are the default ones.

    Returns:
        curves: a dict of two lists, "rec_loss" and "kl_loss", as train_vae gives it.
    """
    # TODO train_cvae: the loop of train_vae. The labels are of use now: bring them to the
    #   device as well, and give them to the model.
    curves = None
    return curves


def sample_digits(model: CVAE, labels: torch.Tensor):
    """Draw one image for each label: an embedding from the unit Gaussian, decoded with the label.

    Args:
        model: a conditional CVAE; it knows the size of its embeddings as model.nz.
        labels: which digit to draw, int64, (n,).

    Returns:
        images: (n, 1, 28, 28), with values from 0 to 1; no gradient belongs to them.
    """
    # TODO sample_digits: as sample_images, with a label for each embedding.
    #   1. Draw as many embeddings as there are labels, on the device of the model's parameters,
    #      and bring the labels there.
    #   2. Decode both, without gradients, and give what comes out the shape of images.
    images = None
    return images
