"""Tests against real servers: each starts one Gradio release and talks to it over HTTP."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.checks")
