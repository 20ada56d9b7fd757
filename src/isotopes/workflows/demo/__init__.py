"""The main job on real input, end to end, with nothing but what the package comes with."""

from isotopes.workflows.demo.run import DemoResult, run_demo

__all__ = ["DemoResult", "run_demo"]
