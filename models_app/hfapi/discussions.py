"""Discussions and pull requests of a repo."""

import re
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from community.discussions import queries, services
from community.discussions.errors import CommentNotFound
from community.discussions.models import Event, Thread, ThreadStatus
from hub.core.errors import Invalid
from models_app.hfapi.discussion_objects import event_object, pull_object, thread_object
from models_app.hfapi.http import RepoView
from models_app.hfapi.parameters import flag
from models_app.hfapi.representations import JSONObject, repo_url
from models_app.pulls.queries import find_pull, proposal_of
from models_app.pulls.services import merge, open_pull
from models_app.repos.queries import may_read_content
from models_app.repos.subject import KIND

PAGE = 50
MAX_DIFF = 1024 * 1024  # characters; more than that is read with git
_TYPES = {"all", "discussion", "pull_request"}
_STATUSES = {
    "all": None,
    "open": queries.OPEN,
    "closed": (ThreadStatus.CLOSED, ThreadStatus.MERGED),
    "merged": (ThreadStatus.MERGED,),
    "draft": (ThreadStatus.DRAFT,),
}
_ID = re.compile(r"[0-9a-fA-F]{24}")


class ThreadList(RepoView):
    @extend_schema(
        operation_id="list_discussions",
        responses=OpenApiTypes.OBJECT,
        tags=["discussions"],
        parameters=[
            OpenApiParameter("p", int, description="The page, from 0."),
            OpenApiParameter("type", str, enum=sorted(_TYPES)),
            OpenApiParameter("status", str, enum=list(_STATUSES)),
            OpenApiParameter("author", str),
        ],
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        """Discussions and pull requests, newest first. Drafts count as open, merged ones as closed."""
        threads = self._matching(request)
        start = _page_number(request) * PAGE
        found = list(threads[start : start + PAGE])
        pulls = set(self.repo.pull_requests.filter(thread__in=found).values_list("thread", flat=True))
        objects = [
            thread_object(thread, self.repo, is_pull=thread.pk in pulls) | {"numComments": _comment_count(thread)}
            for thread in found
        ]
        return Response({"discussions": objects, "count": threads.count(), "start": start})

    def _matching(self, request: Request) -> QuerySet[Thread]:
        kind = request.query_params.get("type") or "all"
        status = request.query_params.get("status") or "all"
        author = request.query_params.get("author", "")
        if kind not in _TYPES or status not in _STATUSES or "\0" in author:
            raise Invalid(f"type is one of {', '.join(sorted(_TYPES))}; status one of {', '.join(_STATUSES)}.")
        threads = queries.threads_about(self.actor, KIND, self.repo.pk)
        if kind != "all":
            threads = threads.filter(pull_request__isnull=kind == "discussion")
        if (statuses := _STATUSES[status]) is not None:
            threads = threads.filter(status__in=statuses)
        return threads.filter(author__username__iexact=author) if author else threads

    @extend_schema(
        operation_id="create_discussion",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
        tags=["discussions"],
    )
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Begin one from {title, description, pullRequest}; a pull request is a draft on ``refs/pr/<num>``."""
        data = self.json()
        title, text, is_pull = data.get("title"), data.get("description") or "", data.get("pullRequest") or False
        if not (isinstance(title, str) and isinstance(text, str) and isinstance(is_pull, bool)):
            raise Invalid("Give title and description as text, and pullRequest as true or false.")
        if is_pull:
            thread = open_pull(actor=self.actor, repo=self.repo, title=title, text=text).thread
        else:
            thread = services.open_thread(actor=self.actor, kind=KIND, key=self.repo.pk, title=title, text=text)
        url = f"{repo_url(self.repo.kind, self.repo.full_id)}/discussions/{thread.number}"
        return Response({"num": thread.number, "url": url, "pullRequest": is_pull})


def _comment_count(thread: Thread) -> int:
    count: int = thread.comment_count  # type: ignore[attr-defined]  # `threads_about` counts them
    return count


def _page_number(request: Request) -> int:
    text = request.query_params.get("p") or "0"
    if not (text.isascii() and text.isdigit()):
        raise Invalid("p is the number of a page, from 0.")
    return int(text[:6])


class ThreadView(RepoView):
    """A view of one thread, or of a part of it. `num` comes with the address."""

    thread: Thread

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.thread = queries.get_thread(self.actor, KIND, self.repo.pk, kwargs["num"])

    def text(self, name: str, *, needed: bool = True) -> str:
        """The text `name` in the body. Raises `Invalid`."""
        data: JSONObject = self.json() if self.request.data else {}
        value = data.get(name)
        if not isinstance(value, str) and (needed or value is not None):
            raise Invalid(f"Give {name} as text.")
        return value or ""

    def event(self, name: str, event: Event) -> Response:
        """The answer ``{name: event}``."""
        return Response({name: event_object(event, self.repo)})


class Details(ThreadView):
    @extend_schema(
        operation_id="discussion",
        responses=OpenApiTypes.OBJECT,
        tags=["discussions"],
        parameters=[OpenApiParameter("diff", bool, description="Give the changes of a pull request too.")],
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        """One with all that happened; of a pull request also what it changes and which files are in conflict."""
        pull = find_pull(self.actor, self.repo, self.thread.number)
        answer = thread_object(self.thread, self.repo, is_pull=pull is not None)
        answer["events"] = [event_object(event, self.repo) for event in queries.history_of(self.thread)]
        if pull is not None:
            proposal = proposal_of(pull, self.git)
            answer |= pull_object(pull, proposal)
            if flag(request, "diff") and may_read_content(self.actor, self.repo):
                answer["diff"] = self.git.patch(proposal.base, proposal.head, max_bytes=MAX_DIFF)
        return Response(answer)


class Comment(ThreadView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["discussions"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Say {comment}, in Markdown."""
        event = services.add_comment(actor=self.actor, thread=self.thread, text=self.text("comment"))
        return self.event("newMessage", event)


class CommentView(ThreadView):
    """A view of one comment, whose id comes with the address."""

    comment: Event

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        queries.check_takes_part(self.actor)
        if not _ID.fullmatch(kwargs["event"]) or (pk := int(kwargs["event"], 16)) >= 1 << 63:
            raise CommentNotFound
        self.comment = queries.get_comment(self.thread, pk)


class EditComment(CommentView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["discussions"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Say {content} instead; what was said before stays in the history."""
        event = services.edit_comment(actor=self.actor, comment=self.comment, text=self.text("content"))
        return self.event("updatedComment", event)


class HideComment(CommentView):
    @extend_schema(request=None, responses=OpenApiTypes.OBJECT, tags=["discussions"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Hide it: its author takes the text away for good, a moderator until that is overruled."""
        return self.event("updatedComment", services.hide_comment(actor=self.actor, comment=self.comment))


class Title(ThreadView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["discussions"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Call it {title}."""
        event = services.rename(actor=self.actor, thread=self.thread, title=self.text("title"))
        return self.event("newTitle", event)


class Status(ThreadView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["discussions"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Set {status} to open or closed, saying {comment} first; “open” also publishes a draft."""
        status, text = self.text("status"), self.text("comment", needed=False)
        if status not in {ThreadStatus.OPEN, ThreadStatus.CLOSED}:
            raise Invalid("status is open or closed.")
        event = services.set_status(actor=self.actor, thread=self.thread, status=status, text=text)
        return self.event("newStatus", event)


class Merge(ThreadView):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["discussions"])
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        """Merge a pull request, saying {comment} first. 409 names the files that both sides changed."""
        text = self.text("comment", needed=False)
        pull = merge(actor=self.actor, repo=self.repo, number=self.thread.number, text=text)
        return Response({"success": True, "mergeCommitId": pull.merge_sha})


_THREADS = "api/<kind:kind>/<str:namespace>/<str:name>/discussions"
_ACTIONS: dict[str, Callable[..., Any]] = {
    "": Details.as_view(),
    "/comment": Comment.as_view(),
    "/comment/<str:event>/edit": EditComment.as_view(),
    "/comment/<str:event>/hide": HideComment.as_view(),
    "/title": Title.as_view(),
    "/status": Status.as_view(),
    "/merge": Merge.as_view(),
}
routes = [
    path(_THREADS, ThreadList.as_view()),
    *(path(f"{_THREADS}/<int:num>{below}", view) for below, view in _ACTIONS.items()),
]
