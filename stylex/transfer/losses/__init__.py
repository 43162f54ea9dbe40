"""The terms of an objective, one file per family."""
