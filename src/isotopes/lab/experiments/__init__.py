"""The paper's figures and tables, one file each, found through a registry."""

from isotopes.lab.experiments.experiment import (
    Claim,
    Experiment,
    Figure,
    Row,
    Trial,
    experiments,
    get_experiment,
)

__all__ = ["Claim", "Experiment", "Figure", "Row", "Trial", "experiments", "get_experiment"]
