"""The sizes of the network, and the ids that every part must agree on."""
from dataclasses import asdict, dataclass

# In the order of SmolVLM2; the first three open the vocabulary, the others close it.
SPECIAL_TOKENS = (
    ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<global-img>"]
    + [f"<row_{r}_col_{c}>" for r in range(1, 7) for c in range(1, 7)]
    + ["<fake_token_around_image>", "<image>", "<end_of_utterance>"])

IMAGE_TOKEN = "<image>"
END_TOKEN = "<end_of_utterance>"


@dataclass(frozen=True)
class Shape:
    """One network: a tower over patches of a tile, pixel shuffle, a decoder."""
    vision_width: int
    vision_layers: int
    vision_heads: int
    vision_mlp: int
    text_width: int
    text_layers: int
    text_heads: int
    text_kv_heads: int
    text_mlp: int
    head_width: int = 64
    vocabulary: int = 301
    tile: int = 512
    patch: int = 16
    shuffle: int = 2
    longest_edge: int = 1024
    rope_theta: float = 100000.0
    positions: int = 8192

    @property
    def grid(self):
        """Patches down and across one tile."""
        return self.tile // self.patch

    @property
    def tokens(self):
        """Rows that the decoder gets for one tile."""
        return (self.grid // self.shuffle) ** 2

    def asdict(self):
        return asdict(self)


SHAPES = {
    # For half an hour of one large GPU: 13.9 million parameters, 28 MB.
    "large": Shape(vision_width=256, vision_layers=7, vision_heads=8, vision_mlp=1024,
                   text_width=320, text_layers=6, text_heads=5, text_kv_heads=5, text_mlp=864),
    # For some hours of two processor cores: 4.6 million parameters, 9 MB.
    "small": Shape(vision_width=192, vision_layers=5, vision_heads=6, vision_mlp=576,
                   text_width=192, text_layers=5, text_heads=3, text_kv_heads=3, text_mlp=512,
                   longest_edge=512),
    # To try the scripts.
    "tiny": Shape(vision_width=64, vision_layers=2, vision_heads=2, vision_mlp=128,
                  text_width=64, text_layers=2, text_heads=1, text_kv_heads=1, text_mlp=128),
}
