"""`GET /metrics`: what it says of jobs, requests and parts that are away, and whom it tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from app.jobs.store import lease
from app.metrics.meter import Meter
from app.metrics.zendesk import MeteredWatcher
from app.sandbox import SandboxConfig, create_sandbox
from app.zendesk import Client, NetworkError, NotFound, OAuthClient
from config import Config
from tests.factories import make_job, make_user
from tests.pages import PageClient
from tests.sandbox_server import serve

SignIn = Callable[..., PageClient]
Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]
TOKEN = "a token that only Prometheus knows"


def scrape(client: PageClient) -> Numbers:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    families = list(text_string_to_metric_families(answer.text))
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def number(numbers: Numbers, name: str, **labels: str) -> float | None:
    return numbers.get((name, frozenset(labels.items())))


def test_jobs_tickets_and_recoveries(app: Flask, client: PageClient, database: str) -> None:
    with app.app_context():
        user = make_user("agent")
        make_job(user, status="completed", total=10, succeeded=7, failed=3)
        make_job(user, status="completed", total=4, succeeded=4, dry_run=True)
        running = make_job(user, status="running", total=9, succeeded=2, lease_expires_at=1.0)
        make_job(user, status="queued", wake_at=time.time() + 60)
        assert lease.take(running.id, "the next driver") is not None
    found = scrape(client)
    assert number(found, "giga_jobs", status="completed") == 2
    assert number(found, "giga_jobs", status="paused") == 0
    tags = {"tool": "tag-manager", "dry_run": "false"}
    assert number(found, "giga_job_tickets_total", outcome="succeeded", **tags) == 9
    assert number(found, "giga_job_tickets_total", outcome="failed", **tags) == 3
    assert number(found, "giga_job_tickets_total", outcome="succeeded", tool="tag-manager", dry_run="true") == 4
    assert number(found, "giga_tickets_pending") == 7
    assert number(found, "giga_job_recoveries_total") == 1
    assert number(found, "giga_jobs_waiting") == 1
    assert number(found, "giga_jobs_undriven") == 0
    assert number(found, "giga_database_up") == 1


def test_an_empty_installation_without_redis_still_answers(client: PageClient) -> None:
    found = scrape(client)
    assert number(found, "giga_redis_up") == 0
    assert number(found, "giga_queue_messages") is None
    assert number(found, "giga_tickets_pending") == 0


def test_the_queue_is_measured(app: Flask, client: PageClient, redis_url: str) -> None:
    import redis

    with redis.Redis.from_url(redis_url) as server:
        server.rpush("zendesk", "one", "two")
    assert number(scrape(client), "giga_queue_messages") == 2


def test_answers_are_timed_by_route(client: PageClient) -> None:
    client.get("/healthz")
    client.get("/jobs/17")
    client.get("/no/such/page")
    client.open("/no/such/page", method="BREW")
    found = scrape(client)
    counted = {
        dict(labels)["route"]: value for (name, labels), value in found.items() if name.endswith("seconds_count")
    }
    assert counted["/healthz"] == 1
    assert counted["/jobs/<row:job_id>"] == 1
    assert "BREW" not in str(found)
    assert "/no/such/page" not in counted


def test_this_machine_is_told_and_strangers_are_not(client: PageClient) -> None:
    away = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics").status_code == 200
    assert (
        client.get("/metrics", headers={"Host": "[::1]:5000"}, environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    )
    for refused in (
        client.get("/metrics", environ_base=away),
        client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}),
        client.get("/metrics", headers={"Host": "rebound.example"}),
        client.get("/metrics", headers={"Authorization": "Bearer "}, environ_base=away),
    ):
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert "giga_" not in refused.text


def test_admins_are_told_and_agents_are_not(sign_in: SignIn) -> None:
    away = {"REMOTE_ADDR": "203.0.113.9"}
    assert sign_in("admin").get("/metrics", environ_base=away).status_code == 200
    assert sign_in("agent").get("/metrics", environ_base=away).status_code == 401


def test_a_token_opens_it_from_anywhere(config: Config) -> None:
    app = create_app(replace(config, metrics_token=TOKEN))
    client, away = app.test_client(), {"REMOTE_ADDR": "203.0.113.9"}

    def status(value: str) -> int:
        return client.get("/metrics", headers={"Authorization": value}, environ_base=away).status_code

    assert status(f"Bearer {TOKEN}") == 200
    assert (
        status("Bearer another token")
        == status("Bearer")
        == status("Bearer \N{SNOWMAN}".encode().decode("latin1"))
        == 401
    )


def test_requests_to_zendesk_are_counted_by_route_and_status() -> None:
    meter = Meter()
    config = SandboxConfig(tickets=200)
    credentials = OAuthClient(config.oauth_client_id, config.oauth_client_secret)
    with serve(create_sandbox(config)) as url:
        client = Client(url, credentials, watcher=MeteredWatcher(meter))
        client.me()
        with pytest.raises(NotFound):
            client.view(17)
    with pytest.raises(NetworkError):
        client.me()
    client.close()
    samples = [s for metric in meter.read() for s in metric.samples]
    counted = {tuple(s.labels.values()): s.value for s in samples if s.name == "giga_zendesk_request_seconds_count"}
    assert counted[("GET /users/me", "200")] == 1
    assert counted[("GET /views/{id}", "404")] == 1
    assert counted[("GET /users/me", "none")] == 3, "each attempt counts"
    assert next(s.value for s in samples if s.name == "giga_zendesk_waits_total") == 2
    assert next(s.value for s in samples if s.name == "giga_zendesk_rate_limit") == 700
