"""Tests of `encoders.view`."""
