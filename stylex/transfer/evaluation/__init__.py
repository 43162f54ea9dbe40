"""How an objective is evaluated: in tiles, in batches, as a CUDA graph, and in how much memory."""
