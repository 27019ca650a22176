from django.test import Client
from pytest_django import DjangoAssertNumQueries

from community.members.actors import Actor
from community.members.models import User
from models_app.gitstore.repository import AddFile
from models_app.repos.models import Repo
from models_app.repos.services import create_repo
from tests.factories.evaluations import RecordFactory, ScoreFactory
from tests.models_app.pages.conftest import commit, make_model


def test_the_card_and_its_facts(client: Client, tiny: Repo):
    page = client.get("/alice/tiny").content.decode()
    assert "<em>small</em>" in page
    assert "Apache License 2.0" in page
    assert "text-generation" in page
    assert "GPT2LMHeadModel" in page
    assert 'title="26"' in page  # parameters, from the safetensors header
    assert 'AutoModelForCausalLM.from_pretrained("alice/tiny")' in page.replace("&quot;", '"')


def test_the_overall_score_leads_to_the_evaluation(client: Client, tiny: Repo):
    assert "overall__score" not in client.get("/alice/tiny").content.decode()
    record = RecordFactory(run__repo=tiny, run__commit_sha=tiny.head_sha)
    ScoreFactory(record=record, task="overall", metric="score", value=0.5, stderr=0.01)
    page = client.get("/alice/tiny").content.decode()
    assert '<strong class="overall__score">50.0 ± 1.0</strong>' in page


def test_a_card_brings_no_script(client: Client, tiny: Repo):
    page = client.get("/alice/tiny").content.decode()
    assert "alert(1)" not in page.split("<article", 1)[1].split("</article>", 1)[0] or "<script>alert" not in page


def test_how_to_clone_with_git(client: Client, as_alice: Client, alice: User, tiny: Repo):
    sentence = "git asks for a name and a password"
    page = client.get("/alice/tiny").content.decode()
    assert "git lfs install" in page
    assert "git clone http://127.0.0.1:8000/alice/tiny\n" in page.replace("<", "\n")
    assert sentence not in page
    create_repo(actor=Actor(user=alice), kind="dataset", namespace="alice", name="data", private=True)
    page = as_alice.get("/datasets/alice/data").content.decode()
    assert "git clone http://127.0.0.1:8000/datasets/alice/data\n" in page.replace("<", "\n")
    assert sentence in page


def test_names_in_any_case(client: Client, tiny: Repo):
    assert client.get("/ALICE/Tiny").status_code == 200


def test_an_empty_model_tells_its_owner_how_to_fill_it(client: Client, as_alice: Client, alice: User):
    create_repo(actor=Actor(user=alice), kind="model", namespace="alice", name="empty", private=False)
    hint = "hf upload alice/empty"
    assert hint in as_alice.get("/alice/empty").content.decode()
    assert hint not in client.get("/alice/empty").content.decode()


def test_warnings_are_for_writers(client: Client, as_alice: Client, alice: User, tiny: Repo):
    commit(Actor(user=alice), tiny, AddFile("config.json", b"{not json"))
    assert "config.json" in as_alice.get("/alice/tiny").content.decode()
    assert "Some files could not be understood" not in client.get("/alice/tiny").content.decode()


def test_a_fixed_number_of_queries(
    client: Client, alice: User, tiny: Repo, django_assert_max_num_queries: DjangoAssertNumQueries
):
    with django_assert_max_num_queries(9):
        client.get("/alice/tiny")
    commit(Actor(user=alice), tiny, *(AddFile(f"notes/{n}.txt", b"note") for n in range(30)))
    with django_assert_max_num_queries(9):
        client.get("/alice/tiny")


def test_bases_and_children_lead_to_each_other(client: Client, as_alice: Client, alice: User, tiny: Repo):
    child = make_model(alice, "child")
    card = b"---\nlicense: mit\nbase_model: [alice/tiny, openai/gpt2]\n---\n"
    commit(Actor(user=alice), child, AddFile("README.md", card))
    page = client.get("/alice/child").content.decode()
    assert "Merged from" in page
    assert '<a href="/alice/tiny">alice/tiny</a>' in page
    assert "openai/gpt2" in page
    assert 'href="/openai/gpt2"' not in page
    page = client.get("/alice/tiny").content.decode()
    assert '<a href="/alice/child">alice/child</a>' in page
    listing = "/models?filter=base_model%3Aalice%2Ftiny"
    assert f'href="{listing}"' in page
    assert 'href="/alice/child"' in client.get(listing).content.decode()
    Repo.objects.filter(pk=child.pk).update(private=True)
    assert "alice/child" not in client.get("/alice/tiny").content.decode()
    assert "alice/child" in as_alice.get("/alice/tiny").content.decode()
