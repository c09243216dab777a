"""Gradescope: `bundle` packs what an instructor uploads, `container` grades one submission there.

`setup.sh` and `run_autograder` are the two programs that Gradescope starts, as root.
"""
