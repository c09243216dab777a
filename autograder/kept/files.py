"""The files that lie beside the students' folders of a class, and are written by rooms above."""

from __future__ import annotations

GRADES, LOG = "grades.csv", "grader.log"
REPORT, ANONYMOUS = "report", "report-anonymous"  # a page, a CSV and an object of JSON each
CANVAS, MOODLE = "canvas-gradebook.csv", "moodle-worksheet.csv"
QUESTIONS, TO_READ = "questions.csv", "questions.html"
ADJUSTMENTS = "adjustments.csv"
SIMILAR, FINGERPRINTS = "similar.json", "fingerprints.npz"

WRITTEN = {
    *(GRADES, LOG, CANVAS, MOODLE, QUESTIONS, TO_READ, ADJUSTMENTS, SIMILAR, FINGERPRINTS),
    *(f"{stem}.{end}" for stem in (REPORT, ANONYMOUS) for end in ("html", "csv", "json")),
}
