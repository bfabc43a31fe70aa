"""An embedding that is killed with SIGKILL goes on, and its store equals one that was not interrupted."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import evenband
from evenband import slots
from evenband.corpora.document_store import DocumentStore
from evenband.running.embedding_runs import DOCUMENTS_PER_COMMIT

pytest.importorskip("lance")

WORDNET = Path("/usr/share/wordnet")

PROGRAM = """
import sys
from pathlib import Path
import evenband
from evenband import encoders

class Logged:
    inner = encoders.load("toy:words?dim=32")
    spec = inner.spec
    def encode(self, texts, role):
        vectors = self.inner.encode(texts, role)
        with open(sys.argv[3], "a") as log:
            log.write(f"{len(texts)}\\n")
        return vectors

evenband.embed(sys.argv[1], Logged(), sys.argv[2])
"""


def _texts(count: int) -> list[str]:
    """Return real texts: WordNet's glosses where the Debian package is there, else sentences of its nouns."""
    files = [WORDNET / f"data.{part}" for part in ("noun", "verb", "adj", "adv")]
    if all(file.exists() for file in files):
        lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        glosses = [line.partition(" | ")[2].strip() for line in lines]
        return list(dict.fromkeys(gloss for gloss in glosses if gloss))[:count]
    nouns = slots.load("wordnet:entity.n.01").values
    sentences = ("{} was seen here", "nobody here has ever heard of {}")
    return [sentence.format(noun) for sentence in sentences for noun in nouns][:count]


def _kill_after(command: list[str], log: Path, batches: int, delay: float) -> bool:
    """Kill a run some time after it has embedded so many more batches; false if it ended before."""
    done = _logged(log)
    process = subprocess.Popen(command)
    while process.poll() is None and len(_logged(log)) < len(done) + batches:
        time.sleep(0.01)
    time.sleep(delay)
    if process.poll() is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return True


def _logged(log: Path) -> list[int]:
    return [int(line) for line in log.read_text(encoding="utf-8").split()] if log.exists() else []


def _check(tmp_path: Path, count: int, kills: int) -> None:
    texts = _texts(count)
    rows = (json.dumps({"_id": f"d{row}", "text": text}) for row, text in enumerate(texts))
    corpus, log = tmp_path / "corpus.jsonl", tmp_path / "log"
    corpus.write_text("\n".join(rows), encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, str(corpus), str(tmp_path / "killed"), str(log)]
    rng, most = random.Random(0), max(1, count // DOCUMENTS_PER_COMMIT // (kills + 2))
    killed = sum(_kill_after(command, log, rng.randint(1, most), rng.random() / 10) for _ in range(kills))
    assert killed == kills
    subprocess.run(command, check=True)
    assert sum(_logged(log)) - len(texts) <= kills * DOCUMENTS_PER_COMMIT
    evenband.embed(corpus, "toy:words?dim=32", tmp_path / "whole")
    left, right = DocumentStore(tmp_path / "killed"), DocumentStore(tmp_path / "whole")
    assert left.ids() == right.ids() == [f"d{row}" for row in range(len(texts))]
    assert left.texts() == right.texts() == texts
    assert np.array_equal(left.vectors(), right.vectors())
    assert left.size < 1.05 * right.size  # nothing that a kill left is still there


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_loses_one_batch(tmp_path: Path) -> None:
    """Killed once in 9,000 documents: at most one batch is embedded twice, and the stores are equal."""
    _check(tmp_path, 9000, 1)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_five_kills_in_a_hundred_thousand_documents(tmp_path: Path) -> None:
    """Killed five times at random in 100,000 documents: the same."""
    _check(tmp_path, 100_000, 5)
