"""Hostile submissions, and what they get: from this kit, from plain pytest, from a nbgrader cell.

`families/` holds the attacks, `canaries` what they would like to read, `trial` grades one and says
what went wrong, `rivals` runs it where nothing protects the tests. `make redteam` prints the table.
Each file bounds what it does by itself (forks, memory, disk), for the day when a wall is missing.
"""
