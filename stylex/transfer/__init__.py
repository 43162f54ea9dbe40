"""The algorithm: tensors in, tensors out; no disk, no Hydra. Start at loop.py."""
