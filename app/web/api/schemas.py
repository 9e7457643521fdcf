"""The JSON schemas of what the API takes and answers (2020-12, as OpenAPI 3.1 uses them)."""

from __future__ import annotations

from typing import Any

from app.auth.models import ROLES
from app.jobs import status as st
from app.jobs.outcomes import OUTCOMES, SETTLED, Relation
from app.numbers import LARGEST_ID

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def an_object(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    """An object with exactly these properties."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def page(name: str, items: str, **more: Schema) -> Schema:
    """One page of a list; the next one is asked for with `next_cursor`."""
    cursor = said(nullable(TEXT), "null after the last page")
    return an_object({name: array(ref(items)), **more, "next_cursor": cursor})


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
ANY_OBJECT: Schema = {"type": "object"}
ID: Schema = {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
TAGS: Schema = array(TEXT)
NOTICE: Schema = said(
    nullable(TEXT),
    "What a person has to know of the list, in sentences: it was cut off, or is old, or some of it cannot be read, by "
    "title. null when it is whole.",
)

SOURCE: Schema = {
    "oneOf": [
        said(an_object({"view_id": ID}), "every ticket of a view"),
        said(an_object({"job_id": ID}), "the frozen list of a dry run, or the failed tickets of an earlier job"),
    ]
}
COUNTERS: Schema = dict.fromkeys(SETTLED, COUNT)

JOB: Schema = an_object(
    {
        "id": ID,
        "tool": TEXT,
        "status": {"enum": list(st.STATUSES)},
        "dry_run": said(FLAG, "Nothing is changed; the outcomes are predictions."),
        "source": SOURCE,
        "relation": {
            "enum": [*Relation, None],
            "description": "How it came from `source_job_id`: `run` of a preview, `retry` of what failed, or null.",
        },
        "source_job_id": nullable(ID),
        "parameters": said(
            ANY_OBJECT, "Those of its tool, as it checked them; the requests of POST /jobs have their schemas."
        ),
        "account": said(TEXT, "The host whose tickets these are."),
        "total": said(COUNT, "Tickets listed so far; fixed once the list is frozen."),
        "processed": said(COUNT, "The sum of the outcomes that follow."),
        **COUNTERS,
        "error": said(nullable(TEXT), "Why the job failed, in a sentence."),
        "waiting_for": said(nullable(TEXT), "In words; also for whom a paused job waits that sent its first tickets."),
        "wake_at": said(nullable(TIME), "When it goes on; null where that is up to a person."),
        "eta_seconds": said(nullable(COUNT), "Of work; pauses and waits do not count. null while it is unknown"),
        "created_at": TIME,
        "started_at": nullable(TIME),
        "finished_at": nullable(TIME),
        "created_by": an_object({"id": ID, "email": TEXT, "name": TEXT}),
    }
)

AGREED: Schema = {
    "expected_total": said(nullable(COUNT), "409 when another number of tickets is listed."),
    "canary": said(
        nullable(COUNT),
        "So many tickets go first; then the job is paused until /continue. Left out: 5 for a job that writes to "
        "customers, else 0, which means none.",
    ),
    "accept_current_user": said(
        {**FLAG, "default": False},
        "What depends on who asks means the Zendesk user that the service acts as, and that is meant.",
    ),
}


def job_request(tool: str, parameters: str) -> Schema:
    """The body of a POST /jobs for one tool, whose parameters have a schema of this name."""
    own = said({"oneOf": [ref(parameters), {"type": "null"}]}, "Needed unless the source is a job, which has its own.")
    return an_object(
        {"tool": {"const": tool}, "source": SOURCE, "parameters": own, "dry_run": {**FLAG, "default": True}, **AGREED},
        optional=("parameters", "dry_run", *AGREED),
    )


SCHEMAS: Schema = {
    "Person": an_object({"id": ID, "email": TEXT, "name": TEXT, "role": {"enum": list(ROLES)}}),
    "View": an_object(
        {"id": ID, "title": TEXT, "count": said(nullable(COUNT), "null where Zendesk does not know it yet")}
    ),
    "Macro": an_object(
        {
            "id": ID,
            "title": TEXT,
            "active": FLAG,
            "matches": said(
                array(ref("Match")), "Where q was found: title, description, or the field of an action; none without q."
            ),
        }
    ),
    "Match": an_object({"field": TEXT, "text": said(TEXT, "The words around the first hit.")}),
    "Macros": page("macros", "Macro", total=said(COUNT, "All that fit, on every page."), notice=NOTICE),
    "Job": JOB,
    "RetryRequest": an_object(
        {
            "dry_run": said(
                {**FLAG, "default": True},
                "The failed tickets are read again and planned anew; carry that out like any preview, by POST /jobs. "
                "false changes them at once, by the rules of a job on a view.",
            ),
            **AGREED,
        },
        optional=("dry_run", *AGREED),
    ),
    "Mark": an_object({"there": said(FLAG, "Whether the change is on the ticket.")}),
    "Ticket": an_object(
        {
            "ticket_id": ID,
            "outcome": {"enum": list(OUTCOMES)},
            "error": said(nullable(TEXT), "A word, such as closed, not_found or conflict."),
            "before": nullable(ANY_OBJECT),
            "after": nullable(ANY_OBJECT),
            "changed_since": said(
                nullable(ANY_OBJECT),
                "Of the preview of a retry: what others changed since the job that failed read the ticket, as "
                "{name: {was, is}} with `updated_at`; empty where nothing has changed. Else null.",
            ),
        }
    ),
    "Views": an_object(
        {
            "views": array(ref("View")),
            "left_out": said(COUNT, "Views that Zendesk has not told that the person who asks may see."),
            "notice": NOTICE,
        }
    ),
    "Tags": an_object({"tags": TAGS}),
    "Jobs": page("jobs", "Job"),
    "Tickets": page("tickets", "Ticket"),
    "Export": an_object({"job": ID, "account": TEXT, "tickets": array(ref("ExportedTicket"))}),
    "ExportedTicket": an_object(
        {
            "ticket_id": ID,
            "outcome": {"enum": list(OUTCOMES)},
            "error": nullable(TEXT),
            "detail": said(nullable(TEXT), "Zendesk's own words."),
            "before": nullable(ANY_OBJECT),
            "after": nullable(ANY_OBJECT),
        }
    ),
    "Problem": an_object(
        {
            "error": an_object(
                {
                    "code": said(TEXT, "One word, for programs."),
                    "message": said(TEXT, "A sentence, for people."),
                    "fields": {"type": "object", "additionalProperties": TEXT},
                },
                optional=("fields",),
            )
        }
    ),
}
