"""What is right, and what each mistake would give: in NumPy float64, written from the papers.

`activations`, `networks`, `convolutions`, `losses`, `samplers`, `loops` and `traversals` hold
formulas; an assignment names those that its checks ask, and `computed` answers by them. `catalogue`
says in words what is wrong where an answer equals a mistake's. None of this ships: `recorded`
writes down the numbers that do.
"""

from autograder.oracles.computed import Computed, Formula, Solved, recorded

__all__ = ["Computed", "Formula", "Solved", "recorded"]
