"""scripts/known_items.py reads Debian's files, on small ones that are made here."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.known_items import KnownItem, drawn, manual_item, package_items, wordnet_items, write_set

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.documents import Document

TRANSLATIONS = """\
Package: chess
Description-md5: 1
Description-en: play chess
 A game for two.
 It has a clock.
 .
  * strong

Package: go
Description-en: play go
 A game with stones.
"""

PACKAGES = """\
Package: chess
Section: games

Package: go
Section: games
Depends: libc6,
 libm
"""

WORDNET = [
    "  1 This software and database is being provided to you",
    "02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 001 @ 02083346 n 0000 | a member of the genus "
    'Canis; occurs in many breeds; "the dog barked all night"  ',
    "00001740 03 n 01 entity 0 000 | that which exists  ",
]

MAN = r""".TH CAT 1
.SH NAME
cat \- concatenate files
.SH DESCRIPTION
.PP
Copy \fIeach\fR FILE to
.B standard
output\&.
.SH OPTIONS
.B none
"""

MDOC = """.Dd today
.Sh NAME
.Nm rm
.Nd remove entries
.Sh DESCRIPTION
The
.Nm rm
utility removes files.
"""


def test_reads_package_descriptions() -> None:
    """A package's synopsis is the query, its long description with paragraphs the document."""
    chess, go = package_items(TRANSLATIONS.split("\n"), PACKAGES.split("\n"))
    assert chess == KnownItem("chess", "play chess", "A game for two. It has a clock.\n* strong", "games")
    assert (go.query, go.text, go.group) == ("play go", "A game with stones.", "games")


def test_reads_wordnet() -> None:
    """The definition is the query, words and examples are the document; the licence is skipped."""
    dog, entity = wordnet_items(WORDNET)
    assert dog == KnownItem(
        "n02084071",
        "a member of the genus Canis; occurs in many breeds",
        "dog, domestic dog, Canis familiaris. the dog barked all night",
        "n",
    )
    assert (entity.query, entity.text) == ("that which exists", "entity")


def test_reads_manual_pages() -> None:
    """Both kinds of manual page give the first line and the description, without macros."""
    page, other = manual_item("cat", "1", MAN), manual_item("rm", "1", MDOC)
    assert page == KnownItem("cat.1", "concatenate files", "Copy each FILE to standard output.", "1")
    assert other == KnownItem("rm.1", "remove entries", "The rm utility removes files.", "1")
    assert manual_item("x", "1", ".so man1/y.1") is None


def test_writes_a_set_that_can_be_embedded(tmp_path: Path) -> None:
    """Equal documents are one, that all their queries find; ids that repeat are told apart."""
    items = [
        KnownItem("a", "first", "the text", "x"),
        KnownItem("b", "second", "the text", "x"),
        KnownItem("a", "third", "another text", "y"),
        KnownItem("c", "first", "a third text", "y"),
        KnownItem("d", " ", "no query", "y"),
    ]
    assert write_set(items, tmp_path) == (3, 3)
    documents = [one for one in Corpus(tmp_path) if isinstance(one, Document)]
    assert [(one.id, one.text) for one in documents] == [
        ("a", "the text"),
        ("a#2", "another text"),
        ("c", "a third text"),
    ]
    queries = [
        json.loads(line)["text"]
        for line in (tmp_path / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert queries == ["first", "second", "third"]
    judged = (tmp_path / "qrels" / "test.tsv").read_text(encoding="utf-8").split("\n")
    assert judged[1:5] == ["q0\ta\t1", "q0\tc\t1", "q1\ta\t1", "q2\ta#2\t1"]


def test_a_part_is_drawn_at_random_and_always_the_same() -> None:
    """Items without a query or text are not drawn, and the order stays."""
    items = [KnownItem(f"n{n}", f"query {n}" if n % 5 else " ", f"text {n}", "") for n in range(100)]
    first, again = drawn(items, 30), drawn(iter(items), 30)
    assert first == again
    assert len(first) == 30
    numbers = [int(item.id[1:]) for item in first]
    assert numbers == sorted(numbers)
    assert all(number % 5 for number in numbers)
    assert len(drawn(items, 1000)) == 80
