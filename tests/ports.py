"""Ports for bots that are started with one, or come up again on the one they had."""

import secrets
import socket
from contextlib import suppress


def free_port() -> int:
    """Below the ports systems give out by themselves. One of those may be somebody's by the time the bot binds it, and
    who dials it while the bot is down may be given it as their own, and be connected to themselves."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
