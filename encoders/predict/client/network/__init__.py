"""How a server is reached, and what becomes of its answers."""
