"""Forms made of a value's letters: capitals, spelling out, a letter that it has or lacks.

The functions raise ``ValueError`` with what was expected if a value does not have the form.
"""

from __future__ import annotations

import re
import string
import unicodedata

import numpy as np

# Percentages by letter.
_PERCENTAGES = """
a 8.2 b 1.5 c 2.8 d 4.3 e 12.7 f 2.2 g 2.0 h 6.1 i 7.0 j 0.2 k 0.8 l 4.0 m 2.4
n 6.7 o 7.5 p 1.9 q 0.1 r 6.0 s 6.3 t 9.1 u 2.8 v 1.0 w 2.4 x 0.2 y 2.0 z 0.1
"""

LETTER_FREQUENCY = dict(zip(_PERCENTAGES.split()[::2], map(float, _PERCENTAGES.split()[1::2]), strict=True))
"""How often each letter occurs in English text, in percent of all letters; 0.1 or more."""


def capitalise(value: str) -> str:
    """Write the first letter as a capital and leave the others as they are."""
    return value[:1].upper() + value[1:]


def capitalise_words(value: str) -> str:
    """Write the first letter of each word as a capital.

    Other letters stay as they are; one after an apostrophe does not begin a word.
    """
    return re.sub(r"(?:(?<=^)|(?<=[\s-]))[^\W\d_]", lambda match: match[0].upper(), value)


def spell_out(value: str) -> str:
    """Join the letters and digits of each word by hyphens, without apostrophes: ``i-c-e c-r-e-a-m``."""
    words = re.findall(r"[^\W_]+", re.sub("['’]", "", unicodedata.normalize("NFC", value)))
    return " ".join("-".join(word) for word in words)


def draw_present_letter(value: str, rng: np.random.Generator) -> str:
    """Draw one of the different letters of a value, each with equal probability."""
    letters = _letters_in(value)
    if not letters:
        raise ValueError("expected a letter from a to z")
    return str(rng.choice(letters))


def draw_absent_letter(value: str, rng: np.random.Generator) -> str:
    """Draw a letter that a value does not have, with its frequency in English text.

    Most values lack the rare letters. If all absent letters were equally likely, a rare letter would
    give away that it is absent.
    """
    present = _letters_in(value)
    absent = [letter for letter in LETTER_FREQUENCY if letter not in present]
    if not absent:
        raise ValueError("expected a letter from a to z that is not in it")
    weights = np.array([LETTER_FREQUENCY[letter] for letter in absent])
    return str(rng.choice(absent, p=weights / weights.sum()))


def _letters_in(value: str) -> list[str]:
    """Return the different letters from a to z in a value, without their accents, in order."""
    plain = unicodedata.normalize("NFD", value).lower()
    return sorted(set(plain) & set(string.ascii_lowercase))
