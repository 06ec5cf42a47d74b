"""What a process says of itself over HTTP, in every mode: whether it lives, whether it is ready, and its numbers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from bot.delivery.telemetry import METRICS_TYPE, Metrics

LIVES, READY, NUMBERS = "/healthz", "/readyz", "/metrics"
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Health:
    """A WSGI application. ``alive`` says what is wrong with this process, ``ready`` what keeps it from its job, or
    None; ``gauges`` are read when the numbers are asked for."""

    alive: Callable[[], str | None]
    ready: Callable[[], str | None]
    metrics: Metrics
    gauges: Callable[[], Mapping[str, float]]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path not in (LIVES, READY, NUMBERS):
            return answer(start, 404, "there is nothing here")
        if environ.get("REQUEST_METHOD") != "GET":
            return answer(start, 405, f"{path} takes GET", ("Allow", "GET"))
        if path == NUMBERS:
            return answer(start, 200, self.metrics.page(self.gauges()), kind=METRICS_TYPE)
        fault = self.alive() if path == LIVES else self.ready()
        return answer(start, 503 if fault else 200, fault or "ok")


def answer(
    start: StartResponse, status: int, text: str | bytes, *headers: tuple[str, str], kind: str = PLAIN
) -> list[bytes]:
    """A short answer."""
    body = text if isinstance(text, bytes) else text.encode()
    start(
        f"{status} {HTTPStatus(status).phrase}", [("Content-Type", kind), ("Content-Length", str(len(body))), *headers]
    )
    return [body]
