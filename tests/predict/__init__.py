"""Tests of `encoders.predict`."""
