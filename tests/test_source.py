"""The instructor's source of the assignment vae: the reference module, its stub, the notebook."""

import json
import re
import types
from pathlib import Path

import nbformat
import pytest
import torch

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "source" / "vae"
REFERENCE = (SOURCE / "vae.py").read_text(encoding="utf-8")
NOTEBOOK = json.loads((SOURCE / "vae.ipynb").read_text(encoding="utf-8"))
REGION = re.compile(r"^ *### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION\n", re.M | re.S)
STUB = REGION.sub("", REFERENCE)
POINTS = {"encoder": 4, "decoder": 1, "reparametrize": 2, "forward": 1, "loss": 1, "cvae": 3}


def load(text: str) -> types.ModuleType:
    """The module whose text is `text`."""
    module = types.ModuleType("vae")
    exec(compile(text, "vae.py", "exec"), vars(module))
    return module


vae = load(REFERENCE)


def count(layers: torch.nn.Module) -> int:
    return sum(p.numel() for p in layers.parameters())


def cells_by_id() -> dict[str, dict]:
    return {cell["id"]: cell for cell in NOTEBOOK["cells"]}


def source_of(cell: dict) -> str:
    return "".join(cell["source"])


def squeezed(text: str) -> str:
    """`text` without white space."""
    return "".join(text.split())


# The reference module


def test_both_modules_greet(capsys):
    vae.hello_vae()
    load(STUB).hello_vae()
    assert capsys.readouterr().out == "Hello from vae.py!\n" * 2


def test_layers_have_the_parameter_counts_of_the_assignment():
    model = vae.VAE(345, 17)
    assert count(model.encoder) == 459_200
    assert count(model.mu_layer) == count(model.logvar_layer) == 6_817
    assert count(model.decoder) == 466_345


def test_label_widens_the_first_layers_of_the_cvae_by_c():
    plain, conditional = vae.VAE(784, 15), vae.CVAE(784, num_classes=10, latent_size=15)
    assert count(conditional.encoder) == count(plain.encoder) + 10 * 400
    assert count(conditional.decoder) == count(plain.decoder) + 10 * 400
    assert not any(isinstance(layer, torch.nn.Flatten) for layer in conditional.encoder)


@pytest.mark.parametrize("label_type", [None, torch.int64, torch.float32])
def test_forward_gives_images_means_and_log_variances(label_type):
    x = torch.rand(3, 1, 28, 28)
    if label_type is None:
        x_hat, mu, logvar = vae.VAE(784, 17)(x)
    else:
        x_hat, mu, logvar = vae.CVAE(784, latent_size=17)(x, torch.eye(10, dtype=label_type)[:3])
    assert x_hat.shape == (3, 1, 28, 28)
    assert x_hat.min() > 0 and x_hat.max() < 1
    assert mu.shape == logvar.shape == (3, 17)


def test_sample_has_the_seeded_statistics():
    torch.manual_seed(0)
    z = vae.reparametrize(torch.zeros(1, 15), torch.ones(1, 15))
    assert z.mean().item() == pytest.approx(-0.4363, rel=2e-4)
    assert z.std().item() == pytest.approx(1.6860, rel=1e-4)


def test_gradients_pass_through_the_sample():
    mu, logvar = torch.zeros(4, 3, requires_grad=True), torch.zeros(4, 3, requires_grad=True)
    z = vae.reparametrize(mu, logvar)
    by_mu, by_logvar = torch.autograd.grad(z.sum(), (mu, logvar))
    assert torch.equal(by_mu, torch.ones(4, 3))
    assert torch.allclose(by_logvar, z.detach() / 2)


def test_loss_is_the_known_value_however_often_an_image_repeats():
    x_hat = torch.sigmoid(torch.tensor([[[[2.0, 5], [6, 7]]]]))
    x = torch.sigmoid(torch.tensor([[[[1.0, 10], [9, 3]]]]))
    mu, logvar = torch.ones(1, 15), torch.zeros(1, 15)
    for n in (1, 4):
        batch = [t.repeat_interleave(n, dim=0) for t in (x_hat, x, mu, logvar)]
        loss = vae.loss_function(*batch)
        assert loss.shape == ()
        assert loss.item() == pytest.approx(8.5079, rel=1e-5)


# The stub: what is left when the solution regions are gone


def test_stub_imports_and_builds_and_answers_none():
    stub = load(STUB)
    for model in (stub.VAE(345, 17), stub.CVAE(345, 10, 17)):
        assert model.encoder is model.mu_layer is model.logvar_layer is model.decoder is None
    x, c = torch.rand(2, 1, 28, 28), torch.eye(10)[:2]
    mu, logvar = torch.zeros(2, 17), torch.zeros(2, 17)
    assert stub.VAE(784, 17)(x) is None
    assert stub.CVAE(784, 10, 17)(x, c) is None
    assert stub.reparametrize(mu, logvar) is None
    assert stub.loss_function(x, x, mu, logvar) is None


def test_each_todo_names_its_task_and_holds_one_region():
    blocks = re.split(r"# TODO ", REFERENCE)[1:]
    assert all(len(REGION.findall(block)) == 1 for block in blocks)
    titles = [re.split(r"[: ]", block)[0] for block in blocks]
    assert titles == [
        *["encoder", "encoder", "decoder", "forward"],
        *["cvae", "cvae", "cvae", "reparametrize", "loss"],
    ]


def test_no_solution_line_stands_in_the_stub_or_in_the_notebook():
    public = squeezed(STUB + "\n".join(map(source_of, NOTEBOOK["cells"])))
    lines = [
        line.split("  #")[0] for region in REGION.findall(REFERENCE) for line in region.split("\n")
    ]
    long_lines = [line for line in map(squeezed, lines) if len(line) >= 12]
    assert len(long_lines) > 30
    assert [line for line in long_lines if line in public] == []


# The notebook


def test_notebook_is_valid_and_holds_no_outputs():
    nbformat.validate(nbformat.from_dict(NOTEBOOK))
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    assert NOTEBOOK["metadata"]["kernelspec"]["name"] == "python3"
    assert len(cells_by_id()) == len(NOTEBOOK["cells"])
    for cell in NOTEBOOK["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None
        assert "HIDDEN TESTS" not in source_of(cell) and "SOLUTION" not in source_of(cell)


def test_graded_cells_are_locked_and_worth_the_points_of_the_assignment():
    graded = [
        cell["metadata"]["nbgrader"] for cell in NOTEBOOK["cells"] if "nbgrader" in cell["metadata"]
    ]
    assert {cell["grade_id"]: cell["points"] for cell in graded} == POINTS
    assert sum(POINTS.values()) == 12
    for cell in graded:
        assert cell["schema_version"] == 3
        assert (cell["grade"], cell["locked"], cell["solution"], cell["task"]) == (
            True,
            True,
            False,
            False,
        )


def test_each_check_cell_holds_the_call_alone_and_lets_the_run_go_on():
    checks = [cell for cell in NOTEBOOK["cells"] if source_of(cell).startswith("check(")]
    assert [source_of(cell) for cell in checks] == [f'check("{task}")' for task in POINTS] + [
        "check()"
    ]
    assert all("raises-exception" in cell["metadata"]["tags"] for cell in checks)
