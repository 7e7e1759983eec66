"""Records what the `tokenizers` package makes of the genuine tokenizers and of small ones.

    python3 -m pip install tokenizers==0.23.3 sentencepiece==0.2.1
    python3 Tests/Golden/record_tokenizer.py CONFIGS

CONFIGS is a folder with one folder of tokenizer files a model. Written are Tests/Golden/tokenizer/*
and, with --classes, Sources/Tokenizer/CharacterClasses+Table.swift: the classes of all characters
as the regular expressions of that version see them.

The 20,000 lines are not stored: both sides make them from the same numbers (`Lines` here,
`GeneratedLines` in the tests) and the tables in lines.json. Of the ids a hash is kept for every 100
lines, so that a difference names its block.
"""

import hashlib
import io
import json
import pathlib
import sys

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

TOKENIZERS, SENTENCEPIECE = "0.23.3", "0.2.1"
HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "tokenizer"
LINES, BLOCK = 20_000, 100
MASK = (1 << 64) - 1

TABLES = {
    "words": """the of and to in is was platform departs ticket Station TOTAL invoice Amount due
        don't we'll I'D you're They've HELLO world's naïve café Zürich Ünïcode straße İstanbul
        москва поезд вокзал Ελλάδα σταθμός 東京 駅 新幹線 時刻表 서울역 기차 مرحبا بالعالم שלום नमस्ते
        สวัสดี ไทย ქართული հայերեն አማርኛ বাংলা தமிழ் internationalization antidisestablishmentarianism
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x1y2z3 snake_case camelCase
        HTTPServer don’t rock'n'roll o'clock 'tis""".split(),
    "ranges": [
        [0x20, 0x7E], [0x61, 0x7A], [0x41, 0x5A], [0xA0, 0xFF], [0x100, 0x24F], [0x250, 0x2FF],
        [0x370, 0x3FF], [0x400, 0x4FF], [0x530, 0x58F], [0x590, 0x5FF], [0x600, 0x6FF],
        [0x900, 0x97F], [0x980, 0x9FF], [0xE00, 0xE7F], [0x10A0, 0x10FF], [0x1100, 0x11FF],
        [0x1200, 0x137F], [0x13A0, 0x13FF], [0x1680, 0x169F], [0x1780, 0x17FF], [0x1E00, 0x1FFF],
        [0x2000, 0x206F], [0x2070, 0x209F], [0x20A0, 0x20CF], [0x2100, 0x218F], [0x2190, 0x23FF],
        [0x2460, 0x24FF], [0x2500, 0x27BF], [0x2C00, 0x2DFF], [0x3000, 0x30FF], [0x3130, 0x318F],
        [0x3200, 0x33FF], [0x4E00, 0x9FFF], [0xA000, 0xA4CF], [0xAC00, 0xD7A3], [0xE000, 0xE0FF],
        [0xF900, 0xFAFF], [0xFB00, 0xFDFF], [0xFE00, 0xFE6F], [0xFF00, 0xFFEF], [0x10000, 0x103FF],
        [0x11D00, 0x11DFF], [0x12000, 0x123FF], [0x16F00, 0x16FFF], [0x1B000, 0x1B12F],
        [0x1D400, 0x1D7FF], [0x1E900, 0x1E95F], [0x1F100, 0x1F1FF], [0x1F300, 0x1F64F],
        [0x1F680, 0x1F6FF], [0x1F900, 0x1FAFF], [0x20000, 0x2A6DF], [0x30000, 0x323AF],
        [0xE0000, 0xE01EF], [0xF0000, 0xF00FF],
    ],
    "digits": [[0x30, 0x39]] * 5 + [
        [0x660, 0x669], [0x966, 0x96F], [0xFF10, 0xFF19], [0x2160, 0x2188], [0xB2, 0xB3],
        [0xBC, 0xBE], [0x3007, 0x3007], [0x1D7CE, 0x1D7FF], [0x11DE0, 0x11DE9],
    ],
    "marks": [[0x300, 0x36F], [0x483, 0x489], [0x93E, 0x94D], [0xFE0E, 0xFE0F], [0x20D0, 0x20F0]],
    "blanks": [
        " ", " ", "  ", "\t", "\n", "\n\n", "\r\n", "\r", "\u00a0", "\u3000", "\u2009", "\u0085",
        "\u2028", "\u000b", "\u000c", "\u1680", "\u200b", "\ufeff", "   ", "\n ", " \n",
    ],
    "emoji": [
        "🙂", "👩‍👩‍👧", "👨🏽‍🚒", "🏳️‍🌈", "🇯🇵", "❤️", "1️⃣", "🤷‍♀️", "🫠", "👍🏿", "🚉🚆", "☕︎",
    ],
    "code": [
        "x==y!=z // ok...", "for (int i = 0; i < n; ++i) {\n\t", "def f(self, *args):\n        ",
        "#include <vector>\r\n", "if (!ptr) return -1;\n}\n", "SELECT * FROM t WHERE a='b';",
        "<div class=\"a\">&nbsp;</div>", "\\frac{1}{2}", "https://example.org/a?b=c&d=%20#e",
        "0xDEADBEEF 1e-9 3.14", "=> [] {} ((())) ;;", "----====____****", "\"it's\" 'S 'LL 'Ve",
    ],
    "contractions": [
        "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'T", "'RE", "'vE", "'M", "'Ll", "'D",
        "'ſ", "''", "'", "’s", "'r", "'l", "'x", " 's", "'sa", "'K",
    ],
    "markers": [
        "<image>", "<|im_start|>", "<|im_end|>", "<end_of_utterance>", "<|endoftext|>", "<|im_",
        "<row_1_col_1>", "<row_9_col_1>", "<global-img>", "<fake_token_around_image>", "<image",
        "image>", "<<image>>", "<think>", "</think>", "<|begin_of_text|>", "<text>", "</text>",
        "<s>", "</s>", "<unk>", "<0x0A>", "▁", "<video>", "<tool_call>", "<|reserved_special_token_",
    ],
}


