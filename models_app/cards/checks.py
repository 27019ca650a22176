"""What is wrong with a card's metadata, key by key, as sentences for its author."""

import re
from typing import Any

from django.utils.translation import gettext as _

from models_app.cards.frontmatter import texts
from models_app.licences.errors import UnknownLicence
from models_app.licences.rules import normalize

_TEXT = ("pipeline_tag", "library_name", "license_name", "license_link")
_TEXTS = ("language", "tags", "datasets", "base_model", "metrics", "license")
_REPO_ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?", re.ASCII)
_LICENSED = {"model", "dataset"}


def errors(data: dict[str, Any]) -> list[str]:
    return [*_types(data), *_licences(data), *_model_index(data)]


def warnings(data: dict[str, Any], repo_type: str) -> list[str]:
    found = []
    named = texts(data, "license")
    if not named and repo_type in _LICENSED:
        found.append(_("The card names no license: say under which terms others may use this."))
    if "other" in named and not (data.get("license_name") and data.get("license_link")):
        found.append(
            _("“license: other” needs license_name, and license_link or a file LICENSE with the text in the repo.")
        )
    found += [
        _('"base_model": “%s” is not the id of a model.') % name[:96]
        for name in texts(data, "base_model")
        if not _REPO_ID.fullmatch(name)
    ]
    return found


def _types(data: dict[str, Any]) -> list[str]:
    found = [_('"%s" must be text.') % key for key in _TEXT if not isinstance(data.get(key), str | None)]
    found += [_('"%s" must be text or a list of texts.') % key for key in _TEXTS if not _is_texts(data.get(key))]
    return found


def _is_texts(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str | None)


def _licences(data: dict[str, Any]) -> list[str]:
    found = []
    for text in texts(data, "license"):
        try:
            normalize(text)
        except UnknownLicence as error:
            found.append(f'"license": {error.message}')
    return found


def _model_index(data: dict[str, Any]) -> list[str]:
    """Benchmark results: a list of ``{name, results: [{task, dataset, metrics: [...]}]}``."""
    index = data.get("model-index")
    if index is None:
        return []
    if not isinstance(index, list):
        return [_('"model-index" must be a list.')]
    found = []
    for position, entry in enumerate(index):
        if not isinstance(entry, dict):
            found.append(_('"model-index[%d]" must be a mapping.') % position)
        elif not isinstance(entry.get("results", []), list):
            found.append(_('"model-index[%d].results" must be a list.') % position)
    return found
