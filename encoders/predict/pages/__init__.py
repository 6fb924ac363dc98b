"""The page on a server's API: text, HTML, examples and code."""
