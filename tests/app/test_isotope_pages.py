"""Pages of what was marked, asked without a browser."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from eventually import eventually
from PIL import Image
from starlette.testclient import TestClient

from isotopes.app.guard import cookie_name
from isotopes.app.pages import isotopes, mark
from isotopes.app.pages.thumbnails import NOTHING, SIDE, _small
from isotopes.app.server import make_app, new_state
from isotopes.workflows.marking import remembering


@pytest.fixture
def client(home: Path) -> TestClient:
    state = new_state(str(home / "vault.sqlite"), home / "data", home)
    state.unlock("four unusual words together")
    job = mark.resume(state, {"folder": str(home / "Holiday")})
    eventually(lambda: job.over, 90, "the end of marking")
    assert job.state == "done", job.error
    cookie = state.enter(str(state.entry_token))
    return TestClient(
        make_app(state, 8765), "http://127.0.0.1:8765", cookies={cookie_name(8765): str(cookie)}
    )


def test_contact_sheets_and_thumbnails(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isotopes, "SHEET", 5)
    sheets_have_pages(client)
    thumbnails_are_of_recorded_pictures_alone(client, home)
    thumbnails_of_one_name_are_told_apart_by_their_folder(client, home, monkeypatch)
    a_form_sent_twice_renames_once(client)


def sheets_have_pages(client: TestClient) -> None:
    first, second, third = (client.get(f"/isotopes/Holiday?from={n}").text for n in (0, 5, 10))
    assert [text.count("<img") for text in (first, second, third)] == [5, 5, 2]
    assert "Earlier pictures" not in first
    assert "More pictures" in first
    assert "Earlier pictures" in third
    assert "More pictures" not in third
    for odd in ("-1", "x", "9" * 40, "9999", "\u0663"):
        assert client.get("/isotopes/Holiday", params={"from": odd}).status_code == 200


def a_form_sent_twice_renames_once(client: TestClient) -> None:
    origin = {"origin": "http://127.0.0.1:8765"}
    for _ in range(2):  # a double click, or the page reloaded
        sent = client.post("/isotopes/Holiday/rename", data={"new": "June"}, headers=origin)
        assert (sent.status_code, sent.url.path) == (200, "/isotopes/June")
    lost = client.post("/isotopes/Holiday/rename", data={"new": "May"}, headers=origin)
    assert lost.status_code == 400
    assert "no isotope is called" in lost.text


def thumbnails_are_of_recorded_pictures_alone(client: TestClient, home: Path) -> None:
    got = client.get("/thumbnails/Holiday?name=IMG_0001.jpg")
    assert got.headers["content-type"] == "image/jpeg"
    for name in ("../vault.sqlite", "nothing.jpg", str(home / "Others" / "IMG_0001.jpg")):
        other = client.get("/thumbnails/Holiday", params={"name": name})
        assert other.content == NOTHING


def thumbnails_of_one_name_are_told_apart_by_their_folder(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of a job asks by name alone, and means the pictures that it added."""
    monkeypatch.setattr(remembering, "utc_now", lambda: "2099-01-01T00:00:00Z")
    state = client.app.state.app  # type: ignore[attr-defined]
    job = mark.resume(state, {"folder": str(home / "Others"), "add_to": "Holiday"})
    eventually(lambda: job.over, 90, "the end of marking")
    assert job.state == "done", job.error
    name = "IMG_0001.jpg"
    shown = [
        client.get("/thumbnails/Holiday", params={"name": name, **more}).content
        for more in ({"folder": str(home / "Holiday")}, {"folder": str(home / "Others")}, {})
    ]
    expected = []
    for folder in ("Holiday", "Others"):
        out = io.BytesIO()
        _small(home / folder / name).save(out, "JPEG", quality=80)
        expected.append(out.getvalue())
    assert expected[0] != expected[1]
    assert shown == [*expected, expected[1]]


def test_a_large_jpeg_is_drafted_and_turned(tmp_path: Path) -> None:
    """Its left half, as stored, is red: turned by 90 degrees, its upper half."""
    pixels = np.zeros((1400, 2800, 3), np.uint8)
    pixels[:, :1400] = (200, 0, 0)
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation: turn by 90 degrees clockwise
    Image.fromarray(pixels).save(tmp_path / "large.jpg", exif=turned)
    small = np.asarray(_small(tmp_path / "large.jpg"))
    assert small.shape == (SIDE, SIDE // 2, 3)
    assert small[10, 40, 0] > 150
    assert small[150, 40, 0] < 50
