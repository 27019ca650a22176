"""Read request bodies the way Hub clients send them."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, FormParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from hub.core.api import BoundedJSONParser
from hub.core.errors import TooLarge

MAX_BODY = 16 * 1024 * 1024  # a preupload of 256 files is 0.4 MB; a card may have some hundred kilobytes


class HubJSONParser(BoundedJSONParser):
    max_bytes = MAX_BODY


class BoundedFormParser(FormParser):
    """A form of at most `MAX_BODY` bytes: paths-info sends one field per path."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise TooLarge(f"The body is larger than {MAX_BODY} bytes.")
        return super().parse(BytesIO(body), media_type, parser_context)


class FirstOfEach(BaseContentNegotiation):
    """A view has one way to read and one to answer: clients' Accept and Content-Type headers are often wrong."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:  # noqa: ARG002 (DRF's signature)
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 (DRF's signature)
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002 (DRF's signature)
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
