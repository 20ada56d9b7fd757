"""The local web application: marking, keeping and checking without a terminal.

It calls `workflows` only, as the command line does. Nothing leaves the machine.
"""
