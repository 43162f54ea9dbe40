"""Choosing by eye: answers to "which of these two?", what they say together, what to ask next.

Each answer compares two pictures; a Bradley–Terry model turns all of them into one scale with
standard errors. Needs neither Hydra nor torch.
"""

PRIOR = 2.0
"""Log-odds: the standard deviation of a strength before any answer.

It is weak: of two runs that nobody knows, one may well be chosen 99 times of 100.
"""
