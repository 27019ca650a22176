"""How pages speak of models, datasets and spaces."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_app.repos.models import RepoKind


@dataclass(frozen=True)
class KindWords:
    """`plural` heads lists, `none_yet` stands where one is empty; `new` and `use` are on buttons."""

    plural: str
    none_yet: str
    new: str
    use: str


def words_of(kind: str) -> KindWords:
    """The words for `kind`, in the reader's language."""
    if kind == RepoKind.DATASET:
        return KindWords(_("Datasets"), _("No datasets yet"), _("New dataset"), _("Use this dataset"))
    if kind == RepoKind.SPACE:
        return KindWords(_("Spaces"), _("No spaces yet"), _("New space"), _("Get the files"))
    return KindWords(_("Models"), _("No models yet"), _("New model"), _("Use this model"))


def counted(kind: str, number: int) -> str:
    """``3 datasets``."""
    if kind == RepoKind.DATASET:
        text = ngettext("%(number)s dataset", "%(number)s datasets", number)
    elif kind == RepoKind.SPACE:
        text = ngettext("%(number)s space", "%(number)s spaces", number)
    else:
        text = ngettext("%(number)s model", "%(number)s models", number)
    return text % {"number": number}
