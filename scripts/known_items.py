"""Build a known-item set from Debian packages, in BEIR's folder format; nothing of them is in the repository.

    python scripts/known_items.py packages FOLDER       63,000 package descriptions (apt fetches the lists)
    python scripts/known_items.py wordnet FOLDER        82,000 nouns (package wordnet-base)
    python scripts/known_items.py manuals FOLDER        manual pages of this machine (manpages and others)
    python scripts/known_items.py wordnet FOLDER --items 2000        a random part of a set

A query is what somebody says who looks for one item: a package's synopsis, a word's definition, the line
that a manual page begins with. The document is the rest: the long description, the words with examples, the
page's description. A document that occurs several times is written once, and every query that belongs
to it counts as answered by it. ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv`` are written to
FOLDER; ``evenband embed`` and ``evenband retrieve`` read them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

APT_HELPER = "/usr/lib/apt/apt-helper"
WORDNET = Path("/usr/share/wordnet")
MANUALS = Path("/usr/share/man")

EXAMPLE = re.compile(r'"[^"]*"?')
FEWEST_WORDS = 5
"""Words below which a text is no description."""

QUOTES = {r"\(aq": "'", r"\(cq": "'", r"\(oq": "'", r"\(lq": '"', r"\(rq": '"'}
ESCAPES = {r"\-": "-", r"\&": "", r"\e": "\\", **QUOTES}
FONT = re.compile(r"\\f(\[[^]]*\]|\(..|.)|\\s[-+]?\d+|\\\*\(..|\\\[[^]]*\]|\\\(..|\\[|^%/,:]")
MACROS_WITH_TEXT = frozenset("B I BR BI IR IB RB RI SM SB Nm Ar Cm Fl Pa Xr Em Sy Dq Sq Li Ev Nd".split())  # noqa: SIM905
"""Macros of roff's packages man and mdoc whose arguments are part of the text."""


class KnownItem(NamedTuple):
    """A query and the document that answers it.

    Attributes:
        id: of both.
        query: what somebody looks for.
        text: of the document.
        group: what the documents can be filtered by, such as a section.
    """

    id: str
    query: str
    text: str
    group: str


