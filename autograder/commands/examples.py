"""An example of each command, which its --help ends with."""

from __future__ import annotations

EXAMPLES = {
    "check": """\
example:
  autograder check submissions/ada/vae.py
  autograder check source/vae/vae.py --train always     (trains on the CPU, some minutes)""",
    "grade": """\
example:
  autograder grade submissions --out graded --jobs 4
  autograder grade submissions --out graded --dask tcp://scheduler:8786
    submissions/ada/vae.py         ->  graded/ada/results.json, graded/ada/feedback.md
    submissions/grace/vae/vae.py   ->  graded/grace/...
                                       graded/grades.csv, graded/report.html
  autograder grade submissions.zip --dry-run
  autograder grade submissions.zip --out graded --canvas-gradebook gradebook.csv
  autograder grade submissions.zip --out graded --attempt best
  autograder grade submissions.zip --out graded --groups groups.csv
Modules of several assignments are told apart by their names: each gets a folder in graded/.
Run the same command again to go on after an interruption, or after late submissions came in: what
is graded already, by the same checks, is kept. Held submissions are graded again.""",
    "report": """\
example:
  autograder report graded               (grades.csv; report.html, and the same as .csv and .json)
  autograder report graded --anonymous   (report-anonymous.html, .csv, .json: without names)
  autograder report graded --canvas-gradebook gradebook.csv    (after points were changed)""",
    "feedback": """\
example:
  autograder feedback graded             (graded/<student>/feedback.html)
  autograder feedback graded --zip feedback.zip
  autograder feedback graded --zip feedback.zip --for moodle
The zip goes back as it is: its files are named as the platform named those that it gave you.""",
    "similar": """\
example:
  autograder similar graded              (a table; graded/similar.json)
  autograder report graded               (report.html shows each pair, both programs side by side)
What was given out and what many wrote is left out. A second run reads only what is new.""",
    "questions": """\
example:
  autograder questions graded            (questions.html to read, questions.csv to fill in)
  autograder questions graded --points graded/questions.csv
  autograder questions submissions.zip --out answers
The page holds the rubric: keep it from students. In the CSV an empty cell keeps what is there.""",
    "adjust": """\
example:
  autograder adjust graded ada loss 1 --why "your loss is right; our check was not"
  autograder adjust graded ada overall -2 --why "two days late"
  autograder adjust graded ada loss checks --why "the check was right after all"   (taken back)
  autograder adjust graded               (what holds, and adjustments.csv to edit)
  autograder adjust graded --csv graded/adjustments.csv
A part gets the points you say, whatever its checks say later. The student reads why.""",
    "regrade": """\
example:
  autograder regrade graded --dry-run    (whose score would move, and through which check)
  autograder regrade graded --tell       (done; who is touched reads what it was)
  autograder regrade graded --waive loss.loss_averages_over_the_batch --why "it was wrong"
  autograder regrade graded --ask-again loss.loss_averages_over_the_batch
Whoever was graded by the checks of today is left as it is. What people decided stays.""",
    "history": """\
example:
  autograder history graded ada          (all of the class without a name)""",
    "why": """\
example:
  autograder why graded ada loss
  autograder why graded ada loss --inputs    (the secret numbers too: not for students)""",
    "new": """\
example:
  autograder new diffusion               (source, notebook, checks, points, specimens)
  autograder release diffusion
  autograder verify diffusion
What it writes is complete, with one TODO: change it, file by file, into what you have in mind.""",
    "release": """\
example:
  autograder release                     (all assignments, into release/)
  autograder release vae --zip vae.zip   (what the course posts)
  autograder release --check             (exit 1 when release/ is not what source/ gives)""",
    "nbgrader": """\
example:
  autograder nbgrader vae                (submitted/<student>/vae/ -> autograded/, the gradebook)
  nbgrader generate_feedback vae
  nbgrader export --exporter autograder.nbgrader.TaskExporter
Run it in the course's folder, where nbgrader_config.py is. formgrader goes on from there.""",
    "gradescope": """\
example:
  autograder gradescope vae --out autograder.zip --torch-index URL
    Upload autograder.zip under "Configure Autograder"; docs/gradescope.md says which container and
    limit to choose. URL is the index of PyTorch's CPU-only packages, as its installation page gives
    it; without one the default packages are installed, which bring some gigabytes of CUDA along.
The zip holds the formulas and the course's secret: keep it as you keep the secret.""",
    "verify": """\
example:
  autograder verify vae --jobs 4         (exit 1 when something is not as it should be)""",
}
