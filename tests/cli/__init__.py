"""Tests of `encoders.cli`."""
