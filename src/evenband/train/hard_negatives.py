"""Hard negatives: texts of the user's corpus that are near to an anchor and do not belong to it."""

from __future__ import annotations

import json
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from evenband import stages
from evenband.corpora.corpus_files import RENAME_COLUMN, ROW_NUMBER, Corpus
from evenband.corpora.documents import Document, Fault
from evenband.digests import digest_of
from evenband.encoders.local.loading import quiet
from evenband.errors import InputError
from evenband.train.training_examples import Examples
from evenband.train.training_records import TrainingFolder
from evenband.train.tuning_options import TuningOptions
from evenband.wording import counted

MARGIN_SHARE = 0.05
"""A negative's cosine is below the positive's by this share of it at least: a nearer text may belong, too."""

MINED_FILE = "mined.json"


@dataclass(frozen=True)
class HardNegatives:
    """How hard negatives are mined.

    Attributes:
        texts: of the corpus, each once.
        count: negatives of each pair.
        source: what messages call the corpus.
    """

    texts: tuple[str, ...]
    count: int = 1
    source: str = "the corpus"

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"--negatives: got {self.count}, expected 1 or more")
        if len(self.texts) <= self.count:
            raise InputError(
                f"{self.source}: got {counted(len(self.texts), 'text')} for {self.count} negatives of each "
                "pair, expected more"
            )

    @cached_property
    def digest(self) -> str:
        """Digest of the texts."""
        return digest_of(list(self.texts))

    def to_dict(self) -> dict[str, Any]:
        """Return what decides the negatives, as plain data."""
        return {"corpus": self.digest, "count": self.count}

    def placeholder(self, data: Examples) -> Examples:
        """Return examples of the kind that mining gives, whose negatives are not there yet.

        Raises:
            InputError: if the examples are no pairs.
        """
        if data.kind != "pairs":
            raise InputError(
                f"hard negatives are mined for pairs; {data.source} has {data.kind}: leave "
                "--hard-negatives out"
            )
        return replace(data, kind="triplets", texts=(*data.texts, *([data.texts[1]] * self.count)))

    def mine(
        self, model: Any, data: Examples, options: TuningOptions, folder: TrainingFolder | None
    ) -> Examples:
        """Return the pairs with negatives: the nearest texts that are clearly farther than the positive.

        Other pairs' positives are among the candidates. Pairs that have too few such texts are left out, and
        a remark counts them. The library's own ``mine_hard_negatives`` does it.

        Args:
            model: as the training begins.
            data: pairs.
            options: say whether the model's prompts are used.
            folder: of the training; where it keeps what was mined (:data:`MINED_FILE`), that is taken again.

        Raises:
            InputError: if no pair gets its negatives.
        """
        kept = folder.folder / MINED_FILE if folder is not None else None
        if kept is not None and kept.is_file():
            rows = json.loads(kept.read_text(encoding="utf-8"))
        else:
            stages.enter(f"mining negatives among {counted(len(self.texts), 'text')}")
            rows = self._mine(model, data, options)
        if not rows:
            raise InputError(
                f"{self.source}: no pair has {counted(self.count, 'text')} clearly farther than its "
                "positive; give a larger corpus or fewer --negatives"
            )
        left = len(data) - len({(row[0], row[1]) for row in rows})
        remark = f"{counted(left, 'pair')} without {counted(self.count, 'negative')} left out"
        return Examples(
            "triplets",
            tuple(zip(*rows, strict=True)),
            source=data.source,
            remarks=(*data.remarks, *((remark,) if left else ())),
        )

    def _mine(self, model: Any, data: Examples, options: TuningOptions) -> list[list[str]]:
        """Return rows of anchor, positive and negatives."""
        import datasets
        from sentence_transformers.util import mine_hard_negatives

        prompts = model.prompts if options.prompts else {}
        pairs = datasets.Dataset.from_dict(data.columns())
        was_training = model.training
        with quiet(), redirect_stderr(StringIO()):
            mined = mine_hard_negatives(
                pairs,
                model,
                corpus=list(self.texts),
                num_negatives=self.count,
                range_max=min(len(self.texts), max(100, 10 * self.count)),
                relative_margin=MARGIN_SHARE,
                query_prompt=prompts.get("query"),
                corpus_prompt=prompts.get("document") or prompts.get("passage"),
                output_format="n-tuple",
                batch_size=options.batch,
                verbose=False,
            )
        model.train(was_training)
        return [list(row.values()) for row in mined]


def read_negatives(path: Path, count: int = 1, skip_bad: bool = False) -> HardNegatives:
    """Read the texts of a corpus: what ``evenband embed`` reads.

    Args:
        path: of the corpus.
        count: negatives of each pair.
        skip_bad: leave rows out that have no text.

    Raises:
        InputError: if it cannot be read, or has rows without a text.
    """
    texts: dict[str, None] = {}
    for one in Corpus(path, id_column=ROW_NUMBER, advice=RENAME_COLUMN):
        if isinstance(one, Document):
            texts[one.text] = None
        elif isinstance(one, Fault) and not skip_bad:
            raise InputError(f"{path}: {one}; mend the row, or leave it out with --skip-bad")
    return HardNegatives(tuple(texts), count, str(path))
