"""A small form, and twelve short calls by three hands that are labelled by it."""

from pathlib import Path

FORM = """\
id: small
title: {nl: Klein, en: Small}
learned: small
sections:
  - id: all
    title: {nl: Alles, en: All}
    criteria:
      - id: wishes
        title: {nl: Wens, en: Wish}
        definition: The agent wishes the customer something nice.
        weight: 2
        findings:
          said_goodbye: {signal: phrase, phrases: {nl: [prettige dag], en: [have a nice day]}, speaker: agent}
        verdict: {met: said_goodbye, otherwise: not_met}
      - id: greets
        title: {nl: Groet, en: Greeting}
        definition: The agent greets.
        weight: 1
        findings:
          greeting: {signal: phrase, phrases: {nl: [hallo], en: [hello]}, speaker: agent}
        verdict: {met: greeting, otherwise: not_met}
      - id: sings
        title: {nl: Zingt, en: Sings}
        definition: The agent sings.
        weight: 1
        verdict: {met: sang, otherwise: not_met}
        findings:
          sang: {signal: phrase, phrases: {nl: [la la la], en: [la la la]}, speaker: agent}
outcome:
  findings:
    done: {signal: phrase, phrases: {nl: [geregeld], en: [all done]}, speaker: agent}
  decide: {resolved: done, otherwise: unresolved}
"""
"""Models find the wish in words that its rule does not know; every call has a greeting, and no label for singing."""

WISH = "Enjoy the sunshine this afternoon."
NO_WISH = "That was it."
THINGS = ("parcel", "invoice", "router", "meter")


def labelled_call(name: str, thing: str, wished: bool, more: str = "") -> str:
    """A call as YAML; the last turn of the agent, the fifth, has the wish or not."""
    outcome = "resolved" if thing in THINGS[:2] else "unresolved"
    answer = "It is all done now." if outcome == "resolved" else "I can do nothing."
    return f"""\
id: {name}
language: en
direction: inbound
industry: energy
scenario: a question
style: punctuated
call: |
  agent: Hello, how can I help?
  customer: Where is my {thing} please?
  agent: {answer}
  customer: Right, I see.
  agent: {WISH if wished else NO_WISH}
  customer: Bye.
outcome: {outcome}
impression: {8 if wished else 4}
auto_fails: []
verdicts:
  wishes: {"met 5" if wished else "not_met"}
  greets: met 1
reason: other
promises: []
life_events: []
competitors: []
pii: []
why: It is plain.
{more}"""


def calls(hands: tuple[str, ...] = ("anna", "bram", "cleo")) -> dict[str, str]:
    """By id: each hand wrote four calls, two of them with a wish."""
    names = [(f"en-{hand}-{n + 1:02}", thing, n % 2 == 0) for hand in hands for n, thing in enumerate(THINGS)]
    return {name: labelled_call(name, thing, wished) for name, thing, wished in names}


def write_corpus(folder: Path, texts: dict[str, str], part: str = "train") -> Path:
    """The calls as files of one part."""
    (folder / part).mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / part / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def write_form(folder: Path, text: str = FORM, name: str = "small") -> Path:
    """A form as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path