class Lines:
    """Line n depends on n alone."""

    def __init__(self, number):
        self.state = number

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def pick(self, count):
        return self.next() % count

    def of(self, table):
        entries = TABLES[table]
        return entries[self.pick(len(entries))]

    def scalar(self, table):
        low, high = self.of(table)
        return chr(low + self.pick(high - low + 1))

    def part(self):
        kind = self.pick(14)
        if kind <= 1:
            text = " " if self.pick(2) == 0 else ""
            return text + " ".join(self.of("words") for _ in range(1 + self.pick(6)))
        if kind == 2:
            low, high = self.of("ranges")
            return "".join(
                chr(low + self.pick(high - low + 1)) for _ in range(1 + self.pick(12)))
        if kind == 3:
            count = 100 + self.pick(200) if self.pick(16) == 0 else 1 + self.pick(20)
            return "".join(self.scalar("digits") for _ in range(count))
        if kind == 4:
            return "".join(self.of("blanks") for _ in range(1 + self.pick(5)))
        if kind == 5:
            return self.of("emoji")
        if kind == 6:
            return chr(97 + self.pick(26)) + "".join(
                self.scalar("marks") for _ in range(1 + self.pick(4)))
        if kind == 7:
            return "".join(chr(self.pick(33)) for _ in range(1 + self.pick(4)))
        if kind == 8:
            return bytes(self.pick(256) for _ in range(1 + self.pick(24))).decode(
                "utf-8", "replace")
        if kind == 9:
            return self.of("code")
        if kind == 10:
            return self.of("contractions")
        if kind == 11:
            text = ""
            for _ in range(1 + self.pick(4)):
                value = self.pick(0x110000 - 0x800)
                text += chr(value + 0x800 if value >= 0xD800 else value)
            return text
        if kind == 12:
            return self.of("markers")
        return " "

    @staticmethod
    def line(number):
        lines = Lines(number)
        return "".join(lines.part() for _ in range(1 + lines.pick(10)))


