"""Access: who may ask this server, and from where.

A token of 256 random bits stands in a file that only its owner can read.
Programs send it as a bearer token. A browser trades a code, which is good
once and for ten minutes, for a session cookie. Codes and sessions are signed
with a key that is made from the token, so they end with it; nothing is kept
but the codes that were used.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hyperstep.errors import SubmissionError

CODE_LASTS = 600.0  # seconds
SESSION_LASTS = 30 * 86_400.0  # seconds

WRONG_A_SECOND = 10  # wrong tokens from one address

_MADE_WITH = 32  # random bytes
_MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the server may be asked.

    hosts: what the Host header may say, port included as browsers do. origins: the pages that may change something.
    """

    hosts: frozenset[str]
    origins: frozenset[str]

    @property
    def secure(self) -> bool:
        """True if it is only ever asked over TLS, so that cookies can demand it."""
        return all(origin.startswith("https://") for origin in self.origins)


def addresses(port: int, *, host: str = "127.0.0.1", tls: bool = False, behind: str = "") -> Addresses:
    """The addresses of a server.

    host: that it is bound to. behind: the origin that a proxy before it is reached at, such as https://ml.example.org.
    """
    scheme = "https" if tls else "http"
    if behind:
        names = [behind.partition("://")[2]]
        return Addresses(hosts=frozenset(names), origins=frozenset([behind]))
    names = ["127.0.0.1", "localhost", "[::1]"]
    if host not in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        names.append(f"[{host}]" if ":" in host else host)
    default = 443 if tls else 80
    shown = [name if port == default else f"{name}:{port}" for name in names]
    return Addresses(hosts=frozenset(shown), origins=frozenset(f"{scheme}://{name}" for name in shown))


def token_in(path: Path, *, make: bool) -> str:
    """The token in a file; made, with a token of its own, if there is none and `make` says so.

    Raises SubmissionError if others can read the file, or it holds less than 32 characters.
    """
    if make:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(file, "w") as new:
                new.write(f"{secrets.token_urlsafe(_MADE_WITH)}\n")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)) as found:
        seen = os.fstat(found.fileno())
        if seen.st_uid != os.geteuid() or stat.S_IMODE(seen.st_mode) & 0o077:
            raise SubmissionError(
                f"The token file {str(path)!r} can be read by others (mode {stat.S_IMODE(seen.st_mode):03o}, owner "
                f"{seen.st_uid}). Make it yours alone: chmod 600; or remove it and a new one is made."
            )
        token = found.read(4096).strip()
    if len(token) < _MADE_WITH or not token.isascii():
        raise SubmissionError(
            f"The token file {str(path)!r} holds {len(token)} characters; a token has at least {_MADE_WITH}, all of "
            f"them ASCII. Remove the file and a new one is made."
        )
    return token


class Access:
    """What a token opens, for one server. Safe in one thread."""

    def __init__(
        self, token: str, where: Addresses, *, server: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        """server: names the server's own lifetime, since codes are good once in it."""
        self.where = where
        self._server = server
        self._clock = clock
        self._digest = hashlib.sha256(token.encode()).digest()
        self._key = hmac.digest(token.encode(), b"hyperstep server", "sha256")
        self._used: dict[str, float] = {}
        self._wrong: dict[str, tuple[float, int]] = {}  # by address, since when and how often

    def is_token(self, given: str) -> bool:
        """True for the token; takes as long for any other."""
        return hmac.compare_digest(hashlib.sha256(given.encode("utf-8", "replace")).digest(), self._digest)

    def tries_too_often(self, address: str) -> bool:
        """Count a wrong token; True from the eleventh within a second."""
        now = self._clock()
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong = {one: kept for one, kept in self._wrong.items() if abs(now - kept[0]) < 1}
        since, count = self._wrong.get(address, (now, 0))
        if abs(now - since) >= 1:
            since, count = now, 0
        self._wrong[address] = (since, count + 1)
        return count >= WRONG_A_SECOND

    def code(self) -> str:
        """A new code, good once, that a browser gets a session for."""
        return self._signed("code", CODE_LASTS)

    def session_for(self, code: str) -> str | None:
        """A session for a code, or None if it is wrong, too old or used."""
        if not self._is_signed("code", code) or code in self._used:
            return None
        now = self._clock()
        self._used = {used: until for used, until in self._used.items() if until > now}
        self._used[code] = now + CODE_LASTS
        return self.session()

    def session(self) -> str:
        """A new session."""
        return self._signed("session", SESSION_LASTS)

    def is_session(self, given: str) -> bool:
        """True for a session of this token that hasn't expired."""
        return self._is_signed("session", given)

    def form_token(self, session: str) -> str:
        """What a form of this session carries, so that no other page can have made it."""
        return self._mac("form", session)

    def is_form_token(self, session: str, given: str) -> bool:
        """True for the form token of a session."""
        return hmac.compare_digest(self._mac("form", session).encode(), given.encode("utf-8", "replace"))

    def _signed(self, purpose: str, lasts: float) -> str:
        claim = f"{int(self._clock() + lasts)}.{secrets.token_urlsafe(18)}"
        return f"{claim}.{self._mac(purpose, claim)}"

    def _is_signed(self, purpose: str, given: str) -> bool:
        claim, _, mac = given.rpartition(".")
        right = hmac.compare_digest(self._mac(purpose, claim).encode(), mac.encode("utf-8", "replace"))
        return right and int(claim.partition(".")[0]) > self._clock()

    def _mac(self, purpose: str, claim: str) -> str:
        server = self._server if purpose == "code" else ""
        said = f"{purpose}\n{server}\n{claim}".encode("utf-8", "replace")
        return hmac.new(self._key, said, "sha256").hexdigest()
