"""I1: odd requests made from the OpenAPI document: never a 5xx, every error a problem with a documented code."""

from __future__ import annotations

import copy
import logging
from collections import Counter
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.transport.wsgi import WSGI_TRANSPORT

from app.http import limits, openapi
from tests.builders import City, Guest
from tests.http.contract import assert_documented, assert_problem

MODES = tuple(schemathesis.GenerationMode)
ROUNDS_MAX = 40
CASES_A_ROUND = 10
POINT = {"lat", "lng", "coord_sys"}
ANYWHERE = {"resource.not_found", "request.method"}
"""What a path that was spoilt beyond its own route is answered with."""


class Fuzzer:
    """Sends odd requests as a guest who is let in again whenever a request happened to sign them out."""

    def __init__(self, app: Flask, city: City) -> None:
        self.client, self.city = app.test_client(), city
        self.guest: Guest = city.guest()
        station = city.station()
        self.genuine = (None, city.poster(station), f"{station.code}:000000", f"{station.code}?v=1&k=x")
        self.sent: Counter[str] = Counter()
        self.answered: Counter[int] = Counter()

    def send(self, case: Any, credential: str | None) -> None:
        limits.reset()
        if credential is not None:
            _let_past_the_door(case, credential)
        token = {"Authorization": f"Bearer {self.guest.token}"}
        answer = self.client.open(**WSGI_TRANSPORT.serialize_case(case, headers=token))
        self.sent[f"{case.method} {case.operation.path}"] += 1
        self.answered[answer.status_code] += 1
        if answer.status_code >= 400 and answer.json["code"] in ANYWHERE:
            assert_problem(answer, answer.status_code, answer.json["code"])
        else:
            assert_documented(case.method, answer, template=case.operation.path)
        if answer.status_code in (204, 401):
            self.guest = self.city.guest()


def _let_past_the_door(case: Any, credential: str) -> None:
    """Mend what chance never gets right, so that the rest of the request is looked at."""
    if isinstance(case.body, dict) and "credential" in case.body:
        case.body = {**case.body, "credential": credential}
    query = dict(case.query or {})
    query.pop("cursor", None)
    if not query.keys() >= POINT:
        query = {name: value for name, value in query.items() if name not in POINT}
    case.query = query


def fuzz(app: Flask, city: City, requests: int) -> Fuzzer:
    """Send at least so many requests, over every operation, right and wrong ones in turn."""
    fuzzer = Fuzzer(app, city)
    project = ProjectConfig(generation=GenerationConfig(with_security_parameters=False))
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    schema = schemathesis.openapi.from_dict(copy.deepcopy(openapi.document()), config=config)
    operations = [found.ok() for found in schema.get_all_operations()]
    strategies = [operation.as_strategy(generation_mode=mode) for operation in operations for mode in MODES]
    for number in range(ROUNDS_MAX):
        for strategy in strategies:
            one_round(fuzzer, strategy, number)
        if fuzzer.sent.total() >= requests:
            break
    return fuzzer


def one_round(fuzzer: Fuzzer, strategy: Any, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=CASES_A_ROUND,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, credential=st.sampled_from(fuzzer.genuine))
    def run(case: Any, credential: str | None) -> None:
        fuzzer.send(case, credential)

    run()


def judge(fuzzer: Fuzzer, requests: int) -> None:
    assert fuzzer.sent.total() >= requests
    assert len(fuzzer.sent) == sum(len(item) for item in openapi.document()["paths"].values())
    assert not [status for status in fuzzer.answered if status >= 500], fuzzer.answered
    assert {200, 201, 204, 404, 422} <= fuzzer.answered.keys()


@pytest.mark.parametrize(("app", "requests"), [("sqlite", 700), ("postgresql", 300)], indirect=["app"])
def test_i1_a_thousand_odd_requests_break_nothing(
    app: Flask, city: City, requests: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "schemathesis")
    judge(fuzz(app, city, requests), requests)


@pytest.mark.soak
@pytest.mark.parametrize(("app", "requests"), [("sqlite", 2500), ("postgresql", 2500)], indirect=["app"])
def test_i1_five_thousand_odd_requests_break_nothing(app: Flask, city: City, requests: int) -> None:
    judge(fuzz(app, city, requests), requests)
