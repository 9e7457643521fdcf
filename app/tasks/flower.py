"""How Flower starts: behind a sign-in, for this machine only, and without any power to change something."""

from __future__ import annotations

from config import Config


def options(config: Config) -> dict[str, str]:
    """Flower's settings as the environment variables that it reads; its own command line goes before them.

    :raises config.ConfigError: with a sentence, when no person could sign in.
    """
    return {
        "FLOWER_ADDRESS": "127.0.0.1",
        "FLOWER_READ_ONLY": "true",
        "FLOWER_BASIC_AUTH": config.flower_sign_in(),
    }
