"""Minimal pairs as text for the terminal."""