class Hash:
    def __init__(self):
        self.state = 0xCBF29CE484222325

    def mix(self, value):
        self.state = ((self.state ^ value) * 0x100000001B3) & MASK

    def mix_all(self, values):
        for value in values:
            self.mix(value)
        self.mix(0xFFFFFFFF)

    def hex(self):
        return f"{(self.state >> 32) ^ (self.state & 0xFFFFFFFF):08x}"


def hashes(lines, values_of):
    result = ""
    for start in range(0, len(lines), BLOCK):
        block = Hash()
        for line in lines[start:start + BLOCK]:
            block.mix_all(values_of(line))
        result += block.hex()
    return result


def encode(tokenizer, text, special=True, adding=False):
    tokenizer.encode_special_tokens = not special
    return tokenizer.encode(text, add_special_tokens=adding).ids


LONG = [
    {"unit": "a", "count": 10_000}, {"unit": " ", "count": 10_000}, {"unit": "7", "count": 3_000},
    {"unit": "ab", "count": 5_000}, {"unit": "\n", "count": 3_001}, {"unit": "東京", "count": 999},
    {"unit": "=", "count": 4_321}, {"unit": "the", "count": 3_000}, {"unit": " \n", "count": 500},
    {"unit": "é", "count": 2_000}, {"unit": "!?", "count": 1_500},
]


def long_texts():
    texts = [entry["unit"] * entry["count"] for entry in LONG]
    for seed in range(8):
        lines = Lines(1_000_000 + seed)
        texts.append("".join(chr(97 + lines.pick(26)) for _ in range(5_000)))
    return texts


def scalar_texts():
    """Every character there is, after a letter, after a space and before a digit."""
    return [
        "".join(f"a{chr(c)} {chr(c)}7" for c in range(start, start + 256))
        for start in range(0, 0x110000, 256) if not 0xD800 <= start < 0xE000]


def record(tokenizer, lines):
    """Everything about one tokenizer as hashes."""
    added = Hash()
    for id, token in sorted(tokenizer.get_added_tokens_decoder().items()):
        text = token.content
        assert encode(tokenizer, text) == [id], text
        for context in ["a{}b", " {} ", "{}{}", "{}\n", "x{}", "<{}>", "9{}9"]:
            added.mix_all(encode(tokenizer, context.replace("{}", text)))
    return {
        "special": hashes(lines, lambda line: encode(tokenizer, line)),
        "plain": hashes(lines, lambda line: encode(tokenizer, line, special=False)),
        "decoded": hashes(
            lines, lambda line: tokenizer.decode(encode(tokenizer, line)).encode("utf-8")),
        "raw": hashes(lines, lambda line: tokenizer.decode(
            random_ids(line, tokenizer), skip_special_tokens=False).encode("utf-8")),
        "added": added.hex(),
        "scalars": hashes(scalar_texts(), lambda text: encode(tokenizer, text)),
        "long": [hashes([text], lambda line: encode(tokenizer, line)) for text in long_texts()],
    }


def random_ids(line, tokenizer):
    """Ids no text gives, so that characters are torn: picked by the first letters of a line."""
    lines = Lines(sum(line.encode("utf-8")))
    return [lines.pick(tokenizer.get_vocab_size()) for _ in range(20)]


def granite(folder):
    """What the class GPT2Tokenizer makes of a vocabulary and its merges."""
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
    config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    merges = [
        tuple(line.split(" "))
        for line in (folder / "merges.txt").read_text("utf-8").split("\n")
        if line and not line.startswith("#version")
    ]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    for _, entry in sorted(config["added_tokens_decoder"].items(), key=lambda item: int(item[0])):
        flags = {key: entry[key] for key in ("lstrip", "rstrip", "single_word", "normalized")}
        token = AddedToken(entry["content"], special=entry["special"], **flags)
        (tokenizer.add_special_tokens if entry["special"] else tokenizer.add_tokens)([token])
    return tokenizer


