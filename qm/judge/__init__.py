"""A judge model: a second opinion on the criteria whose form asks for one. Off until `QM_JUDGE_URL` names a server.

Any server that speaks the OpenAI chat completions: vLLM or Ollama nearby, or a hosted one. One request judges one
call by one form. What comes back is trusted for nothing: an answer counts only when it is one of the answers that
were asked, and each of its quotes stands in the call. Whatever goes wrong, the report says so in one sentence and
the rules stand alone.

judging    Judge, JudgeReport   RedactedTranscript + EvaluationForm → JudgeReport
masking    redact_plainly       Transcript → RedactedTranscript: the only thing a judge is shown
questions                       what is asked, and in which form the answers must come
answers                         which answers count
client                          the server, over HTTP
failures                        why there are no answers at all
"""

from qm.judge.answers import NOT_ASKED
from qm.judge.judging import Judge, JudgeProvenance, JudgeReport, asked_hash
from qm.judge.masking import MAIL, NUMBER, RedactedTranscript, redact_plainly

__all__ = [
    "MAIL",
    "NOT_ASKED",
    "NUMBER",
    "Judge",
    "JudgeProvenance",
    "JudgeReport",
    "RedactedTranscript",
    "asked_hash",
    "redact_plainly",
]
