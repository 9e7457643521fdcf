"""What several processes count is added up, also after they are gone; files of the dead do not pile up."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.metrics import files
from app.metrics.meter import HOST, RATE_LEFT, ZENDESK_ANSWERS, ZENDESK_WAITS, Meter

forking = multiprocessing.get_context("fork")


def value(folder: Path, sample: str, **labels: str) -> float | None:
    found = [s for metric in files.read(folder) for s in metric.samples if s.name == sample and s.labels == labels]
    assert len(found) < 2
    return found[0].value if found else None


def in_children(number: int, work: Callable[[], None]) -> None:
    children = [forking.Process(target=work) for _ in range(number)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0


@pytest.fixture
def meter(tmp_path: Path) -> Meter:
    return Meter(tmp_path / "metrics")


def test_before_anything_is_counted_there_is_nothing(tmp_path: Path) -> None:
    assert files.read(tmp_path / "metrics") == []


@pytest.mark.process
def test_forked_processes_are_added_up_also_when_they_are_dead(meter: Meter) -> None:
    meter.count(ZENDESK_WAITS, "again")

    def work() -> None:
        for _ in range(100):
            meter.count(ZENDESK_WAITS, "again")

    in_children(3, work)
    assert len(list(meter.folder.glob("counter_*.db"))) == 4
    for _ in range(2):
        assert value(meter.folder, "giga_zendesk_waits_total", reason="again") == 301
    names = {file.name for file in meter.folder.glob("counter_*.db")}
    assert names == {"counter_dead.db", f"counter_{HOST}.{os.getpid()}.db"}
    in_children(1, work)
    meter.count(ZENDESK_WAITS, "again")
    assert value(meter.folder, "giga_zendesk_waits_total", reason="again") == 402


@pytest.mark.process
def test_a_child_does_not_wait_for_a_lock_that_its_parent_held(meter: Meter) -> None:
    with meter._lock_of_this_process():
        in_children(1, lambda: meter.count(ZENDESK_WAITS, "again"))
    assert value(meter.folder, "giga_zendesk_waits_total", reason="again") == 1


@pytest.mark.process
def test_a_histogram_has_all_its_buckets_and_they_add_up(meter: Meter) -> None:
    labels = {"route": "GET /views", "status": "200"}
    in_children(2, lambda: meter.observe(ZENDESK_ANSWERS, 0.3, "GET /views", "200"))
    meter.observe(ZENDESK_ANSWERS, 99.0, "GET /views", "200")

    def below(bound: str) -> float | None:
        return value(meter.folder, "giga_zendesk_request_seconds_bucket", le=bound, **labels)

    assert [below(bound) for bound in ("0.05", "0.25", "0.5", "10.0", "+Inf")] == [0, 0, 2, 2, 3]
    assert value(meter.folder, "giga_zendesk_request_seconds_count", **labels) == 3
    assert value(meter.folder, "giga_zendesk_request_seconds_sum", **labels) == pytest.approx(99.6)


def test_of_a_changing_number_the_newest_value_counts(meter: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    meter.set(RATE_LEFT, 600)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 1)  # which lives as long as the machine
        other = Meter(meter.folder)
        other.set(RATE_LEFT, 580)
        other.close()
    assert len(list(meter.folder.glob("gauge_*.db"))) == 2
    assert files.latest(files.read(meter.folder), RATE_LEFT.name) == 580
    meter.set(RATE_LEFT, 570)
    assert files.latest(files.read(meter.folder), RATE_LEFT.name) == 570


def test_files_of_other_machines_stay(meter: Meter) -> None:
    meter.count(ZENDESK_WAITS, "again")
    meter.close()
    file = next(meter.folder.glob("counter_*.db"))
    file.rename(file.with_name("counter_elsewhere.999999.db"))
    assert value(meter.folder, "giga_zendesk_waits_total", reason="again") == 1
    assert file.with_name("counter_elsewhere.999999.db").exists()


def test_a_garbled_file_of_a_dead_process_is_removed(meter: Meter) -> None:
    meter.count(ZENDESK_WAITS, "again")
    dead = meter.folder / f"counter_{HOST}.999999999.db"
    dead.write_bytes(b"\x00\x10\x00\x00" + b"\xff" * 5_000)
    assert value(meter.folder, "giga_zendesk_waits_total", reason="again") == 1
    assert not dead.exists()


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "metrics").write_text("a file in the way")
    meter = Meter(tmp_path / "metrics")
    for _ in range(3):
        meter.count(ZENDESK_WAITS, "again")
        meter.observe(ZENDESK_ANSWERS, 0.3, "GET /views", "200")
    assert caplog.text.count("nothing is counted") == 1
