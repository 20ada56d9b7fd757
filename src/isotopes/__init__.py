"""Was this model trained on my pictures? Mark them before posting, test the model later.

Everything that a notebook needs comes from here; `__init__.pyi` lists it by module. Each
name is loaded when it is first used, so `import isotopes` is quick.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
