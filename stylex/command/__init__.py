"""The words of a command line: what Hydra can read of them, and the Tab key."""
