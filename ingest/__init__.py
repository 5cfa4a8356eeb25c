"""Reading the world: sources, terminologies, text mining and the jobs that run them."""
