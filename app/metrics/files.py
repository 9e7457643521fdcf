"""Reads what all processes counted; what dead processes left is added up in one file, so that files do not pile up."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from app.metrics.meter import HOST

log = logging.getLogger(__name__)

GRAVE = "dead"  # in place of host and process in a file's name


def read(folder: Path) -> list[Metric]:
    """The sums over all processes, living and dead."""
    if not folder.is_dir():
        return []
    with _alone(folder):  # no process reads while numbers move from one file to another
        for file in _files(folder):
            if not _lives(file):
                _bury(file)
        return list(MultiProcessCollector.merge([str(file) for file in _files(folder)]))


def latest(metrics: Iterable[Metric], name: str) -> float | None:
    """The value of a metric that has one sample; None when no process has set it."""
    found = next((metric.samples for metric in metrics if metric.name == name), [])
    return found[0].value if found else None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files(folder: Path) -> list[Path]:
    """Files with something in them: one that is just being made is empty for a moment."""
    return sorted(file for file in folder.glob("*.db") if file.stat().st_size)


def _lives(file: Path) -> bool:
    """Whether the process that writes the file may still be there; of other machines this one cannot tell."""
    host, _, process = file.stem.rpartition("_")[2].rpartition(".")
    if host != HOST:
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _bury(file: Path) -> None:
    """Add a dead process's numbers to those of the dead; what it said last of a changing number is worth nothing."""
    kind = file.stem.rpartition("_")[0]
    values = [] if kind.startswith("gauge") else _values(file)
    if values:
        dead = MmapedDict(str(file.with_name(f"{kind}_{GRAVE}.db")))
        for key, value in values:
            dead.write_value(key, dead.read_value(key)[0] + value, 0.0)
        dead.close()
    file.unlink()


def _values(file: Path) -> list[tuple[str, float]]:
    """What a file counts; nothing when its process, or the machine, died in the midst of making it."""
    try:
        values = [(key, value) for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file))]
        for key, _ in values:
            json.loads(key)
    except (RuntimeError, struct.error, ValueError):
        log.warning("the numbers in %s cannot be read; it is removed", file.name)
        return []
    return values
