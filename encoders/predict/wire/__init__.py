"""How values travel: the JSON of one file in each era, and the contexts that components code in."""
