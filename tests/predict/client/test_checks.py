"""A value that a component's options do not allow is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoders import Interface, PayloadError
from encoders.predict import File, Raw, Reference, Table
from encoders.predict.components import COMPONENTS, Component
from encoders.predict.endpoints import Description, Parameter
from encoders.predict.eras import server_version, version
from encoders.predict.pages.examples import example
from encoders.predict.payloads import prepare
from tests.paths import FIXTURES
from tests.predict.client.calls import ERAS, eras
from tests.predict.http_server import VERSIONS, config, gradio, http_server, say
from tests.predict.noted_options import NotedOptions
from tests.predict.pages.descriptions import recorded
from tests.predict.pages.test_examples import ODD, OPTIONS, PAIRS, parameter
from tests.predict.ways import predict, ways

PNG = FIXTURES / "image" / "small.png"
PDF = FIXTURES / "file" / "report.pdf"
WAV = FIXTURES / "audio" / "stereo.wav"  # of 0.5 s
SOUND = (8000, np.zeros(16_000, np.int16))  # of 2 s
Options = dict[str, Any]
ABC: Options = {"choices": ["a", "b", "c"]}
PAIR: Options = {"choices": [["Small", 1], ["Big", 2]]}
TABLE: Options = {"headers": ["x", "y"], "col_count": [2, "fixed"], "row_count": [3, "fixed"]}
ONE_FILE = "expected at most 1 file, found 2"


def app(name: str, options: Options, era: str = "6", **more: Any) -> Interface:
    """Return the interface of a server, which cannot be reached, with one component."""
    labelled = {"label": "The input", **options}
    return Interface({**config(era, [(name, labelled)], ["textbox"]), **more})


def refusal(name: str, options: Options, value: Any, era: str = "6", **more: Any) -> str:
    """Return why a value is refused, once it is sure that it is, but not where it is unchecked."""
    with app(name, options, era, **more) as interface:
        with pytest.raises(PayloadError) as caught:
            interface.check(value)
        interface.check(value, check=False)
    text = str(caught.value)
    assert caught.value.path.startswith("data[0]") and caught.value.component == name
    assert text.startswith("data[0]") and f"({name} 'The input')" in text
    assert text.endswith("; pass check=False to send it all the same")
    return caught.value.message


TAKEN: list[tuple[str, Options, Any]] = [
    ("dropdown", ABC, "b"),
    ("dropdown", ABC, None),
    ("dropdown", ABC, Raw("z")),
    ("dropdown", {**ABC, "allow_custom_value": True}, "z"),
    ("dropdown", {**ABC, "multiselect": True}, ["a", "b"]),
    ("dropdown", {**ABC, "multiselect": True}, []),
    ("dropdown", {**ABC, "value": ["a"]}, ["b"]),
    ("dropdown", {"choices": []}, "z"),
    ("dropdown", {"choices": None}, "z"),
    ("dropdown", {}, "z"),
    ("dropdown", PAIR, 2),
    ("dropdown", PAIR, 2.0),
    ("dropdown", PAIR, np.int64(2)),
    ("radio", ABC, "a"),
    ("radio", {"choices": (("A", "a"), ["B", "b"], "c", [], 1)}, "a"),
    ("radio", {"choices": [["Nothing", None], ["A", "a"]]}, None),
    ("checkboxgroup", ABC, ["a", "c"]),
    ("checkboxgroup", ABC, []),
    ("slider", {"minimum": 0, "maximum": 10, "step": 3}, 10),
    ("slider", {"minimum": 0, "maximum": 10, "step": 3}, 0.5),
    ("slider", {}, 10**400),
    ("number", {"minimum": 1}, 1),
    ("number", {"precision": 0}, 2.0),
    ("number", {"precision": 2}, 0.123),
    ("number", {"minimum": None, "maximum": "x"}, -5),
    ("textbox", {"max_length": 5}, "abcde"),
    ("textbox", {"max_length": None}, "abcde"),
    ("file", {"file_types": ["image", ".pdf"]}, PNG),
    ("file", {"file_types": ["image", ".PDF"]}, PDF),
    ("file", {"file_types": ["image/*"]}, PNG),
    ("file", {"file_types": ["application/pdf"]}, PDF),
    ("file", {"file_types": ["file"]}, PDF),
    ("file", {"file_types": ["something new"]}, PDF),
    ("file", {"file_types": []}, PDF),
    ("file", {"file_types": None}, PDF),
    ("file", {"file_types": ["image"]}, PNG.read_bytes()),
    ("file", {"file_types": ["image"]}, File(PNG.read_bytes(), "no suffix")),
    ("file", {"file_types": [".safetensors"]}, File(b"x", "model.SafeTensors")),
    ("file", {"file_types": [".gz"]}, File(b"x", "a.tar.gz")),
    ("file", {"file_types": ["image"]}, Reference("/tmp/gradio/x/a.png", name="other")),
    ("file", {"file_count": "multiple", "file_types": ["image"]}, [PNG, PNG]),
    ("file", {"file_count": "multiple"}, []),
    ("multimodaltextbox", {"file_types": ["image"]}, {"text": "hi", "files": [PNG]}),
    ("multimodaltextbox", {"file_count": "multiple"}, {"text": "hi", "files": [PNG, PDF]}),
    ("multimodaltextbox", {"file_count": "single"}, "hi"),
    ("gallery", {"file_types": ["image"]}, [PNG, (PNG, "caption")]),
    ("fileexplorer", {"file_count": "single"}, [["a", "b.txt"]]),
    ("fileexplorer", {"file_count": "multiple"}, [["a"], ["b"]]),
    ("dataframe", TABLE, [[1, 2], [3, 4], [5, 6]]),
    ("dataframe", {"col_count": [2, "dynamic"]}, [[1, 2, 3]]),
    ("dataframe", {"col_count": 3, "headers": ["a"]}, [[1, 2]]),
    ("dataframe", TABLE, None),
    ("audio", {"min_length": 1, "max_length": 2}, SOUND),
    ("audio", {"max_length": 1}, WAV),
    ("audio", {"max_length": 1}, Reference("/tmp/gradio/x/a.wav")),
    ("checkbox", {"choices": ["x"], "maximum": 0}, True),
]

REFUSED: list[tuple[str, Options, Any, str]] = [
    ("dropdown", ABC, "z", 'expected one of "a", "b", "c", found "z"'),
    ("dropdown", ABC, "", 'expected one of "a", "b", "c", found ""'),
    ("dropdown", PAIR, "Big", 'expected one of 2 ("Big"), 1 ("Small"), found "Big"'),
    ("dropdown", PAIR, "2", 'expected one of 2 ("Big"), 1 ("Small"), found "2"'),
    ("dropdown", ABC, ["a"], "expected one choice, found a list of 1"),
    ("dropdown", {**ABC, "multiselect": True}, ["a", "z"], 'found "z"'),
    ("dropdown", {**ABC, "multiselect": True}, "z", 'found "z"'),
    (
        "dropdown",
        {**ABC, "multiselect": True, "max_choices": 2},
        ["a", "b", "c"],
        "expected at most 2 choices, found 3",
    ),
    ("radio", ABC, "z", 'expected one of "a", "b", "c", found "z"'),
    ("radio", ABC, True, 'expected one of "a", "b", "c", found true'),
    ("radio", {**ABC, "value": ["a"]}, ["z"], 'found "z"'),
    ("checkboxgroup", ABC, ["a", "z"], 'expected one of "a", "b", "c", found "z"'),
    ("slider", {"minimum": 0, "maximum": 10}, 10.5, "expected 0 to 10, found 10.5"),
    ("slider", {"minimum": 0, "maximum": 10}, -1, "expected 0 to 10, found -1"),
    ("slider", {"maximum": 10}, 10**400, "expected at most 10, found 1000"),
    ("number", {"minimum": 1}, 0, "expected at least 1, found 0"),
    ("number", {"precision": 0}, 2.5, "expected a whole number, found 2.5"),
    ("textbox", {"max_length": 5}, "abcdef", "expected at most 5 characters, found 6"),
    (
        "file",
        {"file_types": ["image", ".docx"]},
        PDF,
        'expected a file of type "image", ".docx", found \'report.pdf\' (application/pdf)',
    ),
    ("file", {"file_types": ["image"]}, b"plain text", "found 'text.txt' (text/plain)"),
    ("file", {"file_types": "image"}, PDF, "'report.pdf'"),
    ("file", {"file_types": [".pdf"]}, File(b"x", ".pdf"), "found 'pdf.txt'"),
    ("file", {"file_types": ["image"]}, Reference("/tmp/x/a.pdf", name="a.png"), "'a.pdf'"),
    ("file", {"file_count": "multiple", "file_types": ["image"]}, [PNG, PDF], "'report.pdf'"),
    ("uploadbutton", {"file_types": ["video"]}, PNG, "'small.png' (image/png)"),
    ("multimodaltextbox", {"file_types": ["image"]}, {"files": [PNG, PDF]}, "'report.pdf'"),
    ("multimodaltextbox", {"file_count": "single"}, {"files": [PNG, PDF]}, ONE_FILE),
    ("gallery", {"file_types": ["video"]}, [PNG], "'small.png' (image/png)"),
    ("fileexplorer", {"file_count": "single"}, [["a"], ["b"]], ONE_FILE),
    ("dataframe", TABLE, [[1], [2], [3]], "expected exactly 2 columns, found 1"),
    ("dataframe", TABLE, [[1, 2]], "expected exactly 3 rows, found 1"),
    ("dataframe", {"column_count": [2, "fixed"]}, [[1]], "expected exactly 2 columns, found 1"),
    ("dataframe", TABLE, Table(["x", "y"], []), "expected exactly 3 rows, found 0"),
    (
        "audio",
        {"min_length": 1, "max_length": 1.5},
        SOUND,
        "expected at least 1 s long and at most 1.5 s long, found 2.0 s",
    ),
    ("audio", {"min_length": 1}, WAV, "expected at least 1 s long, found 0.5 s"),
    ("video", {"max_length": 0.5}, FIXTURES / "video" / "clip.mp4", "found 1.0 s"),
]


@pytest.mark.parametrize(("name", "options", "value"), TAKEN)
def test_value_that_the_options_allow_is_taken(name: str, options: Options, value: Any) -> None:
    with app(name, options) as interface:
        assert interface.check(value) == interface.check(value, check=False)


@pytest.mark.parametrize(("name", "options", "value", "reason"), REFUSED)
def test_value_that_the_options_do_not_allow_is_refused(
    name: str, options: Options, value: Any, reason: str
) -> None:
    assert reason in refusal(name, options, value)


@eras
def test_choices_and_ranges_are_checked_in_every_era(era: str) -> None:
    assert "expected one of" in refusal("radio", ABC, "z", era)
    assert "expected one of" in refusal("dropdown", ABC, "z", era)
    assert "expected 0 to 1" in refusal("slider", {"minimum": 0, "maximum": 1}, 2, era)


@eras
@pytest.mark.parametrize("upload", [None, True, False])
def test_types_of_files_are_checked_in_every_era(era: str, upload: bool | None) -> None:
    with app("file", {"file_types": ["image"]}, era) as interface:
        interface.check(PNG, upload=upload)
        with pytest.raises(PayloadError, match="expected a file of type"):
            interface.check(PDF, upload=upload)


@eras
def test_content_counts_like_the_name_where_servers_do_not_go_by_the_name(era: str) -> None:
    options, picture = {"file_types": ["image"]}, File(PNG.read_bytes(), "photo.dat")
    if era in "56":
        assert "found 'photo.dat' (image/png)" in refusal("file", options, picture, era)
    else:
        with app("file", options, era) as interface:
            interface.check(picture)


def test_columns_have_to_be_those_of_a_server_that_is_sent_no_headers() -> None:
    options = {"headers": ["x", "y"], "col_count": 2, "row_count": 3}

    assert "exactly 2 columns, found 1" in refusal("dataframe", options, [[1]], "2")
    with app("dataframe", {"headers": [], "col_count": 3}, "2") as interface:
        interface.check([[1]])


def test_file_over_the_servers_bound_on_uploads_is_refused() -> None:
    size = PDF.stat().st_size
    assert refusal("file", {}, PDF, max_file_size=size - 1) == (
        f"'report.pdf' has {size} bytes: the server takes uploads of up to {size - 1}"
    )
    for bound in (size, None, "1mb", True):
        with app("file", {}, max_file_size=bound) as interface:
            interface.check(PDF)


@pytest.mark.parametrize(
    ("found", "first"),
    [("mediun", "medium"), ("LARGE", "large"), ("sm", "small"), ("extra larg", "extra large")],
)
def test_the_choices_that_are_most_alike_come_first(found: str, first: str) -> None:
    sizes = [*(f"other {n}" for n in range(99)), "small", "medium", "large", "extra large"]
    message = refusal("dropdown", {"choices": sizes}, found)

    assert f'expected one of "{first}", ' in message
    assert "and 83 more" in message


def test_a_label_leads_to_its_choice() -> None:
    pairs = [[f"Model {n}", f"m-{n}.bin"] for n in range(50)]

    assert 'expected one of "m-37.bin" ("Model 37"), ' in refusal(
        "dropdown", {"choices": pairs}, "model 37"
    )


def test_choices_in_a_message_are_of_bounded_number_and_length() -> None:
    hostile = ["x" * 10**6, *(f"\x1b[2J\u202e{n}" * 20 for n in range(30_000))]
    message = refusal("radio", {"choices": hostile, "label": "The input"}, "y" * 10**6)

    assert len(message) < 2500
    assert message.isprintable()


def test_label_of_a_server_is_of_bounded_length_and_visible() -> None:
    with (
        app("slider", {"maximum": 1, "label": "a\x1b\n" * 999}) as interface,
        pytest.raises(PayloadError) as caught,
    ):
        interface.check(2)

    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


@ways
@eras
def test_nothing_but_the_description_is_asked_for_before_a_value_is_refused(
    way: str, era: str
) -> None:
    inputs = [("image", {}), ("slider", {"minimum": 0, "maximum": 1, "label": "How much"})]
    with http_server(gradio(era, inputs=inputs)) as server, Interface(server.url) as interface:
        with pytest.raises(PayloadError, match=r"data\[1\] \(slider 'How much'\): expected 0 to 1"):
            predict(way, interface, PNG, 2)

        assert {path.rpartition("/")[2] for path in server.paths} <= {"config", "info"}


@ways
def test_unchecked_value_is_sent_all_the_same(way: str) -> None:
    plays = gradio("6", inputs=[("slider", {"maximum": 1})], outputs=["json"])
    with http_server(plays) as server, Interface(server.url) as interface:
        assert predict(way, interface, 2, check=False).data[0] == 2


def test_defaults_and_hidden_values_of_a_server_are_not_checked() -> None:
    inputs = [("dropdown", ABC), ("slider", {"maximum": 1}), ("state", {}), ("button", {})]
    named = [
        {"label": "x", "component": "x", "parameter_has_default": True, "parameter_default": "z"}
    ]
    parameters = named * 3
    info = {"named_endpoints": {"/predict": {"parameters": parameters, "returns": []}}}
    plays = gradio("6", lambda *values: [list(values)], inputs=inputs, outputs=["json"])
    plays["/gradio_api/info"] = say(info)
    with http_server(plays) as server, Interface(server.url) as interface:
        assert interface.predict().data[0] == ["z", "z", None, "z"]


def test_choices_that_only_info_lists_are_checked() -> None:
    shown = {"label": "Size", "component": "Radio", "type": {"type": "string", "enum": ["s", "m"]}}
    info = {"named_endpoints": {"/predict": {"parameters": [shown], "returns": []}}}

    with pytest.raises(PayloadError, match=r"\(radio 'Size'\): expected one of \"s\", \"m\""):
        Interface(info).check("l")


def checked(value: Any, made: Parameter, era: str) -> None:
    prepare([value], [made.component], server_version(era), by_upload=None, checks=True)


@pytest.mark.parametrize("era", ERAS)
def test_examples_of_real_servers_pass(era: str) -> None:
    description: Description = recorded(era)
    for endpoint in description.endpoints:
        for made in endpoint.visible_inputs:
            checked(example(made), made, description.version)


@pytest.mark.parametrize(("name", "era"), PAIRS)
def test_examples_of_components_without_options_pass(name: str, era: str) -> None:
    made = parameter(name)
    checked(example(made), made, era)


@pytest.mark.parametrize(("name", "options"), [(row[0], row[1]) for row in [*TAKEN, *REFUSED]])
def test_examples_for_given_options_pass(name: str, options: Options) -> None:
    if name not in ("audio", "video"):  # these have one example for all lengths
        made = parameter(name, **options)
        for era in ("5", "6"):  # older ones do not have all of the options
            checked(example(made), made, VERSIONS[era])


@pytest.mark.parametrize("name", COMPONENTS)
def test_options_of_any_type_are_no_reason_to_fail(name: str) -> None:
    more = ("max_choices", "max_length", "min_length", "allow_custom_value", "label")
    value = example(parameter(name))
    for option in (*OPTIONS, *more):
        for odd in ODD:
            options = NotedOptions(**{option: odd})
            made = Parameter(Component(name, options), name, hidden=name == "state")
            for era in ("2", "3", "6"):
                if made.component.exists_in(version(era)):
                    try:
                        checked(value, made, era)
                    except PayloadError as error:
                        assert "check=False" in str(error) or option == "file_count"
            if option not in options.read:
                break


def test_a_reference_to_a_path_of_windows_has_its_name(tmp_path: Path) -> None:
    with app("file", {"file_types": ["image"]}) as interface:
        interface.check(Reference(r"C:\Temp\gradio\a.png"))
