"""Numbers an engineer believes: what stands beside the verdict and never moves it.

A tour, in the order it is asked:

* :mod:`advisor.beyond.rivals`    what one could do instead, a year each, by prices that are handed in
* :mod:`advisor.beyond.ranges`    what ranges do to the year: exact bounds, what drives it, how likely it is
* :mod:`advisor.beyond.flips`     which few answers would turn the verdict; :mod:`~advisor.beyond.unknowns` what to
  find out next, :mod:`~advisor.beyond.conditions` what has to hold, :mod:`~advisor.beyond.levels` where it changes
* :mod:`advisor.beyond.trials`    how far a trial can be trusted, and what an eval set can see
* :mod:`advisor.beyond.facts`     what vendors offer, what the rules don't weigh, who thinks otherwise
* :mod:`advisor.beyond.findings`  all of it, one pure function beside ``decide``

Not imported by the core's door: a start does not pay for it.
"""

from advisor.beyond.findings import Findings, beyond
from advisor.beyond.rivals import Quotes
from advisor.model import Month, Quote

__all__ = ["Findings", "Month", "Quote", "Quotes", "beyond"]
