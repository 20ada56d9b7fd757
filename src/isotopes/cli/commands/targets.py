"""`isotopes targets`: what can be asked, and drafts of descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from isotopes.cli.terminal import show, show_json, tell
from isotopes.errors import FolderError
from isotopes.targets import Completeness

if TYPE_CHECKING:
    from isotopes.faces import OpenableFaceSearch
    from isotopes.targets import OpenableTarget

# What an answer lacks decides which tests have power (paper, section 8.4): all of them stay valid.
TESTS: Mapping[Completeness | None, str] = MappingProxyType(
    {
        Completeness.FULL: "any label, named or searched; every statistic",
        Completeness.TOP_K: "labels among its best K; top-rank suits it",
        Completeness.THRESHOLD: "labels above its threshold; probability or top-rank suit it",
        None: "as complete as its answers are",
    }
)


app = typer.Typer(
    help="What `check --target` and `faces --engine` can ask; without a command, the list.",
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def targets(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="print the list as JSON")] = False,
) -> None:
    """List what `check --target` and `faces --engine` can ask."""
    from isotopes.faces import face_search_kinds
    from isotopes.targets import target_kinds
    from isotopes.testing.registry import wire_formats

    if context.invoked_subcommand is not None:
        return
    fakes = wire_formats()
    found = [_about(kind, kind.kind in fakes) for _, kind in sorted(target_kinds().items())]
    found += [_about_faces(kind) for _, kind in sorted(face_search_kinds().items())]
    if as_json:
        show_json(found)
        return
    for about in found:
        _show(about)


@app.command()
def describe(
    model: Annotated[
        str, typer.Argument(help="a network's file or folder, or the address of a service")
    ],
    out: Annotated[
        Path | None, typer.Option(help="where to write it (default: beside MODEL, or HOST.toml)")
    ] = None,
) -> None:
    """Write the draft of a description, for you to complete.

    What the model says is filled in. What only its owner can know is left as a comment.
    """
    from isotopes.files import atomic_write
    from isotopes.targets.describing import describe_file
    from isotopes.targets.templates import SEVERAL, describe_address

    if model.lower().startswith(("http://", "https://")):
        draft = describe_address(model)
        path = out or Path(f"{urlsplit(model).hostname}.toml")
    else:
        draft, usual = describe_file(Path(model))
        path = out or usual
    try:
        with atomic_write(path, replace=False) as part:
            part.write_text(draft, encoding="utf-8")
    except FileExistsError:
        raise FolderError(f"{path} exists already", hint="name another with --out") from None
    except OSError as error:
        raise FolderError(f"{path} can't be written: {error.strerror}") from error
    show(f"wrote {path}")
    for line in draft.splitlines():
        if line.startswith(SEVERAL):
            tell(line.removeprefix("# ").removesuffix(":"))
    blanks = sum(line.startswith("# ") and " = " in line for line in draft.splitlines())
    tell(f"{blanks} lines in it are comments: complete those that apply")


def _about(kind: type[OpenableTarget], has_fake: bool) -> dict[str, Any]:
    return {
        "kind": kind.kind,
        "summary": kind.summary,
        "endings": list(kind.endings),
        **_limits(kind),
        "tests": TESTS[kind.completeness],
        "fake": f"isotopes fake {kind.kind} --model MODEL.onnx" if has_fake else None,
    }


def _about_faces(kind: type[OpenableFaceSearch]) -> dict[str, Any]:
    from isotopes.testing.registry import face_formats

    return {
        "kind": kind.kind,
        "summary": f"face search: {kind.summary}",
        "endings": [],
        **_limits(kind),
        "tests": "faces check: which enrolled pictures the mark draws out",
        "fake": f"isotopes fake {kind.kind}" if kind.kind in face_formats() else None,
    }


def _limits(kind: type[OpenableTarget | OpenableFaceSearch]) -> dict[str, Any]:
    return {
        "remote": kind.remote,
        "completeness": kind.completeness,
        "limits": kind.limits or None,
        "rate_limits": [
            {"requests": limit.requests, "seconds": limit.seconds, "burst": limit.burst}
            for limit in kind.rate_limits
        ],
        "usd_per_picture": kind.price,
        "credentials": list(kind.credentials),
    }


def _show(about: Mapping[str, Any]) -> None:
    show(f"{about['kind']}: {about['summary']}", bold=True)
    rates = [
        f"{limit['requests']:g} requests in {limit['seconds']:g} s"
        for limit in about["rate_limits"]
    ]
    price = about["usd_per_picture"]
    rows = {
        "shows": about["completeness"] or "as its description or file says",
        "tests": about["tests"],
        "limits": about["limits"],
        "rate": ", ".join(rates),
        "price": None if price is None else f"{price:g} US dollars a picture",
        "credentials": ", ".join(about["credentials"]),
        "fake": about["fake"],
    }
    for what, value in rows.items():
        if value:
            show(f"  {what}: {value}")
