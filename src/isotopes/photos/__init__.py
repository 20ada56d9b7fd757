"""Picture files and folders: find, choose, mark and write them, metadata included.

`__init__.pyi` lists the names by module. Each is loaded when it is first used: a check reads
pictures only, and is not kept waiting for what writes them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
