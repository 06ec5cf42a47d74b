"""The open half of the follow-up questions: what they ask, and that it is understood."""

from collections import Counter

from bot.answering.intents import NOTHING, intents
from tests.understanding.followups import ASKED, LATER, REPORTS, each


def test_of_the_open_questions_seven_in_ten_are_answered_right_and_two_in_a_hundred_mislead() -> None:
    came = Counter(kind for _, kind, _ in each())
    assert came.total() == len(REPORTS)
    assert came["right"] >= came.total() * 0.7, came
    assert came["misleading"] <= came.total() * 0.02, came


def test_of_those_that_came_later_no_fewer_are() -> None:
    came = Counter(kind for _, kind, _ in each(LATER))
    assert came["right"] >= came.total() * 0.7, came
    assert came["misleading"] <= came.total() * 0.02, came


def test_each_open_question_asks_intents_there_are() -> None:
    assert {row["text"] for row in ASKED} == REPORTS.keys()
    assert {id for row in [*ASKED, *LATER] for id in row["intents"]} <= {*intents(), NOTHING}
