"""Agreement: how far two references that should be one model differ."""
