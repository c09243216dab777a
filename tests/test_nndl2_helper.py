"""What the notebook calls by name: training, grids of images, seeds, relative errors."""

from __future__ import annotations

import gc
import math
import random
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from nndl2 import NotReady, data, helper
from nndl2.data import ImageSet, train_loader
from nndl2.grad import rel_error
from nndl2.helper import Epoch, show_images, train_arrays, train_vae
from nndl2.notebooks import loops
from nndl2.notebooks.diagrams import draw_network
from nndl2.notebooks.loops import passed_through
from nndl2.utils import reset_seed

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    torch.set_num_threads(1)
    reset_seed(0)
    yield
    plt.close("all")


def squares(x_hat: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """An invented loss of two terms, the second of which is 0 at mu = 0, logvar = 0."""
    return (x_hat - x).pow(2).mean() + (3 * mu.pow(2) + logvar.pow(2)).mean()


def loss_function(*given: Tensor) -> Tensor:
    """The loss beside the models of this file."""
    return squares(*given)


class Tiny(nn.Module):
    """Four pixels, one latent number, nothing random."""

    def __init__(self, extra: int = 0):
        super().__init__()
        self.encoder = nn.Linear(4 + extra, 2)
        self.decoder = nn.Linear(1, 4)

    def forward(self, x: Tensor) -> Any:
        mu, logvar = self.encoder(x.flatten(1)).chunk(2, dim=1)  # (N, 4) -> (N, 1) twice
        return self.decoder(mu).reshape(-1, 1, 2, 2), mu, logvar


class Labelled(nn.Module):
    """A Tiny that also gets a label of three classes; keeps the labels that it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Tiny(extra=3)
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor, c: Tensor, /) -> Any:
        self.seen.append(c)
        return self.inner(torch.cat([x.flatten(1), c], dim=1))


def minibatches(count: int = 3) -> list[tuple[Tensor, Tensor]]:
    return [(torch.rand(5, 1, 2, 2), torch.tensor([0, 1, 2, 0, 1])) for _ in range(count)]


def by_hand(model: nn.Module, batches: list[tuple[Tensor, Tensor]], adam: Any) -> list[float]:
    """Plain training: the loss of each minibatch."""
    losses = []
    for x, _ in batches:
        x_hat, mu, logvar = model(x)
        loss = squares(x_hat, x, mu, logvar)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return losses


def twin(model: nn.Module) -> Tiny:
    copy = Tiny()
    copy.load_state_dict(model.state_dict())
    return copy


# training


def test_an_epoch_prints_and_returns_the_mean_over_its_minibatches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model, batches = Tiny(), minibatches()
    other = twin(model)
    want = by_hand(other, batches, torch.optim.Adam(other.parameters(), lr=1e-3))
    epoch = train_vae(7, model, batches)
    assert epoch.losses == pytest.approx(want)
    assert epoch.loss == pytest.approx(sum(want) / 3)
    assert capsys.readouterr().out == f"Train Epoch: 7  Loss: {sum(want) / 3:.6f}\n"


def test_the_loss_is_split_into_its_two_terms() -> None:
    model, batches = Tiny(), minibatches(1)
    x = batches[0][0]
    x_hat, mu, logvar = model(x)
    epoch = train_vae(0, model, batches)
    assert epoch.reconstruction == pytest.approx((x_hat - x).pow(2).mean().item())
    assert epoch.kl == pytest.approx((3 * mu.pow(2) + logvar.pow(2)).mean().item(), rel=1e-5)
    assert epoch.loss == pytest.approx(epoch.reconstruction + epoch.kl)


def test_one_adam_lives_as_long_as_its_model() -> None:
    model, batches = Tiny(), minibatches()
    same, fresh = twin(model), twin(model)
    adam = torch.optim.Adam(same.parameters(), lr=1e-3)
    for epoch in range(2):
        train_vae(epoch, model, batches)
        by_hand(same, batches, adam)
        by_hand(fresh, batches, torch.optim.Adam(fresh.parameters(), lr=1e-3))
    assert torch.allclose(model.encoder.weight, same.encoder.weight, atol=1e-7)
    assert not torch.allclose(model.encoder.weight, fresh.encoder.weight, atol=1e-7)


def test_a_model_that_is_gone_takes_its_adam_along() -> None:
    model = Tiny()
    train_vae(0, model, minibatches())
    before = len(loops._optimizers)
    del model
    gc.collect()
    assert len(loops._optimizers) == before - 1


def test_the_moments_follow_a_model_that_is_converted() -> None:
    model = Tiny()
    train_vae(0, model, minibatches())
    model.double()
    train_vae(1, model, [(x.double(), labels) for x, labels in minibatches()])
    state = loops._optimizers[model].state[model.encoder.weight]
    assert state["step"] == 6 and state["exp_avg"].dtype == torch.float64


def test_new_layers_are_trained_too() -> None:
    model = Tiny()
    train_vae(0, model, minibatches())
    model.decoder = nn.Linear(1, 4)
    before = model.decoder.weight.clone()
    train_vae(1, model, minibatches())
    assert not torch.equal(model.decoder.weight, before)


def test_the_loss_is_the_one_beside_the_model_unless_one_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = ModuleType("elsewhere")
    other.loss_function = lambda *given: squares(*given) + 100  # type: ignore[attr-defined]  # put in
    monkeypatch.setitem(sys.modules, "elsewhere", other)
    moved = type("Moved", (Tiny,), {"__module__": "elsewhere"})
    assert train_vae(0, Tiny(), minibatches()).loss < 50
    assert 100 < train_vae(0, moved(), minibatches()).loss < 150
    given = train_vae(0, moved(), minibatches(), loss_function=lambda *g: squares(*g) + 200)
    assert given.loss > 200
    del other.loss_function
    with pytest.raises(NotReady, match="no loss_function beside Moved in elsewhere"):
        train_vae(0, moved(), minibatches())


def test_labels_go_in_by_position_as_one_hot_floats() -> None:
    model = Labelled()
    train_vae(0, model, minibatches(1), cond=True, num_classes=3)
    c = model.seen[0]
    assert c.dtype == torch.float32 and torch.equal(c, torch.eye(3)[[0, 1, 2, 0, 1]])


def test_the_number_of_classes_is_ten_unless_it_is_given() -> None:
    model = Labelled()
    model.inner = Tiny(extra=10)
    train_vae(0, model, minibatches(1), cond=True)
    model.inner = Tiny(extra=5)
    train_vae(0, model, minibatches(1), cond=True, num_classes=5)
    assert [c.shape[1] for c in model.seen] == [10, 5]


def test_any_loader_goes_in() -> None:
    x, labels = torch.rand(10, 1, 2, 2), torch.zeros(10, dtype=torch.int64)
    loaders: list[Any] = [
        DataLoader(TensorDataset(x, labels), batch_size=5),
        DataLoader(TensorDataset(x), batch_size=5),
        DataLoader(x, batch_size=5),  # type: ignore[arg-type]  # map-style all the same
        (batch for batch in minibatches(2)),
    ]
    assert [len(train_vae(0, Tiny(), loader).losses) for loader in loaders] == [2] * 4


def test_arrays_are_trained_on_as_their_loader_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "EPOCH", 640)
    images = np.random.default_rng(0).integers(0, 256, (300, 2, 2)).astype(np.uint8)
    labels = np.arange(300) % 10
    model = Tiny()
    same = twin(model)
    reset_seed(5)
    want = train_vae(0, model, train_loader(ImageSet(images, labels, "invented")))
    reset_seed(5)
    got = train_arrays(0, same, torch.from_numpy(images), torch.from_numpy(labels))
    assert len(got.losses) == 5 and got.losses == pytest.approx(want.losses, rel=1e-4)


def test_training_is_done_in_train_mode() -> None:
    model = Tiny().eval()
    train_vae(0, model, minibatches())
    assert model.training


def test_an_interrupted_epoch_keeps_the_model_and_its_adam() -> None:
    model, batches = Tiny(), minibatches(4)
    same = twin(model)
    by_hand(same, batches, torch.optim.Adam(same.parameters(), lr=1e-3))

    def interrupted() -> Iterator[Any]:
        yield from batches[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as e:
        train_vae(3, model, interrupted())
    assert e.value._render_traceback_() == [str(e.value)]  # type: ignore[attr-defined]  # ours
    assert "after 2 minibatches" in str(e.value)
    train_vae(3, model, batches[2:])
    assert torch.allclose(model.encoder.weight, same.encoder.weight, atol=1e-7)


def returning(output: Any) -> Tiny:
    """A model whose forward gives what `output` makes of (x_hat, mu, logvar)."""
    model = Tiny()
    compute = model.forward
    model.forward = lambda x: output(*compute(x))  # type: ignore[method-assign]  # on purpose
    return model


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (lambda x_hat, mu, logvar: None, "Tiny.forward returned None: it is not written yet"),
        (lambda x_hat, mu, logvar: (x_hat, mu), "x_hat, mu, logvar, not 2 values"),
        (lambda x_hat, mu, logvar: x_hat, "x_hat, mu, logvar, not one value"),
        (lambda x_hat, mu, logvar: (None, mu, logvar), "returned None as x_hat"),
        (lambda x_hat, mu, logvar: (x_hat, mu, 1.0), "returned a float as logvar"),
    ],
)
def test_a_forward_that_is_not_ready_gets_one_sentence(output: Any, sentence: str) -> None:
    with pytest.raises(NotReady, match=sentence) as e:
        train_vae(0, returning(output), minibatches())
    assert e.value._render_traceback_() == [str(e.value)] and "\n" not in str(e.value)
    with pytest.raises(NotReady, match=sentence):
        passed_through(returning(output), minibatches()[0][0])


@pytest.mark.parametrize(
    ("loss", "sentence"),
    [
        (lambda *given: None, "loss_function returned None: it is not written yet"),
        (lambda *given: 1.0, "has to return a tensor, not a float"),
        (lambda x_hat, x, mu, logvar: (x_hat - x).pow(2), r"one number .* not \(5, 1, 2, 2\)"),
        (lambda *given: squares(*given).detach(), "has no gradient"),
        (lambda *given: squares(*given) * torch.nan, "became nan at minibatch 0 of epoch 4"),
    ],
)
def test_a_loss_that_is_not_ready_gets_one_sentence(loss: Any, sentence: str) -> None:
    with pytest.raises(NotReady, match=sentence):
        train_vae(4, Tiny(), minibatches(), loss_function=loss)


@pytest.mark.parametrize(
    ("model", "loader", "cond", "sentence"),
    [
        (nn.ReLU(), minibatches(), False, "ReLU has no layers yet"),
        (Tiny(), [], False, "gave no minibatch"),
        (Tiny(), [(torch.zeros(2, 1, 2, 2, dtype=torch.uint8), None)], False, "divide by 255"),
        (Labelled(), [torch.rand(2, 1, 2, 2)], True, r"minibatches are \(images, labels\)"),
        (Labelled(), [(torch.rand(1, 1, 2, 2), torch.tensor([13]))], True, "from 13 to 13, but"),
    ],
)
def test_input_that_does_not_fit_gets_one_sentence(
    model: nn.Module, loader: Any, cond: bool, sentence: str
) -> None:
    with pytest.raises(NotReady, match=sentence):
        train_vae(0, model, loader, cond=cond, loss_function=squares)


def test_a_pass_without_training_needs_layers_and_keeps_no_gradient() -> None:
    model, (images, _) = Tiny(), minibatches()[0]
    given = passed_through(model, images)
    assert all(map(torch.equal, given, model(images))) and not model.training
    assert not any(output.requires_grad for output in given)
    with pytest.raises(NotReady, match="ReLU has no layers yet"):
        passed_through(nn.ReLU(), images)


# pictures


def test_a_network_is_drawn_with_its_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plt, "show", lambda: None)
    columns = [[("9", 9, "pixels"), ("c", 2, "label")], [("z", 3, "latent")]]
    draw_network(columns, ["x and c", "(N, 3)"], ["Linear"], {"encoder": (0, 1)}, noise=1)
    (axis,) = plt.gcf().axes
    texts = {text.get_text() for text in axis.texts} - {""}
    assert texts == {*"9cz", "x and c", "(N, 3)", "Linear", "encoder", r"noise $\varepsilon$"}
    heights = [box.get_height() for box in axis.patches if hasattr(box, "get_height")]
    assert np.allclose(heights, 3 * np.log([9, 2, 3]) / np.log(9))


def grid(figure: Any) -> np.ndarray:
    """The one image of the figure, NaN where nothing is drawn."""
    return np.ma.filled(figure.axes[0].images[0].get_array(), np.nan)


def test_a_minibatch_is_drawn_as_one_grid_on_one_axis() -> None:
    images = torch.rand(128, 784, requires_grad=True)
    figure = show_images(images)
    assert len(figure.axes) == 1
    drawn = grid(figure)
    assert drawn.shape == (11 * 29 - 1, 12 * 29 - 1)
    tile = drawn[29 : 29 + 28, 2 * 29 : 2 * 29 + 28]  # second row, third column
    assert np.array_equal(tile, images[14].detach().reshape(28, 28).double())
    assert np.isnan(drawn[28]).all() and np.isnan(drawn[:, 28]).all(), "a line between images"
    assert np.isnan(drawn[-28:, -28:]).all(), "no image in the last place"


@pytest.mark.parametrize("shape", [(6, 9), (6, 3, 3), (6, 1, 3, 3)])
def test_images_come_in_three_shapes_as_tensors_or_arrays(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).random(shape)
    for given in (images, torch.from_numpy(images)):
        assert np.array_equal(grid(show_images(given))[:3, :3], images[0].reshape(3, 3))


def test_rows_and_columns_can_be_given() -> None:
    images = np.zeros((6, 4))
    assert grid(show_images(images, rows=1)).shape == (2, 17)
    assert grid(show_images(images, columns=2)).shape == (8, 5)
    assert grid(show_images(images)).shape == (5, 8)


def test_the_ends_of_an_interpolation_are_marked() -> None:
    (axis,) = show_images(np.zeros((12, 4)), columns=4, marks=("from here", "to here")).axes
    assert [text.get_text() for text in axis.texts] == ["from here", "to here"]
    first, last = (patch.get_extents() for patch in axis.patches)
    assert axis.texts[0].get_position()[0] == 0.5 and axis.texts[1].get_position()[0] == 9.5
    assert first.height == last.height and first.x1 < last.x0


def test_a_notebook_draws_the_figure_once() -> None:
    figure = show_images(np.zeros((4, 4)))
    assert plt.get_fignums(), "pyplot draws it when the cell ends"
    assert DisplayFormatter().format(figure) == ({}, {}), "the last line of a cell: it drew itself"
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("images", "given", "sentence"),
    [
        (np.zeros((2, 345)), {}, r"345 pixels make no square image; give .* \(B, 1, H, W\)"),
        (np.zeros((2, 3, 4, 4)), {}, r"needs images .* not \(2, 3, 4, 4\)"),
        (np.zeros((0, 4)), {}, r"needs images .* not \(0, 2, 2\)"),
        (None, {}, "needs images"),
        (np.zeros((7, 4)), {"rows": 2, "columns": 3}, "7 images do not fit into 2 x 3 places"),
    ],
)
def test_images_that_cannot_be_drawn_get_one_sentence(
    images: Any, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(NotReady, match=sentence):
        show_images(images, **given)


def test_the_greeting(capsys: pytest.CaptureFixture[str]) -> None:
    helper.hello_helper()
    assert capsys.readouterr().out == "Hello from helper.py!\n"


# seeds and errors


def test_a_seed_repeats_three_streams_and_leaves_torchs_as_it_is() -> None:
    def drawn() -> tuple[float, float, list[float]]:
        return random.random(), np.random.random(), torch.randn(5).tolist()

    reset_seed(3)
    first = drawn()
    assert drawn() != first
    reset_seed(3)
    assert drawn() == first
    torch.manual_seed(3)
    assert torch.randn(5).tolist() == first[2]
    reset_seed(-1)  # torch takes it, so NumPy must not refuse


def test_the_relative_error_divides_the_largest_difference_by_the_largest_sum() -> None:
    x, y = torch.tensor([1.0, -3.0, 0.0]), torch.tensor([2.0, 3.0, 0.5])
    assert rel_error(x, y) == 1.0
    x, y = torch.tensor([1.0, 100.0]), torch.tensor([3.0, 100.0])
    assert rel_error(x, y) == pytest.approx(2 / 200)
    assert rel_error(torch.zeros(2), torch.zeros(2)) == 0.0
    assert rel_error(0.0, 1e-12) == pytest.approx(1e-2), "the denominator is at least eps"
    assert isinstance(rel_error(x, y), float)


def test_the_relative_error_takes_tensors_arrays_and_numbers() -> None:
    out = torch.tensor(8.5, requires_grad=True)
    for given in (out, np.float64(8.5), np.array([8.5]), 8.5):
        assert rel_error(torch.tensor(8.0), given) == pytest.approx(0.5 / 16.5)
    assert rel_error(2, 3) == pytest.approx(0.2)
    # the seeded mean of the assignment, in float32 as its notebook prints it
    z = torch.tensor([-0.4362509548664093])
    assert rel_error(z, torch.tensor([-0.4363])) == pytest.approx(5.62e-5, rel=1e-3)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (None, 1.0, "not written yet"),
        ("8.5", 8.5, "not str"),
        (torch.zeros(3), torch.zeros(4), r"got \(3,\) and \(4,\)"),
        (torch.zeros(0), torch.zeros(0), "nothing to compare"),
    ],
)
def test_what_cannot_be_compared_gets_one_sentence(x: Any, y: Any, sentence: str) -> None:
    with pytest.raises(NotReady, match=sentence):
        rel_error(x, y)


@pytest.mark.parametrize(
    ("loss", "kl", "named"),
    [
        (207.1, 0.004, True),  # z does not reach the decoder
        (206.2, 3.0, True),  # and the KL divergence is not trained
        (172.0, 0.02, True),  # of a conditional one, which decodes to the mean of the class
        (104.0, 25.0, False),
        (140.0, 20.0, False),  # not trained for long
        (75.0, 0.0, False),  # the loss has no KL term
        (26_400.0, 3000.0, False),  # summed over the minibatch
    ],
)
def test_a_collapse_is_told_by_how_a_training_ended(loss: float, kl: float, named: bool) -> None:
    told = Epoch(9, loss, loss - kl, kl, (), mean_image=206.6).collapse
    assert ("posterior collapse" in told) is named


def test_an_epoch_knows_what_the_mean_image_costs() -> None:
    """Images that are black or white at even chances: ln 2 a pixel."""
    black, white = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)
    epoch = train_vae(0, Tiny(), [black, white, torch.cat([black, white])])
    assert epoch.mean_image == pytest.approx(4 * math.log(2))
