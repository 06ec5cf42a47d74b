"""What should go wrong next: scripted faults for the Web API, so that tests can try the bad days."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from typing import Literal, TypedDict


class Fault(TypedDict, total=False):
    """One way for a call to go wrong. `delay` and `until` may be combined with any of the others."""

    error: str
    """Answer `{"ok": false, "error": …}`; the call has no effect."""
    status: int
    """Answer this HTTP status; the call has no effect. 429 is a rate limit."""
    retry_after: int
    """The `Retry-After` header of a 429, in seconds (1 if left out)."""
    html: bool
    """Answer an HTML page instead of JSON, as a proxy in trouble does."""
    reset: Literal["before", "after"]
    """Cut the connection before the call has an effect, or after it had one and before the answer."""
    hang: bool
    """Say nothing, and do nothing, until the caller hangs up."""
    delay: float
    """Wait this many seconds first."""
    until: threading.Event
    """Wait first until this is set."""


class Faults:
    """The faults still to come, a queue a method. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: defaultdict[str, deque[Fault | None]] = defaultdict(deque)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` calls of `method` (`"*"`: of any) go wrong like this; `response_url` and `upload` are
        some as well."""
        unknown = set(fault) - set(Fault.__annotations__)
        if unknown or not fault:
            raise ValueError(f"no such fault: {sorted(unknown)}; known: {', '.join(Fault.__annotations__)}")
        with self._lock:
            self._queues[method].extend([fault] * times)

    def spare(self, method: str, times: int) -> None:
        """Let the next `times` calls of `method` go well, before what is added next."""
        with self._lock:
            self._queues[method].extend([None] * times)

    def take(self, method: str) -> Fault | None:
        """The fault of this call, if one is due."""
        with self._lock:
            for name in (method, "*"):
                if self._queues[name]:
                    return self._queues[name].popleft()
        return None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._queues.clear()
