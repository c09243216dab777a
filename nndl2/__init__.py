"""What the notebooks and the student's own file import; it knows nothing of the grader.

`data` finds MNIST and Fashion-MNIST, `helper` draws and trains, `utils` seeds, `grad` compares,
`checks` looks at the student's work, which `probing` loads and asks. `notebooks` finds the folder
and follows the saved file, `handin` packs what is handed in. Importing the package itself loads
none of them.
"""

__version__ = "2025.1"


class NotReady(RuntimeError):
    """Something that whoever runs the notebook can put right, said in one sentence.

    A notebook shows the sentence alone, without a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]
