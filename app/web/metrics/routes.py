"""`GET /metrics`, and who may read it: this machine, programs that know METRICS_TOKEN, and admins."""

from __future__ import annotations

import hmac
import platform
import time
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, request
from flask_login import current_user
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import InfoMetricFamily
from prometheus_client.registry import Collector

from app.auth.access import public
from app.web.metrics import state
from app.zendesk.program import PRODUCT

bp = Blueprint("metrics", __name__)

PROXIED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
REFUSAL = (
    "Metrics are for this machine, for admins who are signed in, and for programs that send Authorization: Bearer "
    "with the value of METRICS_TOKEN.\n"
)


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Everything, in Prometheus' text format."""
    if not _admitted():
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        return Response(REFUSAL, 401, headers, content_type="text/plain; charset=utf-8")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Everything())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def note(response: Response) -> Response:
    """Time the answer."""
    began = g.get("began")
    if began is not None:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.url_rule else "any"  # what strangers send must not grow the list forever
        timed = current_app.extensions["meter"].answers.labels(route, method, str(response.status_code))
        timed.observe(time.perf_counter() - began)
    return response


class _Everything(Collector):
    """What the processes counted, and what is now."""

    def collect(self) -> Iterator[Metric]:
        build = {"version": PRODUCT.partition("/")[2], "python": platform.python_version()}
        yield InfoMetricFamily("giga_build", "What runs here.", build)
        yield from current_app.extensions["meter"].read()
        yield from state.read()


def _admitted() -> bool:
    token = current_app.extensions["config"].metrics_token
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), token.encode()):
        return True
    return _from_this_machine() or (current_user.is_authenticated and current_user.is_admin)


def _from_this_machine() -> bool:
    """Whether the request began here: a proxy on this machine passes on those of strangers, and says so.

    Its Host must be a name of this machine, too: a web page cannot have a name of its own point here.
    """
    if any(name in request.headers for name in PROXIED):
        return False
    host = urlsplit(f"//{request.host}").hostname or ""
    return _loopback(request.remote_addr or "") and (host == "localhost" or _loopback(host))


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
