"""Charts: Vega-Lite specs as plain dicts, made from series. Colours come from the theme alone."""
