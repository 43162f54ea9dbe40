"""How the picture moves: L-BFGS, and the policy around any optimiser."""
