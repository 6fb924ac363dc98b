"""Hostile input: the targets, their seeds, and what runs them."""
