from __future__ import annotations

import pytest

from evenband.report.theme import HEAT, THEMES


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *(
            (text, ground)
            for text in ("ink", "muted", "accent", "outlier", "named", "good", "warn")
            for ground in ("paper", "panel")
        ),
        ("ink", "sunken"),
        ("muted", "sunken"),
        ("ink", "mark"),
        *(("ink", step) for step in HEAT),
        ("outlier", "warn-paper"),
        ("accent", "warn-paper"),
        ("ink", "warn-paper"),
        ("warn", "warn-paper"),
    ],
)
def test_text_has_the_contrast_that_wcag_asks_of_small_text(theme: str, text: str, ground: str) -> None:
    light, dark = sorted((luminance(THEMES[theme][text]), luminance(THEMES[theme][ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
