"""How many small changes of the core do its tests notice? (``make mutants``)

    python -m tests.mutants                                  150 of each module that decides or reads
    python -m tests.mutants advisor/gates.py                 of this one
    python -m tests.mutants --most 0 advisor/reading/*.py    all there are

mutmut makes the mutants. The tests are collected once and each mutant runs them in a process forked from there, for
that is a tenth of a second instead of four. Two things mutmut leaves out are put right here: it changes no function
that has a cache, where a third of the reader is, and a cache that is warm from the tests before would hide a mutant.
A mutant that survives is printed with its change: it is a truth that no test tells, or a line that nothing needs, or
it changes nothing that can be seen.
"""

import argparse
import builtins
import functools
import os
import random
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from difflib import unified_diff
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mutmut.configuration
import pytest
from _pytest.runner import runtestprotocol
from mutmut.core import MutmutCallStack
from mutmut.mutation import trampoline
from mutmut.mutation.file_mutation import MutatedFile, mutate_file_contents

CORE = ["advisor/gates.py", "advisor/roi.py", "advisor/poc.py", *map(str, sorted(Path("advisor/reading").glob("*.py")))]
MARK = "not slow and not hypothesis"
LEFT_OUT = ("tests/advisor/beyond/test_flips.py",)  # a second and more each
SLOW_S = 0.3
"""A test that takes longer is not run against mutants."""
ENOUGH_S = 8
"""So long a mutant's tests run; it then counts as a survivor."""

_CACHED = re.compile(r"^@((?:lru_)?cache(?:\(.*?\))?)(?:  #.*)?\ndef (\w+)\(", re.MULTILINE)
_NUMBER = re.compile(r"__mutmut_\d+$")

mutant = ""
"""The one under test; ``stats`` while it is noted which test calls what."""
called: set[str] = set()
callees: dict[str, set[str]] = defaultdict(set)
cached: dict[str, Any] = {}


def note(name: str, caller: str | None = None) -> None:
    called.add(name)
    if caller:
        callees[caller].add(name)


def noted(cache: Any, name: str) -> Callable[..., Any]:
    """The cached function; what it takes from its cache counts as called too."""
    cached[name] = cache

    @functools.wraps(cache)
    def look(*args: Any, **kwargs: Any) -> Any:
        if mutant == "stats":
            note(name, MutmutCallStack.get()[0])
        return cache(*args, **kwargs)

    look.cache_clear = cache.cache_clear  # type: ignore[attr-defined]
    look.cache_info = cache.cache_info  # type: ignore[attr-defined]
    return look


def module_of(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def mutated(file: str) -> MutatedFile:
    """All mutants of a file. A cache is laid around a function at the file's end, so that mutmut finds it without."""
    source = Path(file).read_text(encoding="utf-8")
    caches = [
        f"{name} = _noted({cache}({name}), '{module_of(file)}.x_{name}')" for cache, name in _CACHED.findall(source)
    ]
    return mutate_file_contents(file, "\n".join((_CACHED.sub(r"def \2(", source), *caches, "")))


def load_mutated(files: dict[str, MutatedFile]) -> None:
    """From here on, importing one of the files loads it with its mutants."""
    builtins._noted = noted  # type: ignore[attr-defined]
    trampoline.record_trampoline_hit = note
    trampoline.get_mutant_under_test = lambda: mutant
    by_path, get_code = {str(Path(file).resolve()): each for file, each in files.items()}, SourceFileLoader.get_code

    def code(loader: SourceFileLoader, name: str) -> Any:
        each = by_path.get(str(Path(loader.path).resolve()))
        return compile(each.code, loader.path, "exec", dont_inherit=True) if each else get_code(loader, name)

    SourceFileLoader.get_code = code  # type: ignore[method-assign,assignment]


def change(file: MutatedFile, name: str) -> str:
    """What a mutant changes, as a diff."""
    lines, plain = file.code.splitlines(), _NUMBER.sub("", name)

    def text(of: str) -> list[str]:
        span = file.line_span_by_function_name[of]
        return [
            line.partition(" # type: ignore # mutmut")[0].replace(of, plain)
            for line in lines[span.start - 1 : span.end]
        ]

    return "\n".join(list(unified_diff(text(f"{plain}__mutmut_orig"), text(name), lineterm="", n=1))[2:])


def passes(item: pytest.Item, then: pytest.Item | None = None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, nextitem=then, log=False))


