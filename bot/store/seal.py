"""What is kept shut: tokens in the file, and the state that goes to Slack and comes back with who installs the bot."""

from collections.abc import Callable, Sequence

STATE_SECONDS = 600
"""So long somebody may take for Slack's page."""


class Seal:
    """Shuts with the first key, opens with any. ``now`` is the clock in Unix seconds."""

    def __init__(self, keys: Sequence[str], now: Callable[[], float]) -> None:
        from cryptography.fernet import Fernet, MultiFernet  # of use where many workspaces are

        self._first, self._keys, self._now = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys]), now

    def shut(self, text: str) -> str:
        return self._keys.encrypt_at_time(text.encode(), int(self._now())).decode()

    def shut_anew(self, sealed: str) -> str | None:
        """The same under the first key, ``None`` where that is so already or no key opens it."""
        from cryptography.fernet import InvalidToken

        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            text = self.opened(sealed)
            return None if text is None else self.shut(text)
        return None

    def opened(self, sealed: str, *, within: int | None = None) -> str | None:
        """What was shut, or ``None``: with another key, changed, or more than ``within`` seconds ago."""
        from cryptography.fernet import InvalidToken

        try:
            if within is None:
                return self._keys.decrypt(sealed.encode()).decode()
            return self._keys.decrypt_at_time(sealed.encode(), within, int(self._now())).decode()
        except InvalidToken:
            return None
