"""Three-dimensional models."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("model/gltf-binary", (".glb",)),
    MediaType("model/gltf+json", (".gltf",), is_text=True),
    MediaType("model/obj", (".obj",), is_text=True),
    MediaType("model/stl", (".stl",), is_text=True),
    MediaType("model/ply", (".ply",), is_text=True),
    MediaType("model/3mf", (".3mf",)),
    MediaType("model/step", (".step", ".stp")),
    MediaType("model/vrml", (".wrl",)),
    MediaType("model/vnd.collada+xml", (".dae",)),
    MediaType("model/vnd.usdz+zip", (".usdz",)),
)
