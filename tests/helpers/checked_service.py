"""A vault, probes and a JSON service that serves a real network: what a paid check needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image
from served_network import served
from tiny_network import pictures, write_network

from isotopes.canonical import digest_of
from isotopes.marks import get_family
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.wrapper import Wrapper
from isotopes.testing import FakeServer
from isotopes.testing.formats.plain_json import PlainJson
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.verify.methods.terms import committed_terms

PROBES = 8
DECOYS = 19
QUERIES = PROBES * (2 + DECOYS)
# All pictures are asked, whatever the first of them say: the tests count what is sent.
TERMS = ("--method", "rank", "--decoys", "19", "--level", "0.05", "--probes-count", "8")
SIDE = 24
FACTOR = 0.5  # of the network's weights: its answers are less certain


def make_isotope() -> Isotope:
    made = new_isotope("holiday", get_family("gratings"), 0.4, plan=committed_terms())
    made = replace(made, root=bytes(range(32)))  # no test hangs on which mark is drawn
    return replace(made, commitment=digest_of(made.statement()))


def set_up(folder: Path) -> Path:
    """Write a vault, probes and ``model.onnx`` into `folder`; returns the network."""
    with Vault.create(folder / "vault.sqlite") as vault:
        vault.add(make_isotope())
    (folder / "probes").mkdir()
    for number, picture in enumerate(pictures(PROBES, (SIDE, SIDE), seed=4)):
        Image.fromarray(picture).save(folder / "probes" / f"{number}.png")
    return write_network(folder / "model.onnx", factor=FACTOR)


def set_up_served(folder: Path) -> Target:
    """As `set_up`; returns the same network, shared with other tests, for a service to serve."""
    set_up(folder)
    return served(factor=FACTOR)


def serve(model: Target, **how: object) -> FakeServer:
    return FakeServer(model, PlainJson(), **how)  # type: ignore[arg-type]


def describe(folder: Path, server: FakeServer, *more: str, concurrency: int = 1) -> Path:
    """Write ``service.toml``, which asks `server`, with fields in `more` on top."""
    path = folder / "service.toml"
    lines = [
        f'url = "{server.url}classify"',
        'name = "the service"',
        f"concurrency = {concurrency}",
        "retries = 1",
        *more,
        "[request]",
        """body = '{"image": "{{image_base64}}"}'""",
        "[answer]",
        'form = "objects"',
        'at = "result"',
        'label = "label"',
        'score = "score"',
        'version = "version"',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


class Shifted(Wrapper):
    """The same network, as if trained on: its answers are moved a little towards equal ones."""

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        scores = self.inner.ask(pictures, gate)
        return replace(scores, values=0.5 * scores.values + 0.5 / scores.values.shape[1])


def bodies(server: FakeServer) -> list[bytes]:
    """What the server was asked, in order."""
    return [request.body for request in server.requests]
