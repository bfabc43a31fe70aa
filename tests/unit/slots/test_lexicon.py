"""WordNet's nouns as shipped: against NLTK's reader, against a rebuild, and by their counts."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
import sys
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from evenband.slots import lexicon, wordnet

DATABASE = Path("/usr/share/wordnet")  # where Debian's package wordnet-base puts it
SCRIPT = Path(__file__).parents[3] / "scripts/build_wordnet.py"
READ_BY_NLTK = [f"{kind}.{part}" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")]
CATEGORIES = [
    "person.n.01", "animal.n.01", "food.n.01", "food.n.02", "disease.n.01", "drug.n.01", "city.n.01",
    "country.n.02", "plant.n.02", "vehicle.n.01", "tool.n.01", "fruit.n.01", "vegetable.n.01", "color.n.01",
    "emotion.n.01", "sport.n.01", "musical_instrument.n.01", "language.n.01", "organization.n.01",
    "garment.n.01", "bird.n.01", "chemical_element.n.01", "mountain.n.01", "furniture.n.01",
]  # fmt: skip

needs_database = pytest.mark.skipif(
    not (DATABASE / "data.noun").exists(),
    reason="the WordNet 3.0 database (Debian: wordnet-base) is not here",
)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """scripts/build_wordnet.py as a module."""
    spec = importlib.util.spec_from_file_location("build_wordnet", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def nltk_wordnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """NLTK's reader over the database, with the files that Debian leaves out made up from nothing."""
    if not (DATABASE / "data.noun").exists():
        pytest.skip("the WordNet 3.0 database (Debian: wordnet-base) is not here")
    reader = pytest.importorskip("nltk.corpus.reader.wordnet")
    root = tmp_path_factory.mktemp("wordnet")
    for name in reader.WordNetCorpusReader._FILES:
        (root / name).touch()
    for name in READ_BY_NLTK:
        shutil.copyfile(DATABASE / name, root / name)
    (root / "lexnames").write_text(
        "".join(f"{number:02d}\tfile{number}\t1\n" for number in range(45)), encoding="utf-8"
    )
    no_map = {"map_wn": lambda self: None}  # of other versions' offsets, which only a download has
    reader_class = type("Reader", (reader.WordNetCorpusReader,), no_map)
    nltk_path = importlib.import_module("nltk.data").path
    nltk_path.append(str(root))  # NLTK reads only below the folders that it is told of
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The multilingual functions are not available")
        yield reader_class(str(root), None)
    nltk_path.remove(str(root))


def closure(synset: Any, instances: bool) -> set[Any]:
    """The synsets below one, by NLTK."""
    if not instances:
        return set(synset.closure(lambda above: above.hyponyms()))
    return set(synset.closure(lambda above: above.hyponyms() + above.instance_hyponyms()))


def sense_of(reader: Any, lemma: str, synset: Any) -> int:
    """Sense number of a lemma in a synset, by NLTK's index."""
    offsets: list[int] = reader._lemma_pos_offset_map[lemma.lower()]["n"]
    return offsets.index(synset.offset()) + 1


@pytest.mark.parametrize("instances", [False, True], ids=["hyponyms", "instances"])
@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.filterwarnings("ignore:Redundant search")
def test_closures_are_nltks(nltk_wordnet: Any, category: str, instances: bool) -> None:
    """Lemmas, synsets and sense numbers below a synset are those of NLTK's reader."""
    below = closure(nltk_wordnet.synset(category), instances)
    expected: dict[str, dict[str, int]] = {}
    for synset in below:
        for lemma in synset.lemma_names():
            senses = expected.setdefault(lemma.replace("_", " "), {})
            senses[synset.name()] = sense_of(nltk_wordnet, lemma, synset)
    slot = wordnet.load(f"{category}@instances" if instances else category)
    assert set(slot.values) == set(expected)
    for value, synset, sense in zip(slot.values, slot.columns["synset"], slot.columns["sense"], strict=True):
        assert expected[value][synset] == sense == min(expected[value].values())


def test_every_synset_has_nltks_name_and_lemmas(nltk_wordnet: Any) -> None:
    """Names, lemmas and both kinds of hypernyms of all 82,115 synsets, in NLTK's order."""
    nouns = lexicon.load()
    above: list[list[set[str]]] = [[set(), set()] for _ in range(len(nouns.starts) - 1)]
    for kind, links in enumerate((nouns.isa, nouns.instance)):
        for child, parent in zip(links.children.tolist(), links.parents.tolist(), strict=True):
            above[child][kind].add(nouns.name(parent))
    count = 0
    for count, synset in enumerate(nltk_wordnet.all_synsets("n"), start=1):
        assert nouns.name(count - 1) == synset.name()
        assert nouns.words(count - 1) == tuple(name.replace("_", " ") for name in synset.lemma_names())
        hypernyms = [
            {parent.name() for parent in group} for group in (synset.hypernyms(), synset.instance_hypernyms())
        ]
        assert above[count - 1] == hypernyms
    assert count == len(nouns.starts) - 1 == 82_115


