"""Themes: one palette each for the page and its charts, light and dark.

Charts name the styles of their marks. A theme is a Vega-Lite ``config`` that says how each style
looks, so the theme can change without changing a chart's spec.
"""

from __future__ import annotations

from typing import Any

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif'
FONT_SIZE = 12

LIGHT = {
    "paper": "#fbfaf7",
    "panel": "#ffffff",
    "sunken": "#f3f1ec",
    "ink": "#1d2125",
    "muted": "#596066",
    "line": "#dcd8cf",
    "accent": "#1b5e83",
    "band": "#d6e5ee",
    "median": "#1b5e83",
    "cell": "#3f7396",
    "outlier": "#b93a0b",
    "named": "#6b2fb3",
    "mark": "#ffe3b8",
    "good": "#1c6b3c",
    "warn": "#8a4b00",
    "warn-paper": "#fff5e3",
    "band-2": "#a9cbe0",
    "heat-1": "#fbdcc9",
    "heat-2": "#f4ab84",
    "heat-3": "#e5824f",
}
DARK = {
    "paper": "#121519",
    "panel": "#191d22",
    "sunken": "#20262c",
    "ink": "#e9e6df",
    "muted": "#a3abb3",
    "line": "#353c44",
    "accent": "#8cc4e8",
    "band": "#1f3b4d",
    "median": "#8cc4e8",
    "cell": "#86b4d3",
    "outlier": "#ff9866",
    "named": "#cfadff",
    "mark": "#5c4213",
    "good": "#86d3a0",
    "warn": "#ffc978",
    "warn-paper": "#2d2415",
    "band-2": "#2f5c78",
    "heat-1": "#4b2b1d",
    "heat-2": "#76391a",
    "heat-3": "#98481c",
}
HEAT = ("panel", "heat-1", "heat-2", "heat-3")
"""Colours of a rising scale; ``ink`` is readable on each of them."""

THEMES = {"light": LIGHT, "dark": DARK}


def vega_config(palette: dict[str, str]) -> dict[str, Any]:
    """Return the Vega-Lite ``config`` of a palette: background, axes and the styles of marks."""
    text = {"font": FONT, "fontSize": FONT_SIZE, "color": palette["ink"]}
    return {
        "background": palette["panel"],
        "font": FONT,
        "padding": {"left": 0, "top": 0, "right": 0, "bottom": 6},
        "aria": False,
        "view": {"stroke": None},
        "axis": _axis(palette),
        "title": {
            "color": palette["ink"],
            "subtitleColor": palette["muted"],
            "anchor": "start",
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleFontSize": 12,
            "offset": 12,
            "subtitlePadding": 4,
        },
        "range": {"ramp": {"scheme": [palette[name] for name in HEAT]}},
        "style": {
            "band": {"color": palette["band"], "opacity": 1},
            "median": {"color": palette["median"], "strokeWidth": 1.5},
            "quantile": {"color": palette["muted"], "strokeWidth": 1, "strokeDash": [3, 3]},
            "dot": {"color": palette["cell"], "opacity": 0.42},
            "string": {"color": palette["cell"], "opacity": 0.5},
            "word": {"color": palette["cell"], "opacity": 1},
            "bar": {"color": palette["cell"], "opacity": 0.8},
            "outlier": {"color": palette["outlier"], "opacity": 1},
            "named": {"color": palette["named"], "opacity": 1},
            "leader": {"color": palette["muted"], "strokeWidth": 0.75, "opacity": 0.8},
            "halo": {**text, "color": palette["panel"], "stroke": palette["panel"], "strokeWidth": 3},
            "outlier-text": {**text, "color": palette["outlier"]},
            "named-text": {**text, "color": palette["named"], "fontWeight": 700},
            "plain-text": text,
            "tag": {**text, "fontSize": 11, "color": palette["muted"]},
            **_structure(palette, text),
        },
    }


def _structure(palette: dict[str, str], text: dict[str, Any]) -> dict[str, Any]:
    """Return the styles of the charts on sentences, detectability, reference and two models."""
    return {
        "heat": {"cornerRadius": 3},
        "claimed": {"fillOpacity": 0, "stroke": palette["ink"], "strokeWidth": 2, "cornerRadius": 3},
        "heat-text": {**text, "fontSize": 11},
        "recall": {"color": palette["accent"], "strokeWidth": 2.5},
        "recall-dot": {"color": palette["accent"], "opacity": 1},
        "recall-text": {**text, "fontSize": 11, "color": palette["accent"]},
        "false": {"color": palette["muted"], "strokeWidth": 2, "strokeDash": [5, 3]},
        "false-dot": {"color": palette["muted"], "opacity": 1},
        "mover-rule": {"color": palette["outlier"], "strokeWidth": 1.5},
        "row": {"color": palette["line"], "strokeWidth": 1, "opacity": 0.5},
        "left-line": {"color": palette["accent"], "strokeWidth": 2.5, "opacity": 0.55},
        "left-dot": {"color": palette["accent"], "opacity": 1},
        "left-text": {**text, "color": palette["accent"], "fontWeight": 700},
        "right-line": {"color": palette["outlier"], "strokeWidth": 2.5, "opacity": 0.55},
        "right-dot": {"color": palette["outlier"], "opacity": 1},
        "right-text": {**text, "color": palette["outlier"], "fontWeight": 700},
        "unclear-line": {"color": palette["muted"], "strokeWidth": 2, "opacity": 0.5},
        "unclear-dot": {"color": palette["muted"], "opacity": 0.8},
        "identity": {"color": palette["median"], "strokeWidth": 1.5},
    }


def _axis(palette: dict[str, str]) -> dict[str, Any]:
    return {
        "labelColor": palette["muted"],
        "titleColor": palette["muted"],
        "domainColor": palette["line"],
        "tickColor": palette["line"],
        "gridColor": palette["line"],
        "gridOpacity": 0.55,
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": 400,
    }
