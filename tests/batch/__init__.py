"""Tests of `encoders.batch`."""
