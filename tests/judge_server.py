"""A judge model's server on this machine, and calls and answers for it.

Real HTTP: `Server` gives the replies it was told, in order, the last one for ever, and keeps what it was sent.
"""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from qm.call import Speaker
from qm.transcript import Transcript, turn_of


def said(*lines: str) -> Transcript:
    """`agent: …` lines without times."""
    turns = (line.split(": ", 1) for line in lines)
    return Transcript("en", tuple(turn_of(Speaker(speaker), words) for speaker, words in turns))


def answer(verdict: str, *quotes: dict[str, Any], why: str = "It was said.", confidence: Any = 0.9) -> dict[str, Any]:
    return {"quotes": list(quotes), "why": why, "answer": verdict, "confidence": confidence}


@dataclass(frozen=True)
class Reply:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    stalls: bool = False
    """sends nothing"""
    drips: bool = False
    """sends one byte now and then"""


def chat(content: Any, **more: Any) -> Reply:
    """A chat completion: content as text, anything else as JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    usage = {"prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366}
    body = {"id": "1", "object": "chat.completion", "choices": [{"index": 0, "message": {"content": text}}]}
    return Reply(json.dumps(body | {"usage": usage} | more).encode())


def status(code: int, **headers: str) -> Reply:
    return Reply(b'{"error": "no"}', code, {"Content-Type": "application/json"} | headers)


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.raw)
        return body

    @property
    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = self.body["response_format"]["json_schema"]["schema"]
        return schema


class Server(ThreadingHTTPServer):
    """Serves while it is a context."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: list[Reply] = []
        self.requests: list[Request] = []
        self.over = threading.Event()

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        self.over.set()
        self.shutdown()
        self.thread.join()
        super().__exit__(*error)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has had enough hangs up: no error of the server's."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(Request(self.path, dict(self.headers), raw))
        replies = self.server.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply.stalls:
            self.server.over.wait(10)
            return
        if reply.drips:
            self.drip()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def drip(self) -> None:
        """A head that never ends, always faster than a limit on single reads."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.server.over.wait(0.02):
            self.wfile.write(b"x")

    def do_GET(self) -> None:
        raise AssertionError("a redirect was followed")

    def log_message(self, format: str, *args: Any) -> None:
        pass
