"""Running a notebook as "Run all" does, in a folder of its own and without a network."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

PATIENCE = 1800  # seconds a cell may take; a training takes two to three minutes
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # on a busy machine several wait for each other all the time


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """`notebook` with its outputs, run in `folder`.

    A cell that raises ends the run with CellExecutionError, unless it is tagged raises-exception.
    """
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=PATIENCE, kernel_name="python3", resources=where)
    return client.execute(env=offline(folder) | ONE_THREAD)


def offline(home: Path) -> dict[str, str]:
    """An environment in which a download is refused at once: the proxy is a port nobody opens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    dropped = {"NNDL2_DATA", "no_proxy", "NO_PROXY", "MPLBACKEND"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nobody)
    return kept | proxies | {"IPYTHONDIR": str(home / ".ipython")}


def printed(cell: NotebookNode, stream: str = "stdout") -> str:
    """What a cell wrote to a stream."""
    return "".join(o.text for o in cell.outputs if o.get("name") == stream)


def pictures(cell: NotebookNode) -> int:
    """How many images a cell shows."""
    return sum("image/png" in o.get("data", {}) for o in cell.outputs)
