"""What holds of every right program, for any assignment: no formula, no name, no size of one.

`losses`, `samplers`, `chains`, `gradients`, `compositions` and `decoded_samples` ask a submission
and compare with an oracle's answers or with the submission's own pieces; `noise` judges samples;
`planting` puts known weights into a network however it is written. `convolutions` are such laws of
chains through `maps`, whose weights `placing` finds and whose `faults` are named; `methods` and
`traversals` hold for a network whose pieces are methods.
"""
