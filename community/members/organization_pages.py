"""Making an organisation, its settings, and who belongs to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from community.members import queries, services
from community.members.errors import InvalidName, NamespaceNotFound, NameTaken, NotAllowed
from community.members.forms import MembershipForm, NewOrganizationForm, OrganizationForm, role_form
from community.members.models import Organization, Role
from community.members.pages import MemberRequest
from hub.core.errors import DomainError


@login_required
def organizations(request: MemberRequest) -> HttpResponse:
    context = {"memberships": queries.organizations_of(request.user)}
    return render(request, "community/members/organizations.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_organization(request: MemberRequest) -> HttpResponse:
    form = NewOrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_organization(actor=request.actor, **form.cleaned_data)
        except (InvalidName, NameTaken) as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, _("%(name)s was created. Add its members.") % {"name": made})
            return redirect("organization-settings", made.namespace.name)
    return render(request, "community/members/new_organization.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organization(request: MemberRequest, name: str) -> HttpResponse:
    """Profile and members; POST saves the profile."""
    subject = queries.get_organization(name)
    form = OrganizationForm(request.POST or None, instance=subject)
    if request.method == "POST" and form.is_valid():
        services.update_organization(actor=request.actor, organization=subject, **form.cleaned_data)
        messages.success(request, _("The organisation's profile was saved."))
        return redirect("organization-settings", name)
    return _show(request, subject, form, MembershipForm())


@login_required
@require_POST
def set_member(request: MemberRequest, name: str) -> HttpResponse:
    """Add a member, or change a role."""
    subject = queries.get_organization(name)
    form = MembershipForm(request.POST)
    if form.is_valid():
        try:
            membership = services.set_membership(
                actor=request.actor,
                organization=subject,
                user=queries.get_member(form.cleaned_data["username"]),
                role=Role(form.cleaned_data["role"]),
            )
        except NamespaceNotFound as error:
            form.add_error("username", error.message)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("organization-settings", name)
        else:
            said = {"member": membership.user, "role": membership.get_role_display()}
            messages.success(request, _("%(member)s: %(role)s.") % said)
            return redirect("organization-settings", name)
    return _show(request, subject, OrganizationForm(instance=subject), form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove_member(request: MemberRequest, name: str, username: str) -> HttpResponse:
    """Ask, then remove a member; one's own membership is left this way too."""
    subject = queries.get_organization(name)
    membership = queries.get_membership(subject, username)
    leaving = membership.user == request.user
    if request.method != "POST":
        context = {"organization": subject, "membership": membership, "leaving": leaving}
        return render(request, "community/members/remove_member.html", context)
    try:
        services.remove_membership(actor=request.actor, organization=subject, user=membership.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("organization-settings", name)
    said = {"member": membership.user, "name": subject}
    messages.success(request, _("%(member)s no longer belongs to %(name)s.") % said)
    return redirect("organizations") if leaving else redirect("organization-settings", name)


def _show(request: MemberRequest, subject: Organization, form: OrganizationForm, add: MembershipForm) -> HttpResponse:
    memberships = queries.members_of(subject)
    own = next((membership for membership in memberships if membership.user == request.user), None)
    if own is None:
        raise NotAllowed(_("Only members of %(name)s may see its settings.") % {"name": subject})
    return render(
        request,
        "community/members/organization.html",
        {
            "organization": subject,
            "form": form,
            "add": add,
            "members": [(membership, role_form(membership)) for membership in memberships],
            "is_admin": own.role == Role.ADMIN,
        },
    )
