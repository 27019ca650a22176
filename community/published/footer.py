"""What every page says of published pages."""

from community.published.queries import page_at
from community.published.rules import CODE_OF_CONDUCT
from hub.core.remembered import Remembered


def _title() -> str:
    """Of the code of conduct; "" without one."""
    page = page_at(CODE_OF_CONDUCT)
    return page.title if page is not None else ""


code_of_conduct = Remembered(_title, seconds=60)
