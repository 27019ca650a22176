"""Counts as people write them: ``350M``, ``1.5B``."""

import re
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

_COUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmbt]?)", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_LARGEST = 2**63 - 1  # what a database column can be compared with


def parse_count(text: str) -> int:
    """``1.5B`` → 1500000000; K, M, B and T in any case. Raises `ValueError`."""
    match = _COUNT.fullmatch(text.strip())
    count = round(float(match[1]) * _UNITS[match[2].lower()]) if match else _LARGEST + 1
    if count > _LARGEST:
        raise ValueError(f"{text!r} is not a count")
    return count


class CountField(forms.CharField):
    """A count such as ``350M``; None when left empty."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_count(text)
        except ValueError:
            raise forms.ValidationError(_("Write a number such as 350M or 1.5B.")) from None


class CountFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter ships no types
    field_class = CountField
