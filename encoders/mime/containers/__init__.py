"""Readers of containers, one each."""
