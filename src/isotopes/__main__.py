"""The command `isotopes`, and `python -m isotopes`.

The processes that mark pictures import this module again as their `__main__`, so it loads nothing
before `main` is called.
"""

import sys


def _leave_out_working_directory() -> None:
    """Keep `python -m isotopes` from importing files of the current folder, such as `numpy.py`."""
    if not sys.flags.safe_path and sys.path:
        del sys.path[0]


def run() -> None:
    """Entry point of the command."""
    try:
        from isotopes.cli.failures import exit_code_of
    except ImportError as error:  # Python would exit with 1, and that means "detected"
        sys.stderr.write(f"error: isotopes is not wholly installed: {error}\n")
        sys.exit(70)
    sys.exit(exit_code_of(_main))


def _main() -> int:
    from isotopes.cli.main import main

    return main()


if __name__ == "__main__":
    _leave_out_working_directory()
    run()
