"""Tests of `encoders.view.live`."""
