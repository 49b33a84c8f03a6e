"""What Slack calls a file by its name: media type, `filetype` and `pretty_type`.

Names: https://docs.slack.dev/reference/objects/file-object
"""

import mimetypes
from pathlib import PurePath
from typing import NamedTuple


class FileType(NamedTuple):
    """`mimetype`, `filetype` and `pretty_type` of a file object."""

    mimetype: str
    filetype: str
    pretty: str


_KNOWN = {
    "avi": FileType("video/x-msvideo", "avi", "AVI"),
    "csv": FileType("text/csv", "csv", "CSV"),
    "gif": FileType("image/gif", "gif", "GIF"),
    "jpeg": FileType("image/jpeg", "jpg", "JPEG"),
    "jpg": FileType("image/jpeg", "jpg", "JPEG"),
    "json": FileType("application/json", "json", "JSON"),
    "m4a": FileType("audio/mp4", "m4a", "MPEG 4 Audio"),
    "m4v": FileType("video/x-m4v", "m4v", "MPEG 4 Video"),
    "mkv": FileType("video/x-matroska", "mkv", "MKV"),
    "mov": FileType("video/quicktime", "mov", "QuickTime Movie"),
    "mp3": FileType("audio/mpeg", "mp3", "MP3"),
    "mp4": FileType("video/mp4", "mp4", "MPEG 4 Video"),
    "pdf": FileType("application/pdf", "pdf", "PDF"),
    "png": FileType("image/png", "png", "PNG"),
    "srt": FileType("text/plain", "text", "Plain Text"),
    "txt": FileType("text/plain", "text", "Plain Text"),
    "webm": FileType("video/webm", "webm", "WebM"),
    "zip": FileType("application/zip", "zip", "Zip"),
}


def file_type(name: str) -> FileType:
    """The type by the ending of a name; `binary` when it says nothing."""
    ending = PurePath(name).suffix.removeprefix(".").lower()
    if ending in _KNOWN:
        return _KNOWN[ending]
    guessed, _ = mimetypes.guess_type(name)
    if guessed is None:
        return FileType("application/octet-stream", "binary", "Binary")
    return FileType(guessed, ending, ending.upper())
