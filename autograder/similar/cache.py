"""Fingerprints kept by the hash of the file that they are of, so that a second run is quick."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np

from autograder.disk import replace_file
from autograder.kept import files
from autograder.similar.fingerprints import Fingerprints

FILE = files.FINGERPRINTS
MADE_BY = ("tokens.py", "fingerprints.py")


def edition(stub: bytes) -> str:
    """What fingerprints depend on beside the file: how they are made, and what was given out."""
    digest = hashlib.sha256(version("pygments").encode() + b"\0" + stub)
    for name in MADE_BY:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()


def read(folder: Path, edition: str) -> dict[str, Fingerprints]:
    """What is kept in `folder` of this edition, by the SHA-256 of the file; nothing where it cannot
    be read."""
    torn = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)
    with suppress(*torn), np.load(folder / FILE, allow_pickle=False) as kept:
        if str(kept["edition"]) != edition:
            return {}
        ends = np.cumsum(kept["sizes"])[:-1]
        hashes = np.split(kept["hashes"].astype(np.uint64, casting="safe"), ends)
        lines = np.split(kept["lines"].astype(np.int32, casting="safe").reshape(-1, 2), ends)
        if [len(each) for each in hashes] == [len(each) for each in lines]:
            return dict(zip(kept["files"].tolist(), map(Fingerprints, hashes, lines)))
    return {}


def write(folder: Path, edition: str, found: Mapping[str, Fingerprints]) -> None:
    """Keep these and no others; OSError."""
    held = io.BytesIO()
    none = Fingerprints(np.zeros(0, np.uint64), np.zeros((0, 2), np.int32))
    np.savez_compressed(
        held,
        edition=np.array(edition),
        files=np.array(list(found), dtype="U64"),
        sizes=np.array([len(each.hashes) for each in found.values()], int),
        hashes=np.concatenate([each.hashes for each in (none, *found.values())]),
        lines=np.concatenate([each.lines for each in (none, *found.values())]),
    )
    replace_file(folder / FILE, held.getvalue())