def reduced(path, merge_count, extra):
    """A genuine tokenizer with its first merges only, and ids without gaps."""
    data = json.loads(path.read_text("utf-8"))
    model = data["model"]
    merges = model["merges"][:merge_count]
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in merges]
    alphabet = [c for c in pre_tokenizers.ByteLevel.alphabet() if c in model["vocab"]]
    kept = sorted(
        set(alphabet) | {t for a, b in pairs for t in (a, b, a + b)} | set(extra),
        key=lambda t: model["vocab"][t])
    # Markers of the vocabulary itself keep their place at its start.
    markers = [t["content"] for t in data["added_tokens"] if t["content"] in model["vocab"]]
    model["vocab"] = {token: id for id, token in enumerate(markers + kept)}
    model["merges"] = merges
    ids, next_id = model["vocab"], len(model["vocab"])
    added = data["added_tokens"]
    if len(added) > 160:
        added = [t for t in added if "reserved" not in t["content"]]
    for token in added:
        if token["content"] in ids:
            token["id"] = ids[token["content"]]
        else:
            token["id"] = next_id
            next_id += 1
    data["added_tokens"] = sorted(added, key=lambda t: t["id"])
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def sentencepiece_model():
    """A small vocabulary of the Llama 2 kind: byte tokens, a mark for the space, no other rules."""
    sentences = []
    for number in range(30_000, 33_000):
        lines = Lines(number)
        words = " ".join(lines.of("words") for _ in range(12))
        sentences.append(words + lines.of("code").strip() + "  " + str(lines.pick(3000)))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, model_type="bpe", vocab_size=900,
        byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=True, character_coverage=0.999, split_digits=True,
        allow_whitespace_only_pieces=True, minloglevel=2, num_threads=1)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def llama2_model(processor):
    """The same vocabulary as `model` of a tokenizer.json: merges in the order of the scores."""
    pieces = {processor.id_to_piece(i): i for i in range(processor.get_piece_size())}
    merges = []
    for piece, id in pieces.items():
        splits = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        splits = [pair for pair in splits if pair[0] in pieces and pair[1] in pieces]
        splits.sort(key=lambda pair: (pieces[pair[0]], pieces[pair[1]]))
        merges += [(processor.get_score(id), pair) for pair in splits]
    merges.sort(key=lambda entry: entry[0], reverse=True)
    return {
        "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
        "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "vocab": pieces,
        "merges": [" ".join(pair) for _, pair in merges],
    }


def record_sentencepiece(processor, lines):
    kinds = [
        2 if processor.is_unknown(i) else 3 if processor.is_control(i)
        else 6 if processor.is_byte(i) else 1 for i in range(processor.get_piece_size())]
    return {
        "tokens": [processor.id_to_piece(i) for i in range(len(kinds))],
        "scores": [processor.get_score(i) for i in range(len(kinds))],
        "types": kinds,
        "plain": hashes(lines, processor.encode),
        "long": [hashes([text], processor.encode) for text in long_texts()],
    }


GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT2_SHORT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+")
GPT4 = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"
    r"|\s*[\r\n]|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


def byte_level(prefix, regex):
    return {
        "type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def metaspace(scheme, splits):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": splits}


def added(content, **flags):
    token = {
        "content": content, "single_word": False, "lstrip": False, "rstrip": False,
        "normalized": False, "special": True}
    token.update(flags)
    return token


