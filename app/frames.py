"""HTML that macros and customers wrote, in a frame of its own: nothing in it runs, loads, or reaches our page.

The frame has an empty `sandbox`; the document in it brings a policy that allows one style sheet, ours, by its hash. The
policy of our pages (app/security.py) counts inside the frame as well and so has to allow that hash, too.
"""

from __future__ import annotations

import base64
import hashlib

# White paper in both colour schemes: so the reader's mail program shows it.
STYLE = (
    "body{margin:0;padding:.9rem 1.1rem;background:#fff;color:#1d2b30;"
    "font:15px/1.55 -apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif;"
    "overflow-wrap:anywhere}"
    "p{margin:0 0 .75em}body>:last-child{margin-bottom:0}a{color:#0b6b75}"
    "blockquote{margin:.5em 0;padding-left:.8em;border-left:3px solid #b9c4c4}"
    "table{border-collapse:collapse}td,th{padding:.2em .5em;border:1px solid #b9c4c4;vertical-align:top}"
    "pre{white-space:pre-wrap}"
)
STYLE_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""The style sheet as a policy names it."""

HEAD = (
    '<!doctype html><html><head><meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src {STYLE_SOURCE}">'
    f"<title>Comment</title><style>{STYLE}</style></head><body>"
)


def document(harmless: str) -> str:
    """The frame's document round HTML that `app.macros.rich_text.harmless` has cleaned; for the attribute `srcdoc`."""
    return f"{HEAD}{harmless}</body></html>"
