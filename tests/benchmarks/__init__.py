"""Comparisons with other libraries, measured in the same run: ``python -m tests.benchmarks``."""
