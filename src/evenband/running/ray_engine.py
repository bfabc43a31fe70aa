"""Embedding on a Ray cluster: the driver reads and commits, workers embed and write fragments.

Actors rather than Ray Data: docs/decisions/0025-ray.md.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from evenband import stages
from evenband.corpora.document_store import DocumentStore
from evenband.encoders.redaction import redact
from evenband.errors import EvenbandError, InputError, MissingExtraError, ModelError
from evenband.running.embedding_engines import Batch, EmbeddedBatch
from evenband.running.ray_workers import EmbeddingWorker, Work, WorkerFailure
from evenband.types import ModelSpec
from evenband.wording import counted

CPUS_PER_WORKER = 4
"""Processors of a worker where there is no GPU, and no number of workers is named."""

BATCHES_PER_WORKER = 2
"""Batches that a worker has been given and has not finished, at most: one that it embeds, one that waits."""

BATCHES_UNCOMMITTED = 4
"""Batches for each worker that are given out and not yet committed, at most."""

MOST_LOSSES = 3
"""How often a batch may lose its worker before the run ends: a text can end its process each time."""

SMALLEST_SHARE = 0.01
"""Smallest share of a processor that a worker may ask for."""


@dataclass
class _Given:
    """A batch that a worker has."""

    batch: Batch
    worker: int
    answer: Any
    is_done: bool = False


class RayEngine:
    """Workers of a Ray cluster.

    Args:
        ray: the module, connected to a cluster.
        workers: handles of the actors.

    Raises:
        EvenbandError: if the model cannot be loaded by a worker.
    """

    least = 0

    def __init__(self, ray: Any, workers: Sequence[Any]) -> None:
        self._ray, self._workers = ray, workers
        self.spec = ModelSpec.from_dict(self._answer(workers[0].spec.remote(), "while it loaded the model"))

    def embed(self, batches: Iterable[Batch], store: DocumentStore) -> Iterator[tuple[Batch, EmbeddedBatch]]:
        """Yield each batch with what came of it, in the order of the batches.

        Raises:
            ModelError: if a worker fails, or a batch loses its worker again and again.
        """
        header, name = store.header.to_json(), store.place.absolute
        left = iter(batches)
        given: deque[_Given] = deque()
        while True:
            while (worker := self._free(given)) is not None and (batch := next(left, None)) is not None:
                task = self._workers[worker].embed
                answer = task.remote(list(batch.documents), name, header, not batch.replaces)
                given.append(_Given(batch, worker, answer))
            if not given:
                return
            self._wait(given)
            while given and given[0].is_done:
                first = given.popleft()
                yield first.batch, self._answer(first.answer, f"at {_range_of(first.batch)}")

    def _free(self, given: Sequence[_Given]) -> int | None:
        """Return the worker with the fewest batches; ``None`` if all have enough."""
        if len(given) >= BATCHES_UNCOMMITTED * len(self._workers):
            return None
        loads = [0] * len(self._workers)
        for one in given:
            loads[one.worker] += not one.is_done
        fewest = min(range(len(loads)), key=loads.__getitem__)
        return fewest if loads[fewest] < BATCHES_PER_WORKER else None

    def _wait(self, given: Iterable[_Given]) -> None:
        """Wait until one of the batches that are not finished is."""
        waiting = {one.answer: one for one in given if not one.is_done}
        done, _ = self._ray.wait(list(waiting), num_returns=1, fetch_local=False)
        for answer in done:
            waiting[answer].is_done = True

    def _answer(self, answer: Any, when: str) -> Any:
        """Return what a worker answered.

        Raises:
            ModelError: if it failed.
        """
        try:
            result = self._ray.get(answer)
        except self._ray.exceptions.RayError as error:
            is_lost = isinstance(error, self._ray.exceptions.RayActorError)
            lost = f"its process ended {MOST_LOSSES + 1} times" if is_lost else _last_line(error)
            raise ModelError(f"a worker failed {when}: {lost}; what was committed is kept") from error
        if isinstance(result, WorkerFailure):
            raise ModelError(f"a worker {when}: {result.reason}")
        return result


def _range_of(batch: Batch) -> str:
    """Return where a batch begins and ends, in words."""
    return f"{batch.documents[0].place} to {batch.documents[-1].place}"


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__


@contextmanager
def ray_engine(work: Work, workers: int | None) -> Iterator[RayEngine]:
    """Context manager: the workers of a cluster, ended at its end.

    The cluster is that of ``RAY_ADDRESS``; without it one is started on this machine. What the caller has
    connected to is used, and left connected.

    Args:
        work: what workers are told.
        workers: how many; by default one for each GPU, or for each share of processors.

    Raises:
        EvenbandError: if the cluster cannot be reached, or is too small, or the model cannot be loaded.
    """
    ray = import_ray()
    is_own = not ray.is_initialized()
    if is_own:
        _connect(ray)
    try:
        number, needs = shares(ray.cluster_resources(), _most_cpus(ray), workers)
        stages.enter(f"loading {redact(work.reference)} in {counted(number, 'worker')}")
        remote = ray.remote(max_restarts=-1, max_task_retries=MOST_LOSSES, **needs)(EmbeddingWorker)
        actors = [remote.remote(work) for _ in range(number)]
        try:
            yield RayEngine(ray, actors)
        finally:
            for actor in actors:
                ray.kill(actor)
    finally:
        if is_own:
            ray.shutdown()


def shares(resources: dict[str, float], most: float, workers: int | None) -> tuple[int, dict[str, float]]:
    """Return how many workers there are, and what each of them needs; a processor is left for the writer.

    Args:
        resources: of the cluster, by Ray's names ``CPU`` and ``GPU``.
        most: processors of its largest machine.
        workers: how many are asked for; ``None`` for as many as fit.

    Raises:
        InputError: if more workers are asked for than there are GPUs.
    """
    gpus, cpus = int(resources.get("GPU", 0)), max(resources.get("CPU", 1.0) - 1, 0.5)
    if gpus:
        if workers is not None and workers > gpus:
            raise InputError(f"got --workers {workers}, expected at most {gpus}: the cluster's GPUs")
        number = workers or gpus
        return number, {"num_gpus": 1, "num_cpus": min(1.0, _rounded(cpus / number))}
    number = workers or max(1, int(cpus) // CPUS_PER_WORKER)
    return number, {"num_cpus": min(_rounded(cpus / number), max(most, SMALLEST_SHARE))}


def _rounded(share: float) -> float:
    """Return a share of processors as Ray takes it: whole from 1 on, else in hundredths, rounded down."""
    return float(int(share)) if share >= 1 else max(int(share * 100) / 100, SMALLEST_SHARE)


def _most_cpus(ray: Any) -> float:
    return max((node["Resources"].get("CPU", 0.0) for node in ray.nodes() if node["Alive"]), default=1.0)


def _connect(ray: Any) -> None:
    """Connect to the cluster that the environment names, or start one here.

    Raises:
        EvenbandError: if that fails.
    """
    address = os.environ.get("RAY_ADDRESS", "").strip()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would report its use to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # without it Ray warns
    where = f"the Ray cluster {address}" if address else "a Ray cluster on this machine"
    stages.enter(f"connecting to {where}")
    own: dict[str, Any] = {} if address else {"include_dashboard": False}
    try:
        with warnings.catch_warnings():  # Lance warns of forks; Ray's run another program at once
            warnings.filterwarnings("ignore", message="lance is not fork-safe")
            ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
    except (OSError, RuntimeError, ValueError) as error:  # ConnectionError is an OSError
        hint = "; RAY_ADDRESS names it" if address else ""
        raise EvenbandError(f"{where} cannot be reached: {_last_line(error)}{hint}") from error


def import_ray() -> Any:
    """Import Ray.

    Raises:
        MissingExtraError: without it.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtraError("--engine ray", "ray") from None
    return ray
