"""HTTP of the live page: the server, what it refuses, and answers in lines."""