def stanzas(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the fields of each stanza of a Debian control file; lines of a long field stay apart."""
    fields: dict[str, str] = {}
    name = ""
    for line in (*lines, ""):
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t":
            fields[name] = fields.get(name, "") + "\n" + line[1:].rstrip("\n")
        else:
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.strip()


def package_items(translations: Iterable[str], packages: Iterable[str]) -> Iterator[KnownItem]:
    """Yield synopsis and long description of each package.

    Args:
        translations: lines of Translation-en files.
        packages: lines of Packages files, which know the section.
    """
    described = (fields for fields in stanzas(packages) if "Package" in fields)
    sections = {fields["Package"]: fields.get("Section", "") for fields in described}
    for fields in stanzas(translations):
        synopsis, _, rest = fields.get("Description-en", "").partition("\n")
        lines = ["" if line.strip() == "." else line.strip() for line in rest.split("\n")]
        text = "\n".join(" ".join(part) for part in _paragraphs(lines))
        yield KnownItem(fields["Package"], synopsis, text, sections.get(fields["Package"], ""))


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for line in (*lines, ""):
        if line:
            part.append(line)
        elif part:
            yield part
            part = []


def wordnet_items(lines: Iterable[str]) -> Iterator[KnownItem]:
    """Yield definition, and words with examples, of each synset of a WordNet data file."""
    for line in lines:
        if line.startswith("  "):
            continue
        head, _, gloss = line.partition(" | ")
        fields = head.split()
        words = [fields[4 + 2 * number].replace("_", " ") for number in range(int(fields[3], 16))]
        examples = [example.strip('"') for example in EXAMPLE.findall(gloss)]
        definition = EXAMPLE.sub("", gloss).strip().strip("; ").strip()
        text = ". ".join([", ".join(words), *examples])
        yield KnownItem(f"{fields[2]}{fields[0]}", definition, text, fields[2])


def manual_item(name: str, section: str, source: str) -> KnownItem | None:
    """Return first line and description of a manual page; ``None`` if it has none in the usual form."""
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in source.split("\n"):
        heading = re.match(r'\.S[Hh]\s+"?([^"]*)"?', line)
        if heading:
            current = parts.setdefault(heading[1].strip().upper(), [])
        else:
            current.append(line)
    title = " ".join(_plain(parts.get("NAME", [])))
    about = re.split(r"\s[-–—]+\s", title, maxsplit=1)[-1] if " - " in title or ".Nd" in source else ""
    text = " ".join(_plain(parts.get("DESCRIPTION", [])))
    return KnownItem(f"{name}.{section}", about.strip(), text, section) if about and text else None


def _plain(lines: Iterable[str]) -> Iterator[str]:
    """Yield the text of lines of roff, without macros and fonts."""
    for line in lines:
        text = line
        if line[:1] in (".", "'"):
            macro, _, text = line[1:].strip().partition(" ")
            if macro not in MACROS_WITH_TEXT:
                continue
            text = ("- " if macro == "Nd" else "") + text.replace('"', "")
        for escape, plain in ESCAPES.items():
            text = text.replace(escape, plain)
        text = FONT.sub("", text).strip()
        if text:
            yield text


def write_set(items: Iterable[KnownItem], folder: Path) -> tuple[int, int]:
    """Write a set in BEIR's format, and return how many documents and queries it has.

    Equal documents are one, and so are equal queries.
    """
    documents: dict[str, KnownItem] = {}
    answers: dict[str, dict[str, None]] = {}
    uses: Counter[str] = Counter()
    for item in items:
        if not item.query.strip() or not item.text.strip():
            continue
        if item.text not in documents:
            uses[item.id] += 1
            id_ = item.id if uses[item.id] == 1 else f"{item.id}#{uses[item.id]}"
            documents[item.text] = item._replace(id=id_)
        first = documents[item.text]
        answers.setdefault(item.query, {})[first.id] = None
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for item in documents.values():
            row = {"_id": item.id, "title": "", "text": item.text, "section": item.group}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (folder / "queries.jsonl").open("w", encoding="utf-8") as file:
        for number, query in enumerate(answers):
            file.write(json.dumps({"_id": f"q{number}", "text": query}, ensure_ascii=False) + "\n")
    with (folder / "qrels" / "test.tsv").open("w", encoding="utf-8") as file:
        file.write("query-id\tcorpus-id\tscore\n")
        for number, found in enumerate(answers.values()):
            file.writelines(f"q{number}\t{document}\t1\n" for document in found)
    return len(documents), len(answers)


def drawn(items: Iterable[KnownItem], count: int) -> list[KnownItem]:
    """Return so many items at random, in their order; always the same ones of the same source."""
    pool = [item for item in items if item.query.strip() and item.text.strip()]
    rows = random.Random(0).sample(range(len(pool)), min(count, len(pool)))
    return [pool[row] for row in sorted(rows)]


def read_packages() -> Iterator[KnownItem]:
    """Yield the items of apt's lists, which apt fetches into a folder of its own; nothing else changes."""
    with tempfile.TemporaryDirectory() as scratch:
        lists = Path(scratch, "lists")
        (lists / "partial").mkdir(parents=True)
        options = [f"Dir::State::Lists={lists}", f"Dir::Cache={scratch}", "Acquire::Languages=en"]
        options += ["APT::Sandbox::User="]
        command = ["apt-get", "-q", *(part for option in options for part in ("-o", option)), "update"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        yield from package_items(_lines(lists.glob("*Translation-en*")), _lines(lists.glob("*_Packages*")))


def _lines(files: Iterable[Path]) -> Iterator[str]:
    for file in sorted(files):
        content = subprocess.run([APT_HELPER, "cat-file", str(file)], check=True, capture_output=True).stdout
        yield from content.decode("utf-8", "replace").split("\n")
        yield ""


def read_wordnet(folder: Path = WORDNET) -> Iterator[KnownItem]:
    """Yield the nouns of WordNet."""
    with (folder / "data.noun").open(encoding="utf-8", errors="replace") as lines:
        yield from wordnet_items(lines)


def read_manuals(folder: Path = MANUALS) -> Iterator[KnownItem]:
    """Yield the manual pages of this machine, in English."""
    for path in sorted(folder.glob("man?/*.gz")):
        name, _, section = path.name.removesuffix(".gz").rpartition(".")
        source = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        item = manual_item(name, section, source)
        if item is not None and len(item.text.split()) >= FEWEST_WORDS:
            yield item


READERS = {"packages": read_packages, "wordnet": read_wordnet, "manuals": read_manuals}


def main() -> None:
    """Write the set that the command line names."""
    parser = argparse.ArgumentParser(description="Build a known-item set from Debian packages.")
    parser.add_argument("source", choices=READERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, help="so many items at random, always the same ones")
    arguments = parser.parse_args()
    items: Iterable[KnownItem] = READERS[arguments.source]()
    if arguments.items is not None:
        items = drawn(items, arguments.items)
    documents, queries = write_set(items, arguments.folder)
    print(f"{arguments.folder}: {documents:,} documents, {queries:,} queries")


if __name__ == "__main__":
    main()
