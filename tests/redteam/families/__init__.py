"""The attacks, a module a kind; `all_attacks` gives them family by family."""

from __future__ import annotations

from redteam.attack import ALL, Attack

from . import (  # noqa: F401 - importing a module is what adds its families
    archives,
    cheating,
    comparing,
    ending,
    files,
    handing,
    loading,
    network,
    planting,
    processes,
    protocol,
    resources,
    stealing,
    texts,
    tracing,
    writing,
)


def all_attacks() -> list[Attack]:
    """Every attack, family by family."""
    return [attack for family in ALL for attack in family.attacks]
