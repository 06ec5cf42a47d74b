"""Yes and no, read whole: a word of the question's own, or a leading yes or no that stands alone, not contradicted.

The beginning of a sentence is never an answer: "it is worse" begins like one. What a question's own words say stands in
its row (``yes`` and ``no`` in ``rules/questions.toml``), and so does whether it asks about a deed or about a fact: not
having checked is no for a deed ("have you measured it?") and not known for a fact ("is it so?").
"""

import re
from collections.abc import Sequence
from typing import Literal

from advisor.pattern import pattern
from advisor.reading.choices import Hit, hits
from advisor.reading.lexicon import manner, row_of, stems, unknown_in, words


def any_of(*alternatives: str) -> re.Pattern[str]:
    return pattern("|".join(f"(?:{each})" for each in alternatives))


_DO = "(?:did|do|does|have|has|had|is|are|was|were)"
_WHO = "(?:we|i|they|it|that|this|those|there|he|she)"
_WORK = "(?:tried|done|checked|written|measured|versioned|documented|finished|started)"
_IT = "(?: (?:it|that|this|them|those|all|so|already|yet))*"
_BARE_YES = (
    "y|yes+|yep|yeah|yeh|yup|ya|yea|aye|sure(?: thing)?|of course|absolutely|definitely|certainly|totally|true|t"
    "|ofc|affirmative|correct|indeed|exactly"
)
_BARE_NO = "n|no+|nope|nah|nay|false|f|negative"
_YES = any_of(
    f"(?:{_BARE_YES})(?: (?:please|100 ?%|sir|indeed|did|do|have|is|are))?",
    "(?:all |already )?done|did (?:it|that|this)|already",
    "👍|✅|✔|☑|:(?:\\+1|thumbsup|white_check_mark|heavy_check_mark):",
    f"{_WHO} (?:already )?{_DO}{_IT}(?: {_WORK}{_IT})?",
    f"(?:(?:we|i|they|it|that)(?:'ve|'s)? )?(?:already |been )*{_WORK}{_IT}",
)
_NO = any_of(
    f"{_BARE_NO}|none(?: yet)?|nothing(?: yet)?|no way|👎|❌|:(?:-1|thumbsdown|x):",
    "(?:(?:of course|absolutely|definitely|certainly) )?not(?: (?:yet|at all|so far))*|never",
    f"(?:{_WHO} )?(?:{_DO} not|{_DO}n'?t)(?: (?:any|one|do|try|been|have|{_WORK}|at all))*{_IT}",
    f"(?:{_WHO} )?(?:not|never)(?: been)? (?:{_WORK}|did|have){_IT}",
)
_ASIDE = pattern(
    r"^(?:(?:sadly|unfortunately|luckily|thankfully|honestly|well|hm+|oh|ok(?:ay)?|so|hi|hey|hello|sorry|tbh)[, ]+)+"
)
_TONE = pattern("[\U0001f3fb-\U0001f3ff]|:skin-tone-\\d:")
_FIRST = rf"(?:(?P<yes>{_BARE_YES})|(?P<no>{_BARE_NO}))"
# "Sure, from the same magical pot" is no yes: what agrees by tone alone counts only where it is the whole answer.
_PLAIN_YES = "y|yes+|yep|yeah|yeh|yup|ya|yea|aye|correct|affirmative"
_HEAD = pattern(r"(?P<head>[^,:;.!–—]{1,60}?)(?: ?[,:;.!]+ ?| +(?:--?|[–—])+ ?| ?(?:--|[–—])+ ?)(?P<rest>.+)")
_BY_TONE = pattern(rf"(?!(?:{_PLAIN_YES}|of course)$)(?:{_BARE_YES})")
_FIRST_WORD = pattern(rf"(?:{_PLAIN_YES}|(?P<no>no|nope|nah))\b(?! ?[a-z]*n't)")
_LONG, _SHORT = 14, 3  # tokens: what is longer tells a story that may end otherwise; what is short adds little
_CLAUSE = pattern(r"[,.;:!()](?!\d)| ?[-–—]+ ")
_TWICE = pattern(rf"{_FIRST}[ ,.!-]+(?P<rest>.+)")
_NEGATION = any_of(
    r"\b(?:no|not|never|nope|none|nothing|nobody|without|neither|nor|hardly|barely|cannot|false|zero|fail\w*|un\w+)\b",
    r"n't\b|\b(?:do|did|does|have|has|is|are|was|wo|ca)nt\b|👎|❌|:(?:-1|thumbsdown|x):",
)
# What makes a no doubtful as well as a yes.
_DOUBT = any_of(
    r"\?",
    r"\b(?:maybe|perhaps|probably|possibly|kinda|kind of|sort of|sorta|somewhat|part(?:ly|ially|ial)?)\b",
    r"\b(?:almost|nearly|half|think|guess|suppose\w*|hope\w*|depend\w*|if|but|except|although|though|however|unless)\b",
    r"\b(?:until|unsure|mixed|both|either|apparently|allegedly|wait|actually|well|hm+|believe|assume|afaik|iirc|being)\b",
    r"\b(?:on it|should|most\w*|in progress|working on|under ?way|running|pending|used to|not (?:sure|known|clear))\b",
    r"\b(?:slightly|anymore)\b",
)
# To a no "only", "next week" and the like are no hedge: they say it as well.
_HEDGE = any_of(
    _DOUBT.pattern,
    r"\b(?:some\w*|mainly|start(?:ed|ing)|plan\w*|soon|will|going to|could|would|only|just|limited|a bit|a little)\b",
    r"\b(?:or|later|next|once|when|trying|right|few(?!.?shot)|in theory|theoretically|need to|have to)\b",
    r"\b(?:ask\w*|look\w* (?:up|into)|waiting|still)\b",
)
_NEVER = r"(?:not|never|no one|nobody|none of us|(?:have|has|had|did|was|were|do|does|is|are)(?:n'?t| not| never))"
_FIGURE = pattern(r"(?<![\w.-])\d[\d.,]*")
_UNCHECKED = pattern(
    rf"(?:{_WHO} |nobody |no one )?(?:{_NEVER} )?{_NEVER}"
    r"(?: (?:been|have|has|had|ever|yet|really|properly|actually|got around to))*"
    r" (?:check|measur|test|look|verif|evaluat|compar|benchmark|assess|validat|inspect|tr(?:y|ied))\w*"
    r"(?: (?:at|into|for|on|it|that|this|them|those|the|overlap|any|all|so|yet|so far|properly|ever|one|of))*"
    r"|(?:un(?:checked|measured|tested|verified|known))(?: (?:yet|so far))*"
    r"|(?:this |that |it )?(?:is |was )?(?:not|never) (?:yet )?(?:applicable|relevant)(?: (?:yet|so far|here))*"
)
_UNCHECKED_FIRST = pattern(rf"(?:{_UNCHECKED.pattern})(?: ?[,;:.]| ?[-–—]+ )")
_WORKED = pattern(rf"\b{_WORK}\b")
_DID_NOT = pattern(r"(?:\w+ )?(?:have|has|did)(?:n'?t| not).*")
_AROUND = pattern(
    rf"^(?:(?:{_WHO}|these|both|sets?)(?:'s|'re|'ve)?(?: (?:is|are|was|were|has|have|had|been|be|do|does))*"
    r"|that's|it's|they're|there's) | (?:already|now|today|there|it|yet|indeed|on the eval(?: set)?)$"
    r"|\b(?:completely|fully|totally|entirely|strictly|all|perfectly|definitely|certainly|clearly|very much) "
)


