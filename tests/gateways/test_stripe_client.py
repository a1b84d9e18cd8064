"""What Stripe's client sends for us, and what we make of answers that no server of Stripe's would give."""

import socket
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from console.gateways.payments import Declined, GatewayError, NoAnswer, NotSent, SubscriptionChange
from console.gateways.simulated.full import samples
from console.gateways.stripe_client import StripeTransport
from console.gateways.stripe_shaped import API_VERSION, StripeShaped
from tests.gateways.places import over_http
from tests.gateways.served import free_port, served

CHARGE = samples()["charge"]["id"]
Sent = tuple[str, str, dict[str, str], str]


class Recorder:
    """Answers every GET with the sample of what it asks for, and everything else as it is told to."""

    def __init__(self) -> None:
        self.answer: Response = JSONResponse(samples()["refund"])
        self.sent: list[Sent] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = (await request.body()).decode()
        self.sent.append((request.method, request.url.path, dict(request.headers), body))
        kind = request.url.path.split("/")[2].removesuffix("s")
        answer = JSONResponse(samples()[kind]) if request.method == "GET" else self.answer
        await answer(scope, receive, send)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def gateway(recorder: Recorder) -> Iterator[StripeShaped]:
    with served(recorder) as base:
        yield over_http(base)


def refund(gateway: StripeShaped) -> None:
    gateway.refund(charge=CHARGE, amount_minor=100, currency="USD", operation_id="op-1", reason="kind")


def test_a_refund_carries_key_version_and_metadata(gateway: StripeShaped, recorder: Recorder) -> None:
    refund(gateway)
    [read, (method, path, headers, body)] = recorder.sent
    assert read[:2] == ("GET", f"/v1/charges/{CHARGE}")
    assert (method, path) == ("POST", "/v1/refunds")
    assert headers["idempotency-key"] == "op-1:refund"
    assert headers["stripe-version"] == API_VERSION
    assert headers["authorization"] == "Bearer sk_test_simulated"
    expected = f"charge={CHARGE}&amount=100&metadata[operation_id]=op-1&metadata[reason]=kind"
    assert body == expected


def test_a_change_prorates_nothing(gateway: StripeShaped, recorder: Recorder) -> None:
    recorder.answer = JSONResponse(samples()["subscription"])
    gateway.change_subscription("sub_1", SubscriptionChange(cancel="period_end"), operation_id="op-1")
    [(_, path, headers, body)] = recorder.sent
    assert (path, headers["idempotency-key"]) == ("/v1/subscriptions/sub_1", "op-1:change")
    assert body == "cancel_at_period_end=true&proration_behavior=none&metadata[operation_id]=op-1"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response("<h1>Bad gateway</h1>", 502), NoAnswer),
        (Response("<h1>Not found</h1>", 404), NoAnswer),
        (Response("it is done", 200), NoAnswer),
        (JSONResponse({"object": "refund"}), NoAnswer),
        (JSONResponse(["refund"]), NoAnswer),
        (JSONResponse(samples()["refund"] | {"status": "sent_by_post"}), NoAnswer),
        (JSONResponse({"error": "no"}, 400), NoAnswer),
        (JSONResponse({"error": {"type": "invalid_request_error", "message": "No."}}, 400), Declined),
        (JSONResponse({"error": {"type": "invalid_request_error"}}, 401), NotSent),
    ],
)
def test_an_answer_that_cannot_be_read_is_not_taken_for_a_no(
    gateway: StripeShaped, recorder: Recorder, answer: Response, kind: type[GatewayError]
) -> None:
    recorder.answer = answer
    with pytest.raises(kind) as heard:
        refund(gateway)
    assert type(heard.value) is kind
    assert str(heard.value).endswith(".")


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_nothing_is_sent_twice(gateway: StripeShaped, recorder: Recorder, status: int) -> None:
    """The client would by itself, two times: its own retries are off."""
    error = {"error": {"type": "api_error", "message": "…"}}
    recorder.answer = JSONResponse(error, status, {"stripe-should-retry": "true"})
    with pytest.raises(GatewayError):
        refund(gateway)
    assert [sent[0] for sent in recorder.sent] == ["GET", "POST"]


def test_without_a_connection_nothing_was_sent() -> None:
    gateway = over_http(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotSent, match="Nothing was done"):
        gateway.payment_page(customer="cus_1", return_url="https://x.example.com", operation_id="op-1")


def test_no_answer_within_the_limit_is_no_answer() -> None:
    """To a server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        transport = StripeTransport("sk_test", api_base=base, timeout=0.2)
        with pytest.raises(NoAnswer, match="Look up"):
            transport.call("post", "/v1/refunds", {}, "op-1:refund")
        with pytest.raises(NotSent, match="Nothing was read"):
            StripeShaped("stripe", transport).get_charge(CHARGE)


def test_a_mark_that_is_lost_means_that_nothing_was_done(gateway: StripeShaped, recorder: Recorder) -> None:
    recorder.answer = JSONResponse({"error": {"type": "api_error", "message": "…"}}, 500)
    with pytest.raises(NotSent):
        gateway.change_subscription("sub_1", SubscriptionChange(cancel="now"), operation_id="op-1")
    assert [sent[0] for sent in recorder.sent] == ["POST"]
