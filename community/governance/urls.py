"""Addresses of governance."""

from django.urls import include, path

from community.governance import api_urls, deeds, doing_pages, feeds, files, pages, talk_pages

_PROPOSAL = "governance/<int:number>"
_OPTION = f"{_PROPOSAL}/options/<slug:key>"
_AMENDMENT = f"{_PROPOSAL}/amendments/<int:revision>"

urlpatterns = [
    path("api/governance/", include(api_urls)),
    path("governance", pages.home_page, name="governance"),
    path("governance/rules", pages.rules_page, name="governance-rules"),
    path("governance/roll", pages.roll_page, name="governance-roll"),
    path("governance/audit", pages.audit_page, name="governance-audit"),
    path("governance/recount.py", files.recount_page, name="recount-program"),
    path("governance/calendar.ics", feeds.deadlines_calendar, name="governance-calendar"),
    path("feeds/governance", feeds.proposals_feed, name="governance-feed"),
    path("feeds/governance/results", feeds.results_feed, name="results-feed"),
    path("feeds/governance/audit", feeds.audit_feed, name="audit-feed"),
    path("governance/new", doing_pages.choose_kind, name="new-proposal"),
    path("governance/new/<slug:kind>/<str:verb>", doing_pages.new_proposal, name="write-proposal"),
    path(_PROPOSAL, pages.proposal_page, name="proposal"),
    path(f"{_PROPOSAL}/result", pages.result_page, name="proposal-result"),
    path(f"{_PROPOSAL}/roll", pages.proposal_roll_page, name="proposal-roll"),
    path(f"{_PROPOSAL}/receipt", pages.receipt_page, name="receipt"),
    path(f"{_PROPOSAL}/files/<str:name>", files.file_page, name="proposal-file"),
    path(f"{_PROPOSAL}/vote", doing_pages.ballot_page, name="ballot"),
    path(f"{_PROPOSAL}/discussions", talk_pages.threads_page, name="proposal-threads"),
    path(f"{_PROPOSAL}/discussions/new", talk_pages.new_thread, name="new-proposal-thread"),
    path(f"{_PROPOSAL}/discussions/<int:thread>", talk_pages.thread_page, name="proposal-thread"),
    *(
        path(f"{_PROPOSAL}/{deed}", doing_pages.do, {"deed": deed}, name=f"{deed}-proposal")
        for deed in deeds.OF_PROPOSALS
    ),
    *(
        path(f"{_PROPOSAL}/{deed}", doing_pages.with_text, {"deed": deed}, name=f"{deed}-proposal")
        for deed in deeds.WITH_TEXT
    ),
    path(f"{_PROPOSAL}/discard", doing_pages.discard, name="discard-proposal"),
    path(f"{_PROPOSAL}/rename", doing_pages.rename, name="rename-proposal"),
    path(f"{_PROPOSAL}/options/new", doing_pages.new_option, name="new-option"),
    path(f"{_OPTION}/edit", doing_pages.edit_option, name="edit-option"),
    path(f"{_OPTION}/amend", doing_pages.amend_option, name="amend-option"),
    path(f"{_OPTION}/history", pages.history_page, name="option-history"),
    *(
        path(f"{_OPTION}/{deed}", doing_pages.do_with_option, {"deed": deed}, name=f"{deed}-option")
        for deed in deeds.OF_OPTIONS
    ),
    path(f"{_AMENDMENT}/promote", doing_pages.promote, name="promote-amendment"),
    *(
        path(f"{_AMENDMENT}/{deed}", doing_pages.do_with_amendment, {"deed": deed}, name=f"{deed}-amendment")
        for deed in deeds.OF_AMENDMENTS
    ),
    path(f"{_PROPOSAL}/roll/requests/<int:roll_request>", doing_pages.decide_request, name="decide-roll-request"),
]
