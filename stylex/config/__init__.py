"""What to run: the typed schema of conf/, pictures as options, and how a composed config becomes
arguments, which is all that a run knows.
"""
