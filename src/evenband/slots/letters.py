"""The scheme ``letters:``, a word with each letter in one place: ``letters:grand?a``.

It gives granda, grandba ... grandza: 26 strings that differ in one letter, most of them no words.

Options, after ``@`` and separated by commas:
    matched=24: adds that many real words after the strings, for comparison. They are matched in
        length and frequency to the real words among the strings. They are nouns for persons if all
        of those are (by their first sense in WordNet), otherwise any nouns. Words that are also
        verbs, adjectives or adverbs are used only if some of those are.
    matched: the same with 24 words, or with none if no string is a real word.
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

DEFAULT_MATCHED_WORDS = 24
PERSON = "person.n.01"
ANY_NOUN = "entity.n.01"


def load(argument: str) -> Slot:
    """Return the slot of a pattern, such as ``grand?a`` or ``grand?a@matched``.

    Its columns are ``letter`` (``None`` for a matched word), ``is_word`` (whether WordNet has it as a
    noun) and ``group`` (``letter`` or ``matched``). With matched words there are also ``target`` (the
    string that a matched word was matched to) and, if wordfreq is installed, ``zipf`` (frequency as
    log10 of the occurrences in a billion words).

    Raises:
        InputError: unless the pattern has exactly one ``?`` and the letters are unique; or if a
            number of matched words is asked for but no string is a real word.
    """
    pattern, options = split_options("letters", argument, flags=("matched",), valued=("matched", "alphabet"))
    letters = _read_alphabet(argument, options.get("alphabet"))
    _check_pattern(argument, pattern)
    values = tuple(pattern.replace("?", letter) for letter in letters)
    columns: dict[str, tuple[object, ...]] = {
        "letter": tuple(letters),
        "is_word": tuple(wordnet.is_noun(value) for value in values),
        "group": ("letter",) * len(values),
    }
    slot = Slot(
        f"letters:{argument}",
        values,
        f"{pattern} with each of {len(letters)} letters",
        columns,
        letters=True,
        own=frozenset(columns),
    )
    if "matched" not in options:
        return slot
    count = _read_count(argument, options["matched"])
    if any(columns["is_word"]):
        return _add_matched_words(slot, count)
    if options["matched"] is None:
        return replace(
            slot, origin=f"{slot.origin}, and no matched words: none of these is a noun of WordNet"
        )
    raise InputError(
        f"slot {slot.name!r}: none of the {len(slot)} strings is a noun of WordNet, "
        "expected at least one to match words to; drop the option matched"
    )


def _check_pattern(argument: str, pattern: str) -> None:
    """Refuse a pattern that does not have exactly one place for the letter."""
    if pattern.count("?") != 1:
        raise InputError(
            f"slot 'letters:{argument}' has {pattern.count('?')} question marks in {pattern!r}, "
            "expected exactly one, where the letter goes, such as 'letters:grand?a'"
        )


def _read_alphabet(argument: str, letters: str | None) -> str:
    """Return the letters to put in, each once."""
    letters = letters or string.ascii_lowercase
    repeated = next((letter for letter in letters if letters.count(letter) > 1), None)
    if repeated:
        raise InputError(
            f"slot 'letters:{argument}': the alphabet has {repeated!r} twice, expected each letter once"
        )
    return letters


def _read_count(argument: str, text: str | None) -> int:
    """Return how many matched words the option asks for."""
    if text is None:
        return DEFAULT_MATCHED_WORDS
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"slot 'letters:{argument}': got matched={text}, expected a whole number from 1 up")
    return int(text)


def _add_matched_words(slot: Slot, count: int) -> Slot:
    """Add matched words after the strings of a slot."""
    targets = [value for value, word in zip(slot.values, slot.columns["is_word"], strict=True) if word]
    category = PERSON if all(wordnet.in_category(target, PERSON) for target in targets) else ANY_NOUN
    parts = {part for target in targets for part in wordnet.other_parts(target)}
    nouns = wordnet.load(f"{category}@first,single").values
    candidates = [noun for noun in nouns if parts.issuperset(wordnet.other_parts(noun))]
    matches = _match_in_turn(targets, count, candidates, slot.values)
    zipf = frequency()
    n = len(matches)
    columns = {
        "letter": (*slot.columns["letter"], *(None,) * n),
        "is_word": (*slot.columns["is_word"], *(True,) * n),
        "group": (*slot.columns["group"], *("matched",) * n),
        "target": (*(None,) * len(slot), *(match.target for match in matches)),
    }
    if zipf:
        columns["zipf"] = (*(zipf(value) for value in slot.values), *(match.zipf for match in matches))
    criteria = "length and frequency" if zipf else "length only (wordfreq is not installed)"
    return Slot(
        slot.name,
        (*slot.values, *(match.word for match in matches)),
        f"{slot.origin}, and {n} nouns below {category} matched to {' and '.join(targets)} in {criteria}",
        columns,
        letters=True,
        own=frozenset(columns),
    )


def _match_in_turn(
    targets: Sequence[str], count: int, candidates: Sequence[str], exclude: Sequence[str]
) -> list[Match]:
    """Choose matched words for one target after the other, the nearest first and no word twice."""
    matches_by_target = [list(matched_words(target, count, candidates, exclude)) for target in targets]
    chosen: dict[str, Match] = {}
    while len(chosen) < count and any(matches_by_target):
        for matches in matches_by_target:
            while matches and matches[0].word in chosen:
                matches.pop(0)
            if matches and len(chosen) < count:
                match = matches.pop(0)
                chosen[match.word] = match
    return list(chosen.values())


LETTERS_SCHEME = Scheme(
    name="letters",
    about="a word with each letter in the place of its ?; options matched, alphabet=LETTERS",
    example="letters:grand?a@matched",
    make=load,
)
