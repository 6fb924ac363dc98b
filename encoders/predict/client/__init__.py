"""Calls to a server: interfaces, connections, queues."""
