"""Asks a server that speaks the OpenAI chat completions, and takes nothing that it says on trust."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from qm.errors import SettingsError
from qm.judge.failures import Failed, Passing, Refused
from qm.settings import Settings

_LARGEST = 1_000_000
"""bytes of a response; an honest one has a few thousand"""
_BACKOFF_SECONDS = 0.5
"""before the first new attempt; doubled for each further one"""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a server answers."""

    content: str
    prompt_tokens: int | None
    """as the server counts; None: it did not say"""
    completion_tokens: int | None


class Client:
    """The server that the settings name. Threads and processes may share it: it keeps no connection.

    Raises:
        SettingsError: no server is named, or its address cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.judge_url is None:
            raise SettingsError("There is no judge model; name its server in QM_JUDGE_URL.")
        self._url = _endpoint(settings.judge_url)
        self._key = settings.judge_key
        self._timeout = settings.judge_timeout
        self._retries = settings.judge_retries
        self._budget = settings.judge_budget_seconds
        self.model = settings.judge_model
        self.place = str(self._url.copy_with(query=None))
        """the server's address, without user, password and query"""

    def complete(self, prompt: str, call: str, schema: dict[str, Any]) -> Completion:
        """The model's reply to a call, in the form of a schema where the server knows such.

        Not for use inside a running event loop.

        Raises:
            Failed: there is none.
        """
        messages = [{"role": "system", "content": prompt}, {"role": "user", "content": call}]
        plain = {"model": self.model, "messages": messages}
        form = {"name": "judgements", "strict": True, "schema": schema}
        structured = plain | {"temperature": 0, "response_format": {"type": "json_schema", "json_schema": form}}
        try:
            return asyncio.run(self._converse(structured, plain))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError):
            # What these say may hold the address with its query, or the key.
            raise Failed("The judge model cannot be asked; check QM_JUDGE_URL, its proxy and certificates.") from None

    async def _converse(self, structured: dict[str, Any], plain: dict[str, Any]) -> Completion:
        """Ask in the best way, and plainly when the server refuses that.

        Some servers know no `response_format`, some models no temperature but their own; both answer 400.
        """
        deadline = time.monotonic() + self._budget
        async with self._client() as client:
            try:
                return await self._insist(client, structured, deadline)
            except Refused:
                return await self._insist(client, plain, deadline)

    def _client(self) -> httpx.AsyncClient:
        """
        A judge on this machine is spoken to directly, whatever proxy the environment names. Responses must come
        uncompressed: a small one could unpack to any size. Time is limited around the whole request, because a
        server that sends a byte now and then meets every limit on single reads.
        """
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        local = self._url.host in {"localhost", "127.0.0.1", "::1"}
        return httpx.AsyncClient(headers=headers, timeout=None, follow_redirects=False, trust_env=not local)

    async def _insist(self, client: httpx.AsyncClient, body: dict[str, Any], deadline: float) -> Completion:
        """One request, again after failures that pass, while retries and budget last."""
        attempt = 0
        while True:
            try:
                return await self._once(client, body, deadline)
            except Passing as error:
                pause = max(_BACKOFF_SECONDS * 2**attempt, error.pause)
                if attempt >= self._retries or time.monotonic() + pause >= deadline:
                    raise
                await asyncio.sleep(pause)
                attempt += 1

    async def _once(self, client: httpx.AsyncClient, body: dict[str, Any], deadline: float) -> Completion:
        # Half a surrogate pair has no encoding; recognisers do not write one, transcript files may.
        content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        seconds = min(self._timeout, deadline - time.monotonic())
        try:
            async with asyncio.timeout(seconds), client.stream("POST", self._url, content=content) as response:
                _check(response)
                return _read(await _body(response))
        except TimeoutError:
            raise Passing(f"The judge model did not answer within {max(seconds, 0):.1f} seconds.") from None
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            raise Passing("The judge model's server could not be reached, or broke off.") from None


def _endpoint(address: str) -> httpx.URL:
    """The address of the chat completions: most servers have it below `/v1`."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise SettingsError("QM_JUDGE_URL is not a web address; write one such as http://localhost:8000/v1.") from None
    path = url.path.rstrip("/")
    return url.copy_with(path=path if path.endswith("/chat/completions") else f"{path}/chat/completions", fragment=None)


_ADVICE = {
    401: "check QM_JUDGE_KEY",
    403: "check QM_JUDGE_KEY",
    404: "check QM_JUDGE_URL, which often ends with /v1, and QM_JUDGE_MODEL",
}


def _check(response: httpx.Response) -> None:
    """
    Raises:
        Refused: the request could be put more plainly.
        Passing: it may be accepted in a moment.
        Failed: it will not.
    """
    status = response.status_code
    if status == 429 or status >= 500:
        raise Passing(f"The judge model's server is busy or broken (HTTP {status}).", _pause(response))
    if status == 400:
        raise Refused("The judge model's server refuses the request (HTTP 400); the call may be too long for it.")
    if 300 <= status < 400:
        raise Failed(
            f"The judge model's server sends elsewhere (HTTP {status}); put the final address in QM_JUDGE_URL."
        )
    if status != 200:
        advice = _ADVICE.get(status, "check QM_JUDGE_URL and QM_JUDGE_MODEL")
        raise Failed(f"The judge model's server refuses the request (HTTP {status}); {advice}.")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Failed("The judge model's server did not answer with JSON; check QM_JUDGE_URL.")


def _pause(response: httpx.Response) -> float:
    """The seconds of `Retry-After`; its other form, a date, is not used by these servers."""
    wish = response.headers.get("retry-after", "")
    return float(wish) if wish.isascii() and wish.isdigit() and len(wish) < 7 else 0.0


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _LARGEST:
            raise Failed(f"The judge model's reply is longer than {_LARGEST // 1_000_000} MB.")
    return bytes(body)


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Reply(BaseModel):
    """What is used of a chat completion; servers add fields of their own."""

    model_config = ConfigDict(strict=True)

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: JsonValue = None

    def tokens(self, name: str) -> int | None:
        count = self.usage.get(name) if isinstance(self.usage, dict) else None
        return count if type(count) is int and count >= 0 else None


def _read(body: bytes) -> Completion:
    try:
        reply = _Reply.model_validate_json(body)
    except ValidationError:
        raise Failed("The judge model's server did not answer with a chat completion; check QM_JUDGE_URL.") from None
    content = reply.choices[0].message.content or ""
    return Completion(content, reply.tokens("prompt_tokens"), reply.tokens("completion_tokens"))
