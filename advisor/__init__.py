"""Should we fine-tune? The answer, computed: pure, deterministic, defined for every input.

A tour, in the order the data flows:

* :mod:`advisor.model`     what was answered: ``Answers``, one optional field a question
* :mod:`advisor.reading`   what a person typed, as a value or a problem: "1.2k" -> 1200
* :mod:`advisor.rulebook`  the rules as data, ``rules/*.toml``; :mod:`advisor.loader` has their examples read
* :mod:`advisor.roi`, :mod:`advisor.poc`, :mod:`advisor.gates`   the year's money, the trial run, the four gates
* :mod:`advisor.advice`    all of it as one ``Report`` (types in :mod:`advisor.report`)
* :mod:`advisor.session`, :mod:`advisor.asking`, :mod:`advisor.conversation`   the log of a check, which question
  comes next, and what an event does: ``step(session, event, rules) -> (session, reply)``

>>> from advisor import Answers, decide, load_rules
>>> decide(Answers(goal="live_facts"), load_rules()).verdict.kind
'stay_with_prompt_rag'
"""

from advisor.advice import decide
from advisor.conversation import step
from advisor.loader import load_rules
from advisor.model import Answers, Reading
from advisor.reading import read, show
from advisor.report import Report
from advisor.rulebook import RuleError, Rules
from advisor.session import Session

__all__ = [
    "Answers", "Reading", "Report", "RuleError", "Rules", "Session", "decide", "load_rules", "read", "show", "step",
]  # fmt: skip