def test_senses_and_other_parts_are_nltks(nltk_wordnet: Any) -> None:
    """Order of senses, and whether a noun is a verb, adjective or adverb too, for 2,000 spread nouns."""
    index = nltk_wordnet._lemma_pos_offset_map
    for key in list(lexicon.load().entries)[::59]:
        offsets = index[key]["n"]
        expected = [nltk_wordnet.synset_from_pos_and_offset("n", offset).name() for offset in offsets]
        senses = wordnet.senses(key)
        assert [sense.synset for sense in senses] == expected
        assert [sense.number for sense in senses] == list(range(1, len(offsets) + 1))
        parts = {
            name for name, part in (("verb", "v"), ("adjective", "a"), ("adverb", "r")) if part in index[key]
        }
        assert set(wordnet.other_parts(key)) == parts


@needs_database
def test_a_rebuild_gives_the_shipped_file(script: ModuleType, tmp_path: Path) -> None:
    """The script makes what is shipped, byte for byte, and twice the same."""
    shipped = files("evenband.slots").joinpath("data/wordnet-nouns.zlib").read_bytes()
    rebuilt = script.build(DATABASE)
    assert zlib.decompress(rebuilt) == zlib.decompress(shipped)
    if "ng" not in zlib.ZLIB_RUNTIME_VERSION:  # zlib-ng packs the same content differently
        assert rebuilt == shipped
    target = tmp_path / "new" / "nouns.zlib"
    assert script.main([str(DATABASE), str(target)]) == 0
    assert target.read_bytes() == rebuilt


def test_the_script_says_how_to_call_it(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a directory it ends with 2 and one line of usage."""
    assert script.main([]) == 2
    assert "usage: build_wordnet.py DIRECTORY [OUTPUT]" in capsys.readouterr().err


@needs_database
def test_the_licence_is_the_databases_own() -> None:
    """LICENSE-WORDNET is the text at the head of the database, word for word."""
    lines = (DATABASE / "data.noun").read_text(encoding="ascii").splitlines()
    head = [line.split(maxsplit=1) for line in lines if line.startswith(" ")]
    words = " ".join(text for _, *rest in head for text in rest).split()
    licence = files("evenband.slots").joinpath("data/LICENSE-WORDNET").read_text(encoding="utf-8")
    assert licence.split() == words


def test_wordnets_published_counts() -> None:
    """117,798 noun strings, 82,115 noun synsets, 146,312 word-sense pairs: wnstats(7WN) of WordNet 3.0."""
    nouns = lexicon.load()
    pairs = set(zip(nouns.keys, nouns.synsets.tolist(), strict=True))
    assert (len(nouns.entries), len(nouns.starts) - 1, len(pairs)) == (117_798, 82_115, 146_312)


def test_depth_counts_the_fewest_links() -> None:
    """Below a root, a synset's depth is one more than the least depth of its parents."""
    nouns = lexicon.load()
    root = int(nouns.synsets[nouns.entries["person"][0]])
    depth = nouns.depths(root)
    children, parents = nouns.isa.children, nouns.isa.parents
    inside = depth[parents] >= 0
    least = np.full(len(depth), 99)
    np.minimum.at(least, children[inside], depth[parents[inside]])
    below = np.flatnonzero(depth > 0)
    assert (depth[below] == least[below] + 1).all()
    assert set(below.tolist()) == set(children[inside].tolist()) - {root}


def seconds(work: Callable[[], object]) -> float:
    """CPU time of the work, the best of three."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def test_loading_costs_little_more_than_decompressing() -> None:
    """Reading the file takes some 4 times as long as zlib alone, on any machine; .05 s on a new one."""
    content = files("evenband.slots").joinpath("data/wordnet-nouns.zlib").read_bytes()
    assert seconds(lambda: lexicon.decode(content)) < 20 * seconds(lambda: zlib.decompress(content))


def test_another_format_is_refused() -> None:
    """A file of another format version is not half-read."""
    content = zlib.compress(json.dumps({"format": "evenband nouns 2", "sections": []}).encode() + b"\n")
    with pytest.raises(ValueError, match="'evenband nouns 2', expected 'evenband nouns 1'"):
        lexicon.decode(content)
