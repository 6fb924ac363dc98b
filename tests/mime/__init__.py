"""Tests of `encoders.mime`."""
