"""A container's health is its service's answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local.ports import free_ports
from shared import healthcheck


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[int]:
    """A service that answers with the given status; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to tell."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("answering", "code"), [(200, 0), (503, 1)], indirect=["answering"])
def test_a_container_is_as_well_as_its_service(
    answering: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE", "demand")
    monkeypatch.setenv("KITU_HTTP_PORT", "1")
    monkeypatch.setenv("KITU_DEMAND_HTTP_PORT", str(answering))
    assert healthcheck.main() == code


def test_a_container_whose_service_does_not_answer_is_not_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERVICE", "demand")
    monkeypatch.setenv("KITU_HTTP_PORT", str(free_ports(1)[0]))
    assert healthcheck.main() == 1