def agrees(field: str, text: str) -> bool | Literal["unknown"] | None:
    """What a tidied lower-case text says to a yes-or-no question: yes, no, that nobody knows; ``None`` when it says
    neither, both, or something in between."""
    said = _ASIDE.sub("", _TONE.sub("", text).strip(" .!,;\"'()"))
    fact = _asks(field) == "fact"
    if _UNCHECKED.fullmatch(said) or (fact and _UNCHECKED_FIRST.match(said) and not manner().claims.search(said)):
        # Whether somebody checked is what a deed's question asks; of a fact it says that nobody knows.
        return "unknown" if fact else False
    whole = _whole(field, said)
    if whole is not None:
        return whole
    if unknown_in(said) and not _named_first(field, said):
        return "unknown"
    head = _HEAD.match(said)
    answer = _whole(field, head["head"]) if head and not _BY_TONE.fullmatch(head["head"]) else None
    if answer is None or not head:
        return _by_words(field, said)
    rest = head["rest"].strip(" .!,;\"'()")
    told = _by_words(field, rest)
    if told is answer:
        return told
    # Two figures behind a yes compare something, and may compare it the other way round.
    if (_HEDGE if answer else _DOUBT).search(rest) or len(_FIGURE.findall(rest)) > 1 or told is not None:
        return None
    told = _leaning(hits(field, stems(rest)))
    if told not in (None, answer) or (_UNCHECKED.search(rest) and _asks(field) == "fact"):
        return None
    clauses = [_whole(field, clause.strip()) for clause in re.split(r"[,.;:!]| ?[-–—]+ ", rest)]
    if (not answer) in clauses or (answer and told is None and _NEGATION.search(rest)):
        return None
    return answer


