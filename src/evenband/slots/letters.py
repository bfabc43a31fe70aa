"""One letter put through the alphabet: ``letters:grand?a`` gives granda, grandba ... grandza.

Options, after ``@`` and separated by commas:
    matched=24: after those strings, that many real words matched in length and frequency to
        the real words among them: persons where all of these are persons by their first
        sense in WordNet, otherwise any nouns; and verbs, adjectives or adverbs as well only
        where these are.
    matched: the same with 24 words, or none where no real word is among the strings.
    alphabet=aeiou: other letters than a to z.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import replace

from evenband.errors import InputError
from evenband.slots import wordnet
from evenband.slots.matching import Match, frequency, matched_words
from evenband.slots.scheme import Scheme, split_options
from evenband.types import Slot

MATCHED = 24
PERSON = "person.n.01"


def load(argument: str) -> Slot:
    """The slot of ``grand?a`` or ``grand?a@matched``.

    Its columns are ``letter`` (``None`` for a matched word), ``is_word`` (a noun of WordNet),
    ``group`` (``letter`` or ``matched``) and, with matched words, ``target`` (the word that a
    matched word stands beside) and ``zipf`` (only where wordfreq is installed).

    Raises:
        InputError: unless there is exactly one ``?``, the letters are unique, and there is
            a real word to match where a number of them was asked for.
    """
    pattern, options = split_options("letters", argument, flags=("matched",), valued=("matched", "alphabet"))
    letters = _read_alphabet(argument, options.get("alphabet"))
    if pattern.count("?") != 1:
        raise InputError(
            f"slot 'letters:{argument}' has {pattern.count('?')} question marks in {pattern!r}, "
            "expected exactly one, where the letter goes, such as 'letters:grand?a'"
        )
    values = tuple(pattern.replace("?", letter) for letter in letters)
    columns: dict[str, tuple[object, ...]] = {
        "letter": tuple(letters),
        "is_word": tuple(wordnet.is_noun(value) for value in values),
        "group": ("letter",) * len(values),
    }
    slot = Slot(f"letters:{argument}", values, f"{pattern} with each of {len(letters)} letters", columns)
    if "matched" not in options:
        return slot
    count = _read_count(argument, options["matched"])
    if any(columns["is_word"]):
        return _add_matched(slot, count)
    if options["matched"] is None:
        return replace(
            slot, origin=f"{slot.origin}, and no matched words: none of these is a noun of WordNet"
        )
    raise InputError(
        f"slot {slot.name!r}: none of the {len(slot)} strings is a noun of WordNet, "
        "expected at least one to match other words to; drop the option matched"
    )


def _read_alphabet(argument: str, letters: str | None) -> str:
    letters = letters or string.ascii_lowercase
    twice = next((letter for letter in letters if letters.count(letter) > 1), None)
    if twice:
        raise InputError(
            f"slot 'letters:{argument}': the alphabet has {twice!r} twice, expected each letter once"
        )
    return letters


def _read_count(argument: str, text: str | None) -> int:
    if text is None:
        return MATCHED
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"slot 'letters:{argument}': got matched={text}, expected a whole number from 1 up")
    return int(text)


def _add_matched(slot: Slot, count: int) -> Slot:
    """The slot with matched words after its strings."""
    targets = [value for value, word in zip(slot.values, slot.columns["is_word"], strict=True) if word]
    category = PERSON if all(wordnet.in_category(target, PERSON) for target in targets) else "entity.n.01"
    parts = {part for target in targets for part in wordnet.other_parts(target)}
    nouns = wordnet.load(f"{category}@first,single").values
    words = [noun for noun in nouns if parts.issuperset(wordnet.other_parts(noun))]
    matches = _share_out(targets, count, words, slot.values)
    zipf = frequency()
    added = len(matches)
    columns = {
        "letter": (*slot.columns["letter"], *(None,) * added),
        "is_word": (*slot.columns["is_word"], *(True,) * added),
        "group": (*slot.columns["group"], *("matched",) * added),
        "target": (*(None,) * len(slot), *(match.target for match in matches)),
    }
    if zipf:
        columns["zipf"] = (*(zipf(value) for value in slot.values), *(match.zipf for match in matches))
    by = "length and frequency" if zipf else "length only (wordfreq is not installed)"
    return Slot(
        slot.name,
        (*slot.values, *(match.word for match in matches)),
        f"{slot.origin}, and {added} nouns below {category} matched to {' and '.join(targets)} in {by}",
        columns,
    )


def _share_out(
    targets: Sequence[str], count: int, words: Sequence[str], exclude: Sequence[str]
) -> list[Match]:
    """Matched words for all targets in turn, the nearest first, none twice."""
    lists = [list(matched_words(target, count, words, exclude)) for target in targets]
    chosen: dict[str, Match] = {}
    while len(chosen) < count and any(lists):
        for matches in lists:
            while matches and matches[0].word in chosen:
                matches.pop(0)
            if matches and len(chosen) < count:
                match = matches.pop(0)
                chosen[match.word] = match
    return list(chosen.values())


LETTERS_SCHEME = Scheme(
    name="letters",
    about="a word with each letter in place of its ?; options matched, alphabet=LETTERS",
    example="letters:grand?a@matched",
    make=load,
)
