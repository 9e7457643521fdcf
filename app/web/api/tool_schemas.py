"""What POST /jobs takes for each tool: the schemas of its parameters, made of its own model."""

from __future__ import annotations

from collections.abc import Mapping

from app.tools.tool import JobKind
from app.web.api.schemas import Schema, job_request, ref


def request_schemas(kinds: Mapping[str, JobKind]) -> Schema:
    """By name: `JobRequest`, one of the requests for these tools told apart by `tool`; and what these are made of."""
    found: Schema = {}
    requests: dict[str, str] = {}
    for slug, kind in kinds.items():
        name = "".join(map(str.capitalize, slug.split("-")))
        own = kind.parameters.model_json_schema(ref_template=f"#/components/schemas/{name}{{model}}")
        found |= {f"{name}{part}": schema for part, schema in own.pop("$defs", {}).items()}
        found |= {f"{name}Parameters": own, f"{name}Request": job_request(slug, f"{name}Parameters")}
        requests[slug] = f"{name}Request"
    mapping = {slug: ref(request)["$ref"] for slug, request in requests.items()}
    found["JobRequest"] = {
        "oneOf": [ref(request) for request in requests.values()],
        "discriminator": {"propertyName": "tool", "mapping": mapping},
    }
    return found
