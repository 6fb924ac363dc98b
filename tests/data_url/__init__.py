"""Tests of `encoders.data_url`."""