def unchecked(text: str) -> bool:
    """Whether a text says that nobody has looked, and claims nothing else."""
    return bool(_UNCHECKED.match(text)) and not manner().claims.search(text)


def doubtful(text: str) -> bool:
    """Whether a text that is no bare yes hedges, turns round or begins with one."""
    first = _FIRST_WORD.match(text)
    return bool(_DOUBT.search(text) or (first and first["no"] is None))


def likelier(field: str, text: str) -> bool:
    """Which of the two to offer first."""
    meant = [hit.meaning for hit in hits(field, stems(text)) if not hit.denied]
    first = _FIRST_WORD.match(text)
    return meant.count("yes") >= meant.count("no") if meant or not first else first["no"] is None


def _named_first(field: str, said: str) -> bool:
    """Whether what sounds like not knowing is words of the row: "can't tell them apart"."""
    return any(min(hit.places) < 3 for hit in hits(field, stems(said)))


def _by_words(field: str, said: str) -> bool | None:
    """What the words of the row say wherever they stand, where nothing around them turns, hedges or doubts them."""
    found = hits(field, stems(said))
    meant = {hit.meaning for hit in found if not hit.denied}
    if meant not in ({"yes"}, {"no"}) or not any(hit.sure for hit in found if not hit.denied):
        return None
    answer = meant == {"yes"}
    told = frozenset().union(*(hit.places for hit in found))
    spelled = words(said)
    around = " ".join(word for place, word in enumerate(spelled) if place not in told)
    first = _FIRST_WORD.match(said)
    if first and 0 not in told and answer is not (first["no"] is None):
        return None
    if _DOUBT.search(around) or len(spelled) > _LONG:
        return None
    behind = around[first.end() :] if first and 0 not in told else around
    if answer and (_HEDGE.search(behind) or _NEGATION.search(behind) or any(hit.denied for hit in found)):
        return None
    for clause in _CLAUSE.split(said):
        # A clause of some length that none of the words explains may say anything.
        unsaid = len(words(clause)) > _SHORT and not hits(field, stems(clause))
        if unsaid or (unknown_in(clause.strip()) and not _named_first(field, clause)):
            return None
    return answer


def _leaning(found: Sequence[Hit]) -> bool | None:
    """Which of the two words of the row lean to; ``None`` without any, with both, or with one that is turned round."""
    meant = {hit.meaning for hit in found}
    return "yes" in meant if len(meant) == 1 and not any(hit.denied for hit in found) else None


def _whole(field: str, said: str) -> bool | None:
    """What a whole text says that is nothing but words of yes or no."""
    row = row_of(field)
    if _NO.fullmatch(said):
        # "Not yet" to whether a fact holds may say that it does not, or that nobody has looked.
        return None if _asks(field) == "fact" and _DID_NOT.fullmatch(said) else False
    # "Measured" says that somebody looked, not what was found.
    looked = _asks(field) == "fact" and _WORKED.search(said) and said not in row.yes
    if _YES.fullmatch(said) and not looked:
        return True
    both = _TWICE.fullmatch(said)
    unseen = both and _asks(field) == "fact" and _UNCHECKED.fullmatch(both["rest"])
    if both and not unseen and (_YES if both["yes"] else _NO).fullmatch(both["rest"]):
        return both["yes"] is not None
    bare = said
    while (less := _AROUND.sub("", bare).strip()) != bare:
        bare = less
    for text in (said, bare):
        if text in row.yes:
            return True
        if text in row.no:
            return False
    return None


def _asks(field: str) -> str:
    return row_of(field).asks
