"""The course's secret, which makes hidden inputs repeatable for its staff and for nobody else."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from autograder.assignments import ROOT
from autograder.intake import BadInput

FILE = ROOT / ".autograder-secret"
VARIABLE = "AUTOGRADER_SECRET"
LEAST_BYTES = 16


def course_secret(file: Path | None = None) -> bytes:
    """The secret from `file`, else from the environment, else from the kit's own file.

    The kit's own file is written on first use, readable by its owner alone.
    """
    if file is not None:
        return _read(file)
    if value := os.environ.get(VARIABLE):
        told = f"the variable {VARIABLE} holds no secret; put 64 random digits in it, or unset it"
        return _sound(value.encode(), told)
    if not FILE.exists():
        _write(FILE)
    return _read(FILE)


def key(secret: bytes, source: bytes) -> bytes:
    """The key of one submission's inputs: the same file meets the same inputs again."""
    return hmac.new(secret, hashlib.sha256(source).digest(), hashlib.sha256).digest()


def mark(secret: bytes) -> str:
    """What tells one secret from another, and nothing more of it."""
    return hmac.new(secret, b"which secret it is", hashlib.sha256).hexdigest()[:8]


def _read(file: Path) -> bytes:
    try:
        secret = file.read_bytes()
    except OSError as e:
        raise BadInput(f"the secret file {file} cannot be read ({e.strerror})") from None
    return _sound(
        secret, f"the secret file {file} holds no secret; delete it, or put 64 digits in it"
    )


def _sound(secret: bytes, told: str) -> bytes:
    """A secret without the blanks around it; one that is soon guessed is refused."""
    if len(secret := secret.strip()) < LEAST_BYTES:
        raise BadInput(told)
    return secret


def _write(file: Path) -> None:
    """Write a new secret; where another process comes first, its secret stays."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as e:
        raise BadInput(
            f"the course's secret cannot be written to {file} ({e.strerror}); give --secret-file"
        ) from None
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_hex(32) + "\n")
