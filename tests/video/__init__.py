"""Tests of `encoders.video`."""
