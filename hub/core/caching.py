"""Answers that a reader may have already."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """`response` with an ETag by its content; 304 for a reader that has just this."""
    response["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest())
    conditional = get_conditional_response(request, etag=response["ETag"], response=response)
    return conditional if isinstance(conditional, HttpResponse) else response
