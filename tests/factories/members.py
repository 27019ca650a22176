"""Members, organisations and tokens as rows."""

import factory

from community.members.models import AccessToken, Membership, Namespace, Organization, Role, TokenKind, User
from community.members.tokens import pepper_id, token_digest

PASSWORD = "correct horse battery staple"


class NamespaceFactory(factory.django.DjangoModelFactory[Namespace]):
    class Meta:
        model = Namespace

    name = factory.Sequence(lambda n: f"namespace-{n}")


class MemberFactory(factory.django.DjangoModelFactory[User]):
    """``MemberFactory(username="dave")``: a member with a namespace, an address and `PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"member-{n}")
    email = factory.LazyAttribute(lambda member: f"{member.username}@example.org")
    namespace = factory.SubFactory(NamespaceFactory, name=factory.SelfAttribute("..username"))
    password = factory.django.Password(PASSWORD)


class OrganizationFactory(factory.django.DjangoModelFactory[Organization]):
    """``OrganizationFactory(name="lab", admin=alice)``."""

    class Meta:
        model = Organization
        skip_postgeneration_save = True

    class Params:
        name = factory.Sequence(lambda n: f"organization-{n}")

    namespace = factory.SubFactory(NamespaceFactory, name=factory.SelfAttribute("..name"))
    full_name = factory.LazyAttribute(lambda organization: organization.name.title())

    @factory.post_generation
    def admin(self: Organization, create: bool, member: User | None, **_kwargs: object) -> None:  # noqa: FBT001
        if create and member is not None:
            MembershipFactory(organization=self, user=member, role=Role.ADMIN)


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(MemberFactory)
    role = Role.READ


class AccessTokenFactory(factory.django.DjangoModelFactory[AccessToken]):
    """``AccessTokenFactory(user=alice, text="hf_…")``: the token whose secret is `text`."""

    class Meta:
        model = AccessToken

    class Params:
        text = factory.Sequence(lambda n: f"hf_test{n:030d}")

    user = factory.SubFactory(MemberFactory)
    name = factory.Sequence(lambda n: f"token-{n}")
    kind = TokenKind.WRITE
    digest = factory.LazyAttribute(lambda token: token_digest(token.text))
    pepper_id = factory.LazyFunction(pepper_id)
    hint = factory.LazyAttribute(lambda token: token.text[-4:])
