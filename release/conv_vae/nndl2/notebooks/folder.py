"""The assignment's folder: the notebook's first cell finds it, and `enter` settles there."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from nndl2 import NotReady
from nndl2.notebooks.saved import follow

NEEDED = ("torch", "torchvision", "numpy", "matplotlib", "tqdm")


def enter(module: str, libraries: Sequence[str | Path], drive: str = "") -> None:
    """Make the folder that holds `module`, the student's file, the working folder, and say so.

    libraries: the folders nndl2 that were found. The file stands beside one of them; where several
    have one, that which was saved last is taken. From then on it is kept as it is saved. drive:
    where Google Drive is on Colab; work in another place lasts as long as the session there, which
    is told. Raises NotReady when the file or a package is missing.
    """
    beside = [Path(library).absolute().parent for library in libraries]
    folders = [folder for folder in beside if (folder / module).is_file()]
    if not folders:
        text = f"There is an nndl2 but no {module} in {beside[0]}: put {module} there"
        raise NotReady(f"{text}, then run this cell again.")
    _no_package_missing()
    folders.sort(key=lambda folder: (folder / module).stat().st_mtime, reverse=True)
    folder, *others = folders
    os.chdir(folder)
    sys.path[:] = [str(folder), *(p for p in sys.path if p != str(folder))]
    print(f"Working in {folder}")
    if others:
        named = ", ".join(map(str, others))
        print(f"{module} was saved there last. To take another, write it into FOLDER: {named}")
    if "google.colab" in sys.modules and not folder.is_relative_to(drive):
        print(
            "Warning: this folder is not on your Google Drive, so Colab deletes it when the "
            "session ends. Move it to your Drive now, restart the session and run this cell again."
        )
    follow(folder / module)


def _no_package_missing() -> None:
    lacking = " ".join(name for name in NEEDED if not importlib.util.find_spec(name))
    if lacking:
        raise NotReady(
            f"Python lacks {lacking}: run %pip install {lacking} in a new cell, restart the "
            "kernel, and run this cell again."
        )
