"""Yes and no, read whole: a word of the question's own, or a leading yes or no that stands alone, not contradicted.

The beginning of a sentence is never an answer: "it is worse" begins like one. What a question's own words say stands in
its row (``yes`` and ``no`` in ``rules/questions.toml``), and so does whether it asks about a deed or about a fact: not
having checked is no for a deed ("have you measured it?") and not known for a fact ("is it so?").
"""

import re
from functools import cache
from typing import Literal

from advisor.pattern import pattern
from advisor.reading.choices import hits, words
from advisor.reading.lexicon import manner, row_of, stem, unknown_in


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
_LONG = 14  # tokens: what is longer tells a story, and a story may end otherwise
_TWICE = pattern(rf"{_FIRST}[ ,.!-]+(?P<rest>.+)")
_NEGATION = any_of(
    r"\b(?:no|not|never|nope|none|nothing|nobody|without|neither|nor|hardly|barely|cannot|false|zero|fail\w*|un\w+)\b",
    r"n't\b|\b(?:do|did|does|have|has|is|are|was|wo|ca)nt\b|👎|❌|:(?:-1|thumbsdown|x):",
)
_HEDGE = any_of(
    r"\?",
    r"\b(?:maybe|perhaps|probably|possibly|kinda|kind of|sort of|sorta|somewhat|part(?:ly|ially|ial)?|almost|nearly)\b",
    r"\b(?:half|some\w*|mostly|mainly|in progress|working on|start(?:ed|ing)|plan\w*|soon|will|going to|think|guess)\b",
    r"\b(?:suppose\w*|should|could|would|hope\w*|depend\w*|if|but|except|although|though|however|unless|until|unsure)\b",
    r"\b(?:only|just|limited|a bit|a little|mixed|both|either|or|later|next|once|when|trying|used to|right|slightly)\b",
    r"\b(?:few(?!.?shot)|in theory|theoretically|allegedly|apparently|wait|well|hm+|actually|need to|have to|ask\w*)\b",
    r"\b(?:look\w* (?:up|into)|believe|assume|afaik|iirc|waiting|pending|being|still|on it|not (?:sure|known|clear))\b",
)
# What makes a no doubtful; what else is a hedge to a yes ("only a bit", "next week") is a no.
_DOUBT = any_of(
    r"\?",
    r"\b(?:maybe|perhaps|probably|possibly|kinda|kind of|sort of|sorta|somewhat|part(?:ly|ially)?|almost|nearly|half)\b",
    r"\b(?:think|guess|suppose\w*|hope\w*|depend\w*|if|but|except|although|though|however|unless|until|unsure|mixed)\b",
    r"\b(?:both|either|apparently|allegedly|wait|actually|well|hm+|believe|assume|afaik|iirc|being|on it|should|most\w*)\b",
    r"\b(?:in progress|working on|under way|underway|running|pending|used to|not (?:sure|known|clear)|slightly|anymore)\b",
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


@cache
def _named(field: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The question's words anywhere in a text, those of yes and those of no, the longest first."""
    row = row_of(field)

    def any_word(those: tuple[str, ...]) -> re.Pattern[str]:
        longest = sorted(those, key=len, reverse=True)
        return pattern(rf"\b(?:{'|'.join(map(re.escape, longest))})\b" if those else r"(?!)")

    return any_word(row.yes), any_word(row.no)


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
    if unknown_in(said):
        return "unknown"
    head = _HEAD.match(said)
    answer = _whole(field, head["head"]) if head and not _BY_TONE.fullmatch(head["head"]) else None
    if answer is None or not head:
        first = _FIRST_WORD.match(said)
        told = _by_words(field, said[first.end() :] if first else said)
        return told if first is None or told is (first["no"] is None) else None
    rest = head["rest"].strip(" .!,;\"'()")
    told = _by_words(field, rest)
    if told is answer:
        return told
    # Two figures behind a yes compare something, and may compare it the other way round.
    if (_HEDGE if answer else _DOUBT).search(rest) or len(_FIGURE.findall(rest)) > 1 or told is not None:
        return None
    told = leaning(field, rest)
    if told not in (None, answer) or (_UNCHECKED.search(rest) and _asks(field) == "fact"):
        return None
    clauses = [_whole(field, clause.strip()) for clause in re.split(r"[,.;:!]| ?[-–—]+ ", rest)]
    if (not answer) in clauses or (answer and told is None and _NEGATION.search(rest)):
        return None
    return answer


def doubtful(text: str) -> bool:
    """Whether a text that is no bare yes hedges, turns round or begins with one."""
    first = _FIRST_WORD.match(text)
    return bool(_DOUBT.search(text) or (first and first["no"] is None))


def likelier(field: str, text: str) -> bool:
    """Which of the two to offer first."""
    told = leaning(field, text)
    meant = [hit.meaning for hit in hits(field, [stem(each) for each in words(text)]) if not hit.denied]
    first = _FIRST_WORD.match(text)
    if told is None and not meant and first:
        return first["no"] is None
    return meant.count("yes") >= meant.count("no") if told is None else told


def _by_words(field: str, said: str) -> bool | None:
    """What the words of the row say wherever they stand, where nothing around them turns, hedges or doubts them."""
    spelled = words(said)
    text = [stem(each) for each in spelled]
    found = hits(field, text)
    meant = {hit.meaning for hit in found if not hit.denied}
    if meant not in ({"yes"}, {"no"}) or _DOUBT.search(said):
        return None
    answer = meant == {"yes"}
    told = frozenset().union(*(hit.places for hit in found))
    around = " ".join(token for place, token in enumerate(spelled) if place not in told)
    if answer and (_HEDGE.search(said) or _NEGATION.search(around) or len(meant) < len({hit.meaning for hit in found})):
        return None
    clauses = [words(clause) for clause in re.split(r"[,.;:!()](?!\d)| ?[-–—]+ ", said)]
    if (
        len(text) > _LONG
        or any(manner().not_known.match(" ".join(one)) for one in clauses)
        or not all(len(one) < 4 or hits(field, list(map(stem, one))) for one in clauses)
    ):
        return None
    return None if leaning(field, said) is (not answer) else answer


def leaning(field: str, text: str) -> bool | None:
    """Which of the two a text leans to by the words of the question it holds; ``None`` without any, or with both, or
    with one that is turned round."""
    yes, no = _named(field)
    # "not worse" is a word of yes where it is in the row; what is left of the text may still speak for the other.
    both = ((yes, True), (no, False))
    found = [(match.start(), match.end(), answer) for words, answer in both for match in words.finditer(text)]
    longest = [one for one in found if not any(o[0] <= one[0] and one[1] <= o[1] and o[:2] != one[:2] for o in found)]
    answers = {answer for _, _, answer in longest}
    turned = any(_NEGATION.search(text[max(0, start - 24) : start]) for start, _, _ in longest)
    return answers.pop() if len(answers) == 1 and not turned else None


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
    if both and (_YES if both["yes"] else _NO).fullmatch(both["rest"]):
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
