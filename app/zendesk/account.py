"""Says which Zendesk account a base URL really leads to."""

from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def account_of(base_url: str) -> str:
    """The account a job is bound to: lower-case `host[:port]` really called, without the scheme's default port.

    `https://Acme.zendesk.com/` → `acme.zendesk.com`, `http://127.0.0.1:8080` → `127.0.0.1:8080`.
    Raises ValueError for anything but an absolute http(s) URL, and for one that carries a user name, a query
    or a fragment. The text of the URL is not part of the message: it may hold a password.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("The Zendesk base URL is not a URL.") from None
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise ValueError("The Zendesk base URL must start with http:// or https:// and name a host.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("The Zendesk base URL must hold neither a user name nor a query.")
    host = host.rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return host if port is None or port == DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"
