"""The page on an interface: text, HTML, examples and code."""
