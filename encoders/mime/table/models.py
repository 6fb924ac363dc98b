"""Three-dimensional models."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.containers import archives
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType("model/gltf-binary", (".glb",), signatures=(b"glTF\2\0\0\0",)),
    MediaType("model/gltf+json", (".gltf",), is_text=True),
    MediaType("model/obj", (".obj",), is_text=True),
    MediaType(
        "model/stl",
        (".stl",),
        signatures=(Signature(check=checks.is_binary_stl),),
        is_text=True,
        by_name=True,
    ),
    MediaType("model/ply", (".ply",), signatures=(b"ply\n", b"ply\r\n"), is_text=True),
    MediaType("model/3mf", (".3mf",), members=archives.office_folder("3D/")),
    MediaType("model/step", (".step", ".stp"), signatures=(b"ISO-10303-21;",)),
    MediaType("model/vrml", (".wrl",), signatures=(b"#VRML V",)),
    MediaType("model/vnd.collada+xml", (".dae",), root=(b"collada", b"COLLADASchema")),
    MediaType(
        "model/vnd.usdz+zip", (".usdz",), members=archives.first_named(".usda", ".usdc", ".usd")
    ),
)
