"""The command `isotopes`, and `python -m isotopes`.

The processes that mark pictures import this module again, as the main one of their parent: it
loads nothing before it is called.
"""


def run() -> None:
    """Entry point of the command."""
    from isotopes.cli.main import main

    main()


if __name__ == "__main__":
    run()
