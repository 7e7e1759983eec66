"""Records what the `gguf` package makes of quantised rows: Tests/Golden/quants/rows.bin.

    pip install gguf==0.19.0 numpy
    python Tests/Golden/record_quants.py

For every element type: random bytes (scales of any size, infinite ones and NaN among them), and,
where the package can quantise, a row of normal numbers. The file is a run of records: u32 type,
u32 elements, u32 bytes, the bytes, the floats; all little-endian.
"""
import pathlib
import struct

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize, quantize

TYPES = [T.F32, T.F16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K,
         T.Q6_K, T.IQ4_NL, T.IQ4_XS, T.BF16, T.MXFP4]
ELEMENTS = 768


def record(out, kind, row):
    floats = dequantize(row.reshape(1, -1), kind).astype("<f4").reshape(-1)
    assert floats.size == ELEMENTS, (kind, floats.size)
    data = row.tobytes()
    out.write(struct.pack("<III", int(kind), floats.size, len(data)) + data + floats.tobytes())


def main():
    rng = np.random.default_rng(20)
    path = pathlib.Path(__file__).parent / "quants" / "rows.bin"
    path.parent.mkdir(exist_ok=True)
    with np.errstate(all="ignore"), open(path, "wb") as out:
        for kind in TYPES:
            block, size = GGML_QUANT_SIZES[kind]
            random = rng.integers(0, 256, ELEMENTS // block * size, dtype=np.uint8)
            record(out, kind, random)
            numbers = rng.standard_normal((1, ELEMENTS)).astype(np.float32)
            try:
                record(out, kind, quantize(numbers, kind).view(np.uint8).reshape(-1))
            except NotImplementedError:
                pass
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
