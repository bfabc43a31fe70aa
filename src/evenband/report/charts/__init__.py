"""Vega-Lite specs as plain dicts, made from series; colours come from the theme, never from here."""
