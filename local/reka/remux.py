"""Gives streams that can't be sought (MPEG-TS and the like) an index, by copying them once."""

from dataclasses import replace
from pathlib import Path

from local.reka.ffmpeg import FfmpegError, patience, reading, run
from local.reka.probe import Source


def with_index(source: Source, copy: Path) -> Source:
    """The source itself, or the same pictures and sound in `copy` where seeking needs it.

    A seek in a transport stream lands anywhere; up to the next key frame nothing can be decoded.
    """
    if source.has_index:
        return source
    keep = ["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", "-f", "matroska", f"file:{copy}"]
    try:
        run(["-y", "-fflags", "+genpts", *reading(source.path), *keep], patience(3600))
    except FfmpegError:  # some codecs don't fit: then as well as the stream itself allows
        copy.unlink(missing_ok=True)
        return source
    return replace(source, path=copy)
