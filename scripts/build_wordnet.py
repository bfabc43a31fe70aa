"""Build the package's noun hierarchy from the WordNet 3.0 database files.

    python scripts/build_wordnet.py DIRECTORY [OUTPUT]

DIRECTORY holds index.noun, data.noun, index.verb, index.adj and index.adv (Debian's package
wordnet-base puts them in /usr/share/wordnet). The formats are those of WordNet's own manual
pages wndb(5WN) and senseidx(5WN). Glosses, examples and every other relation are left out.

The output is one zlib stream: a line of JSON that lists the sections (name, dtype, bytes), then
the sections one after the other. Synsets are in the order of data.noun, and a synset is
referred to by its position in that order:

    lemmas           utf-8   every synset's lemmas in their original spelling, one a line
    lemma_counts     u1      lemmas of each synset
    senses           u1      sense number of each lemma: 1 is the most frequent
    parts            u1      what else the lemma is: 1 a verb, 2 an adjective, 4 an adverb, added up
    isa_counts       u1      hypernyms of each synset
    isa              <i4     those hypernyms
    instance_counts  u1      instance hypernyms of each synset
    instance         <i4     those instance hypernyms
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).parents[1] / "src/evenband/slots/data/wordnet-nouns.zlib"
PARTS = {"verb": 1, "adj": 2, "adv": 4}


@dataclass(frozen=True)
class Synset:
    """One line of data.noun, without its gloss: offset, lemmas, is-a and instance-of offsets."""

    offset: int
    lemmas: tuple[str, ...]
    isa: tuple[int, ...]
    instance: tuple[int, ...]


def read_records(path: Path) -> Iterator[list[str]]:
    """The fields of every line, after the licence that opens a file (lines that begin with a space)."""
    with path.open(encoding="ascii") as lines:
        for line in lines:
            if not line.startswith(" "):
                yield line.partition("|")[0].split()


def read_index(path: Path) -> dict[str, list[int]]:
    """Lower-case lemma to the offsets of its synsets, in order of sense number."""
    index = {}
    for fields in read_records(path):
        count = int(fields[2])
        index[fields[0]] = [int(offset) for offset in fields[-count:]]
    return index


def read_synsets(path: Path) -> list[Synset]:
    """All synsets, in file order."""
    synsets = []
    for fields in read_records(path):
        end = 4 + 2 * int(fields[3], 16)
        pointers = [fields[at : at + 3] for at in range(end + 1, end + 1 + 4 * int(fields[end]), 4)]
        links = {
            symbol: tuple(int(offset) for kind, offset, part in pointers if (kind, part) == (symbol, "n"))
            for symbol in ("@", "@i")
        }
        synsets.append(Synset(int(fields[0]), tuple(fields[4:end:2]), links["@"], links["@i"]))
    return synsets


def encode_links(links: list[tuple[int, ...]], position: dict[int, int]) -> tuple[bytes, bytes]:
    """How many links each synset has, and their targets as positions."""
    targets = [position[offset] for group in links for offset in group]
    return bytes(len(group) for group in links), np.array(targets, dtype="<i4").tobytes()


def encode_sections(directory: Path) -> dict[str, tuple[str, bytes]]:
    """Every section's dtype and bytes, by name."""
    index = read_index(directory / "index.noun")
    synsets = read_synsets(directory / "data.noun")
    position = {synset.offset: at for at, synset in enumerate(synsets)}
    pairs = [(lemma, synset) for synset in synsets for lemma in synset.lemmas]
    others = {part: {fields[0] for fields in read_records(directory / f"index.{part}")} for part in PARTS}
    isa_counts, isa = encode_links([synset.isa for synset in synsets], position)
    instance_counts, instance = encode_links([synset.instance for synset in synsets], position)
    parts = [sum(PARTS[part] for part in PARTS if lemma.lower() in others[part]) for lemma, _ in pairs]
    return {
        "lemmas": ("utf-8", "\n".join(lemma for lemma, _ in pairs).encode()),
        "lemma_counts": ("u1", bytes(len(synset.lemmas) for synset in synsets)),
        "senses": ("u1", bytes(index[lemma.lower()].index(synset.offset) + 1 for lemma, synset in pairs)),
        "parts": ("u1", bytes(parts)),
        "isa_counts": ("u1", isa_counts),
        "isa": ("<i4", isa),
        "instance_counts": ("u1", instance_counts),
        "instance": ("<i4", instance),
    }


def build(directory: Path) -> bytes:
    """The file's content; the same database gives the same bytes."""
    sections = encode_sections(directory)
    header = {
        "format": "evenband nouns 1",
        "source": "WordNet 3.0",
        "sections": [[name, dtype, len(content)] for name, (dtype, content) in sections.items()],
    }
    payload = json.dumps(header).encode() + b"\n" + b"".join(content for _, content in sections.values())
    return zlib.compress(payload, 9)


def main(arguments: list[str]) -> int:
    """Write the file and say how large it is."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: build_wordnet.py DIRECTORY [OUTPUT]\n")
        return 2
    content = build(Path(arguments[0]))
    output = Path(arguments[1]) if len(arguments) == 2 else OUTPUT
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(content)
    sys.stdout.write(f"{output}: {len(content):,} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
