"""One run on disk: its folder, record, logs, checkpoints, and how it is resumed."""