def byte_model():
    """All bytes and a few merges, one of them listed twice: the later place counts."""
    vocabulary = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges = "t h|h e|Ġ t|th e|Ġt he|i n|a b|b c|Ġ Ġ|ĠĠ ĠĠ|Ċ Ċ|1 2|12 3|a b|' s|i m|im a".split("|")
    for merge in merges:
        vocabulary.setdefault(merge.replace(" ", ""), len(vocabulary))
    vocabulary["whole"] = len(vocabulary)
    return {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
            "ignore_merges": True, "vocab": vocabulary, "merges": merges}


def letter_model(fuse, fallback):
    """Few letters, so that most characters are unknown."""
    tokens = ["<unk>", "▁", "a", "b", "c", "t", "h", "e", "th", "the", "▁the", "▁a", "ab"]
    if fallback:
        tokens += [f"<0x{byte:02X}>" for byte in range(256) if byte not in (0x78, 0x82)]
    return {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": fuse, "byte_fallback": fallback,
            "vocab": {token: id for id, token in enumerate(tokens)},
            "merges": [["t", "h"], ["th", "e"], ["▁", "the"], ["▁", "a"], ["a", "b"]]}


def template(opening, closing, ids):
    pieces = [{"SpecialToken": {"id": t, "type_id": 0}} for t in opening]
    pieces.append({"Sequence": {"id": "A", "type_id": 0}})
    pieces += [{"SpecialToken": {"id": t, "type_id": 0}} for t in closing]
    return {
        "type": "TemplateProcessing", "single": pieces,
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in ids}}


