"""A function that takes a list for each input gets a batch of one."""

from __future__ import annotations

import pytest

from encoders import EncodersError, Interface
from tests.predict.http_server import Json, Play, config, http_server, say
from tests.predict.ways import predict, ways


def batch(answer: Json) -> dict[str, Play]:
    configuration = config("3", ["textbox", "number"], ["textbox"])
    configuration["dependencies"][0]["batch"] = True
    return {"/config": say(configuration), "/info": say({}), "/run/predict": say(answer)}


@ways
def test_a_batch_of_one_is_sent_and_read(way: str) -> None:
    plays = batch({"data": [["up"]], "duration": 0.5})
    with http_server(plays) as server, Interface(server.url) as app:
        answer = predict(way, app, "up", 4)

    assert server.seen[-1].json["data"] == [["up"], [4]]
    assert server.seen[-1].json["batched"] is True
    assert (answer.data[:], answer.durations) == (["up"], [0.5])


@pytest.mark.parametrize("data", [["up"], [["up", "down"]], [[]], [{}], None, 1])
def test_answer_that_is_no_batch_of_one_is_an_error(data: Json) -> None:
    with (
        http_server(batch({"data": data})) as server,
        Interface(server.url) as app,
        pytest.raises(EncodersError, match="expected the answer for a batch of one"),
    ):
        app.predict("up", 4)
