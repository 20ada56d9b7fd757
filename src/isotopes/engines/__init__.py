"""Where jobs run: processes of this machine, or a Ray cluster, behind one interface."""

from isotopes.engines.engine import ENGINES, Engine, Prepare, open_engine
from isotopes.engines.executor import EngineExecutor, WorkerLost

__all__ = ["ENGINES", "Engine", "EngineExecutor", "Prepare", "WorkerLost", "open_engine"]