BYTES = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
SPACED = {"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
    {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
PREPEND = {"type": "Sequence", "normalizers": [
    {"type": "Prepend", "prepend": "▁"},
    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
MARKERS = [
    added("<a>"), added("<a><b>"), added("<left>", lstrip=True), added("<right>", rstrip=True),
    added("<both>", lstrip=True, rstrip=True), added("word", single_word=True, special=False),
    added("norm", normalized=True, special=False), added("<tag>", special=False), added("  \n"),
]
MARKED = [
    "x<a>y<a><b>z<a><a>", "a  <left>  b", "a \t<right> \n b", "  <both>  <both> <left>", "word",
    "a word b", "words sword word.", "_word word_ éword word9 wordʹ", "norm anorm norms",
    "<tag><a", "a  \nb<right>  \n<left>", "<a><left> <a>\u3000<both>\u00a0", "wordword word word",
]
PLAIN = [
    "", " ", "the", " the  the", "The 123 1234 ½²x", "it's IT'S 'S a'sb", "a\n\n b\r\n\r\nc \n",
    "whole wholes", "abc bcab", "naïve 東京 🙂", "\ttab\t\tend ", "  ", "x\u00a0y\u3000 z", "…!!\n\n?",
]


def cases(llama2):
    bytes_model = byte_model()
    llama_tokens = [
        {"id": i, **added(t)} for i, t in enumerate(["<unk>", "<s>", "</s>"])]
    old_tokens = [{**token, "normalized": True} for token in llama_tokens]
    opened = template(["<s>"], [], {"<s>": 1})
    both = template(["<s>"], ["</s>"], {"<s>": 1, "</s>": 2})
    letters = [letter_model(*flags) for flags in [(0, 0), (1, 0), (0, 1), (1, 1)]]
    for model in letters:
        model["fuse_unk"], model["byte_fallback"] = (
            bool(model["fuse_unk"]), bool(model["byte_fallback"]))
    markers = [{"id": len(bytes_model["vocab"]) + i, **t} for i, t in enumerate(MARKERS)]

    def case(name, model, pre, decoder=BYTES, normalizer=None, post=None, tokens=()):
        return name, model, {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": list(tokens),
            "normalizer": normalizer, "pre_tokenizer": pre, "post_processor": post,
            "decoder": decoder}

    yield case("GPT-2", bytes_model, byte_level(False, True))
    yield case("GPT-2 with a space in front", bytes_model, byte_level(True, True))
    yield case("bytes without a split", bytes_model, byte_level(False, False))
    yield case("a space in front without a split", bytes_model, byte_level(True, False))
    for flag in (True, False):
        yield case(
            f"digits, individual {flag}", bytes_model,
            sequence({"type": "Digits", "individual_digits": flag}, byte_level(False, True)))
    for name, pattern in [("GPT-2", GPT2), ("GPT-2 in short", GPT2_SHORT), ("Llama 3", LLAMA3),
                          ("GPT-4", GPT4), ("Qwen 2", QWEN2)]:
        yield case(
            f"the pattern of {name}", bytes_model,
            sequence(split(pattern), byte_level(False, False)))
    yield case("the pattern of GPT-2, rest removed", bytes_model,
               sequence(split(GPT2, "Removed", True), byte_level(False, False)))
    yield case("added tokens of every kind", bytes_model, byte_level(False, True), tokens=markers)
    yield case("added tokens and a space in front", bytes_model, byte_level(True, True),
               tokens=markers, post={"type": "ByteLevel", "add_prefix_space": True,
                                     "trim_offsets": True, "use_regex": True})
    yield case("Llama 2", llama2, None, SPACED, PREPEND, opened, llama_tokens)
    yield case("Llama 2 with normalized markers", llama2, None, SPACED, PREPEND, both, old_tokens)
    for scheme in ("first", "always", "never"):
        for splits in (True, False):
            name = f"Llama 2 with Metaspace {scheme}, split {splits}"
            yield case(name, llama2, metaspace(scheme, splits), SPACED, None, opened, llama_tokens)
    for scheme in ("first", "never"):
        yield case(f"a Metaspace decoder, {scheme}", llama2, metaspace(scheme, False),
                   metaspace(scheme, False), None, None, llama_tokens)
    for model in letters:
        name = f"few letters, fused {model['fuse_unk']}, bytes {model['byte_fallback']}"
        yield case(name, model, metaspace("always", True), SPACED, None, None,
                   [{"id": 0, **added("<unk>")}])


def record_cases(llama2, lines):
    result, shared = [], {}
    for name, model, head in cases(llama2):
        text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
        key = shared.setdefault(text, f"model {len(shared)}")
        tokenizer = Tokenizer.from_str(json.dumps({**head, "model": model}))
        texts = PLAIN + (MARKED if head["added_tokens"] else [])
        valid = []
        for line in lines[:400]:
            ids = encode(tokenizer, line)
            valid.append(tokenizer.decode(ids).encode("utf-8"))
        text_hash = Hash()
        for value in valid:
            text_hash.mix_all(value)
        # Markers that are matched after normalisation are taken for plain text when this version
        # decodes them: that is no example to follow.
        is_sound = not any(t["normalized"] and t["special"] for t in head["added_tokens"])
        result.append({
            "name": name, "model": key,
            "head": json.dumps(head, ensure_ascii=False, separators=(",", ":")),
            "texts": [
                {"text": t, "ids": encode(tokenizer, t),
                 "plain": encode(tokenizer, t, special=False),
                 "whole": encode(tokenizer, t, adding=True),
                 "decoded": tokenizer.decode(encode(tokenizer, t), skip_special_tokens=False)}
                for t in texts],
            "lines": hashes(lines[:400], lambda line: encode(tokenizer, line)),
            "decoded": text_hash.hex() if is_sound else None,
        })
    return {"models": {key: text for text, key in shared.items()}, "cases": result}


def write(name, value):
    text = value if isinstance(value, str) else json.dumps(
        value, ensure_ascii=False, separators=(",", ":"))
    (OUT / name).write_text(text + "\n", "utf-8")
    print(f"{name}: {len(text.encode('utf-8'))} bytes")


def members(tokenizer_part):
    found = set()
    scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for start in range(0, len(scalars), 512):
        text = "".join(map(chr, scalars[start:start + 512]))
        for piece, _ in tokenizer_part.pre_tokenize_str(text):
            found.update(map(ord, piece))
    return found


def write_classes():
    classes = [
        members(pre_tokenizers.Split(Regex(pattern), "removed", invert=True))
        for pattern in (r"\p{L}+", r"\p{N}+", r"\s+")]
    digits, words = set(), set()
    alone = pre_tokenizers.Digits(True)
    word = Tokenizer(models.BPE(vocab={"q": 0}, merges=[]))
    word.add_tokens([AddedToken("zz", single_word=True, normalized=False)])
    for scalar in range(0x110000):
        if 0xD800 <= scalar < 0xE000:
            continue
        if len(alone.pre_tokenize_str("a" + chr(scalar) + "a")) > 1:
            digits.add(scalar)
        if not word.encode("zz" + chr(scalar)).ids:
            words.add(scalar)
    classes += [digits, words]
    runs, previous = [], 0
    for scalar in range(0x110000):
        value = sum(1 << bit for bit, members in enumerate(classes) if scalar in members)
        if value != previous:
            runs.append(f"0x{scalar << 8 | value:X},")
            previous = value
    rows = ["        " + " ".join(runs[i:i + 8]) for i in range(0, len(runs), 8)]
    (HERE.parent.parent / "Sources/Tokenizer/CharacterClasses+Table.swift").write_text(
        "extension CharacterClasses {\n"
        "    /// First code point << 8 | class, up to the next: as the `tokenizers` package "
        f"{TOKENIZERS} has them.\n"
        "    /// Written by Tests/Golden/record_tokenizer.py.\n"
        "    static let recordedRanges: [UInt32] = [\n" + "\n".join(rows) + "\n    ]\n}\n")


def main():
    if tokenizers.__version__ != TOKENIZERS or sentencepiece.__version__ != SENTENCEPIECE:
        sys.exit(f"needs tokenizers {TOKENIZERS} and sentencepiece {SENTENCEPIECE}")
    configs = pathlib.Path(sys.argv[1])
    OUT.mkdir(exist_ok=True)
    if "--classes" in sys.argv:
        write_classes()
    lines = [Lines.line(number) for number in range(LINES)]
    processor = sentencepiece_model()
    write("sentencepiece.json", record_sentencepiece(processor, lines))
    write("cases.json", record_cases(llama2_model(processor), lines))
    write("lines.json", {
        **TABLES, "long": LONG, "count": LINES, "block": BLOCK,
        "text": hashes(lines, lambda line: line.encode("utf-8"))})

    genuine = []
    for name in ["SmolVLM-256M-Instruct", "SmolVLM2-500M-Video-Instruct", "SmolLM2-135M-Instruct",
                 "SmolLM3-3B", "granite-docling-258M"]:
        path = configs / name / "tokenizer.json"
        tokenizer = (
            Tokenizer.from_file(str(path)) if path.exists() else granite(configs / name))
        digest = hashlib.sha256(
            (path if path.exists() else configs / name / "vocab.json").read_bytes()).hexdigest()
        genuine.append({"name": name, "sha256": digest, **record(tokenizer, lines)})
        print(name)
    write("genuine.json", {"tokenizers": genuine})

    small = []
    for name, folder, merges, extra in [
        ("reduced-smolvlm", "SmolVLM-256M-Instruct", 2600, []),
        ("reduced-smollm3", "SmolLM3-3B", 2600,
         ["Ġstation", "Ġinternational", "Platform", "東京", "istanbul", "ilik"]),
    ]:
        vocabulary = json.loads((configs / folder / "tokenizer.json").read_text("utf-8"))
        extra = [t for t in extra if t in vocabulary["model"]["vocab"]]
        text = reduced(configs / folder / "tokenizer.json", merges, extra)
        write(name + ".json", text)
        small.append({"name": name, **record(Tokenizer.from_str(text), lines)})
    write("reduced.json", {"tokenizers": small})


if __name__ == "__main__":
    main()
