"""The title a decision is posted under: whether it says what was decided about. Pure."""

from advisor.conversation import command
from advisor.pattern import pattern

_WORD = pattern(r"[^\W\d_]+")
_SAY_NOTHING = frozenset({
    "a", "about", "ai", "all", "an", "and", "any", "are", "ask", "be", "begin", "begun", "can", "case", "cases",
    "check", "continue", "conversation", "cool", "could", "decide", "decided", "decision", "delete", "deleted",
    "do", "does", "don", "fine", "finetune", "finetuned", "finetuning", "for", "from", "go", "good", "great",
    "have", "hello", "help", "hey", "hi", "how", "i", "if", "in", "is", "it", "last", "llm", "llms", "lol", "lot",
    "lots", "many", "me", "model", "models", "morning", "my", "need", "new", "next", "nice", "no", "not", "now",
    "of", "ok", "okay", "on", "one", "or", "our", "own", "perfect", "please", "problem", "project", "question",
    "quick", "really", "resume", "roi", "s", "should", "small", "some", "start", "started", "t", "test", "thank",
    "thanks", "that", "the", "there", "this", "thx", "title", "to", "try", "tune", "tuned", "tuning", "untitled",
    "us", "use", "usecase", "want", "we", "what", "when", "whether", "which", "why", "with", "worth", "would",
    "yes", "you", "your",
})  # fmt: skip


def is_stock(title: str) -> bool:
    """Whether a title is one that any check could have: a prompt of ours, a command, a greeting, "our model"; or
    nothing in letters."""
    return command(title) is not None or _SAY_NOTHING.issuperset(_WORD.findall(title.casefold()))
