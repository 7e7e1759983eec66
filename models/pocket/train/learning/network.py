"""The SmolVLM network in plain torch: the forward pass of transformers, under its weights' names.

In: patches of pixels, the positions of the patches and of the tokens, and ids. Out: logits. Two
things are only for training: patches and image tokens may be left out (a picture then counts as
its windows that hold something, everything at the place it would have in the whole), and a head
that spells out the letters on each patch gives the tower something to learn from at once.
https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/smolvlm/modeling_smolvlm.py
"""
import torch
from torch import nn
from torch.nn import functional as F

LETTERS = [chr(c) for c in range(33, 127)] + ["£"]
LETTER_SLOTS = 4   # letters told apart on one patch, in reading order


def attended(q, k, v, mask=None):
    """Attention over heads [n, heads, length, width]; `mask` is added to the scores."""
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    # Torch's own is slower with 16-bit numbers on a processor.
    scores = (q * q.shape[-1] ** -0.5) @ k.mT
    return (scores if mask is None else scores + mask).softmax(-1) @ v


class VisionAttention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape.vision_heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(shape.vision_width, shape.vision_width))

    def forward(self, x):
        n, length, width = x.shape
        q, k, v = (p(x).view(n, length, self.heads, -1).transpose(1, 2)
                   for p in (self.q_proj, self.k_proj, self.v_proj))
        out = attended(q, k, v)
        return self.out_proj(out.transpose(1, 2).reshape(n, length, width))


