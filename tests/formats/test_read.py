"""What `read_transcript` makes of each format, on small files written out in full."""

import json
from typing import Any

import pytest

from qm.call import Language, Speaker
from qm.formats import read_transcript
from qm.transcript import Suppressed, Transcript, Turn, Word

A, C, U = Speaker.AGENT, Speaker.CUSTOMER, Speaker.UNKNOWN


def read(content: Any, name: str = "call") -> Transcript:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_transcript(text.encode(), name)


def said(transcript: Transcript) -> list[tuple[Speaker, str]]:
    return [(turn.speaker, turn.text) for turn in transcript.turns]


def timed(transcript: Transcript) -> list[tuple[Speaker, float | None, float | None, str]]:
    return [(turn.speaker, turn.start, turn.end, turn.text) for turn in transcript.turns]


PLAIN = [
    # text, turns
    ("agent: hi\ncustomer: hello", [(A, "hi"), (C, "hello")]),
    ("AGENT: hi\nCustomer : hello", [(A, "hi"), (C, "hello")]),
    ("Medewerker: goedemorgen\nKlant: hallo", [(A, "goedemorgen"), (C, "hallo")]),
    ("rep: hi\ncaller: hello", [(A, "hi"), (C, "hello")]),
    ("Adviseur: goedemiddag\nBeller: dag", [(A, "goedemiddag"), (C, "dag")]),
    ("Agent 1: hi\nAgent (Jan): hi\nklantenservice: hi", [(A, "hi"), (A, "hi"), (A, "hi")]),
    ("Customer service: hi\nclient: hello", [(A, "hi"), (C, "hello")]),
    ("**Agent:** hi\n**Customer**: hello\n- agent: bye", [(A, "hi"), (C, "hello"), (A, "bye")]),
    ("Speaker 1: hi\nSPEAKER_01: hello\nspeaker B: bye", [(U, "hi"), (U, "hello"), (U, "bye")]),
    ("agent: one\n  two\nthree\ncustomer: four", [(A, "one two three"), (C, "four")]),
    ("agent: it costs: ten\nlet op: twelve", [(A, "it costs: ten let op: twelve")]),
    ("# a comment\n\n\nagent: hi\n# agent: no\n\n  again\n", [(A, "hi again")]),
    ("agent:\nhi there\ncustomer: \nagent: bye", [(A, "hi there"), (A, "bye")]),
    ("\ufeffagent: hi\r\ncustomer: hello\r\n", [(A, "hi"), (C, "hello")]),
    ("agent: hi\rcustomer: hello", [(A, "hi"), (C, "hello")]),
    ("agent: one\x00 t\x07wo\tthree\u200b \u202efour" + " five" * 60, [(A, "one two three four" + " five" * 60)]),
    # Only a time in brackets, or one before a speaker, is a time.
    ("agent: we open at\n12:30 or so", [(A, "we open at 12:30 or so")]),
    ("[00:01] agent: hi\n[00:02] who knows", [(A, "hi"), (U, "who knows")]),
    # A name that comes back is a speaker; a customer's words must not become the agent's.
    ("agent: hi\nJan: hello\nagent: bye\nJan: bye", [(A, "hi"), (U, "hello"), (A, "bye"), (U, "bye")]),
]


@pytest.mark.parametrize(("text", "turns"), PLAIN)
def test_plain_text(text: str, turns: list[tuple[Speaker, str]]) -> None:
    assert said(read(text)) == turns


def test_plain_text_has_no_times() -> None:
    transcript = read("agent: good morning\ncustomer: hello")
    assert all(word == Word(word.text) for turn in transcript.turns for word in turn.words)
    assert (transcript.language, transcript.duration, transcript.provenance) == (None, None, None)


@pytest.mark.parametrize(
    ("stamp", "start", "end"),
    [
        ("[00:12]", 12.0, None),
        ("00:12", 12.0, None),
        ("(1:02:03)", 3723.0, None),
        ("[00:12.5] -", 12.5, None),
        ("[00:12 - 00:14]", 12.0, 14.0),
        ("[00:12,250 --> 00:14,750]", 12.25, 14.75),
    ],
)
def test_plain_text_with_times(stamp: str, start: float, end: float | None) -> None:
    assert timed(read(f"{stamp} agent: good morning")) == [(A, start, end, "good morning")]


def test_a_time_before_a_line_is_that_of_its_first_word_only() -> None:
    assert read("[00:12] agent: good morning").turns[0].words == (Word("good", 12.0), Word("morning"))


def test_turns_come_in_order_of_start_and_untimed_ones_stay_behind_theirs() -> None:
    text = "[00:09] agent: three\ncustomer: four\n[00:01] agent: one\n[00:05] customer: two"
    assert [turn.text for turn in read(text).turns] == ["one", "two", "three", "four"]


