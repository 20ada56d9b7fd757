"""`python -m bench.scale KIND`, where KIND is a module of this folder; sizes are options."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from bench.record import record

FOLDER = "work here, and resume from what is finished here"
MODULES = {"long": "long_run", "vault": "postgres"}  # the others are called as their kind


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    kinds = parser.add_subparsers(dest="kind", required=True)
    marking = kinds.add_parser("marking")
    marking.add_argument("--pictures", type=int, default=2000)
    marking.add_argument("--shard", type=int, default=200)
    marking.add_argument("--turns", type=int, default=3)
    marking.add_argument("--folder", type=Path, help=FOLDER)
    engines = kinds.add_parser("engines")
    engines.add_argument("--pictures", type=int, default=600)
    engines.add_argument("--turns", type=int, default=2)
    engines.add_argument("--folder", type=Path, help=FOLDER)
    long = kinds.add_parser("long")
    long.add_argument("--pictures", type=int, default=2000)
    long.add_argument("--shard", type=int, default=1000)
    long.add_argument("--folder", type=Path, help=FOLDER)
    kills = kinds.add_parser("kills")
    kills.add_argument("--kills", type=int, default=10)
    kills.add_argument("--seed", type=int, default=0)
    kills.add_argument("--folder", type=Path, help=FOLDER)
    cluster = kinds.add_parser("cluster")
    cluster.add_argument("--nodes", type=int, default=2)
    cluster.add_argument("--lost", type=int, default=1)
    cluster.add_argument("--pictures", type=int, default=480)
    cluster.add_argument("--seed", type=int, default=0)
    plain = kinds.add_parser("plain")
    plain.add_argument("--nodes", type=int, default=2)
    plain.add_argument("--pictures", type=int, default=120)
    vault = kinds.add_parser("vault")
    vault.add_argument("--isotopes", type=int, default=10_000)
    vault.add_argument("--kills", type=int, default=3)
    vault.add_argument("--seed", type=int, default=0)
    sweep = kinds.add_parser("sweep")
    sweep.add_argument("--marks", type=int, default=2000)
    sweep.add_argument("--folder", type=Path, help=FOLDER)
    sweep.add_argument("--only", type=float, help="one share of the marks, and no fit")
    drafting = kinds.add_parser("drafting")
    drafting.add_argument("--marks", type=int, default=8000)
    options = vars(parser.parse_args())
    kind = options.pop("kind")
    measure = import_module(f"bench.scale.{MODULES.get(kind, kind)}").measure
    record(f"scale_{kind}", measure(**options), " ".join(["python -m bench.scale", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
