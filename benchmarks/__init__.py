"""Measurements of speed and of power, against peers and planted truths; not tests."""
