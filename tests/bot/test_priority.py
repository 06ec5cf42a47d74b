"""The thread that draws and sends goes behind those that acknowledge, and asks for it only where that is harmless."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.delivery import priority

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
ORDINARY, BEHIND = (0, 0), (getattr(os, "SCHED_BATCH", None), 10)


def of_this_thread() -> tuple[int, int]:
    return os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)


def in_a_thread(work: Callable[[], None]) -> tuple[int, int]:
    def then_look() -> tuple[int, int]:
        work()
        return of_this_thread()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(then_look).result()


@linux
def test_it_goes_behind_and_takes_no_other_thread_along() -> None:
    before = of_this_thread()
    assert in_a_thread(priority.give_way) == BEHIND
    assert of_this_thread() == before == in_a_thread(lambda: None)


@linux
@pytest.mark.parametrize(
    ("happens", "then"),
    [
        ("pass", BEHIND),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSYS)", ORDINARY),
        ("raise OSError", ORDINARY),
    ],
    ids=["it is let through", "a filter ends who asks", "it is refused"],
)
def test_under_a_filter_of_system_calls_another_process_asks_first(
    happens: str, then: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nSeccomp:\t2\nSeccomp_filters:\t1\n", encoding="ascii")
    monkeypatch.setattr(priority, "_STATUS", status)
    monkeypatch.setattr(priority, "_ASKS", happens)
    assert in_a_thread(priority.give_way) == then


@linux
def test_what_another_process_asks_is_what_the_thread_asks() -> None:
    with ThreadPoolExecutor(1) as pool:  # a thread of its own, since there is no way back
        pool.submit(exec, priority._ASKS).result()
        assert pool.submit(of_this_thread).result() == BEHIND


@linux
def test_where_no_process_can_ask_the_thread_goes_on_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "_STATUS", tmp_path / "none")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no_python"))
    assert in_a_thread(priority.give_way) == ORDINARY
