"""One name per licence: SPDX where it has one, else the Hub's own id."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from license_expression import Licensing, get_spdx_licensing

from models_app.licences.data import HUB_LICENCES, HubLicence
from models_app.licences.errors import UnknownLicence

MAX_LENGTH = 80  # of the kept form: the width of Repo.licence


@dataclass(frozen=True)
class Licence:
    """`id` is what the hub keeps, shows and filters by; `hub_id` is how the Hub's clients write it in tags."""

    id: str
    spdx: str | None
    name: str
    url: str
    hub_id: str


@lru_cache(maxsize=1024)
def normalize(text: str) -> Licence:
    """The licence that `text` names: a Hub id, an SPDX id (also a deprecated one) or an SPDX expression, in any case.

    Raises `UnknownLicence` with up to three near matches.
    """
    wanted = text.strip()
    known = _hub_table().get(wanted.lower())
    if known:
        return _from_hub(known)
    spdx = _spdx(wanted)
    if spdx is None:
        raise UnknownLicence(wanted, near_matches(wanted))
    hub = _hub_by_spdx().get(spdx)
    return _from_hub(hub) if hub else Licence(spdx, spdx, spdx, _spdx_url(spdx), spdx.lower())


def near_matches(text: str, without: Collection[str] = ()) -> list[str]:
    """Up to three ids, in the form the hub keeps, that look most like `text`; none of those `without`."""
    kept = {name: identifier for name, identifier in _kept_ids().items() if identifier not in without}
    close = difflib.get_close_matches(text.strip().lower()[:MAX_LENGTH], kept, n=3, cutoff=0.6)
    return list(dict.fromkeys(kept[name] for name in close))


def is_single(licence: Licence) -> bool:
    """Whether it is one licence, not an expression of several."""
    return licence.spdx is None or licence.spdx in _licensing().known_symbols


def retired_in(licence: Licence, retired: Collection[str]) -> str:
    """The first of the ids `retired` that nobody who takes `licence` gets around, "" for none.

    Of alternatives (OR) one that is not retired is enough; an exception (WITH) does not save its licence.
    """
    if licence.spdx is None or is_single(licence):
        return licence.id if licence.id in retired else ""
    return _retired_in(_licensing().parse(licence.spdx), retired)


def _retired_in(expression: Any, retired: Collection[str]) -> str:
    if isinstance(expression, _licensing().OR | _licensing().AND):
        found = [_retired_in(part, retired) for part in expression.args]
        if isinstance(expression, _licensing().OR) and not all(found):
            return ""
        return next(filter(None, found), "")
    key = getattr(expression, "license_symbol", expression).key
    return key if key in retired else ""


def hub_licences() -> list[Licence]:
    """Every id that the Hub offers, in its order: for pickers and lists."""
    return [_from_hub(row) for row in HUB_LICENCES]


def _from_hub(row: HubLicence) -> Licence:
    return Licence(
        id=row.spdx or row.id,
        spdx=row.spdx or None,
        name=row.name,
        url=row.url or (_spdx_url(row.spdx) if row.spdx else ""),
        hub_id=row.id,
    )


def _spdx(text: str) -> str | None:
    """`text` as a canonical SPDX expression, or None if it is not one."""
    if not text or len(text) > MAX_LENGTH:
        return None
    try:
        # strict: an exception such as Classpath-exception-2.0 is no licence, and WITH takes nothing else.
        expression = _licensing().parse(text, validate=True, strict=True)
    except Exception:  # noqa: BLE001 (“mit or ()” is an IndexError of the parser, “mit 0” an AssertionError …)
        return None
    rendered = str(expression.render("{symbol.key}"))
    return rendered if len(rendered) <= MAX_LENGTH else None


def _spdx_url(expression: str) -> str:
    """The page of a single licence; an expression has none."""
    return "" if " " in expression else f"https://spdx.org/licenses/{expression}.html"


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()


@cache
def _hub_table() -> dict[str, HubLicence]:
    return {row.id: row for row in HUB_LICENCES}


@cache
def _hub_by_spdx() -> dict[str, HubLicence]:
    return {row.spdx: row for row in HUB_LICENCES if row.spdx}


@cache
def _kept_ids() -> dict[str, str]:
    """Lower-case spelling → kept form, for Hub ids and every SPDX licence."""
    spdx = {
        key.lower(): key
        for key, symbol in _licensing().known_symbols.items()
        if not symbol.is_exception and not key.startswith("LicenseRef-")
    }
    return spdx | {row.id: row.spdx or row.id for row in HUB_LICENCES}
