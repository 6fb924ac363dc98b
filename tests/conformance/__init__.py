"""Tests against what others made of the same standards: their code, and files they test it with."""
