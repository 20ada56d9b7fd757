"""The main job end to end on real pictures, with only what comes with the package."""

from isotopes.workflows.demo.digits import Digits
from isotopes.workflows.demo.material import Material
from isotopes.workflows.demo.own_pictures import OwnImageSet
from isotopes.workflows.demo.run import DemoResult, run_demo

__all__ = ["DemoResult", "Digits", "Material", "OwnImageSet", "run_demo"]
