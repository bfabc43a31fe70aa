"""Probe files: definitions in TOML, tables of pairs, and the catalogue that ships."""
