"""How an objective is evaluated: tile by tile, as a CUDA graph, and in how much memory."""
