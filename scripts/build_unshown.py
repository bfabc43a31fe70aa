"""Build the list of nouns that are measured like all others but not shown as examples.

    python scripts/build_unshown.py DIRECTORY

DIRECTORY holds WordNet 3.0's data.noun and index.noun (Debian's package wordnet-base puts them in
/usr/share/wordnet). A noun for persons is on the list if the sense that the slot ``wordnet:person.n.01``
takes it in is one that WordNet itself marks: by a usage pointer to *ethnic slur*, or to *disparagement* or
*obscenity* with a gloss that calls the word offensive, insulting or a slur; or by a gloss that says so of
the term itself. A few that WordNet of 2006 does not mark are added (``BY_HAND``, in ROT13). The list holds
digests, so that nobody meets the words in a search of the source.
"""

from __future__ import annotations

import codecs
import re
import sys
from pathlib import Path

from evenband import slots
from evenband.unshown_words import word_digest

OUTPUT = Path(__file__).parents[1] / "src/evenband/unshown.txt"
MARKS = ("ethnic_slur", "disparagement", "obscenity")
GLOSS = re.compile(r"\b(slur|offensive|insulting|derogatory|disparaging) ")
PLAIN_GLOSS = re.compile(
    r"\b(offensive|derogatory|insulting)\)? (and \w+ )?(terms?|names?) for|now considered offensive"
    r"|disparaging\)? term for (a Jew|a British|foreigners)"
)
BY_HAND = codecs.decode(
    "arteb arterff artebvq oynpxnzbbe fdhnj zhynggb dhnqebba bpgbebba ergneq fcnfgvp zbatbybvq", "rot13"
)
ABOUT_PEOPLE = re.compile(r"term|name|slang|slur|persons?\b")


def marked(directory: Path) -> tuple[set[str], set[str]]:
    """Return the lemmas of the synsets that WordNet marks as a whole, and those that it marks singly."""
    synsets = {}
    for line in (directory / "data.noun").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("  "):
            continue
        head, _, gloss = line.partition("|")
        fields = head.split()
        n = int(fields[3], 16)
        words = tuple(fields[4 + 2 * k] for k in range(n))
        links = fields[5 + 2 * n :]
        pointers = [(links[4 * k], links[4 * k + 1], links[4 * k + 3]) for k in range(int(fields[4 + 2 * n]))]
        synsets[fields[0]] = (words, pointers, gloss.partition(";")[0].partition('"')[0])
    whole, single = set(), set()
    for words, pointers, gloss in synsets.values():
        usages = [
            (synsets[target][0][0], part)
            for kind, target, part in pointers
            if kind == ";u" and target in synsets and synsets[target][0][0] in MARKS
        ]
        is_marked = any(part.startswith("00") for _, part in usages)
        is_clear = is_marked and GLOSS.search(gloss) and ABOUT_PEOPLE.search(gloss)
        if is_clear or PLAIN_GLOSS.search(gloss):
            whole |= {word.replace("_", " ") for word in words}
        parts = {int(part[:2], 16) for usage, part in usages if usage == "ethnic_slur"}
        single |= {words[part - 1].replace("_", " ") for part in parts if part}
    return whole, single


def main() -> None:
    """Write the list."""
    lemmas, single = marked(Path(sys.argv[1]))
    slot = slots.load("wordnet:person.n.01")
    senses = dict(zip(slot.values, slot.columns["synset"], strict=True))
    chosen = [
        word
        for word in slot.values
        if word in single
        or word.casefold() in BY_HAND.split()
        or (word in lemmas and _is_of_a_marked_sense(word, senses, lemmas))
    ]
    OUTPUT.write_text("".join(f"{digest}\n" for digest in sorted(map(word_digest, chosen))), encoding="utf-8")
    sys.stdout.write(f"{len(chosen)} nouns\n")


def _is_of_a_marked_sense(word: str, senses: dict[str, str], lemmas: set[str]) -> bool:
    """Return whether all nouns of the sense that the slot takes the word in are marked."""
    return all(other in lemmas for other in senses if senses[other] == senses[word])


if __name__ == "__main__":
    main()
