"""Tests of `encoders.atomic`."""
