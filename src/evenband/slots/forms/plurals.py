"""Plurals of English nouns and noun phrases, by rules and lists of exceptions.

In a phrase its head takes the plural: *mothers-in-law*, *passers-by*, *glasses of milk*, *poets
laureate*, *ice creams*. Latin and Greek words get the plural that is usual in everyday English. Mass
nouns are not recognised: the author of a word list has to see that *rices* is odd.
"""

from __future__ import annotations

import re


def _read_pairs(text: str) -> dict[str, str]:
    """Return a dictionary from the singulars to the plurals in a text such as ``ox:oxen die:dice``."""
    return dict(pair.split(":") for pair in text.split())


def _read_words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


IRREGULAR = _read_pairs("""
alga:algae alumna:alumnae alumnus:alumni appendix:appendices axis:axes bacillus:bacilli bacterium:bacteria
bronchus:bronchi cactus:cacti chairperson:chairpersons
chateau:chateaux codex:codices corpus:corpora criterion:criteria
curriculum:curricula datum:data die:dice erratum:errata fez:fezzes fungus:fungi ganglion:ganglia
gateau:gateaux genus:genera goose:geese larva:larvae locus:loci louse:lice matrix:matrices medium:media
nucleus:nuclei ox:oxen ovum:ova passerby:passersby phenomenon:phenomena radius:radii stimulus:stimuli
stratum:strata tableau:tableaux testis:testes thrombus:thrombi vertebra:vertebrae vertex:vertices
vortex:vortices
""")
"""Irregular plurals of whole words."""

IRREGULAR_ENDS = _read_pairs("""
child:children foot:feet tooth:teeth mouse:mice woman:women man:men person:people quiz:quizzes
calf:calves elf:elves half:halves hoof:hooves knife:knives leaf:leaves life:lives loaf:loaves
scarf:scarves sheaf:sheaves thief:thieves wharf:wharves wife:wives wolf:wolves
echo:echoes embargo:embargoes hero:heroes mango:mangoes mosquito:mosquitoes potato:potatoes
tomato:tomatoes tornado:tornadoes torpedo:torpedoes veto:vetoes volcano:volcanoes domino:dominoes
cargo:cargoes buffalo:buffaloes dingo:dingoes
""")
"""Irregular plurals of words and of the ends of compounds: *grandchild*, *policewoman*, *bookshelf*."""

MAN_WITH_S = _read_words("""
ataman brahman burman caiman cayman doberman german human norman ottoman roman shaman talisman
""")
"""Words that end in *man* but are no compounds of it, so that their plural adds *s*."""

UNCHANGED = _read_words("""
barracks bison cattle chassis children cod corps crossroads deer dice elk feet gallows grouse
headquarters hovercraft men moose offspring people police salmon series sheep shrimp spaghetti
species squid swine swiss teeth trout tuna women aircraft spacecraft watercraft
""")
"""Words whose plural is the same, and common plurals."""

HARD_CH = re.compile(r"(?:stoma|mon?ar|triar|oligar|hierar|lo|eunu|epo|te|cze)ch$")
"""Ends in which *ch* is spoken as *k*, so that the plural adds *s* only: *stomachs*, *monarchs*."""

LOOKS_PLURAL = re.compile(r"(?<!len)(?<![suiao])s$|ics$")
"""Ends of words that are plurals already or have none: *scissors*, *measles*, *physics*; not *lens*."""

HEAD_SPACED = re.compile(
    r"(?P<head>.+?)(?P<rest> (?:of|in|at|to|for|with|without|on|from|under|de|du) .+"
    r"| (?:apparent|elect|emeritus|laureate)"
    r"|(?:(?<=attorney)|(?<=governor)|(?<=secretary)|(?<=surgeon)) general"
    r"|(?<=notary) public|(?<=court) martial|(?<=sergeant) major)",
    re.IGNORECASE,
)
HEAD_HYPHENED = re.compile(
    r"(?P<head>[^-]+)(?P<rest>-(?:of|in|at|to|for|with|on|from|under|de|du)-.+"
    r"|(?<=er)-(?:by|in|off|on|out|up)|-(?:elect|general|martial))",
    re.IGNORECASE,
)
"""Split a phrase, or its last word, into the head, which takes the plural, and the rest."""


def pluralise(phrase: str) -> str:
    """Return the plural of a singular noun phrase, or the phrase itself if it has no other plural."""
    spaced = HEAD_SPACED.fullmatch(phrase)
    if spaced:
        return pluralise(spaced["head"]) + spaced["rest"]
    before, space, last = phrase.rpartition(" ")
    hyphened = HEAD_HYPHENED.fullmatch(last)
    if hyphened:
        return before + space + _pluralise_word(hyphened["head"]) + hyphened["rest"]
    first, hyphen, word = last.rpartition("-")
    return before + space + first + hyphen + _pluralise_word(word)


def _pluralise_word(word: str) -> str:
    """Return the plural of one word with the same capitals; all capitals get an *s*, as in MRIs."""
    if not word[-1:].isalpha():
        return word
    if word.isupper():
        return f"{word}s"
    lower = word.lower()
    end = next((end for end in IRREGULAR_ENDS if lower.endswith(end)), None)
    if lower in IRREGULAR:
        plural = IRREGULAR[lower]
        return plural.capitalize() if word[0].isupper() else plural
    if end and not lower.endswith(MAN_WITH_S):
        plural = IRREGULAR_ENDS[end]
        return plural.capitalize() if end == lower and word[0].isupper() else word[: -len(end)] + plural
    if _is_unchanged(word, lower):
        return word
    return _add_ending(word, lower)


def _is_unchanged(word: str, lower: str) -> bool:
    """Return whether a word is its own plural: sheep, goldfish, scissors, Chinese."""
    return (
        lower in UNCHANGED
        or lower.endswith("fish")
        or bool(LOOKS_PLURAL.search(lower))
        or bool(re.search(r"[A-Z].*ese$", word))
    )


def _add_ending(word: str, lower: str) -> str:
    """Return the regular plural: crises, stomachs, boxes, cities, apples."""
    if lower.endswith("sis"):
        return f"{word[:-2]}es"
    if lower.endswith(("s", "x", "z", "sh")) or (lower.endswith("ch") and not HARD_CH.search(lower)):
        return f"{word}es"
    if re.search(r"([^aeiou]|qu)y$", lower):
        return f"{word[:-1]}ies"
    return f"{word}s"
