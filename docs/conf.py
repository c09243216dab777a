"""How Sphinx makes pages of this folder; `make docs` runs it."""

from importlib import metadata

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from nndl2.checks import show, vae
from nndl2.checks.model import Frame, Misconception, Outcome, Reason, Report, Verdict
from nndl2.checks.questions import Question

project = "nndl2"
copyright = "the course kit's authors, BSD-3-Clause"
release = metadata.version("nndl2-kit")
extensions = ["myst_parser"]
myst_heading_anchors = 3
highlight_language = "text"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["kit.css"]
html_title = "nndl2, the course kit"
html_show_copyright = False
html_copy_source = False
html_use_index = False
SUMMED = Misconception(
    "summed",
    "This is what you get when the batch is summed instead of averaged.",
    "What remains to be done with a sum over N images?",
)


class Card(SphinxDirective):
    """`{card}`: what check() draws, with each of the five outcomes once, and a question."""

    def run(self) -> list[nodes.Node]:
        known = {check.id: check for check in vae.CHECKS}
        verdicts = (
            Verdict(known["encoder.encoder_has_the_asked_parameters"], Outcome.PASS),
            Verdict(
                known["decoder.decoder_has_the_asked_parameters"],
                Outcome.NOT_WRITTEN,
                note="VAE.decoder is not written yet",
            ),
            Verdict(
                known["reparametrize.sample_has_the_shape_of_mu"],
                Outcome.FAIL,
                Reason.CRASHED,
                note="reparametrize raised NameError: name 'torhc' is not defined",
                frames=(Frame("vae.py", 136, "eps = torhc.randn_like(mu)"),),
            ),
            Verdict(
                known["forward.forward_returns_the_asked_shapes"],
                Outcome.NOT_RUN,
                note="needs Decoder first",
            ),
            Verdict(
                known["loss.loss_has_the_stored_value"],
                Outcome.FAIL,
                expected="8.50786",
                got="17.0157",
                diagnosis="summed",
            ),
            Verdict(known["train_vae.loss_gets_under_120"], Outcome.FAULT),
        )
        points = {"encoder": 2, "decoder": 1, "reparametrize": 2, "forward": 1, "loss": 1, "q": 2}
        asked = (Question("q", "What samples look like"),)
        report = Report(vae.ASSIGNMENT, verdicts, points, {"summed": SUMMED}, questions=asked)
        return [nodes.raw("", f'<div class="card">{show.card(report)}</div>', format="html")]


def setup(app: Sphinx) -> None:
    """What Sphinx calls with the application it has made."""
    app.add_directive("card", Card)
