"""Gives the tiny models a vocabulary and a chat template, and records conversations with them.

    pip install transformers==5.23.0 torch==2.13.0 tokenizers pillow==13.0.0
    python Tests/Golden/record_conversations.py

Run it after make_models.py. It writes tokenizer.json, chat_template.jinja and the configurations
of the pictures into the folders of models/tiny, then has the processor and the model of
transformers answer conversations about pictures made by a formula: the ids of each prompt and 64
greedy ids go to Tests/Golden/conversations.json. All in fp32.
"""
import json
import pathlib

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import (AutoModelForCausalLM, AutoModelForImageTextToText,
                          PreTrainedTokenizerFast)
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "models" / "tiny"
NEW_TOKENS = 64

SMOLVLM = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% elif line['type'] == 'video' %}"
    "{{ '<video>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}")
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")

# 48 pairs that English is full of; the characters before them are printable ASCII and a line feed.
PAIRS = """Ġ t|h e|i n|a n|r e|o n|Ġt he|e r|a t|o u|i s|Ġ a|Ġ s|e n|i t|o r|Ġ w|a s|Ġ i|in g|
e s|a l|Ġ o|Ġ c|e d|l e|an d|Ġ p|Ġ f|a r|o m|Ġ b|Ġ m|s t|Ġo f|t he|Ġ T|f rame|r ame|m e|Ġ the|
a m|u s|i c|s er|: Ġ|U ser|Ġ F|0 0"""
MARKERS = {186: "<fake_token_around_image>", 187: "<global-img>", 188: "<end_of_utterance>",
           189: "<row_1_col_1>", 190: "<image>", 191: "<row_1_col_2>"}


def tokenizer():
    """A byte-level vocabulary of 192: three markers, 96 characters, merges, six markers."""
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary = {name: id for id, name in enumerate(names)}
    for character in ["Ċ", "Ġ"] + [chr(c) for c in range(33, 127)]:
        vocabulary[character] = len(vocabulary)
    merges = []
    for pair in PAIRS.replace("\n", "").split("|"):
        left, right = pair.split(" ")
        if left in vocabulary and right in vocabulary and left + right not in vocabulary:
            vocabulary[left + right] = len(vocabulary)
            merges.append([left, right])
    added = [dict(id=id, content=name, single_word=False, lstrip=False, rstrip=False,
                  normalized=False, special=True)
             for id, name in list(enumerate(names)) + list(MARKERS.items())]
    vocabulary.update({name: id for id, name in MARKERS.items()})
    return json.dumps(dict(
        version="1.0", truncation=None, padding=None, added_tokens=added, normalizer=None,
        pre_tokenizer=dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True,
                           use_regex=True),
        post_processor=None,
        decoder=dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True),
        model=dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None,
                   end_of_word_suffix=None, fuse_unk=False, byte_fallback=False,
                   vocab=vocabulary, merges=merges)), ensure_ascii=False)


def picture(width, height, seed):
    """A picture by a formula that the tests repeat."""
    i = np.arange(width * height * 3, dtype=np.int64)
    x, y, c = i // 3 % width, i // 3 // width, i % 3
    values = (x * (3 + c) + y * (5 + seed) + (x * y) // 7 + c * 40) % 256
    return Image.fromarray(values.astype(np.uint8).reshape(height, width, 3))


def expanded(processor, image, tokens):
    """The strings and tiles of a picture, as the processor of transformers lays them out."""
    found = processor(images=[[image]], return_tensors="pt", return_row_col_info=True)
    rows, columns = found["rows"][0][0], found["cols"][0][0]
    around, whole = "<fake_token_around_image>", "<global-img>"
    places = "<image>" * tokens
    text = ""
    for row in range(rows):
        for column in range(columns):
            text += f"{around}<row_{row + 1}_col_{column + 1}>" + places
        text += "\n"
    if rows:
        text += "\n"
    return text + around + whole + places + around, found["pixel_values"][0]


# Turns of parts; a picture is its width, height and seed.
CONVERSATIONS = {
    "text": [["What is on the sign?"]],
    "one picture": [[(40, 40, 1), "What is on the sign?"]],
    "split picture": [["Look: ", (256, 120, 2), "what is it?"]],
    "tall picture": [[(90, 300, 3), "Read <image> and <|im_end|>."]],
    "three pictures": [["First ", (64, 64, 1), " then ", (128, 128, 2), (50, 20, 3), "Compare."]],
}


def main():
    torch.set_num_threads(1)
    cases = []
    for name in ["patch16", "patch14", "tied", "text"]:
        folder = MODELS / name
        config = json.loads((folder / "config.json").read_text())
        (folder / "tokenizer.json").write_text(tokenizer())
        eyes = config.get("vision_config")
        (folder / "chat_template.jinja").write_text(SMOLVLM if eyes else CHATML)
        coder = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(tokenizer()))
        if eyes:
            side = eyes["image_size"]
            tokens = (side // eyes["patch_size"] // config["scale_factor"]) ** 2
            sizes = dict(
                size={"longest_edge": 2 * side}, max_image_size={"longest_edge": side},
                do_image_splitting=True, do_resize=True, do_rescale=True, do_normalize=True,
                image_mean=[0.5] * 3, image_std=[0.5] * 3, resample=1)
            (folder / "preprocessor_config.json").write_text(json.dumps(sizes, indent=2) + "\n")
            (folder / "processor_config.json").write_text(
                json.dumps(dict(image_seq_len=tokens), indent=2) + "\n")
            processor = SmolVLMImageProcessorPil(**sizes)
            model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
        else:
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        model = model.eval()
        for title, turns in CONVERSATIONS.items():
            parts = turns[0]
            if not eyes and title != "text":
                continue
            tiles = []
            if eyes:
                text = "<|im_start|>User:" + ("" if isinstance(parts[0], tuple) else " ")
            else:
                text = "<|im_start|>user\n"
            # What users write is encoded without markers, as smolvlm does.
            for part in parts:
                if isinstance(part, tuple):
                    layout, pixels = expanded(processor, picture(*part), tokens)
                    text += layout
                    tiles.append(pixels)
                else:
                    text += part.replace("<", "\ue000")
            text += ("<end_of_utterance>\nAssistant:" if eyes
                     else "<|im_end|>\n<|im_start|>assistant\n")
            # A guarded `<` is one token of its own here, put back once markers have been found.
            ids = []
            for n, piece in enumerate(text.split("\ue000")):
                if n:
                    ids += coder.encode("<", add_special_tokens=False)
                ids += coder.encode(piece, add_special_tokens=False)
            inputs = dict(input_ids=torch.tensor([ids]))
            inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
            if tiles:
                inputs["pixel_values"] = torch.cat(tiles)[None]
            with torch.no_grad():
                new = model.generate(
                    **inputs, do_sample=False, max_new_tokens=NEW_TOKENS,
                    min_new_tokens=NEW_TOKENS, eos_token_id=None, pad_token_id=2)
            cases.append(dict(
                model=name, title=title,
                parts=[list(p) if isinstance(p, tuple) else p for p in parts], ids=ids,
                greedy=new[0, len(ids):].tolist()))
            print(name, title, len(ids), coder.decode(cases[-1]["greedy"])[:60])
    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    (HERE / "conversations.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
