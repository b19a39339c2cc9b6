"""The API is as it is described: no call is missing, the examples run, and nothing that the document
allows, or forbids, makes the server fail or answer otherwise than it says."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from addresses import addresses
from desk_client import Editor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from processes import NO_TLS, PATIENCE, Server
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks
from selectolax.lexbor import LexborHTMLParser

from liveblog.settings import Settings
from liveblog.web.api import openapi
from liveblog.web.api.reference import CALLS, ENTRIES, STORIES
from liveblog.web.routes import routes

SCHEMA = schemathesis.openapi.from_dict(openapi.document())
OPERATIONS = {
    found.ok().label: found.ok()
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)  # else the document itself is wrong
}
HELD = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
ALLOWED = {f"{call.method} /api{call.path}" for call in (*STORIES, *ENTRIES)}
THEMSELVES = {("GET", "/api/docs"), ("GET", "/api/openapi.json")}


def test_every_call_is_described_and_none_that_does_not_exist() -> None:
    there = {(m, path) for m, path in addresses(routes(Settings())) if path.startswith("/api/")}
    described = [(call.method, f"/api{call.path}") for call in CALLS]
    assert len(described) == len(set(described))
    assert set(described) == there - THEMSELVES
    assert OPERATIONS.keys() == {" ".join(call) for call in described}


def test_every_reference_of_the_document_leads_somewhere(shared_server: Server) -> None:
    served = httpx2.get(
        f"{shared_server.url}/api/openapi.json", timeout=PATIENCE, verify=NO_TLS, trust_env=False
    )
    document = served.json()
    assert document == json.loads(json.dumps(openapi.document()))
    named = set(re.findall(r'"#/components/schemas/(\w+)"', served.text))
    assert named <= document["components"]["schemas"].keys()
    assert {"Entry", "NewEntry", "Problem", "CreditForm"} <= named


@pytest.fixture
def place(editor: Editor) -> tuple[str, str]:
    """A story and an entry that calls may change."""
    slug = editor.story()
    return slug, editor.post(slug)["id"]


@pytest.fixture(scope="module")
def session(shared_token: str) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        made.headers["Authorization"] = f"Bearer {shared_token}"
        yield made


@pytest.mark.parametrize("label", OPERATIONS)
def test_the_server_holds_to_the_document(
    label: str, place: tuple[str, str], shared_server: Server, session: requests.Session
) -> None:
    operation = OPERATIONS[label]
    known = dict(zip(("slug", "id"), place, strict=True))
    statuses = set()
    modes = [*SCHEMA.get_strategies_from_examples(operation)]
    modes.append(operation.as_strategy(GenerationMode.POSITIVE))
    # In a multipart form all is text, so a number in the place of one is no fault.
    multipart = any(body.media_type == "multipart/form-data" for body in operation.body)
    if not multipart and (operation.body or operation.query or operation.headers):
        modes.append(operation.as_strategy(GenerationMode.NEGATIVE))

    @settings(
        max_examples=15,
        derandomize=True,  # the same cases each time: a failure can be had again
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(modes), st.booleans() if operation.path_parameters else st.just(False))
    def holds(case: schemathesis.Case[Any], strange: bool) -> None:
        if not strange:
            case.path_parameters |= {n: known[n] for n in case.path_parameters if n in known}
        answer = case.call(base_url=shared_server.url, session=session, timeout=PATIENCE)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=HELD)

    holds()
    if label in ALLOWED:  # else the cases would have tried nothing but what is refused
        assert min(statuses) in {200, 201}, statuses


def test_an_address_names_all_of_its_methods(shared_server: Server) -> None:
    with httpx2.Client(
        base_url=shared_server.url, timeout=PATIENCE, verify=NO_TLS, trust_env=False
    ) as client:
        for path, allowed in {
            "/api/stories": "GET, HEAD, POST",
            "/api/stories/any/entries/e1": "DELETE, GET, HEAD, PATCH",
            "/desk/login": "GET, HEAD, POST",
            "/livez": "GET, HEAD",
        }.items():
            refused = client.put(path)
            assert (refused.status_code, refused.headers["allow"]) == (405, allowed)


def test_the_examples_of_the_page_run_one_after_another(
    shared_server: Server, shared_token: str
) -> None:
    page = httpx2.get(
        f"{shared_server.url}/api/docs", timeout=PATIENCE, verify=NO_TLS, trust_env=False
    ).text
    examples = [node.text() for node in LexborHTMLParser(page).css("code.example")]
    with_example = [call for call in CALLS if call.example is not None]
    assert len(examples) == len(with_example) >= 10
    slug = f"examples-{secrets.token_hex(4)}"
    env = os.environ | {"LIVEBLOG": shared_server.url, "TOKEN": shared_token}
    for call, example in zip(with_example, examples, strict=True):
        shown = example.replace("curl -sS", r"curl -sS -w '\n%{http_code}'", 1)
        shown = shown.replace("odesa", slug)  # a story of this run alone
        done = subprocess.run(
            ["bash", "-c", shown], env=env, capture_output=True, timeout=PATIENCE, check=True
        )
        answer, _, status = done.stdout.decode().rpartition("\n")
        assert int(status) == max(call.answers), f"{example}\n{answer}"
        if call.keep:
            env[call.keep[0]] = json.loads(answer)[call.keep[1]]
