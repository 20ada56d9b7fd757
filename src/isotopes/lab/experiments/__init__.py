"""The paper's figures and tables, one file each, found by `trials.experiment.experiments`."""
