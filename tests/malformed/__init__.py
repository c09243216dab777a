"""Broken and odd submissions, one sentence each: a corpus made from the reference, and its table.

`python -m tests.malformed` grades all of it anew and rewrites golden.md.
"""
