"""`python -m isotopes`: the same as the command `isotopes`."""

from isotopes.cli.main import run

if __name__ == "__main__":
    run()