@pytest.mark.parametrize(
    "data",
    [
        "agent: één café – €5".encode(),
        "agent: één café – €5".encode("utf-8-sig"),
        "agent: één café – €5".encode("cp1252"),
        "agent: één café – €5".encode("utf-16"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert read_transcript(data, "a.txt").turns[0].text == "één café – €5"


def test_latin_1_is_the_last_resort() -> None:
    assert read_transcript(b"agent: \xe9\xe9n \x81twee", "a.txt").turns[0].text == "één twee"


@pytest.mark.parametrize(
    ("content", "language"),
    [
        ("# language: nl\nagent: dag", "nl"),
        ("agent: dag", None),
        ("WEBVTT\nKind: captions\nLanguage: nl-NL\n\n", "nl"),
        ("WEBVTT\n\n", None),
        ({"language": "dutch", "segments": [{"text": "dag"}]}, "nl"),
        ({"language": "en", "segments": [{"text": "hi"}]}, "en"),
        ({"language": "de", "segments": [{"text": "tag"}]}, None),
        ({"LanguageCode": "en-US", "Transcript": [{"Content": "hi"}]}, "en"),
    ],
)
def test_language_is_what_the_file_states(content: Any, language: Language | None) -> None:
    assert read(content).language == language


WHISPERX = {
    "segments": [
        {
            "start": 0.5,
            "end": 2.5,
            "text": " That is 25 euros.",
            "words": [
                {"word": "That", "start": 0.5, "end": 0.7, "score": 0.9, "speaker": "SPEAKER_00"},
                {"word": "is", "start": 0.8, "end": 1.0, "score": 0.8, "speaker": "SPEAKER_00"},
                {"word": "25"},
                {"word": "euros.", "start": 1.5, "end": 2.4, "score": 0.7, "speaker": "SPEAKER_00"},
            ],
            "speaker": "SPEAKER_00",
        },
        {"start": 3.0, "end": 4.0, "text": " Fine.", "words": [{"word": "Fine."}], "speaker": "Customer"},
    ],
    "word_segments": [],
    "language": "en",
}


def test_whisperx() -> None:
    transcript = read(WHISPERX)
    assert transcript == Transcript(
        "en",
        (
            Turn(
                U,
                (
                    Word("That", 0.5, 0.7, 0.9),
                    Word("is", 0.8, 1.0, 0.8),
                    Word("25", 1.0, 1.5),  # not aligned: what lies between its neighbours
                    Word("euros.", 1.5, 2.4, 0.7),
                ),
            ),
            Turn(C, (Word("Fine.", 3.0, 4.0),)),
        ),
    )


def test_whisperx_nan_is_not_known() -> None:
    text = '{"word_segments": [], "segments": [{"start": 1, "end": 2, "text": "a b", "words": [%s]}]}'
    words = '{"word": "a", "start": NaN, "end": NaN, "score": NaN}, {"word": "b", "start": 1.5, "end": 2}'
    assert read(text % words).turns[0].words == (Word("a", 1.0, 1.5), Word("b", 1.5, 2.0))


@pytest.mark.parametrize(
    ("label", "speaker"),
    [("SPEAKER_00", U), ("AGENT", A), ("agent_1", A), ("customer", C), ("Klant", C), ("Jan", U), (None, U), ("", U)],
)
def test_whisperx_labels(label: str | None, speaker: Speaker) -> None:
    segment = {"start": 0, "end": 1, "text": "hi", "speaker": label}
    assert read({"segments": [segment]}).turns[0].speaker is speaker


def test_a_segment_without_a_speaker_has_that_of_its_words() -> None:
    words = [{"word": "hi", "start": 0, "end": 1}, {"word": "there", "start": 1, "end": 2, "speaker": "agent"}]
    assert said(read({"segments": [{"text": "hi there", "words": words}]})) == [(A, "hi there")]


def test_faster_whisper_joins_words_that_begin_without_a_space() -> None:
    words = [
        {"word": " e", "start": 0.0, "end": 0.2, "probability": 0.9},
        {"word": "-mail", "start": 0.2, "end": 0.6, "probability": 0.5},
        {"word": " me.", "start": 0.7, "end": 0.9, "probability": 0.8},
    ]
    segment = {"id": 1, "start": 0.0, "end": 0.9, "text": " e-mail me.", "words": words, "tokens": [1]}
    expected = (Word("e-mail", 0.0, 0.6, 0.5), Word("me.", 0.7, 0.9, 0.8))
    info = {"language": "nl", "duration": 12.5}
    for content in ([segment], {"segments": [segment]}, {"segments": [segment], "info": info}):
        assert read(content).turns == (Turn(U, expected),)
    assert (read({"segments": [segment], "info": info}).language, read([segment]).language) == ("nl", None)
    assert read({"segments": [segment], "info": info}).duration == 12.5


def test_whisper_without_words_spreads_the_segment() -> None:
    transcript = read({"segments": [{"start": 1.0, "end": 3.0, "text": " ab cd"}, {"text": " "}]})
    assert transcript.turns == (Turn(U, (Word("ab", 1.0, 2.0), Word("cd", 2.0, 3.0))),)


def test_whisper_times_that_run_backwards() -> None:
    segments = [{"start": 5, "end": 4, "text": "late"}, {"start": -0.1, "end": 1, "text": "early"}]
    assert timed(read({"segments": segments})) == [(U, 0.0, 1.0, "early"), (U, 5.0, 5.0, "late")]


def item(text: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    word = {"alternatives": [{"confidence": "0.9", "content": text}], "type": "pronunciation"}
    return {"start_time": str(start), "end_time": str(end), **word, **more}


MARK = {"alternatives": [{"confidence": "0.0", "content": "."}], "type": "punctuation"}


def transcribe(**results: Any) -> dict[str, Any]:
    return {"jobName": "j", "status": "COMPLETED", "results": {"language_code": "nl-NL", "transcripts": [], **results}}


def test_amazon_transcribe_channels_do_not_cut_each_other() -> None:
    channels = [
        {"channel_label": "ch_0", "items": [item("yes", 1.0, 1.2), item("sir", 1.6, 1.9), MARK, item("bye", 9, 9.5)]},
        {"channel_label": "ch_1", "items": [item("hello", 0.2, 0.9), item("okay", 1.3, 1.5)]},
    ]
    transcript = read(transcribe(channel_labels={"channels": channels}, items=[]))
    assert transcript.language == "nl"
    assert timed(transcript) == [(U, 0.2, 1.5, "hello okay"), (U, 1.0, 1.9, "yes sir."), (U, 9.0, 9.5, "bye")]
    assert transcript.turns[0].words[0] == Word("hello", 0.2, 0.9, 0.9)


@pytest.mark.parametrize("where", ["items", "segments"])
def test_amazon_transcribe_speakers(where: str) -> None:
    """Newer files have the label with each word, older ones in a list apart."""
    spoken = [("hi", 0.0, 0.5, "spk_0"), ("hello", 0.6, 0.9, "spk_1"), ("bye", 1.0, 1.4, "spk_0")]
    if where == "items":
        content = transcribe(items=[item(w, s, e, speaker_label=label) for w, s, e, label in spoken])
    else:
        labels = [{"start_time": str(s), "end_time": str(e), "speaker_label": label} for _, s, e, label in spoken]
        segments = [{"speaker_label": x["speaker_label"], "items": [x]} for x in labels]
        content = transcribe(items=[item(w, s, e) for w, s, e, _ in spoken], speaker_labels={"segments": segments})
    assert timed(read(content)) == [(U, 0.0, 0.5, "hi"), (U, 0.6, 0.9, "hello"), (U, 1.0, 1.4, "bye")]


def test_amazon_transcribe_with_channels_named_by_role() -> None:
    channels = [{"channel_label": "AGENT", "items": [item("hi", 0, 1)]}]
    assert said(read(transcribe(channel_labels={"channels": channels}))) == [(A, "hi")]


def test_call_analytics() -> None:
    words = [
        {"Content": "Hi", "Confidence": "0.98", "BeginOffsetMillis": 440, "EndOffsetMillis": 700},
        {"Content": ".", "Type": "punctuation"},
        {"Alternatives": [{"Content": "Jan", "Confidence": 0.5}], "BeginOffsetMillis": 800, "EndOffsetMillis": 990},
    ]
    agent = {"Content": "Hi. Jan", "BeginOffsetMillis": 440, "EndOffsetMillis": 990, "ParticipantRole": "AGENT"}
    customer = {"Content": "Yes sir", "BeginOffsetMillis": 0, "EndOffsetMillis": 2000, "ParticipantRole": "CUSTOMER"}
    transcript = read(
        {
            "JobStatus": "COMPLETED",
            "LanguageCode": "nl-NL",
            "Transcript": [{**agent, "Items": words}, customer],
            "ConversationCharacteristics": {"TotalConversationDurationMillis": 42460},
        }
    )
    assert transcript == Transcript(
        "nl",
        (
            Turn(C, (Word("Yes", 0.0, 1.0), Word("sir", 1.0, 2.0))),
            Turn(A, (Word("Hi.", 0.44, 0.7, 0.98), Word("Jan", 0.8, 0.99, 0.5))),
        ),
        duration=42.46,
    )


def test_contact_lens_names_roles_apart() -> None:
    people = [{"ParticipantId": "p1", "ParticipantRole": "AGENT"}, {"ParticipantId": "p2", "ParticipantRole": "SYSTEM"}]
    turns = [
        {"ParticipantId": "p1", "Content": "hi", "BeginOffsetMillis": 0, "EndOffsetMillis": 900},
        {"ParticipantId": "CUSTOMER", "Content": "hello", "BeginOffsetMillis": 1000, "EndOffsetMillis": 1900},
        {"ParticipantId": "p2", "Content": "beep", "BeginOffsetMillis": 2000, "EndOffsetMillis": 2900},
    ]
    transcript = read({"Version": "1.1.0", "Participants": people, "Transcript": turns})
    assert timed(transcript) == [(A, 0.0, 0.9, "hi"), (C, 1.0, 1.9, "hello"), (U, 2.0, 2.9, "beep")]


CUES = [
    # cue, turns
    ("<v Agent>hello", [(A, 1.0, 3.0, "hello")]),
    ("<v Agent>hello</v>", [(A, 1.0, 3.0, "hello")]),
    ("<v.loud.first Klant>hallo daar", [(C, 1.0, 3.0, "hallo daar")]),
    ("<v Jan Jansen>hello", [(U, 1.0, 3.0, "hello")]),
    ("<v>hello", [(U, 1.0, 3.0, "hello")]),
    ("hello\nthere", [(U, 1.0, 3.0, "hello there")]),
    ("Agent: hello\nthere", [(A, 1.0, 3.0, "hello there")]),
    ("so: hello", [(U, 1.0, 3.0, "so: hello")]),
    (
        "<v Agent>to: <i>you</i> <c.red>&amp; m&eacute;</c> <00:00:02.000>5 &lt; 6",
        [(A, 1.0, 3.0, "to: you & mé 5 < 6")],
    ),
    ("<v Agent>ab\n<v Customer>cd", [(A, 1.0, 2.0, "ab"), (C, 2.0, 3.0, "cd")]),
    ("<v Agent>customer: hello", [(A, 1.0, 3.0, "customer: hello")]),
    ("<v Agent> ", []),
]


@pytest.mark.parametrize(("cue", "turns"), CUES)
def test_webvtt_cues(cue: str, turns: list[tuple[Speaker, float, float, str]]) -> None:
    assert timed(read(f"WEBVTT\n\n00:01.000 --> 00:03.000\n{cue}\n")) == turns


def test_webvtt_around_the_cues() -> None:
    text = """\ufeffWEBVTT - a call\r
Language: nl\r
\r
NOTE made by hand\r
00:00.000 --> 00:01.000\r
\r
STYLE\r
::cue { color: red }\r
\r
intro\r
01:00:02.500 --> 01:00:04.000 align:start position:0%\r
<v Agent>twee\r
\r
1\r
00:02,000 --> 00:04,000\r
<v Klant>een\r
"""
    transcript = read(text)
    assert transcript.language == "nl"
    assert timed(transcript) == [(C, 2.0, 4.0, "een"), (A, 3602.5, 3604.0, "twee")]


def test_webvtt_without_cues_is_a_silent_call() -> None:
    assert read("WEBVTT") == Transcript(None, ())


def test_qm_json_written_by_hand() -> None:
    turns = [
        {"speaker": "Medewerker", "text": "ab cd", "start": 1, "end": 3},
        {"speaker": "customer", "text": "hello"},
        {"speaker": "agent", "text": "thanks for watching", "suppressed": "hallucination", "words": []},
    ]
    transcript = read({"format": "qm-transcript", "version": 1, "language": "nl", "turns": turns})
    assert transcript.turns[0] == Turn(A, (Word("ab", 1.0, 2.0), Word("cd", 2.0, 3.0)))
    assert transcript.turns[1] == Turn(C, (Word("hello"),))
    assert transcript.turns[2].suppressed is Suppressed.HALLUCINATION


@pytest.mark.parametrize("name", ["call.json", "call.vtt", "call.txt", "call", "call.JSON"])
@pytest.mark.parametrize(
    "content",
    [
        "agent: hi",
        "[00:01] agent: hi",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Agent>hi",
        ' \n{"segments": [{"text": "hi", "speaker": "agent"}]}',
        '[\n {"text": "hi", "speaker": "agent"}]',
        {"Transcript": [{"Content": "hi", "ParticipantRole": "AGENT"}]},
        {"format": "qm-transcript", "version": 1, "turns": [{"speaker": "agent", "text": "hi"}]},
    ],
)
def test_the_content_says_the_format_whatever_the_name(content: Any, name: str) -> None:
    assert said(read(content, name)) == [(A, "hi")]


def test_control_characters_in_json_are_dropped() -> None:
    text = '{"segments": [{"text": "one\x07 t\\u0000wo\\ud800 th\tree\\u202e"}]}'
    assert said(read(text)) == [(U, "one two th ree")]
