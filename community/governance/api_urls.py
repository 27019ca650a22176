"""Addresses of the API, below ``/api/governance/``."""

from django.urls import path

from community.governance import api, deeds

_PROPOSAL = "proposals/<int:number>"
_OPTION = f"{_PROPOSAL}/options/<slug:key>"
_AMENDMENT = f"{_PROPOSAL}/amendments/<int:revision>"

urlpatterns = [
    path("kinds", api.KindsView.as_view(), name="api-governance-kinds"),
    path("waiting", api.WaitingView.as_view(), name="api-governance-waiting"),
    path("audit", api.AuditView.as_view(), name="api-governance-audit"),
    path("proposals", api.ProposalsView.as_view(), name="api-proposals"),
    path(_PROPOSAL, api.ProposalView.as_view(), name="api-proposal"),
    path(f"{_PROPOSAL}/rename", api.RenameView.as_view(), name="api-rename-proposal"),
    path(f"{_PROPOSAL}/ballot", api.BallotView.as_view(), name="api-ballot"),
    path(f"{_PROPOSAL}/receipt", api.ReceiptView.as_view(), name="api-receipt"),
    path(f"{_PROPOSAL}/result", api.ResultView.as_view(), name="api-result"),
    path(f"{_PROPOSAL}/roll-requests", api.RollRequestsView.as_view(), name="api-roll-requests"),
    path(f"{_PROPOSAL}/roll-requests/<int:roll_request>", api.RollRequestView.as_view(), name="api-roll-request"),
    path(f"{_PROPOSAL}/options", api.OptionsView.as_view(), name="api-options"),
    path(_OPTION, api.OptionView.as_view(), name="api-option"),
    path(f"{_OPTION}/amendments", api.AmendView.as_view(), name="api-amend"),
    path(f"{_AMENDMENT}/promote", api.PromoteView.as_view(), name="api-promote-amendment"),
    *(
        path(f"{_PROPOSAL}/{deed}", api.DeedView.as_view(), {"deed": deed}, name=f"api-{deed}-proposal")
        for deed in deeds.OF_PROPOSALS
    ),
    *(
        path(f"{_PROPOSAL}/{deed}", api.TextDeedView.as_view(), {"deed": deed}, name=f"api-{deed}-proposal")
        for deed in deeds.WITH_TEXT
    ),
    *(
        path(f"{_OPTION}/{deed}", api.OptionDeedView.as_view(), {"deed": deed}, name=f"api-{deed}-option")
        for deed in deeds.OF_OPTIONS
    ),
    *(
        path(f"{_AMENDMENT}/{deed}", api.AmendmentDeedView.as_view(), {"deed": deed}, name=f"api-{deed}-amendment")
        for deed in deeds.OF_AMENDMENTS
    ),
]
