"""Tests of `encoders.errors`."""
