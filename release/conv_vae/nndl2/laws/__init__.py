"""What holds of every right program, for any assignment: no formula, no name, no size of one.

`losses`, `samplers`, `chains`, `values`, `gradients`, `loops` and `constants` ask a submission and
compare with an oracle's answers; `compositions`, `decoded_samples`, `posteriors` and `priors` with
the submission's own pieces, too. `networks` are what these ask, `outputs` what a pass returns, and
`building` builds once what several checks ask. `noise` judges samples; `planting` puts known
weights into a network however it is written, and one that is made `straight` shows what it was
given. `convolutions` are laws of chains through `maps`, whose weights `placing` finds and whose
`faults` are named; `methods` and `traversals` hold for a network whose pieces are methods.
"""
