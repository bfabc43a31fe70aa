"""The indefinite article of English, *a* or *an*, by the first sound of a phrase.

American usage decides where it differs from British (an herb). A word in capitals is taken to be read
letter by letter if it has three letters or fewer, has no vowel, or begins with consonants that no
English word begins with (an MRI scan, a USB port, an HTML file, an NSAID), and otherwise to be read
as a word (a NATO country).
"""

from __future__ import annotations

import re

AN_LETTERS = frozenset("AEFHILMNORSX")
"""Letters whose names begin with a vowel: an F, an X."""

READ_AS_WORDS = frozenset(["LAN", "MAC", "RAM", "ROM", "SAR", "SIM"])
READ_AS_LETTERS = frozenset(["NAACP"])
"""Exceptions from the rule for words in capitals."""

VOWELS = frozenset("AEIOU")
ONSET = re.compile(r"[BCFGKP][LR]|[CGPRSTW]H|[DT][RW]|[GKP]N|PS|S[CKLMNPQTW]|WR|.[YAEIOU]|[AEIOU]")
"""Beginnings that an English word can have."""

SILENT_H = re.compile(r"hour|honest|honou?r|heir|herb(?![eiv])|hors\b")
CONSONANT = re.compile(
    r"e[uw]|oui|one(?![a-z])|oneself|once(?![a-z])"
    r"|uni(?!n[a-z]|m[ap]|dent|dea|ss|r[or])|unanim|unesco|ubiq|ufo|ugand|uk[eru]|uyghur"
    r"|ur[aeiou]|us[aeiu]|ut[aeio]|uv[eu]"
)
"""Beginnings that are written with a vowel but spoken with a consonant: European, one-way, university."""

VOWEL = re.compile(r"[aeiouàáâäåæèéêëìíîïòóôöøùúûü]|yttr|ytter|ylang")


def choose_article(phrase: str) -> str:
    """Return ``an`` or ``a``: an hour, an MRI scan, an 8 km walk; a European, a one-way trip, a USB port."""
    return "an" if _begins_with_vowel(phrase.lstrip("\"'([“‘")) else "a"


def add_article(phrase: str) -> str:
    """Put the article before a phrase."""
    return f"{choose_article(phrase)} {phrase}"


def _begins_with_vowel(phrase: str) -> bool:
    """Return whether a phrase begins with a vowel sound."""
    if phrase[:1].isdigit():
        return _number_begins_with_vowel(phrase)
    match = re.match(r"[^\W\d_]+", phrase)
    word = match[0] if match else ""
    if _is_spelled(word):
        return word[0].upper() in AN_LETTERS
    text = phrase.lower()
    if SILENT_H.match(text):
        return True
    return bool(VOWEL.match(text)) and not CONSONANT.match(text)


def _number_begins_with_vowel(phrase: str) -> bool:
    """Return whether the number that a phrase begins with is read eight..., eleven... or eighteen...

    Four digits without a comma are read like a year: 1842 is eighteen forty-two.
    """
    match = re.match(r"[\d,]*\d", phrase)
    number = match[0] if match else ""
    digits = number.replace(",", "")
    first_group_length = len(digits) % 3 or 3
    if digits.startswith("8"):
        return True
    is_year = "," not in number and len(digits) == 4
    return digits.startswith(("11", "18")) and (first_group_length == 2 or is_year)


def _is_spelled(word: str) -> bool:
    """Return whether a word is read letter by letter: X (of X-ray), MRI, MRIs, mRNA, MSc."""
    if len(word) == 1:
        return True
    stem = word[:-1] if word.endswith("s") and word[:-1].isupper() else word
    if re.match(r"[a-z][A-Z]{2}|[A-Z]{2,}[a-z]", stem):
        return True
    if not stem.isupper() or stem in READ_AS_WORDS:
        return False
    if len(stem) <= 3 or stem in READ_AS_LETTERS or VOWELS.isdisjoint(stem):
        return True
    return not ONSET.match(stem)
