"""Training on a family of minimal pairs, and whether the gain holds for what it was not trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from evenband import encoders, stages
from evenband.analysis.pairs.comparison import passed_in
from evenband.analysis.pairs.rivals import common_rivals
from evenband.analysis.pairs.transfer_verdicts import change_of
from evenband.errors import InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.running import plan as plans
from evenband.running.session import Session
from evenband.running.sinks import MemorySink
from evenband.running.subjects import Subject
from evenband.train.family_split import FamilySplit, split_family
from evenband.train.held_models import Kept, RememberingEncoder, held
from evenband.train.mixed_examples import mixed, with_held_out_rows
from evenband.train.random_states import random_states_kept
from evenband.train.training_records import TrainingFolder
from evenband.train.tuned_models import Tuned
from evenband.train.tuning import as_examples, open_to_tune, tune
from evenband.train.watched_retrieval import WatchedRetrieval
from evenband.types import Measurement, PairsMeasurement
from evenband.types.estimate import Estimate
from evenband.types.transfers import Transfer, TransferGroup, TransferLine

OTHER_ROWS = 16
"""Labels of each other family that are measured, at most."""

SPLIT_FILE, TRANSFER_FILE = "held-out.json", "transfer.json"
"""What was held out; figures before and after."""


@dataclass(frozen=True)
class Taught:
    """What a training on a family did.

    Attributes:
        tuned: the training.
        transfer: figures before and after it.
        own: number of the user's own examples.
        generated: number of examples that were made from the family.
    """

    tuned: Tuned
    transfer: Transfer
    own: int
    generated: int


class TransferWatch:
    """Measures a model before and after a training on a family.

    Args:
        split: the family, with what is held out.
        count: number of triplets that the training is shown.
        retrieval: dataset as for ``evenband retrieve``; ``None`` for none.
        seed: of every random choice.
    """

    def __init__(self, split: FamilySplit, count: int, retrieval: str | None, seed: int) -> None:
        self._split, self._seed = split, seed
        self._retrieval = None if retrieval is None else WatchedRetrieval(retrieval, seed)
        self._plan = plans.build(
            models=("live:model",), probes=(), suite="quick", sample=OTHER_ROWS, seed=seed
        )
        others = [
            probe
            for probe in plans.load_probes(self._plan)
            if (probe.family or probe.name) != split.probe.family
        ]
        self._groups = split.groups(count, seed)
        self._probes = [*self._groups.values(), *others]
        self.before: tuple[dict[str, Measurement], dict[str, float]] | None = None

    @property
    def held_out(self) -> list[MinimalPairs]:
        """The probes of the family whose texts are not trained on."""
        return [probe for group, probe in self._groups.items() if group != "trained"]

    def measure_before(self, model: Any) -> None:
        """Measure the model before it is trained."""
        self.before = self._measure(model, "before")

    def compare(self, model: Any) -> Transfer:
        """Measure the model after it was trained, and return what changed."""
        assert self.before is not None
        (first, found), (second, found_after) = self.before, self._measure(model, "after")
        rng = np.random.default_rng((self._seed, len(self._probes)))
        group_of: Mapping[str, TransferGroup] = {probe.name: name for name, probe in self._groups.items()}
        lines: list[TransferLine] = []
        for name, measurement in first.items():
            after = second.get(name)
            if after is None or measurement.kind != "pairs":
                continue
            pair = cast(PairsMeasurement, measurement), cast(PairsMeasurement, after)
            line = _line(group_of.get(name, "other family"), *pair, rng)
            lines += [] if line is None else [line]
        lines += [
            TransferLine("retrieval", name, value, found_after[name], Estimate(found_after[name] - value))
            for name, value in found.items()
        ]
        return Transfer(self._split.probe.name, tuple(lines))

    def _measure(self, model: Any, name: str) -> tuple[dict[str, Measurement], dict[str, float]]:
        """Return the measurements by probe, and the retrieval metrics by name."""
        stages.enter(f"measuring {len(self._probes)} probes {name} the training")
        sink = MemorySink()
        session = Session(self._plan, sink, probes=self._probes)
        with random_states_kept(), held(encoders.wrap(model, name), name, Kept()) as fresh:
            subject = Subject(fresh, RememberingEncoder(fresh), None, self._seed)
            session.tracker.plan([subject.spec.ref], session.probes)
            session.tracker.load(subject.spec.name)
            session.measure(subject)
            found = {} if self._retrieval is None else self._retrieval.measure(model, subject, MemorySink())
        return {probe: one for (_, probe), one in sink.measurements.items()}, found


def teach(
    model: Any,
    family: str,
    count: int,
    examples: Any = None,
    *,
    retrieval: str | None = None,
    out: Path | str | None = None,
    seed: int = 0,
    trust_remote_code: bool = False,
    **settings: Any,
) -> Taught:
    """Fine-tune a model on examples made from a family, and tell whether the gain transfers.

    Half of the templates and one filler in three are held out. The pass rate is measured before and after:
    on the texts of the training, on held-out fillers, on held-out templates, on both, on the other families
    of the suite ``quick``, and in retrieval.

    Args:
        model: as for :func:`~evenband.train.tune`.
        family: such as ``negation``, or a .toml file with one probe.
        count: number of triplets that are made.
        examples: of the user's own, with which they are mixed; ``None`` for none.
        retrieval: dataset as for ``evenband retrieve``; ``None`` for none.
        out: folder of the new model.
        seed: of every random choice.
        trust_remote_code: as for :func:`~evenband.train.tune`.
        settings: other arguments and options of :func:`~evenband.train.tune`.

    Raises:
        InputError: if the family cannot be divided, or as for :func:`~evenband.train.tune`.
        ModelError: as for :func:`~evenband.train.tune`.
        MissingExtraError: likewise.
    """
    split = split_family(family)
    generated = split.examples(count, seed)
    watch = TransferWatch(split, count, retrieval, seed)
    own = None if examples is None else with_held_out_rows(as_examples(examples), watch.held_out)
    tuned = tune(
        model,
        mixed(own, generated),
        out=out,
        before=watch.measure_before,
        trust_remote_code=trust_remote_code,
        **_with_seed(settings, seed),
    )
    folder = TrainingFolder(Path(out).expanduser()) if out is not None else None
    transfer = None if folder is None or not tuned.was_finished else _kept(folder, retrieval)
    if transfer is None:
        if watch.before is None:
            watch.measure_before(open_to_tune(model, trust_remote_code).model)
        transfer = watch.compare(tuned.model)
    if folder is not None:
        folder.keep(SPLIT_FILE, split.record())
        lines = [line.to_dict() for line in transfer.lines]
        folder.keep(TRANSFER_FILE, {"family": transfer.family, "retrieval": retrieval, "lines": lines})
    return Taught(tuned, transfer, 0 if own is None else len(own), len(generated))


def _with_seed(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return the settings of a tuning with the seed, unless its options hold one."""
    return settings if "options" in settings else {**settings, "seed": seed}


def _kept(folder: TrainingFolder, retrieval: str | None) -> Transfer | None:
    """Return the figures of a training that has ended; ``None`` where they are to be measured."""
    with suppress(OSError, ValueError, KeyError, TypeError, InputError):
        content = json.loads((folder.folder / TRANSFER_FILE).read_text(encoding="utf-8"))
        if content["retrieval"] == retrieval:
            return Transfer(content["family"], tuple(map(TransferLine.from_dict, content["lines"])))
    return None


def _line(
    group: TransferGroup, before: PairsMeasurement, after: PairsMeasurement, rng: np.random.Generator
) -> TransferLine | None:
    """Return how a pass rate changed; ``None`` where it has none."""
    change = change_of(group, before, after, rng)
    rates = [passed_in(one, common_rivals(before, after)) for one in (before, after)]
    if change.value is None or rates[0] is None or rates[1] is None:
        return None
    return TransferLine(group, before.probe.family or before.probe.name, rates[0], rates[1], change)
