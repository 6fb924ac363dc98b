"""What is done to pixels: modes, sizes, arrays."""
