"""The headers that every answer bears, errors and static files too; and whose address a request comes from."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.database import read_only_for
from app.frames import STYLE_SOURCE
from config import Config

# No 'unsafe-inline' anywhere: styles and scripts are files of ours, and nothing comes from elsewhere. The one style
# sheet that is allowed by its hash is that of the frames in which comments are shown.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {STYLE_SOURCE}",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONE_YEAR = "max-age=31536000"


def bind_security(app: Flask, config: Config) -> None:
    """Set the headers, believe our own proxies, and let requests with a safe method open only reading transactions."""

    def harden(response: Response) -> Response:
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if (request.endpoint or "").rpartition(".")[2] != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        if config.production and request.is_secure:
            response.headers["Strict-Transport-Security"] = ONE_YEAR
        return response

    if config.trusted_proxies:
        # The address alone: gunicorn knows by itself whether a proxy speaks https, and no Host comes from elsewhere.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies, x_proto=0, x_host=0)
    app.before_request(lambda: read_only_for(request.method))
    app.after_request(harden)
