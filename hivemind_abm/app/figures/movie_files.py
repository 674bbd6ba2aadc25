"""Frames as a file: a video, a GIF, or images in a ZIP archive.

Knows: how each kind of file is written, one frame after another.
Does not know: what a frame shows.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from hivemind_abm.files import check_place

__all__ = ["KINDS", "VIDEO", "check_movie", "has_video", "scale_of", "write_movie"]

KINDS = {".mp4": "video/mp4", ".gif": "image/gif", ".zip": "application/zip"}
VIDEO = "pip install 'hivemind_abm[video]'"
_QUALITY = 6  # of 10, as imageio has it
_HUNDREDTHS = 100  # of a second, the unit of time in a GIF
_COLOURS = 256
_SCALES = {".gif": 0.8}  # of the size of a frame; the file is large otherwise

type _Add = Callable[[np.ndarray], None]


def has_video() -> bool:
    """Whether MP4 files can be written."""
    return find_spec("imageio") is not None and find_spec("imageio_ffmpeg") is not None


def check_movie(file: Path) -> None:
    """That a movie can be written to a file of this name; its folder is created.

    Raises:
        ValueError: It ends otherwise than `KINDS`, the packages that write an MP4 are missing, or
            nothing can be written there.
    """
    if file.suffix.lower() not in KINDS:
        raise ValueError(f"a movie must end in {', '.join(KINDS)}, not {file.name!r}")
    if file.suffix.lower() == ".mp4" and not has_video():
        raise ValueError(f"an MP4 needs imageio and imageio-ffmpeg: {VIDEO}")
    check_place(file)


def scale_of(file: Path) -> float:
    """The size that frames should have for a file, where 1 is that of a video."""
    return _SCALES.get(file.suffix.lower(), 1.0)


def write_movie(file: Path, frames: Iterable[np.ndarray], rate: float) -> None:
    """Write frames to a file, one after another.

    Args:
        file: Ends in .mp4, .gif, or .zip for PNG images.
        frames: All of one shape (height, width, 3), of even sizes, dtype uint8.
        rate: Frames per second.

    Raises:
        ValueError: As `check_movie`.
    """
    check_movie(file)
    writers: dict[str, Callable[[Path, float], AbstractContextManager[_Add]]] = {
        ".mp4": _mp4,
        ".gif": _gif,
        ".zip": _images,
    }
    with writers[file.suffix.lower()](file, rate) as add:
        for frame in frames:
            add(frame)


@contextmanager
def _mp4(file: Path, rate: float) -> Iterator[_Add]:
    """H.264 in the form that browsers play."""
    import imageio.v2 as imageio

    writer: Any = imageio.get_writer(
        file,
        format="FFMPEG",
        fps=rate,
        codec="libx264",
        quality=_QUALITY,
        pixelformat="yuv420p",
        macro_block_size=2,
        output_params=["-movflags", "+faststart"],
        ffmpeg_log_level="fatal",  # a server that ends removes the folder of a movie
    )
    with writer:
        yield writer.append_data


def _with_few_colours(frame: np.ndarray) -> Any:
    """A frame as an image of Pillow with a palette: its most frequent colours, and the nearest.

    Areas of one colour keep it exactly, so that a key has the colours of what it explains.
    """
    from PIL import Image

    packed = frame.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[:_COLOURS])
    shades = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.int32)
    nearest = np.searchsorted(colours[kept], colours).clip(max=len(kept) - 1)
    rare = colours[kept][nearest] != colours
    squares = (shades[kept] ** 2).sum(axis=1)
    nearest[rare] = (squares - 2 * shades[rare] @ shades[kept].T).argmin(axis=1)
    image = Image.fromarray(nearest[places].astype(np.uint8).reshape(frame.shape[:2]), mode="P")
    image.putpalette(shades[kept].astype(np.uint8).tobytes())
    return image


@contextmanager
def _gif(file: Path, rate: float) -> Iterator[_Add]:
    """A GIF that repeats without end, in which each frame has its own colours.

    Pillow keeps all frames of a GIF in memory, so it encodes one at a time.
    """
    hundredths = max(2, round(_HUNDREDTHS / rate))  # browsers slow down what is faster
    with file.open("wb") as out:

        def add(frame: np.ndarray) -> None:
            image = _with_few_colours(frame)
            buffer = io.BytesIO()
            image.save(buffer, format="GIF", optimize=False, interlace=0)
            header, colours, described, data = _parts_of_gif(buffer.getvalue())
            if not out.tell():
                flags = bytes([header[10] & 0x70, 0, 0])  # no colours that all frames share
                out.write(b"GIF89a" + header[6:10] + flags)
                out.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
            out.write(b"!\xf9\x04\x04" + hundredths.to_bytes(2, "little") + b"\x00\x00")
            out.write(
                described[:9] + bytes([0x80 | described[9] | header[10] & 0x07]) + colours + data
            )

        yield add
        out.write(b";")


def _parts_of_gif(image: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """The header, colours, image descriptor and image data of a GIF of one frame."""
    start = 13
    after = start + 3 * 2 ** ((image[10] & 0x07) + 1)
    at = after
    while image[at] == 0x21:  # extensions: their kind, then blocks up to an empty one
        at += 2
        while image[at]:
            at += image[at] + 1
        at += 1
    return image[:start], image[start:after], image[at : at + 10], image[at + 10 : -1]


@contextmanager
def _images(file: Path, rate: float) -> Iterator[_Add]:
    """PNG images with numbers, and a line that says how fast they follow each other."""
    from PIL import Image

    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("README.txt", f"{rate:g} frames per second\n")

        def add(frame: np.ndarray) -> None:
            buffer = io.BytesIO()
            Image.fromarray(frame).save(buffer, format="PNG", compress_level=4)
            archive.writestr(f"frame_{len(archive.namelist()):04}.png", buffer.getvalue())

        yield add
