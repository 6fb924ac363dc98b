"""Tests against other implementations of the same standards, and against their test files."""
