"""What the families of components share."""
