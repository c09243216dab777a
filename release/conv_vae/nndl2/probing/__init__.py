"""The torch side of a submission: a student's module, loaded and asked. No answer is in it."""
