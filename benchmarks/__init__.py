"""Benchmarks of the live server beside its peers, in one run on one machine: `python -m benchmarks`."""
