"""The cells of the assignment's edition of 2025, in our own words, on our nndl2 and reference.

Its notebook brings its own checks, its own loader from torchvision and its own pictures; an
instructor who keeps it finds every name and every call answered. Each cell asserts what the
edition printed.
"""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from nbformat import NotebookNode, v4
from notebooks import execute, pictures, printed

from autograder.assignments.vae.specimens import REFERENCE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("NNDL2_TEST_DATA", ROOT.parent / "shared" / "data"))
DIGITS = 5 * 128 + 7  # five minibatches and a rest that is dropped

CELLS = {
    "setup": """
%load_ext autoreload
%autoreload 2
USE_COLAB = False
import sys
if USE_COLAB:
    sys.path.append(GOOGLE_DRIVE_PATH)
from vae import hello_vae
hello_vae()
from nndl2.helper import hello_helper
hello_helper()
""",
    "packages": """
import math
from nndl2.grad import rel_error
from nndl2.utils import reset_seed
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import init
import torchvision
import torchvision.transforms as T
import torchvision.datasets as dset
import torch.optim as optim
from torch.utils.data import DataLoader, sampler
import matplotlib.pyplot as plt
import matplotlib.gridspec as gridspec
%matplotlib inline
plt.rcParams["figure.figsize"] = (10.0, 8.0)
plt.rcParams["image.cmap"] = "gray"
device = "cuda" if torch.cuda.is_available() else "cpu"
""",
    "data": """
batch_size = 128
mnist_train = dset.MNIST("./nndl2", train=True, download=True, transform=T.ToTensor())
loader_train = DataLoader(
    mnist_train, batch_size=batch_size, shuffle=True, drop_last=True, num_workers=2
)
assert len(loader_train) == 5
""",
    "look": """
from nndl2.helper import show_images
imgs = next(iter(loader_train))[0].view(batch_size, 784)
show_images(imgs)
""",
    "layers": """
from vae import VAE
def count_params(model):
    return sum(p.numel() for p in model.parameters())
model = VAE(345, 17)
assert count_params(model.encoder) == 346 * 400 + 2 * 401 * 400
assert count_params(model.mu_layer) == count_params(model.logvar_layer) == 401 * 17
assert count_params(model.decoder) == 18 * 400 + 2 * 401 * 400 + 401 * 345
""",
    "reparametrize": """
reset_seed(0)
from vae import reparametrize
size = (1, 15)
z = reparametrize(torch.zeros(size), torch.ones(size))
assert z.size() == size
mean_error = rel_error(torch.mean(z, dim=-1), torch.FloatTensor([-0.4363]))
std_error = rel_error(torch.std(z, dim=-1), torch.FloatTensor([1.6860]))
print("Mean Error", mean_error)
print("Std Error", std_error)
assert mean_error <= 1e-4 and std_error <= 1e-4
""",
    "forward": """
with torch.no_grad():
    x_hat, mu, logvar = VAE(28 * 28, 17)(torch.ones(3, 1, 28, 28))
assert x_hat.shape == (3, 1, 28, 28)
assert mu.shape == logvar.shape == (3, 17)
assert x_hat.std(0).mean() > 0
""",
    "loss": """
from vae import loss_function
image_hat = torch.sigmoid(torch.FloatTensor([[2, 5], [6, 7]]).unsqueeze(0).unsqueeze(0))
image = torch.sigmoid(torch.FloatTensor([[1, 10], [9, 3]]).unsqueeze(0).unsqueeze(0))
expected_out = torch.tensor(8.5079)
out = loss_function(image_hat, image, torch.ones(size), torch.zeros(size))
print("Loss error", rel_error(expected_out, out))
assert rel_error(expected_out, out) <= 1e-5
""",
    "train": """
from nndl2.helper import train_vae
num_epochs = 2
latent_size = 15
input_size = 28 * 28
vae_model = VAE(input_size, latent_size=latent_size)
vae_model.to(device)
for epoch in range(0, num_epochs):
    train_vae(epoch, vae_model, loader_train)
""",
    "generate": """
def draw(samples):
    fig = plt.figure(figsize=(10, 1))
    gspec = gridspec.GridSpec(1, 10)
    for i, sample in enumerate(samples):
        ax = plt.subplot(gspec[i])
        plt.axis("off")
        plt.imshow(sample.reshape(28, 28), cmap="Greys_r")
device = next(vae_model.parameters()).device
z = torch.randn(10, latent_size).to(device=device)
vae_model.eval()
draw(vae_model.decoder(z).data.cpu().numpy())
""",
    "interpolate": """
S = 12
z0 = torch.randn(S, latent_size, device=device)
z1 = torch.randn(S, latent_size, device=device)
w = torch.linspace(0, 1, S, device=device).view(S, 1, 1)
z = (w * z0 + (1 - w) * z1).transpose(0, 1).reshape(S * S, latent_size)
x = vae_model.decoder(z)
show_images(x.data.cpu())
""",
    "cvae": """
from vae import CVAE
labels = nn.functional.one_hot(torch.tensor([3] * 3, dtype=torch.long), num_classes=10)
assert labels.dtype == torch.int64
with torch.no_grad():
    model = CVAE(28 * 28, num_classes=10, latent_size=17)
    x_hat, mu, logvar = model(torch.ones(3, 1, 28, 28), labels)
assert x_hat.shape == (3, 1, 28, 28)
assert mu.shape == logvar.shape == (3, 17)
assert x_hat.std(0).mean() > 0
""",
    "train_cvae": """
cvae = CVAE(input_size, latent_size=latent_size)
cvae.to(device)
for epoch in range(0, num_epochs):
    train_vae(epoch, cvae, loader_train, cond=True)
""",
    "generate_cvae": """
z = torch.cat((torch.randn(10, latent_size), torch.eye(10, 10)), dim=-1).to(device=device)
cvae.eval()
draw(cvae.decoder(z).data.cpu().numpy())
""",
}


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28) and labels (N,): real digits where they are, else invented ones."""
    raw = SHARED / "MNIST" / "raw"
    if not (raw / "t10k-images-idx3-ubyte.gz").is_file():
        draw = np.random.default_rng(0)
        return draw.integers(0, 256, (DIGITS, 28, 28)), draw.integers(0, 10, DIGITS)
    files = [raw / f"t10k-{name}-ubyte.gz" for name in ("images-idx3", "labels-idx1")]
    images, labels = (np.frombuffer(gzip.decompress(f.read_bytes()), np.uint8) for f in files)
    return images[16:].reshape(-1, 28, 28)[:DIGITS], labels[8:][:DIGITS]


def idx(array: np.ndarray) -> bytes:
    """A uint8 array as an idx file."""
    head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NotebookNode]:
    """All cells, run in a student's folder with the reference in it and the data on its disk."""
    folder = tmp_path_factory.mktemp("edition") / "vae"
    skipped = shutil.ignore_patterns("__pycache__", "MNIST")
    shutil.copytree(ROOT / "release" / "vae" / "nndl2", folder / "nndl2", ignore=skipped)
    shutil.copy(REFERENCE, folder)
    raw = folder / "nndl2" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):  # torchvision takes extracted files as they are
        for name, array in zip(("images-idx3", "labels-idx1"), digits()):
            (raw / f"{part}-{name}-ubyte").write_bytes(idx(array))
    notebook = v4.new_notebook(cells=[v4.new_code_cell(text) for text in CELLS.values()])
    return dict(zip(CELLS, execute(notebook, folder).cells))


def test_every_cell_runs_and_greets_and_finds_its_numbers(cells: dict[str, NotebookNode]) -> None:
    assert all(cell.execution_count for cell in cells.values())
    assert printed(cells["setup"]) == "Hello from vae.py!\nHello from helper.py!\n"
    assert "Mean Error 5.6" in printed(cells["reparametrize"])


def test_an_epoch_is_a_line_with_a_loss_that_falls(cells: dict[str, NotebookNode]) -> None:
    for name in ("train", "train_cvae"):
        lines = printed(cells[name]).splitlines()
        assert [line.partition(":")[0] for line in lines] == ["Train Epoch"] * 2, lines
        assert [line.split()[2] for line in lines] == ["0", "1"]
        first, second = (float(line.split()[-1]) for line in lines)
        assert 0 < second < first < 700


def test_every_picture_is_drawn_once(cells: dict[str, NotebookNode]) -> None:
    drawn = {name: pictures(cell) for name, cell in cells.items() if pictures(cell)}
    assert drawn == dict.fromkeys(("look", "generate", "interpolate", "generate_cvae"), 1)


def test_no_cell_warns(cells: dict[str, NotebookNode]) -> None:
    assert {name: text for name, c in cells.items() if (text := printed(c, "stderr"))} == {}
