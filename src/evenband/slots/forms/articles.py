"""The indefinite article of English: *a* or *an*, by the sound that a phrase begins with.

American usage where it differs (an herb). Capitals that are three letters or fewer, have no vowel, or
begin with consonants that no English word begins with are read letter by letter (an MRI scan, a USB port,
an HTML file, an NSAID), others as words (a NATO country).
"""

from __future__ import annotations

import re

AN_LETTERS = frozenset("AEFHILMNORSX")
"""Letters whose names begin with a vowel."""

READ_AS_WORDS = frozenset(["LAN", "MAC", "RAM", "ROM", "SAR", "SIM"])
READ_AS_LETTERS = frozenset(["NAACP"])
VOWELS = frozenset("AEIOU")
ONSET = re.compile(r"[BCFGKP][LR]|[CGPRSTW]H|[DT][RW]|[GKP]N|PS|S[CKLMNPQTW]|WR|.[YAEIOU]|[AEIOU]")
"""What an English word may begin with."""

SILENT_H = re.compile(r"hour|honest|honou?r|heir|herb(?![eiv])|hors\b")
CONSONANT = re.compile(
    r"e[uw]|oui|one(?![a-z])|oneself|once(?![a-z])"
    r"|uni(?!n[a-z]|m[ap]|dent|dea|ss|r[or])|unanim|unesco|ubiq|ufo|ugand|uk[eru]|uyghur"
    r"|ur[aeiou]|us[aeiu]|ut[aeio]|uv[eu]"
)
"""Beginnings written with a vowel and spoken with a consonant: European, one-way, university, useful."""

VOWEL = re.compile(r"[aeiouàáâäåæèéêëìíîïòóôöøùúûü]|yttr|ytter|ylang")


def choose_article(phrase: str) -> str:
    """``an`` for ``hour``, ``MRI scan``, ``8 km``; ``a`` for ``European``, ``one-way trip``, ``USB port``."""
    return "an" if _begins_with_vowel(phrase.lstrip("\"'([“‘")) else "a"


def _begins_with_vowel(phrase: str) -> bool:
    if phrase[:1].isdigit():
        return _reads_eight(phrase)
    match = re.match(r"[^\W\d_]+", phrase)
    word = match[0] if match else ""
    if _is_spelled(word):
        return word[0].upper() in AN_LETTERS
    text = phrase.lower()
    if SILENT_H.match(text):
        return True
    return bool(VOWEL.match(text)) and not CONSONANT.match(text)


def _reads_eight(phrase: str) -> bool:
    """Whether a number is read eight, eleven or eighteen something; 1842 is, as a year would be."""
    digits = re.match(r"[\d,]*\d", phrase)
    groups = digits[0] if digits else ""
    plain = groups.replace(",", "")
    first = len(plain) % 3 or 3
    if plain.startswith("8"):
        return True
    year = "," not in groups and len(plain) == 4
    return plain.startswith(("11", "18")) and (first == 2 or year)


def _is_spelled(word: str) -> bool:
    """Whether a word is read letter by letter: ``X`` of X-ray, ``MRI``, ``MRIs``, ``mRNA``, ``MSc``."""
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
