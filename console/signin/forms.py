"""Forms of the pages outside of Streamlit."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from console.errors import Refused

LONGEST = 8192  # bytes; ours have an id and an address


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small form, as browsers send it. Raises Refused for anything else."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            raise Refused("That was more than this form can take. Go back and try again.")
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=10))
    except ValueError as error:
        raise Refused("That is not what this form sends. Go back and try again.") from error
