"""Plurals of English nouns and noun phrases, by rule and by lists of what is irregular.

The head of a phrase takes the plural: *mothers-in-law*, *passers-by*, *glasses of milk*, *poets
laureate*, *ice creams*. Latin and Greek words have the plural that is usual in everyday English.
Mass nouns are not known: that *rices* is odd is for the author of a list to see.
"""

from __future__ import annotations

import re

_IRREGULAR = """
alga:algae alumna:alumnae alumnus:alumni appendix:appendices axis:axes bacillus:bacilli bacterium:bacteria
bronchus:bronchi cactus:cacti chairperson:chairpersons
chateau:chateaux codex:codices corpus:corpora criterion:criteria
curriculum:curricula datum:data die:dice erratum:errata fez:fezzes fungus:fungi ganglion:ganglia
gateau:gateaux genus:genera goose:geese larva:larvae locus:loci louse:lice matrix:matrices medium:media
nucleus:nuclei ox:oxen ovum:ova passerby:passersby phenomenon:phenomena radius:radii stimulus:stimuli
stratum:strata tableau:tableaux testis:testes thrombus:thrombi vertebra:vertebrae vertex:vertices
vortex:vortices
"""
_ENDS = """
child:children foot:feet tooth:teeth mouse:mice woman:women man:men person:people quiz:quizzes
calf:calves elf:elves half:halves hoof:hooves knife:knives leaf:leaves life:lives loaf:loaves
scarf:scarves sheaf:sheaves thief:thieves wharf:wharves wife:wives wolf:wolves
echo:echoes embargo:embargoes hero:heroes mango:mangoes mosquito:mosquitoes potato:potatoes
tomato:tomatoes tornado:tornadoes torpedo:torpedoes veto:vetoes volcano:volcanoes domino:dominoes
cargo:cargoes buffalo:buffaloes dingo:dingoes
"""
_NOT_MEN = "ataman brahman burman caiman cayman doberman german human norman ottoman roman shaman talisman"
_UNCHANGED = """
barracks bison cattle chassis children cod corps crossroads deer dice elk feet gallows grouse
headquarters hovercraft men moose offspring people police salmon series sheep shrimp spaghetti
species squid swine swiss teeth trout tuna women aircraft spacecraft watercraft
"""

IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR.split())
"""Whole words."""

ENDS = dict(pair.split(":") for pair in _ENDS.split())
"""Words and the ends of compounds: *grandchild*, *policewoman*, *bookshelf*."""

NOT_MEN = tuple(_NOT_MEN.split())
"""Words that end in *man* and are no men."""

UNCHANGED = frozenset(_UNCHANGED.split())
HARD_CH = re.compile(r"(?:stoma|mon?ar|triar|oligar|hierar|lo|eunu|epo|te|cze)ch$")
PLURAL = re.compile(r"(?<!len)(?<![suiao])s$|ics$")
"""What looks like a plural already, or has none: *scissors*, *measles*, *physics*; not *lens*."""

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
"""What comes before what does not take the plural, in a phrase and in its last word."""


def pluralise(phrase: str) -> str:
    """The plural of a noun phrase in the singular; the phrase itself where it has no other plural."""
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
    """The plural of one word, in its capitals; capitals alone are an initialism, as in MRIs."""
    if not word[-1:].isalpha():
        return word
    if word.isupper():
        return f"{word}s"
    low = word.lower()
    end = next((end for end in ENDS if low.endswith(end)), None)
    if low in IRREGULAR:
        plural = IRREGULAR[low]
        return plural.capitalize() if word[0].isupper() else plural
    if end and not low.endswith(NOT_MEN):
        plural = ENDS[end]
        return plural.capitalize() if end == low and word[0].isupper() else word[: -len(end)] + plural
    if low in UNCHANGED or low.endswith("fish") or PLURAL.search(low) or re.search(r"[A-Z].*ese$", word):
        return word
    return _add_ending(word, low)


def _add_ending(word: str, low: str) -> str:
    """The regular plural: crises, stomachs, boxes, cities, apples."""
    if low.endswith("sis"):
        return f"{word[:-2]}es"
    if low.endswith(("s", "x", "z", "sh")) or (low.endswith("ch") and not HARD_CH.search(low)):
        return f"{word}es"
    if re.search(r"([^aeiou]|qu)y$", low):
        return f"{word[:-1]}ies"
    return f"{word}s"
