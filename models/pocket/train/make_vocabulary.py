#!/usr/bin/env python3
"""Writes the word list and the tokenizer that training starts from, into build/.

    models/pocket/train/make_vocabulary.py [--words /usr/share/dict/american-english]

Needs tokenizers. The special tokens are those of SmolVLM2. Letters stand alone, as digits do there:
with so little to learn from, reading letter by letter is easier than knowing each piece of a word
by sight. Only the blank line of prompts with frames and the two bytes of a pound sign are merged.
"""
import argparse
import re
from pathlib import Path

HERE = Path(__file__).parent


def word_list(paths):
    """Plain lower-case words, two to twelve letters, each once."""
    found = {w for path in paths for w in Path(path).read_text().split()
             if re.fullmatch("[a-z]{2,12}", w)}
    return sorted(found)


def specials():
    from learning.shape import SPECIAL_TOKENS
    return SPECIAL_TOKENS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", nargs="+", default=["/usr/share/dict/american-english"])
    options = parser.parse_args()
    build = HERE / "build"
    build.mkdir(exist_ok=True)
    (build / "words.txt").write_text("\n".join(word_list(options.words)) + "\n")

    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    # The first three tokens keep their places, the others come after the bytes.
    first, last = specials()[:3], specials()[3:]
    merges = [("\u010a", "\u010a"), ("\u00c2", "\u00a3")]
    vocabulary = first + sorted(pre_tokenizers.ByteLevel.alphabet()) + [a + b for a, b in merges]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(vocabulary)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False)
                                  for t in first + last])
    tokenizer.save(str(build / "tokenizer.json"))
    print(f"{len((build / 'words.txt').read_text().split())} words, "
          f"{tokenizer.get_vocab_size()} tokens; for example",
          tokenizer.encode(" Quillmere Junction, 48,210 passengers\nThe total is £30.97").tokens)


if __name__ == "__main__":
    main()
