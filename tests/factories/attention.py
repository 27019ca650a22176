"""Texts and their attention as rows."""

from datetime import timedelta

import factory
from django.utils import timezone

from models_app.evaluation.attention.models import AttentionLayer, AttentionRequest
from models_app.evaluation.attention.rules import key_of
from models_app.evaluation.models import RunState
from tests.factories.checkpoints import RepoFactory
from tests.factories.evaluations import WorkerFactory

TOKENS = ["The", " cat", " sat"]
# Of one head, little-endian float16: 1; ½ ½; ¼ ¼ ½, and nothing after each.
HEAD = bytes.fromhex("003c00000000 003800380000 003400340038")


class AttentionRequestFactory(factory.django.DjangoModelFactory[AttentionRequest]):
    """A queued text; the traits `running`, `done` (with two layers of two heads) and `failed` are its later states."""

    class Meta:
        model = AttentionRequest
        skip_postgeneration_save = True

    class Params:
        running = factory.Trait(
            state=RunState.RUNNING,
            attempt=1,
            worker=factory.SubFactory(WorkerFactory),
            started_at=factory.LazyFunction(timezone.now),
            leased_until=factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=1)),
        )
        done = factory.Trait(
            state=RunState.DONE,
            attempt=1,
            started_at=factory.LazyFunction(timezone.now),
            finished_at=factory.LazyFunction(timezone.now),
            found=factory.LazyFunction(
                lambda: {
                    "family": "causal",
                    "read": 3,
                    "read_target": None,
                    "parts": [
                        {
                            "name": "decoder",
                            "rows": TOKENS,
                            "columns": TOKENS,
                            "causal": True,
                            "heads": 2,
                            "layers": 2,
                        }
                    ],
                }
            ),
            layers=factory.RelatedFactoryList(
                "tests.factories.attention.AttentionLayerFactory", factory_related_name="request", size=2
            ),
        )
        failed = factory.Trait(
            state=RunState.FAILED,
            attempt=1,
            finished_at=factory.LazyFunction(timezone.now),
            failure_class="invalid_checkpoint",
            failure_reason="config.json claims 3000 layers, but the weights hold 2.",
        )

    repo = factory.SubFactory(RepoFactory)
    commit_sha = factory.SelfAttribute("repo.head_sha")
    text = factory.Sequence(lambda n: f"The cat sat {n}")
    key = factory.LazyAttribute(lambda request: key_of(request.text, request.target))
    target = ""


class AttentionLayerFactory(factory.django.DjangoModelFactory[AttentionLayer]):
    class Meta:
        model = AttentionLayer

    request = factory.SubFactory(AttentionRequestFactory)
    part = "decoder"
    layer = factory.LazyAttribute(lambda layer: AttentionLayer.objects.filter(request=layer.request).count())
    weights = 2 * HEAD
