"""A class, side by side and resumable: of files, of several attempts, on one machine or many."""
