"""A verdict in words, as a picture and as one self-contained page. `to_dict` gives JSON.

`__init__.pyi` lists the names by module. Each is loaded when it is first used: the application's
pages take their templating from here, and nothing else at first.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
