"""Tests of `encoders.image`."""
