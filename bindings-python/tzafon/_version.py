"""What the package is called and which version it is."""

from ._native import VERSION

__all__ = ["__title__", "__version__"]

__title__ = "tzafon"
__version__ = VERSION
