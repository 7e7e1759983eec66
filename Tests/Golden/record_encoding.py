"""Records what other programs make of floats: Tests/Golden/quants/encoded.bin and searched.bin.

    pip install gguf==0.19.0 numpy
    LLAMA_CPP_LIB_PATH=/path/to/llama.cpp/build/bin python Tests/Golden/record_encoding.py

encoded.bin: u32 count, the floats, then for each type u32 type, u32 bytes, the bytes that the `gguf`
package makes of them. searched.bin, for the types that are searched for: u32 count, the floats, then
for each type u32 type and f64, the sum of squared errors that llama.cpp's quantiser (ggml) leaves.
All little-endian.
"""
import ctypes
import os
import pathlib
import struct

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize, quantize

HERE = pathlib.Path(__file__).parent / "quants"
PLAIN = [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0]
SEARCHED = [T.Q4_K, T.Q5_K, T.Q6_K]


def some_numbers(rng):
    """Blocks of 32 of many kinds: bells, peaks, one-sided, equal, zero, tiny, large, halves."""
    bell = rng.standard_normal((8, 32))
    peaks = rng.laplace(size=(6, 32))
    outlier = rng.standard_normal((4, 32)) * np.where(rng.random((4, 32)) < 0.1, 50, 1)
    above, below = np.abs(rng.standard_normal((3, 32))), -np.abs(rng.standard_normal((3, 32)))
    equal = np.repeat([[0.25], [-3.0], [0.0], [1e-3]], 32, axis=1)
    tiny, large = rng.standard_normal((3, 32)) * 1e-6, rng.standard_normal((3, 32)) * 1e4
    halves = rng.integers(-254, 255, (6, 32)) / 2
    halves[:, 0] = 127
    return np.concatenate([bell, bell * 0.02, peaks, outlier, above, below, equal, tiny, large,
                           halves]).astype("<f4").reshape(1, -1)


def main():
    rng = np.random.default_rng(51)
    numbers = some_numbers(rng)
    with np.errstate(all="ignore"), open(HERE / "encoded.bin", "wb") as out:
        out.write(struct.pack("<I", numbers.size) + numbers.tobytes())
        for kind in PLAIN:
            data = quantize(numbers, kind).view(np.uint8).tobytes()
            out.write(struct.pack("<II", int(kind), len(data)) + data)

    ggml = ctypes.CDLL(os.path.join(os.environ["LLAMA_CPP_LIB_PATH"], "libggml-base.so"))
    encode = ggml.ggml_quantize_chunk
    encode.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 \
        + [ctypes.c_void_p]
    encode.restype = ctypes.c_size_t
    with open(HERE / "searched.bin", "wb") as out:
        for rows in (rng.standard_normal(2048) * 0.02, rng.laplace(size=2048),
                     rng.uniform(-1, 1, 2048), np.abs(rng.standard_normal(2048))):
            rows = rows.astype("<f4").reshape(1, -1)
            out.write(struct.pack("<I", rows.size) + rows.tobytes())
            for kind in SEARCHED:
                block, size = GGML_QUANT_SIZES[kind]
                data = np.zeros(rows.size // block * size, np.uint8)
                encode(int(kind), rows.ctypes.data, data.ctypes.data, 0, 1, rows.size, None)
                back = dequantize(data.reshape(1, -1), kind).astype(np.float64)
                out.write(struct.pack("<Id", int(kind), float(((back - rows) ** 2).sum())))
    for name in ("encoded.bin", "searched.bin"):
        print(name, (HERE / name).stat().st_size)


if __name__ == "__main__":
    main()
