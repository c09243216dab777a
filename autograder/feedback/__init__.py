"""Feedback that goes back to students: a page for each, and one file that a platform takes."""
