"""A used up quota of ZeroGPU is an error of its own, which says how long it lasts."""

from __future__ import annotations

import pytest

from encoders import PredictError
from encoders.errors import QuotaError
from encoders.predict import response
from tests.predict.client.calls import CALL, DATA, JOIN, refusal
from tests.predict.http_server import Exchange, Json, completed, gradio, http_server, say, stream
from tests.predict.ways import ways

TITLE = "ZeroGPU quota exceeded"
LINK = '<a style="white-space: nowrap;color: var(--text)" href="https://huggingface.co/join">'
# Messages as ZeroGPU has worded them since 2024, and what they say: seconds, requested, left.
MESSAGES = [
    (
        "You have exceeded your GPU quota (46s left vs. 60s requested). "
        "Sign-up on Hugging Face to get more quotas or retry in 0:09:48.",
        (588, 60, 46),
    ),
    (
        f"You have exceeded your GPU quota (60s requested vs. 56s left). {LINK}Create a free "
        "account</a> to get more usage quota.",
        (None, 60, 56),
    ),
    (
        "You have exceeded your GPU quota (60s requested vs. 0s left). Try again in 0:00:00",
        (0, 60, 0),
    ),
    (
        "You have exceeded your free ZeroGPU quota (120s requested vs. 12s left). "
        "Try again in 23:51:16. ",
        (85876, 120, 12),
    ),
    (
        "You have exceeded your Pro ZeroGPU quota (50s requested vs. 30s left). "
        "Try again in 1 day, 1:32:34. ",
        (91954, 50, 30),
    ),
    ("You have exceeded your ZeroGPU runs limit. ", (None, None, None)),
    ("Space app has reached its GPU limit. Try re-running", (None, None, None)),
]


@pytest.mark.parametrize("title", [TITLE, None])
@pytest.mark.parametrize(("text", "numbers"), MESSAGES)
def test_quota_that_is_used_up_is_an_error_with_its_numbers(
    text: str, numbers: tuple[int | None, ...], title: str | None
) -> None:
    error = _error({"error": text, "duration": 10, "visible": True, "title": title})

    assert isinstance(error, QuotaError)
    assert (error.seconds, error.requested, error.left) == numbers
    assert error.message.startswith(f"the server says: {text[:40]}")
    assert "<a" not in error.message and "</a>" not in error.message


@pytest.mark.parametrize("title", [TITLE, "ZeroGPU pending credits exceeded"])
def test_title_alone_tells_a_quota(title: str) -> None:
    error = _error({"error": "No GPU was available after 60s. Retry later", "title": title})

    assert isinstance(error, QuotaError)
    assert error.seconds is None


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "You exceeded your current quota, please check your plan"},
        {
            "error": "The requested GPU duration (600s) is larger",
            "title": "ZeroGPU illegal duration",
        },
        {"error": "division by zero. Try again in 0:01:00", "title": "Error"},
        {"error": None, "title": "Error"},
        {"error": "it failed", "title": {"a": 1}},
        {"error": "it failed", "title": TITLE * 9999},
    ],
)
def test_other_failures_are_no_quota(answer: Json) -> None:
    assert type(_error(answer)) is PredictError


@pytest.mark.parametrize(
    "wait", ["0:61:61", "99999:00:00", f"{'9' * 9999}:00:00", "-1:00:00", "1 day", "٣:٠٠:٠٠"]
)
def test_odd_time_is_bounded(wait: str) -> None:
    text = f"You have exceeded your GPU quota ({'9' * 9999}s requested). Try again in {wait}"
    error = _error({"error": text})

    assert isinstance(error, QuotaError)
    assert error.seconds is None or error.seconds < 10**9
    assert error.requested is None or error.requested < 10**9


@ways
@pytest.mark.parametrize("era", ["4", "5", "6"])
def test_quota_of_a_call_by_the_queue(era: str, way: str) -> None:
    joined: list[str] = []

    def join(exchange: Exchange) -> None:
        joined.append("event")
        say({"event_id": "event"})(exchange)

    failed = completed({"error": MESSAGES[3][0], "title": TITLE}, "event", success=False)
    plays = {**gradio(era), JOIN[era]: join, DATA[era]: stream(failed)}
    with http_server(plays) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, QuotaError)
    assert error.seconds == 85876
    assert joined == ["event"]


def test_quota_of_a_direct_call() -> None:
    plays = {**gradio("3"), CALL["3"]: say({"error": MESSAGES[0][0]}, 500)}
    with http_server(plays) as server:
        error = refusal(server.url)

    assert isinstance(error, QuotaError)
    assert (error.status, error.seconds, error.endpoint) == (500, 588, "/predict")
    assert error.message.startswith("HTTP 500: the server says: You have exceeded")


def _error(answer: Json) -> PredictError:
    with pytest.raises(PredictError) as caught:
        response(answer)
    return caught.value
