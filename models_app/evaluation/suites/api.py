"""The API of suite versions. Everybody may read them."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.members.api import actor_of
from hub.core.api import BoundedJSONParser, checked
from models_app.evaluation.models import SuiteVersion
from models_app.evaluation.suites import pinning, proposals, queries, versions
from models_app.evaluation.suites.checks import MAX_BYTES
from models_app.evaluation.suites.pinning import Wish
from models_app.evaluation.suites.serializers import (
    ActivateRequest,
    ActivationSerializer,
    DeriveRequest,
    PinRequest,
    PreviewAnswer,
    PreviewRequest,
    ProposeRequest,
    SuiteListSerializer,
    TemplateListSerializer,
    VersionDetailSerializer,
)
from models_app.repos.models import RepoKind
from models_app.repos.queries import get_repo

_NO_SUCH_VERSION = OpenApiResponse(description="There is no such version.")
_INVALID = OpenApiResponse(description="The proposal cannot be kept; nothing of it was.")
_FORBIDDEN = OpenApiResponse(description="The caller may not change suites.")


class SuitesView(APIView):
    @extend_schema(
        operation_id="evaluation_suites",
        summary="Suite versions that this hub knows, and the log of what was active when and why",
        responses={200: SuiteListSerializer},
    )
    def get(self, _request: Request) -> Response:
        suites = {"versions": SuiteVersion.objects.order_by("suite", "version"), "activations": queries.activations()}
        return Response(SuiteListSerializer(suites).data)


class ChangesParser(BoundedJSONParser):
    """Room for the rows of a task that is added."""

    max_bytes = 2 * MAX_BYTES


class VersionView(APIView):
    @extend_schema(
        operation_id="evaluation_suite",
        summary="One version of a suite: what it measures and the hashes of its files",
        responses={200: VersionDetailSerializer, 404: _NO_SUCH_VERSION},
    )
    def get(self, _request: Request, suite: str, version: int) -> Response:
        return Response(VersionDetailSerializer(queries.get_suite_version(suite, version)).data)


class ContentView(APIView):
    @extend_schema(
        operation_id="evaluation_suite_content",
        summary="One version of a suite, by the hash that runs and records name",
        responses={200: VersionDetailSerializer, 404: _NO_SUCH_VERSION},
    )
    def get(self, _request: Request, sha256: str) -> Response:
        return Response(VersionDetailSerializer(queries.get_suite_content(sha256)).data)


class FileView(APIView):
    @extend_schema(
        summary="A file of a suite version, by its SHA-256",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 404: _NO_SUCH_VERSION},
    )
    def get(self, _request: Request, sha256: str) -> HttpResponse:
        return HttpResponse(queries.get_suite_file(sha256), content_type="application/octet-stream")


class DeriveView(APIView):
    parser_classes = [ChangesParser]

    @extend_schema(
        summary="Propose the next version of a suite: this one after changes",
        description=(
            "A change is one of `{change: add, task, entry, definition, rows}`, `{change: retire, task}`, "
            "`{change: feature, task, featured}` and `{change: reweight, task, weight}`. The same changes twice in a "
            "row are one version."
        ),
        request=DeriveRequest,
        responses={200: VersionDetailSerializer, 400: _INVALID, 403: _FORBIDDEN, 404: _NO_SUCH_VERSION},
    )
    def post(self, request: Request, suite: str, version: int) -> Response:
        base = queries.get_suite_version(suite, version)
        row = proposals.propose_changes(actor=actor_of(request), base=base, **checked(DeriveRequest, request.data))
        return Response(VersionDetailSerializer(row).data)


class ProposeView(APIView):
    @extend_schema(
        summary="Propose the suite version in a folder of a dataset repository's newest commit",
        request=ProposeRequest,
        responses={200: VersionDetailSerializer, 400: _INVALID, 403: _FORBIDDEN, 404: _NO_SUCH_VERSION},
    )
    def post(self, request: Request) -> Response:
        actor, body = actor_of(request), checked(ProposeRequest, request.data)
        repo = get_repo(actor, RepoKind.DATASET, body.pop("repo"))
        return Response(VersionDetailSerializer(proposals.propose_folder(actor=actor, repo=repo, **body)).data)


class TemplatesView(APIView):
    @extend_schema(
        operation_id="evaluation_suite_templates",
        summary="Suites that can be made from datasets of this hub, and which datasets they look for",
        responses={200: TemplateListSerializer},
    )
    def get(self, _request: Request) -> Response:
        templates = [
            {
                "name": name,
                "title": content["title"],
                "tasks": {task: entry["data"] for task, entry in content["tasks"].items()},
            }
            for name, content in pinning.templates().items()
        ]
        return Response(TemplateListSerializer({"templates": templates}).data)


class PinView(APIView):
    @extend_schema(
        summary="Propose the next version of a template: with what the datasets of this hub have now",
        description="Each file is named by commit and SHA-256. What is the same as the newest version is that version.",
        request=PinRequest,
        responses={200: VersionDetailSerializer, 400: _INVALID, 403: _FORBIDDEN, 404: _NO_SUCH_VERSION},
    )
    def post(self, request: Request, template: str) -> Response:
        body = checked(PinRequest, request.data)
        wish = Wish(tasks=body["tasks"], most_rows=body["rows"], namespace=body["namespace"])
        row = pinning.pin_template(actor=actor_of(request), template=template, wish=wish, note=body["note"])
        return Response(VersionDetailSerializer(row).data)


class PreviewView(APIView):
    @extend_schema(
        summary="Measure models under a suite version without counting the results anywhere",
        request=PreviewRequest,
        responses={200: PreviewAnswer, 403: _FORBIDDEN, 404: _NO_SUCH_VERSION},
    )
    def post(self, request: Request, suite: str, version: int) -> Response:
        actor, row = actor_of(request), queries.get_suite_version(suite, version)
        repos = [get_repo(actor, RepoKind.MODEL, name) for name in checked(PreviewRequest, request.data)["repos"]]
        return Response({"models": proposals.preview(actor=actor, version=row, repos=repos)})


class ActivateView(APIView):
    @extend_schema(
        summary="Make a suite version the active one, and have all models measured again under it",
        description="Safe to call again: the answer is the same line of the log.",
        request=ActivateRequest,
        responses={200: ActivationSerializer, 403: _FORBIDDEN, 404: _NO_SUCH_VERSION},
    )
    def post(self, request: Request, suite: str, version: int) -> Response:
        body, row = checked(ActivateRequest, request.data), queries.get_suite_version(suite, version)
        activation = versions.activate_suite(actor=actor_of(request), version=row, **body)
        return Response(ActivationSerializer(activation).data)
