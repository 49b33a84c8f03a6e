"""Finds faces: YuNet (OpenCV zoo) through ONNX Runtime alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODEL = Path(__file__).parent / "assets" / "face_detection_yunet_2023mar.onnx"
SIDE = 640  # the model's input is 640 × 640
STRIDES = (8, 16, 32)
CONFIDENT = 0.6
OVERLAP = 0.3

Pixels = NDArray[np.uint8]


class FacesMissing(Exception):
    """Faces can't be found here: ONNX Runtime is not installed."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face's box in pixels of the image, and how sure the model is (0–1)."""

    x: float
    y: float
    width: float
    height: float
    confidence: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


class FaceFinder:
    """YuNet on images of at most 640 × 640."""

    def __init__(self, threads: int) -> None:
        """Loads the model. Raises FacesMissing."""
        try:
            import onnxruntime
        except ImportError as missing:
            raise FacesMissing(str(missing)) from missing
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(
            str(MODEL), options, providers=["CPUExecutionProvider"]
        )
        self._outputs = [each.name for each in self._session.get_outputs()]

    def find(self, image: Pixels) -> list[Face]:
        """The faces in a BGR image (height × width × 3), the surest first."""
        height, width = image.shape[:2]
        padded = np.zeros((1, 3, SIDE, SIDE), np.float32)
        padded[0, :, :height, :width] = image.transpose(2, 0, 1)
        raw = dict(zip(self._outputs, self._session.run(None, {"input": padded}), strict=True))
        boxes = [box for stride in STRIDES for box in decode(raw, stride)]
        return distinct(sorted(boxes, key=lambda face: -face.confidence))


def decode(raw: dict[str, NDArray[np.float32]], stride: int) -> list[Face]:
    """The boxes of one output scale, as OpenCV's FaceDetectorYN reads them."""
    across = SIDE // stride
    certainty = np.sqrt(
        np.clip(raw[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(raw[f"obj_{stride}"][0, :, 0], 0, 1)
    )
    found = []
    for k in np.flatnonzero(certainty > CONFIDENT):
        dx, dy, log_width, log_height = (float(value) for value in raw[f"bbox_{stride}"][0, k])
        width, height = float(np.exp(log_width)) * stride, float(np.exp(log_height)) * stride
        x, y = (k % across + dx) * stride - width / 2, (k // across + dy) * stride - height / 2
        found.append(Face(float(x), float(y), width, height, float(certainty[k])))
    return found


def distinct(faces: list[Face]) -> list[Face]:
    """Without boxes that mostly cover a surer one's."""
    kept: list[Face] = []
    for face in faces:
        if all(common(face, other) < OVERLAP for other in kept):
            kept.append(face)
    return kept


def common(one: Face, other: Face) -> float:
    """The shared area as a part of the smaller box."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, across) * max(0.0, down) / max(smaller, 1e-6)
