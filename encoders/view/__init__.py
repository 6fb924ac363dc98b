"""What values look like in a browser: HTML files, notebooks, and the live page."""

from encoders.view.viewer import fragment, to_html

__all__ = ["fragment", "to_html"]


def __dir__() -> list[str]:
    return __all__
