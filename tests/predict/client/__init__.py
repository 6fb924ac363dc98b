"""Tests of calls with small servers of their own."""
