"""Calls, as our own small servers see them."""
