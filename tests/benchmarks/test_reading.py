"""What reading one answer costs at worst: the dearest text for every kind of field.

pytest tests/benchmarks/test_reading.py -p no:xdist --benchmark-enable -s
"""

from time import process_time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from advisor import load_rules
from advisor.model import FIELDS
from advisor.reading import read
from advisor.reading.line import LONGEST, quick
from tests.advisor.test_reading import HOSTILE, KINDS


@pytest.fixture(autouse=True)
def _only_when_asked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a timing is no test: --benchmark-enable")


def _dearest(field: str) -> str:
    def cost(text: str) -> float:
        took = []
        for _ in range(3):
            start = process_time()
            read(field, text)
            took.append(process_time() - start)
        return min(took)

    return max(HOSTILE, key=cost)


@pytest.mark.parametrize("field", sorted(KINDS.values()))
def test_the_dearest_answer(field: str, benchmark: BenchmarkFixture) -> None:
    text = _dearest(field)
    benchmark.extra_info |= {"kind": FIELDS[field].kind, "text": f"{len(text)} of {text[:10]!r}"}
    found = benchmark(read, field, text)
    assert (found.value is None) != (found.problem is None)


@pytest.mark.parametrize("piece", ["gpu $500, ", "and 1 ", "4,500 in 600 out at $4/$20 ", "from 1 to ", "1 x ", "a "])
def test_the_dearest_line(piece: str, benchmark: BenchmarkFixture) -> None:
    line = (piece * LONGEST)[:LONGEST]
    assert benchmark(quick, line, load_rules()).roi is None
