"""What a service shows over HTTP: read-only, for operators on an inner network."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import deciding
from shared.database.transactions import Database

Show = Callable[[AsyncSession, str], Awaitable[dict[str, Any] | None]]
"""The state of one thing by its id or reference, as JSON; None where there is no such thing."""
Page = Callable[[AsyncSession, Mapping[str, str]], Awaitable[str | None]]
"""An HTML page by its query; None where there is no such page."""
Health = Callable[[], Awaitable[dict[str, str]]]
"""Each part's state: `ok` or what is wrong."""


class Windows:
    """An ASGI application: `/health`, `/metrics`, `/decisions`, `/show` and a service's pages."""

    def __init__(
        self,
        database: Database,
        health: Health,
        show: Mapping[str, Show],
        pages: Mapping[str, Page],
    ) -> None:
        self._database = database
        self._health = health
        self._show = show
        self._pages = pages

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Answer one request, whatever its method."""
        query = {k: v[0] for k, v in parse_qs(scope.get("query_string", b"").decode()).items()}
        status, kind, body = await self._respond(scope["path"], query)
        headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _respond(self, path: str, query: Mapping[str, str]) -> tuple[int, str, bytes]:
        if path == "/health":
            parts = await self._health()
            well = parts["broker"] == parts["database"] == "ok"
            return 200 if well else 503, "application/json", json.dumps(parts).encode()
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest()
        page, show = self._pages.get(path), self._show.get(query.get("kind", ""))
        if page is not None:
            async with self._database.transaction() as tx:
                html = await page(tx.session, query)
            if html is not None:
                return 200, "text/html; charset=utf-8", html.encode()
        elif path == "/decisions":
            async with self._database.transaction() as tx:
                lines = [each async for each in deciding.page(tx.session, query)]
            return 200, "application/x-ndjson", "".join(lines).encode()
        elif path == "/show" and show is not None:
            async with self._database.transaction() as tx:
                state = await show(tx.session, query.get("id", ""))
            if state is not None:
                shown = json.dumps(state, default=str, ensure_ascii=False)
                return 200, "application/json", shown.encode()
        known = [
            "/health",
            "/metrics",
            "/decisions",
            *self._pages,
            *(f"/show?kind={k}&id=…" for k in self._show),
        ]
        answer = {"error": f"nothing here under {path} with {dict(query)}", "known": known}
        return 404, "application/json", json.dumps(answer, ensure_ascii=False).encode()
