"""What is kept of a class beside its results: a line a grading, its files, answers, choices."""
