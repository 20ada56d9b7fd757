"""Who is let in, asked without a browser."""

from __future__ import annotations

import http.client

import pytest
from app_server import Running


def ask(
    running: Running,
    address: str = "/",
    method: str = "GET",
    *,
    body: bytes | None = None,
    **headers: str,
) -> http.client.HTTPResponse:
    port = int(running.origin.rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, address, body, named)
    try:
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    return response


@pytest.fixture(scope="module")
def cookie(running: Running) -> str:
    response = ask(running, running.link.removeprefix(running.origin))
    assert response.status == 303
    given = response.getheader("set-cookie") or ""
    assert "HttpOnly" in given
    assert "SameSite=strict" in given
    return given.split(";")[0]


def test_nobody_comes_in_without_the_link(running: Running) -> None:
    for address in ("/", "/mark", "/isotopes/backup", "/folders", "/mark/picture?photo=/etc/hosts"):
        assert ask(running, address).status == 401
    assert ask(running, "/enter?token=guessed").status == 403


def test_the_link_works_once(running: Running, cookie: str) -> None:
    assert ask(running, "/", cookie=cookie).status == 200
    assert ask(running, running.link.removeprefix(running.origin)).status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1.evil.example:80", ""])
def test_another_host_is_refused(running: Running, cookie: str, host: str) -> None:
    assert ask(running, "/", cookie=cookie, host=host).status == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:1", None])
def test_other_pages_change_nothing(running: Running, cookie: str, origin: str | None) -> None:
    headers = {"cookie": cookie} | ({} if origin is None else {"origin": origin})
    assert ask(running, "/lock", "POST", **headers).status == 403
    assert ask(running, "/lock", "POST", cookie=cookie, origin=running.origin).status == 303


def test_answers_forbid_all_that_is_not_ours(running: Running, cookie: str) -> None:
    response = ask(running, "/", cookie=cookie)
    policy = response.getheader("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.getheader("access-control-allow-origin") is None
    assert response.getheader("x-content-type-options") == "nosniff"
    assert response.getheader("cache-control") == "no-store"


def test_too_much_is_refused_before_it_is_read(running: Running, cookie: str) -> None:
    headers = {"cookie": cookie, "origin": running.origin, "content-length": str(1 << 40)}
    assert ask(running, "/unlock", "POST", **headers).status == 413
    body = b"passphrase=" + b"x" * (2 << 20)
    headers["content-length"] = str(len(body))
    assert ask(running, "/unlock", "POST", body=body, **headers).status == 413
