"""Tests of `encoders.audio`."""