class Trial:
    """In the place of pytest's own loop: which test calls what, then each mutant against the tests that call it."""

    def __init__(self, files: dict[str, MutatedFile], most: int) -> None:
        self.files, self.most = files, most
        self.seconds: dict[pytest.Item, float] = {}
        self.tests: dict[str, set[pytest.Item]] = defaultdict(set)
        self.killers: dict[str, list[pytest.Item]] = defaultdict(list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        self._note_calls(session.items)
        for file, mutants in self.files.items():
            names = sorted(mutants.mutant_names, key=mutants.mutant_names.index)
            if self.most and len(names) > self.most:
                names = random.Random(15).sample(names, self.most)
            ends = {name: self._end(f"{module_of(file)}.{name}") for name in names}
            count = Counter(ends.values())
            found = count["killed"] + count["took too long"]
            told = ", ".join(f"{number} {end}" for end, number in count.most_common())
            print(f"\n{file}: {len(names)} of {len(mutants.mutant_names)} mutants, {told or 'none'}", end="")
            print(f": {found / len(names):.1%}" if names else "", flush=True)
            for name, end in ends.items():
                if end in ("survived", "no test"):
                    print(f"-- {name}: {end}\n{change(mutants, name)}", flush=True)
        return True

    def _note_calls(self, items: Sequence[pytest.Item]) -> None:
        global mutant
        for item, then in zip(items, (*items[1:], None), strict=True):
            called.clear()
            mutant, start = "stats", time.perf_counter()
            fine = passes(item, then)
            mutant, self.seconds[item] = "", time.perf_counter() - start
            if not fine:
                pytest.exit(f"{item.nodeid} fails without a mutant", returncode=1)
            if self.seconds[item] <= SLOW_S:
                for name in called:
                    self.tests[name].add(item)
        for name in cached:
            for below in _reached(name):
                self.tests[below] |= self.tests[name]

    def _end(self, name: str) -> str:
        function = _NUMBER.sub("", name)
        known = self.killers[function]
        others = self.tests[function].difference(known)
        order = [*known, *sorted(others, key=lambda item: self.seconds[item])]
        if not order:
            return "no test"
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            _try(name, function, order, writer)
        os.close(writer)
        killer = os.read(reader, 20).decode()
        os.close(reader)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return "took too long"
        if killer:
            item = order[int(killer)]
            self.killers[function] = [item, *(other for other in known if other is not item)][:10]
        return "killed" if os.WEXITSTATUS(status) else "survived"


def _reached(name: str) -> Iterator[str]:
    seen, ahead = {name}, [name]
    while ahead:
        yield (at := ahead.pop())
        ahead += callees[at] - seen
        seen |= callees[at]


def _try(name: str, function: str, order: Sequence[pytest.Item], writer: int) -> None:
    """In the forked process, which ends here: 1 where a test fails, 0 where none does."""
    global mutant  # noqa: PLW0603 - what mutmut's trampolines ask for
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (ENOUGH_S * 4, ENOUGH_S * 4 + 1))
        for each, cache in cached.items():
            if function in _reached(each):
                cache.cache_clear()
        mutant = name
        for number, item in enumerate(order):
            if not passes(item):
                os.write(writer, str(number).encode())
                os._exit(1)
            if time.process_time() > ENOUGH_S:
                break
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a mutant may break whatever runs the tests
        os._exit(1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=CORE)
    parser.add_argument("--tests", nargs="+", default=["tests/advisor"], help="who has to notice")
    parser.add_argument("--most", type=int, default=150, help="mutants of a module, drawn by a seed; 0 for all")
    told = parser.parse_args()
    mutmut.configuration._config = SimpleNamespace(do_not_mutate_patterns=[])
    files = {file: mutated(file) for file in told.files}
    load_mutated(files)
    left_out = [f"--ignore={test}" for test in LEFT_OUT]
    quiet = ["-q", "--no-header", "--timeout=0", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", MARK]
    ended = pytest.main([*told.tests, *left_out, *quiet], plugins=[Trial(files, told.most)])
    return 0 if ended == pytest.ExitCode.NO_TESTS_COLLECTED else ended  # none by pytest's own loop


if __name__ == "__main__":
    sys.exit(main())
