"""The download of what was given in a list and is no ticket."""

from __future__ import annotations

from flask import Blueprint, Response, abort, stream_with_context

from app.account.connection.current import current_host
from app.auth.me import me
from app.extensions import db
from app.jobs.lists import store
from app.ticket_ids.rejected import as_csv

bp = Blueprint("lists", __name__)


@bp.get("/lists/<row:list_id>/rejected.csv")
def rejected(list_id: int) -> Response:
    """Each row that was rejected, with its value and the reason."""
    kept = store.find(list_id, me(), current_host())
    if kept is None:
        abort(404)
    db.session.commit()  # a slow reader holds no transaction open
    headers = {"Content-Disposition": f'attachment; filename="list-{list_id}-rejected.csv"'}
    return Response(stream_with_context(as_csv(store.rejected(list_id))), mimetype="text/csv", headers=headers)
