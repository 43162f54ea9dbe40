"""Sweeps on many machines: jobs go to the workers of a dask cluster, run folders come back."""
