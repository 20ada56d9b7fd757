"""Marks judged from kept answers: time, memory, and how both grow with the number of marks.

`python -m bench.scale sweep --marks 100000 --folder F`: 40 GB of answers to 100 probes about 1,000
labels. Goal: under 10 minutes and 4 GiB on two cores, which judging is held to; answers are made up
by all cores. Smaller sweeps run first, for the fit; `--only SHARE` measures one of them, and the
same command resumes a run that was stopped.
"""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.journal import drop_from_cache
from bench.scale.kept import workplace
from bench.scale.processes import ChildMemory
from isotopes.engines import open_engine
from isotopes.verify.evidence.answer_chunks import AnswerChunk, AnswerChunks
from isotopes.verify.plans.audit import AuditPlan
from isotopes.workflows.sweeping import judge_kept, parts_of

PROBES, LABELS, DECOYS = 100, 1000, 999
SIZES = (1 / 8, 1 / 4, 1 / 2, 1)  # of the largest
CORES = 2
NAMES = tuple(f"label {at:04}" for at in range(LABELS))


def measure(marks: int, folder: Path | None, only: float | None) -> list[dict[str, object]]:
    """A row for each number of marks, and one for the fit."""
    with workplace(folder) as (place, kept):
        rows = [
            kept.part(
                f"{share:g} of {marks} marks", partial(_one, max(1, int(marks * share)), place)
            )
            for share in (SIZES if only is None else (only,))
        ]
    return rows if only is not None else [*rows, _fit(rows)]


def _fit(rows: list[dict[str, Any]]) -> dict[str, object]:
    sizes = np.array([row["marks"] for row in rows], float)
    seconds = np.array([row["seconds"] for row in rows], float)
    slope, start = np.polyfit(sizes, seconds, 1)
    spread = 1 - ((seconds - slope * sizes - start) ** 2).sum() / seconds.var() / len(seconds)
    return {
        "measure": "linear fit",
        "seconds_per_100000": round(slope * 100_000, 1),
        "seconds_at_0": round(start, 1),
        "r_squared": round(float(spread), 4),
        "goal": "linear; 100,000 in under 600 s",
    }


def _one(marks: int, folder: Path) -> dict[str, object]:
    plan = _plan(marks)
    place = folder / "answers"
    shutil.rmtree(place, ignore_errors=True)  # of a run that was stopped
    chunks = AnswerChunks(place)
    chunks.begin(plan.to_dict(), PROBES)
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(_write, plan, place), range(len(parts_of(plan))), chunksize=4))
    for path in place.iterdir():
        drop_from_cache(path)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(allowed)[:CORES]))
    try:
        with open_engine("local", CORES) as executor:
            memory = ChildMemory(os.getpid())
            start = time.perf_counter()
            verdict = judge_kept(plan, chunks, executor)
            seconds = time.perf_counter() - start
            spent = memory.processor_seconds()
            memory.stop()
    finally:
        os.sched_setaffinity(0, allowed)
        shutil.rmtree(place)
    learned = np.arange(marks) % 10 == 0
    attributed = verdict.found.attributed
    return {
        "measure": "sweep judged",
        "marks": marks,
        "decoys": DECOYS,
        "cores": CORES,
        "seconds": round(seconds, 1),
        "workers_cpu_s": round(spent, 1),
        "mib_of_all": round(max(memory.own)),
        "mib_of_a_worker_with_files": round(max(memory.largest)),
        "answers_gb": round(4 * (marks + DECOYS) * PROBES * LABELS / 1e9, 1),
        "learned_found": round(float(attributed[learned].mean()), 4),
        "others_among_found": round(
            float((attributed & ~learned).sum() / max(1, attributed.sum())), 4
        ),
    }


def _plan(marks: int) -> AuditPlan:
    return AuditPlan(
        isotopes=tuple(f"users/{at:06}" for at in range(marks)),
        commitments=tuple(f"sha256:{at:064x}" for at in range(marks)),
        beacons=(None,) * marks,
        claimed=tuple(NAMES[at % LABELS] for at in range(marks)),
        family="tints",
        family_version=1,
        alpha=0.1,
        decoys=DECOYS,
        statistic="log-odds",
        level=0.1,
        delta=0.6,
        rounds=1,
        size=PROBES,
        discovery_level=0.05,
        probes=tuple(f"sha256:{at:064x}" for at in range(PROBES)),
        probe_labels=(None,) * PROBES,
        unreadable=0,
        target="simulated",
        target_identity="sha256:" + "0" * 64,
        seed="00" * 32,
    )


def _write(plan: AuditPlan, folder: Path, number: int) -> None:
    """One part of what a network might answer that learned every tenth mark for its label."""
    usual = np.random.default_rng(0).normal(0, 2, (PROBES, LABELS)).astype(np.float32)
    marks = len(plan.isotopes)
    part = parts_of(plan)[number]
    rng = np.random.default_rng([0, number])
    rows = np.zeros(1, np.int64) if number == 0 else part.rows
    answers = np.empty((len(rows), PROBES, LABELS), np.float32)
    for at, row in enumerate(rows):
        noise = rng.standard_normal((PROBES, LABELS), np.float32)
        logits = usual + noise + rng.standard_normal(LABELS, np.float32) / 2
        if number and row < marks and row % 10 == 0:
            logits[:, row % LABELS] += 3
        weights = np.exp(logits)
        answers[at] = weights / weights.sum(axis=1, keepdims=True)
    is_mark = (rows < marks) | (number == 0)
    AnswerChunks(folder).write(
        number,
        AnswerChunk(rows[is_mark], NAMES, answers[is_mark]),
        AnswerChunk(rows[~is_mark] - marks, NAMES, answers[~is_mark]),
    )
