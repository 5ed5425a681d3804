"""Training text: nothing in it can be guessed from what came before, so the model has to listen.

Four sources, mixed by `utterance`: random word sequences (no grammar at all), spliced halves of two
written sentences, a recursive grammar with numbers and names, and written sentences whole. The
held-out sentences of `qm/demo/evaluation` are no source.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from num2words import num2words

TEXT = Path(__file__).parent / "text"
DEMO = Path(__file__).parents[1]
LANGUAGES = ("nl", "en")

DAYS = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}
MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december".split(),
    "en": "January February March April May June July August September October November December".split(),
}
QUESTION_STARTS = set(
    "wat waarom wanneer hoe wie waar welke kunt heeft hebt bent "
    "what why when how who where which have do does did could would are is".split()
)
LETTERS = "A B C D E F G H K L M N P R S T V W Z".split()


@dataclass(frozen=True)
class Lexicon:
    """What one language offers to `utterance`."""

    words: tuple[str, ...]
    """every word of the vocabulary, each once"""
    frequent: tuple[str, ...]
    """the 150 commonest words of the written sentences"""
    sentences: tuple[str, ...]
    grammar: dict[str, list[str]]
    names: dict[str, list[str]]


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def words_of(text: str) -> list[str]:
    """The words of `text` as a vocabulary holds them: no punctuation, case kept inside a sentence."""
    found = re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", text)
    return [w.lower() if i == 0 and not w.startswith("I'") else w for i, w in enumerate(found)]


@cache
def lexicon(language: str) -> Lexicon:
    """Read the text files of `language`. The words (not the sentences) of the demo calls and of the
    held-out sentences belong to the vocabulary too: "in vocabulary" is what is measured."""
    sentences = _lines(TEXT / f"sentences.{language}.txt")
    grammar = yaml.safe_load((TEXT / f"grammar.{language}.yaml").read_text(encoding="utf-8"))
    names = yaml.safe_load((TEXT / "names.yaml").read_text(encoding="utf-8"))[language]
    counts: dict[str, int] = {}
    for sentence in sentences:
        for word in words_of(sentence):
            counts[word] = counts.get(word, 0) + 1
    others = [
        *_lines(TEXT / f"words.{language}.txt"),
        *(w for s in _lines(DEMO / "evaluation" / f"sentences.{language}.txt") for w in words_of(s)),
        *(
            w
            for path in sorted((DEMO / "calls").glob(f"{language}-*.yaml"))
            for turn in yaml.safe_load(path.read_text(encoding="utf-8"))["turns"]
            for w in words_of(turn["text"])
        ),
    ]
    words = dict.fromkeys([*counts, *others])
    frequent = sorted(counts, key=lambda w: -counts[w])[:150]
    return Lexicon(tuple(words), tuple(frequent), tuple(sentences), grammar, names)


def number(n: int, language: str) -> str:
    """`n` in words as people say it (no "and" in English, no hyphens)."""
    words = num2words(n, lang=language)
    return words.replace("-", " ").replace(" and ", " ").replace(",", "")


def _digits(language: str, r: random.Random, count: int) -> str:
    return " ".join(number(r.randrange(10), language) for _ in range(count))


def _clock(language: str, r: random.Random) -> str:
    hour = number(r.randint(1, 12), language)
    forms = {
        "nl": ["{} uur", "half {}", "kwart over {}", "kwart voor {}", "tien over {}", "{} uur dertig"],
        "en": ["{} o'clock", "half past {}", "quarter past {}", "quarter to {}", "{} thirty", "{}"],
    }
    return r.choice(forms[language]).format(hour)


def _amount(language: str, r: random.Random) -> str:
    whole = number(r.choice([r.randint(1, 99), r.randint(1, 99), r.randint(100, 2000)]), language)
    cents = number(r.randint(5, 99), language)
    unit = "euro" if language == "nl" else r.choice(["pounds", "euros"])
    return r.choice([f"{whole} {unit}", f"{whole} {unit} {cents}"])


def _date(language: str, r: random.Random) -> str:
    month = r.choice(MONTHS[language])
    if language == "nl":
        return f"{number(r.randint(1, 31), 'nl')} {month}"
    day = num2words(r.randint(1, 31), lang="en", to="ordinal").replace("-", " ")
    return r.choice([f"{month} the {day}", f"the {day} of {month}"])


def _fill(kind: str, language: str, r: random.Random, names: dict[str, list[str]]) -> str:  # noqa: PLR0911
    if kind in names:
        return r.choice(names[kind])
    match kind:
        case "digits":
            return _digits(language, r, r.randint(3, 8))
        case "digits4":
            return _digits(language, r, 4)
        case "digit":
            return _digits(language, r, 1)
        case "number":
            return number(r.randint(1, 250), language)
        case "small":
            return number(r.randint(2, 12), language)
        case "letter":
            return r.choice(LETTERS)
        case "weekday":
            return r.choice(DAYS[language])
        case "clock":
            return _clock(language, r)
        case "amount":
            return _amount(language, r)
        case "date":
            return _date(language, r)
    raise ValueError(f"the grammar names ${kind}, which nothing fills")


def _expand(text: str, language: str, r: random.Random, depth: int = 0) -> str:
    lex = lexicon(language)

    def symbol(match: re.Match[str]) -> str:
        options: Sequence[str] = lex.grammar[match[1]]
        if depth > 3:
            options = options[:2]
        return _expand(str(r.choice(options)), language, r, depth + 1)

    text = re.sub(r"<(\w+)>", symbol, text)
    return re.sub(r"\$(\w+)", lambda m: _fill(m[1], language, r, lex.names), text)


def _sentence_case(text: str, asked: bool = False) -> str:
    asked = asked or text.split(maxsplit=1)[0].lower() in QUESTION_STARTS
    return text[0].upper() + text[1:] + ("?" if asked else ".")


def _salad(language: str, r: random.Random) -> str:
    lex = lexicon(language)
    words = [r.choice(lex.words if r.random() < 0.8 else lex.frequent) for _ in range(r.randint(1, 9))]
    if len(words) > 4 and r.random() < 0.2:
        words[r.randint(1, len(words) - 2)] += ","
    return _sentence_case(" ".join(words), asked=r.random() < 0.1)


def _splice(language: str, r: random.Random) -> str:
    first, second = (r.choice(lexicon(language).sentences).split() for _ in range(2))
    words = first[: r.randint(1, len(first))][:8] + second[r.randint(0, len(second) - 1) :][:8]
    joined = " ".join(w.strip(".,?") for w in words)
    return _sentence_case(joined, asked=second[-1].endswith("?"))


def utterance(language: str, r: random.Random) -> str:
    """One utterance of training text, capitalised and punctuated."""
    chance = r.random()
    if chance < 0.42:
        return _salad(language, r)
    if chance < 0.66:
        return _splice(language, r)
    if chance < 0.82:
        return _sentence_case(_expand("<sentence>", language, r))
    return r.choice(lexicon(language).sentences)
