"""The ledger: isotopes with their keys, what was marked, commitments, backups.

`__init__.pyi` lists the names by module. Each is loaded when it is first used: the application's
first page asks whether there is a vault, and isn't kept waiting for the database.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
