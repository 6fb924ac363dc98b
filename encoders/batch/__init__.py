"""Many files at once: rows of data URLs and errors, in order, by every core."""
