"""What the world is: the data model, causal graphs, belief and the stores that hold them."""
