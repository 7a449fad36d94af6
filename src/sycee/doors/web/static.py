"""The built files over HTTP: compressed ahead, named by their content's hash, strictly bounded.

`/wallet/…`, `/merchant/…` and `/console/…` answer with their app's page whatever the path, since
the app reads the path itself; `/assets/…` are its parts, whose names carry a hash of their content,
and so never change. Source of the header rules: the OWASP Secure Headers project.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

STATIC = Path(__file__).parent / "static"
APPS = ("wallet", "merchant", "console")
STYLE = "style"
"""The page of all components, which a demo shows as one more app."""

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self';"
    " img-src 'self' data: blob:; media-src 'self' blob:; manifest-src 'self'; worker-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types svelte-trusted-html sycee-worker"
)
SECURITY = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(self), payment=(self), publickey-credentials-get=(self),"
        b" publickey-credentials-create=(self), geolocation=(), microphone=()",
    ),
]
SHARED = "checkout.js"
"""The one file that other sites load: the shops' button."""

FOREVER = b"public, max-age=31536000, immutable"
VERIFIER = "verify/index.html"
"""The page that is one file, with a policy of its own: the log's door gives it."""

KEPT_FILES = 256
"""Files held in memory; the least used one makes room."""

_OPEN = [
    (field, b"cross-origin" if field == b"cross-origin-resource-policy" else said)
    for field, said in SECURITY
]
Headers = list[tuple[bytes, bytes]]
Answer = tuple[int, Headers, bytes]


def verifier() -> bytes | None:
    """The page that checks proofs by itself; None where the web app is not built."""
    path = STATIC / VERIFIER
    return path.read_bytes() if path.is_file() else None


class Files:
    """The built files of one folder. `origin` is the one address that passkeys belong to.

    In a `demo` the page of all components is among them.
    """

    def __init__(self, origin: str, folder: Path = STATIC, *, demo: bool = False) -> None:
        self._apps = (*APPS, STYLE) if demo else APPS
        self._origin = origin
        self._host = urlsplit(origin).netloc.encode()
        self._folder = folder
        self._names = {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".br" and (demo or path.parent.name != STYLE)
        } - {VERIFIER}
        self._read = lru_cache(maxsize=KEPT_FILES)(self._file)

    def holds(self, path: str) -> bool:
        """Whether a request's path is one of this door's."""
        head = path.split("/", 2)[1] if path.startswith("/") else ""
        return path == "/" or head in self._apps or head == "assets" or path[1:] in self._names

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one GET or HEAD request, by ASGI."""
        headers = dict(scope["headers"])
        if scope["method"] not in ("GET", "HEAD"):
            status, given, body = 405, [(b"allow", b"GET, HEAD")], b""
        else:
            status, given, body = self._answer(scope["path"], scope["query_string"], headers)
        length = [(b"content-length", str(len(body)).encode())]
        start = {"type": "http.response.start", "status": status, "headers": given + length}
        await send(start)
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    def _answer(self, path: str, query: bytes, headers: dict[bytes, bytes]) -> Answer:
        if path == "/":
            return self._redirect("/wallet/", query)
        name = self._name(path)
        if name is None:
            if path.strip("/") in self._apps and not self._names:
                return 503, [(b"content-type", b"text/plain")], b"The web app is not built."
            return 404, [(b"content-type", b"text/plain"), *SECURITY], b"There is no such file."
        if name.endswith(".html") and headers.get(b"host", self._host) != self._host:
            return self._redirect(path, query)  # passkeys and cookies belong to the one address
        return self._give(name, headers)

    def _redirect(self, path: str, query: bytes) -> Answer:
        to = self._origin + quote(path) + (f"?{query.decode('latin-1')}" if query else "")
        return 307, [(b"location", to.encode("latin-1")), (b"cache-control", b"no-store")], b""

    def _name(self, path: str) -> str | None:
        """The file behind a path; an app's own paths lead to its page."""
        name = path[1:]
        if name in self._names:
            return name
        app, _, rest = name.partition("/")
        page = f"{app}/index.html"
        return page if app in self._apps and "." not in rest and page in self._names else None

    def _give(self, name: str, headers: dict[bytes, bytes]) -> Answer:
        small = b"br" in headers.get(b"accept-encoding", b"")
        body, tag, encoded = self._read(name, small)
        hashed = name.startswith("assets/")
        given = [
            (b"content-type", TYPES.get(Path(name).suffix, "application/octet-stream").encode()),
            (b"cache-control", FOREVER if hashed else b"no-cache"),
            (b"etag", tag),
            (b"vary", b"accept-encoding"),
            *(SECURITY if name != SHARED else _OPEN),
        ]
        if encoded:
            given.append((b"content-encoding", b"br"))
        if headers.get(b"if-none-match") == tag:
            return 304, given, b""
        return 200, given, body

    def _file(self, name: str, small: bool) -> tuple[bytes, bytes, bool]:
        """A file's bytes, its entity tag, and whether the bytes are Brotli."""
        packed = self._folder / f"{name}.br"
        encoded = small and packed.is_file()
        body = (packed if encoded else self._folder / name).read_bytes()
        return body, b'"%s"' % hashlib.sha256(body).hexdigest()[:32].encode(), encoded
