"""`isotopes verify-evidence BUNDLE`: does each part of it hold?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.terminal import show, show_json, show_table, tell
from isotopes.errors import FolderError

WORDS = {True: "holds", False: "FAILS", None: "open"}


def verify_evidence(
    bundle: Annotated[Path, typer.Argument(help="what `isotopes evidence` wrote")],
    root: Annotated[
        list[Path] | None,
        typer.Option(
            "--root",
            help="an authority's root certificate, PEM, from the authority itself: check stamps",
        ),
    ] = None,
    crl: Annotated[
        list[Path] | None, typer.Option("--crl", help="a list of revoked certificates, PEM")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--before", metavar="TIME", help="stamps must be earlier")
    ] = None,
    beacon: Annotated[
        str | None,
        typer.Option(
            "--beacon", metavar="FILE|HEX|URL", help="the announced beacon, as you looked it up"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say for every part of a bundle whether it holds, and who vouches for it.

    Needs no vault and no model. Open means that the bundle alone can't decide it.
    """
    from isotopes.workflows.evidence import read_bundle, verify_bundle
    from isotopes.workflows.marking.preparing import read_beacon
    from isotopes.workflows.stamping import read_day, read_trust

    found = verify_bundle(
        read_bundle(bundle),
        read_trust(root, crl or ()) if root else None,
        beacon=None if beacon is None else read_beacon(beacon),
        before=None if before is None else read_day(before),
    )
    if as_json:
        show_json([asdict(one) for one in found])
    else:
        rows = [(WORDS[one.holds], one.part, one.why, one.vouched) for one in found]
        show_table(("", "part", "what was found", "vouched for by"), rows)
    failed = sum(one.holds is False for one in found)
    if failed:
        raise FolderError(
            f"{failed} of {len(found)} statements about {bundle} don't hold",
            hint="it was altered, or put together from parts of different checks",
        )
    left = sum(one.holds is None for one in found)
    (tell if as_json else show)(f"all that can be checked holds; {left} statements stay open")
