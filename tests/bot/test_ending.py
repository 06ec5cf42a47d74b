"""The process ends when it is told to, whatever its threads are doing. Each in a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRST = "import os, signal, sys, threading, time; from bot.shutdown import Shutdown, leave; ending = Shutdown()\n"


def status_and_output(script: str) -> tuple[int, str]:
    run = [sys.executable, "-c", FIRST + script]
    done = subprocess.run(run, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_a_signal_that_does_not_wake_the_main_thread_is_heard() -> None:
    """Another thread takes it here; the same happens between the interpreter's last look and the wait."""
    script = """
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
def later():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    os.kill(os.getpid(), signal.SIGTERM)
ending.ready()
threading.Thread(target=later, daemon=True).start()
ending.wait()
print("heard")
"""
    assert status_and_output(script) == (0, "heard\n")


def test_a_signal_that_came_before_the_wait_is_heard_and_nothing_is_interrupted() -> None:
    script = """
ending.ready()
for number in (signal.SIGTERM, signal.SIGINT):
    os.kill(os.getpid(), number)
print("whole")
ending.wait()
print("heard")
"""
    assert status_and_output(script) == (0, "whole\nheard\n")


def test_other_signals_do_not_end_it() -> None:
    script = """
signal.signal(signal.SIGUSR1, lambda *_: print("another", flush=True))
ending.ready()
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGTERM)
ending.wait()
print("heard")
"""
    assert status_and_output(script) == (0, "another\nheard\n")


def test_during_the_start_it_ends_on_the_spot() -> None:
    assert status_and_output("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)") == (0, "")


def test_what_runs_beside_ends_the_wait_when_it_returns_and_keeps_its_error() -> None:
    script = """
for work in (lambda: None, lambda: 1 / 0):
    done = ending.beside(work)
    ending.wait()
    print(type(done.exception()).__name__)
"""
    assert status_and_output(script) == (0, "NoneType\nZeroDivisionError\n")


def test_it_leaves_without_waiting_for_any_thread_and_with_what_was_printed() -> None:
    script = """
from concurrent.futures import ThreadPoolExecutor
ThreadPoolExecutor().submit(threading.Event().wait)
threading.Thread(target=threading.Event().wait).start()
def run():
    print("said")
    return 3
leave(run)
"""
    assert status_and_output(script) == (3, "said\n")


def test_what_nobody_expected_is_a_traceback_and_status_1() -> None:
    status, output = status_and_output("leave(lambda: 1 / 0)")
    assert status == 1
    assert "ZeroDivisionError" in output
