"""Ground truth: models with memorised cells of our own making, and what evenband finds in them."""
