"""An identity provider that says whatever a test wants: to try answers no honest provider gives."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

_OURS = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"})
_STRANGERS = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"})
SECRET = "a secret of the provider"
Claims = dict[str, Any]


@dataclass
class Provider:
    """`claims` go over the right ones (None takes one away); `signed` is "ours", "stranger", "secret" or
    "none"; `token` replaces the whole answer of the token endpoint."""

    url: str = ""
    claims: Claims = field(default_factory=dict)
    userinfo: Claims = field(default_factory=dict)
    signed: str = "ours"
    token: tuple[int, bytes] | None = None
    challenge: str = ""
    nonce: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    def metadata(self) -> Claims:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorized(self, location: str) -> str:
        """What a person's consent does: remember the request; returns its state."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        self.asked.append(asked)
        self.challenge, self.nonce = asked["code_challenge"], asked["nonce"]
        return asked["state"]

    def id_token(self) -> str:
        now = int(time.time())
        right: Claims = {
            "iss": self.url,
            "sub": "subject-1",
            "aud": "console",
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "email": "aino@company.example",
            "email_verified": True,
        }
        claims = {name: value for name, value in (right | self.claims).items() if value is not None}
        if self.signed == "none":
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        if self.signed == "secret":
            return jwt.encode({"alg": "HS256", "kid": "ours"}, claims, OctKey.import_key(SECRET), ["HS256"])
        key = _OURS if self.signed == "ours" else _STRANGERS
        return jwt.encode({"alg": "RS256", "kid": "ours"}, claims, key)

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        if path == "/token":
            return self.token or self._exchange(form)
        known: dict[str, Claims] = {
            "/.well-known/openid-configuration": self.metadata(),
            "/jwks": {"keys": [_OURS.as_dict(private=False)]},
            "/userinfo": self.userinfo,
        }
        return (200, json.dumps(known[path]).encode()) if path in known else (404, b"{}")

    def _exchange(self, form: dict[str, str]) -> tuple[int, bytes]:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
            return 400, b'{"error": "invalid_grant"}'
        token = {"access_token": "access", "token_type": "Bearer", "id_token": self.id_token()}
        return 200, json.dumps(token).encode()


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(provider.answer(urlsplit(self.path).path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(provider.answer(urlsplit(self.path).path, form))

        def _say(self, said: tuple[int, bytes]) -> None:
            self.send_response(said[0])
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said[1])))
            self.end_headers()
            self.wfile.write(said[1])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
