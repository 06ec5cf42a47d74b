"""What the process tells whoever runs it: numbers for Prometheus and lines for a log. No names, no words of people."""

import hashlib
import json
import logging
import re
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from advisor.pattern import pattern
from bot.messages import frames

log = logging.getLogger(__name__)

COUNTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "turns": ("Turns by how they ended.", ("result",)),
    "acks": ("What Slack sent us, by the status it was answered with.", ("status",)),
    "refused": ("What Slack sent and was told to send again, since too much waited, by who.", ("where",)),
    "slack_calls": ("Calls of Slack's Web API by method and what came of them.", ("method", "result")),
    "model_calls": ("Questions to the model by what came of them.", ("result",)),
    "reports": ("Decisions that were computed anew, by verdict.", ("verdict",)),
}
"""Counter -> what it counts, and its labels."""
TIMED: Mapping[str, str] = {
    "turn_seconds": "From a turn's being handed in to its being on disk.",
    "ack_seconds": "From a whole request of Slack's to its acknowledgement.",
}
"""Histogram -> what it times."""
READ: Mapping[str, str] = {
    "outbox_waiting": "What is still to be said to Slack.",
    "workspaces": "Workspaces and organisations that have added the bot.",
    "workspaces_muted": "Of these, those whose token Slack refuses just now.",
    "workspaces_to_reinstall": "Those whose token none of the keys opens.",
    "outbox_oldest_seconds": "How long the oldest of that has waited that somebody waits for.",
    "ready": "Whether nothing keeps the bot from its work, as /readyz says it.",
}
"""Gauge -> what it shows."""
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # seconds; Slack waits three
_TOLD_SECONDS = 60.0
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_CODE = pattern(r"[A-Za-z0-9_.]{1,60}", re.ASCII)
_PREFIX = "finetune_advisor_"


class Metrics:
    """Counts from any thread. Plain dictionaries: Prometheus' own classes cost several times a turn's share, and their
    import a tenth of a start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[tuple[str, ...]]] = {name: Counter() for name in COUNTED}
        self._buckets = {name: [0] * (len(_BOUNDS) + 1) for name in TIMED}
        self._sums = dict.fromkeys(TIMED, 0.0)
        self._refused, self._told = 0, -_TOLD_SECONDS

    def count(self, name: str, *labels: str) -> None:
        """One more. What came from outside is shortened to what a code looks like."""
        safe = tuple(label if _CODE.fullmatch(label) else "other" for label in labels)
        with self._lock:
            self._counts[name][safe] += 1

    def took(self, name: str, seconds: float) -> None:
        with self._lock:
            self._buckets[name][bisect_left(_BOUNDS, seconds)] += 1
            self._sums[name] += seconds

    def acked(self, status: int, seconds: float) -> None:
        """Something of Slack's was answered."""
        self.count("acks", str(status))
        self.took("ack_seconds", seconds)

    def refused(self, where: str) -> None:
        """Something of Slack's was told to come again. A line a minute: when too much waits, more is no help."""
        self.count("refused", where)
        with self._lock:
            self._refused += 1
            if monotonic() < self._told + _TOLD_SECONDS:
                return
            so_many, self._refused, self._told = self._refused, 0, monotonic()
        log.warning("too much waits: refused since the last such line: %d, the last one by the %s", so_many, where)

    def page(self, gauges: Mapping[str, float]) -> bytes:
        """All of it as Prometheus reads it."""
        # Loaded when somebody asks for the first time.
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        families = list[Any]()
        with self._lock:
            for name, (what, labels) in COUNTED.items():
                family = CounterMetricFamily(_PREFIX + name, what, labels=labels)
                for values, n in sorted(self._counts[name].items()):
                    family.add_metric(values, n)
                families.append(family)
            for name, what in TIMED.items():
                bounds = [*map(str, _BOUNDS), "+Inf"]
                buckets = [(bound, sum(self._buckets[name][: n + 1])) for n, bound in enumerate(bounds)]
                families.append(HistogramMetricFamily(_PREFIX + name, what, buckets, self._sums[name]))
        families += [
            GaugeMetricFamily(_PREFIX + name, what, gauges[name]) for name, what in READ.items() if name in gauges
        ]
        registry = CollectorRegistry()
        registry.register(_Collected(families))
        return generate_latest(registry)


class _Collected:
    def __init__(self, families: list[Any]) -> None:
        self._families = families

    def collect(self) -> list[Any]:
        return self._families


# ---- lines for a log

TURNS = logging.getLogger("bot.turns")
"""A line a turn; only in JSON, where machines read it."""
_TOLD = ("request", "team", "result", "turn_ms")


def request_id(team: str, key: str) -> str:
    """What a delivery is called in the log, the same when it comes twice; its key may quote an answer."""
    return hashlib.blake2b(f"{team}:{key}".encode(), digest_size=6).hexdigest()


def begin_log(level: str, *, as_json: bool) -> None:
    """Log to standard error from now on."""
    lines = logging.StreamHandler()
    lines.setFormatter(_AsJson() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[lines])
    if not as_json:
        TURNS.setLevel(logging.WARNING)


class _AsJson(logging.Formatter):
    """One line an event."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"at": at, "level": record.levelname, "logger": record.name}
        line["message"] = record.getMessage()
        line |= {name: value for name in _TOLD if (value := getattr(record, name, None)) is not None}
        if record.exc_info and (error := record.exc_info[1]):
            line |= {"error": type(error).__name__, "frames": frames(error)}
        return json.dumps(line, ensure_ascii=False)