class VisionMLP(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.fc1 = nn.Linear(shape.vision_width, shape.vision_mlp)
        self.fc2 = nn.Linear(shape.vision_mlp, shape.vision_width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh"))


class VisionLayer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(shape.vision_width, eps=1e-6)
        self.self_attn = VisionAttention(shape)
        self.layer_norm2 = nn.LayerNorm(shape.vision_width, eps=1e-6)
        self.mlp = VisionMLP(shape)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


def waves(width, patch):
    """The lowest waves of a cosine transform over a patch [width, 3, patch, patch]: three of four
    of light, the rest of two differences of colour. Finer ones are fainter in pictures, so they
    are made stronger."""
    steps = (torch.arange(patch) + 0.5) * torch.pi / patch
    order = sorted(((i + j, i, j) for i in range(patch) for j in range(patch)))
    mixes = [(1, 1, 1), (1, -1, 0), (0.5, 0.5, -1)]
    shares = [width - 2 * (width // 8), width // 8, width // 8]
    out = []
    for mix, share in zip(mixes, shares):
        colour = torch.tensor(mix, dtype=torch.float32)
        colour /= colour.norm()
        for far, i, j in order[:share]:
            wave = torch.outer((i * steps).cos(), (j * steps).cos())
            gain = 0.5 if far == 0 else 2.5 * (2 + far)
            out.append(colour[:, None, None] * wave / wave.norm() * gain / patch)
    return torch.stack(out)


PLACE_WAVES = 8    # along rows, and as many along columns: a sine and a cosine of each
BESIDE = [(0, -1), (0, 1), (-1, 0), (1, 0)]   # where the first heads of a layer look: left, right...
STEPS = [1, 1, 2, 2, 3, 3, 4]                 # ... and how many patches far, layer by layer


def place_waves(side):
    """Sines, then cosines, of the places along one edge [side, 2 * PLACE_WAVES], and their speeds."""
    speeds = torch.pi * (2.0 / side) ** (torch.arange(PLACE_WAVES) / (PLACE_WAVES - 1))
    angle = torch.arange(side)[:, None] * speeds
    return torch.cat((angle.sin(), angle.cos()), 1), speeds


def moved_by(speeds, steps):
    """The matrix that moves the waves of a place by some steps."""
    cos, sin = (speeds * steps).cos().diag(), (speeds * steps).sin().diag()
    return torch.cat((torch.cat((cos, sin), 1), torch.cat((-sin, cos), 1)))


class Tower(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, patch = shape.vision_width, shape.patch
        self.patch = patch
        self.embeddings = nn.Module()
        self.embeddings.patch_embedding = nn.Conv2d(3, width, patch, patch)
        self.embeddings.position_embedding = nn.Embedding(shape.grid ** 2, width)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(VisionLayer(shape) for _ in range(shape.vision_layers))
        self.post_layernorm = nn.LayerNorm(width, eps=1e-6)

    def begin(self):
        """What would take long to be learned from nothing: patches as waves; places as waves in
        channels of their own, and heads that look at a patch beside, by its place."""
        embed, table = self.embeddings.patch_embedding, self.embeddings.position_embedding
        width, side, own = embed.out_channels, int(table.num_embeddings ** 0.5), 4 * PLACE_WAVES
        line, speeds = place_waves(side)
        rows, columns = (line[:, None].expand(side, side, -1), line[None].expand(side, side, -1))
        with torch.no_grad():
            embed.weight.zero_()
            embed.weight[:width - own] = waves(width - own, self.patch)
            table.weight.zero_()
            table.weight[:, width - own:] = 0.3 * torch.cat((rows, columns), -1).flatten(0, 1)
            for layer, far in zip(self.encoder.layers, STEPS):
                self.look_beside(layer.self_attn, width, speeds, far)

    @staticmethod
    def look_beside(attention, width, speeds, far, sharp=2.5):
        """Queries become the waves of the place `far` patches beside, keys those of their own."""
        own, head = 4 * PLACE_WAVES, width // attention.heads
        for number, (down, right) in enumerate(BESIDE[:attention.heads]):
            moved = torch.block_diag(moved_by(speeds, down * far), moved_by(speeds, right * far))
            for projection, matrix in ((attention.q_proj, moved),
                                       (attention.k_proj, torch.eye(own))):
                rows = projection.weight[number * head:(number + 1) * head]
                rows *= 0.3
                rows[:own, width - own:] += sharp * matrix

    def forward(self, pixels, places):
        """`pixels` [n, 3, h, w] from -1 to 1; `places` [n, patches], rows of the position table."""
        embed = self.embeddings.patch_embedding
        n, _, h, w = pixels.shape
        p = self.patch
        # A strided convolution without overlap is one matrix product over the patches.
        flat = pixels.view(n, 3, h // p, p, w // p, p).permute(0, 2, 4, 1, 3, 5)
        x = F.linear(flat.reshape(n, (h // p) * (w // p), 3 * p * p), embed.weight.flatten(1),
                     embed.bias)
        x = x + self.embeddings.position_embedding(places)
        for layer in self.encoder.layers:
            x = layer(x)
        return self.post_layernorm(x)


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-5)
        return self.weight * wide.to(x.dtype)


class TextAttention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, head = shape.text_width, shape.head_width
        self.heads, self.kv_heads, self.head = shape.text_heads, shape.text_kv_heads, head
        self.q_proj = nn.Linear(width, self.heads * head, bias=False)
        self.k_proj = nn.Linear(width, self.kv_heads * head, bias=False)
        self.v_proj = nn.Linear(width, self.kv_heads * head, bias=False)
        self.o_proj = nn.Linear(self.heads * head, width, bias=False)

    def forward(self, x, cos, sin, mask, past=None):
        n, length, _ = x.shape
        q = self.q_proj(x).view(n, length, self.heads, self.head).transpose(1, 2)
        k = self.k_proj(x).view(n, length, self.kv_heads, self.head).transpose(1, 2)
        v = self.v_proj(x).view(n, length, self.kv_heads, self.head).transpose(1, 2)
        q, k = turned(q, cos, sin), turned(k, cos, sin)
        if past is not None:
            k, v = past.grown(self, k, v)
        if self.kv_heads != self.heads:
            k, v = (t.repeat_interleave(self.heads // self.kv_heads, 1) for t in (k, v))
        out = attended(q, k, v, mask)
        return self.o_proj(out.transpose(1, 2).reshape(n, length, -1))


def turned(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat((-b, a), -1) * sin


class TextMLP(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.gate_proj = nn.Linear(shape.text_width, shape.text_mlp, bias=False)
        self.up_proj = nn.Linear(shape.text_width, shape.text_mlp, bias=False)
        self.down_proj = nn.Linear(shape.text_mlp, shape.text_width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class TextLayer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.self_attn = TextAttention(shape)
        self.mlp = TextMLP(shape)
        self.input_layernorm = RMSNorm(shape.text_width)
        self.post_attention_layernorm = RMSNorm(shape.text_width)

    def forward(self, x, *rest):
        x = x + self.self_attn(self.input_layernorm(x), *rest)
        return x + self.mlp(self.post_attention_layernorm(x))


class Past:
    """Keys and values of what has been read, for answering token by token."""

    def __init__(self):
        self.kept = {}

    def grown(self, layer, k, v):
        if layer in self.kept:
            before = self.kept[layer]
            k, v = torch.cat((before[0], k), 2), torch.cat((before[1], v), 2)
        self.kept[layer] = (k, v)
        return k, v


class Network(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.model = nn.Module()
        self.model.vision_model = Tower(shape)
        self.model.connector = nn.Module()
        self.model.connector.modality_projection = nn.Module()
        self.model.connector.modality_projection.proj = nn.Linear(
            shape.vision_width * shape.shuffle ** 2, shape.text_width, bias=False)
        text = self.model.text_model = nn.Module()
        text.embed_tokens = nn.Embedding(shape.vocabulary, shape.text_width)
        text.layers = nn.ModuleList(TextLayer(shape) for _ in range(shape.text_layers))
        text.norm = RMSNorm(shape.text_width)
        # Only for training; not in the exported folder.
        self.speller = nn.Linear(shape.vision_width, LETTER_SLOTS * (len(LETTERS) + 1))
        self.apply(self.start)
        self.model.vision_model.begin()
        for layer in text.layers:
            for out in (layer.self_attn.o_proj, layer.mlp.down_proj):
                nn.init.normal_(out.weight, std=0.02 / (2 * shape.text_layers) ** 0.5)
        for layer in self.model.vision_model.encoder.layers:
            for out in (layer.self_attn.out_proj, layer.mlp.fc2):
                nn.init.normal_(out.weight, std=0.03 / (2 * shape.vision_layers) ** 0.5)

    @staticmethod
    def start(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            fan = module.weight[0].numel()
            nn.init.trunc_normal_(module.weight, std=fan ** -0.5)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)

    def seen(self, pixels, places):
        """Rows for the decoder [n, rows / s, columns / s, width], and the tower's patches."""
        s, p = self.shape.shuffle, self.shape.patch
        x = self.model.vision_model(pixels, places)
        n, _, d = x.shape
        gh, gw = pixels.shape[2] // p, pixels.shape[3] // p
        tall = x.view(n, gh // s, s, gw // s, s, d).permute(0, 1, 3, 2, 4, 5)
        rows = self.model.connector.modality_projection.proj(tall.reshape(n, gh // s, gw // s, -1))
        return rows, x

    def spelled(self, patches):
        """Scores of the letters on each patch [n, patches, slots, letters + 1]."""
        return self.speller(patches).view(*patches.shape[:2], LETTER_SLOTS, -1)

    def read(self, embedded, positions, mask, past=None):
        """Hidden states of embedded tokens [n, length, width] at these positions."""
        half = self.shape.head_width // 2
        steps = torch.arange(half, device=embedded.device, dtype=torch.float32) / half
        angle = positions[:, None, :, None].float() * self.shape.rope_theta ** -steps
        cos, sin = angle.cos(), angle.sin()
        kind = embedded.dtype
        if torch.is_autocast_enabled(embedded.device.type):
            kind = torch.get_autocast_dtype(embedded.device.type)
        cos, sin = (torch.cat((t, t), -1).to(kind) for t in (cos, sin))
        if mask is not None:
            mask = torch.zeros_like(mask, dtype=kind).masked_fill(~mask, torch.finfo(kind).min)
        x = embedded
        for layer in self.model.text_model.layers:
            x = layer(x, cos, sin, mask, past)
        return self.model.text_model.norm(x)

    def embedded(self, ids):
        return self.model.text_model.embed_tokens(ids)

    def logits(self, hidden):
        return F.linear(hidden, self.model.text_model.embed_tokens.weight)

    def exported(self):
        """The weights as transformers names them (the head is the embedding)."""
        return {k: v for k, v in self.state_dict().items() if not k.startswith("speller.")}
