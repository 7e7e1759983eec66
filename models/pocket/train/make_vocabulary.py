#!/usr/bin/env python3
"""Writes the word list and the tokenizer that training starts from, into build/.

    models/pocket/train/make_vocabulary.py [--words /usr/share/dict/american-english] [--size 1024]

Needs tokenizers. The special tokens are those of SmolVLM2; digits stand alone, as there.
"""
import argparse
import re
from pathlib import Path

import numpy as np

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
    parser.add_argument("--size", type=int, default=1024)
    options = parser.parse_args()
    build = HERE / "build"
    build.mkdir(exist_ok=True)
    (build / "words.txt").write_text("\n".join(word_list(options.words)) + "\n")

    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from making import questions, words
    rng = np.random.default_rng(7)

    def lines():
        for pool in questions.QUESTIONS.values():
            for _ in range(20):
                yield from pool
        for _ in range(60000):
            yield words.phrase(rng)
            yield " " + words.phrase(rng)
            yield " " + words.sentence(rng)
            yield " " + words.item(rng) + "\n" + words.person(rng) + ", " + words.street(rng)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    # The first three tokens keep their places, the others come after what is learned.
    first, last = specials()[:3], specials()[3:]
    tokenizer.train_from_iterator(lines(), trainers.BpeTrainer(
        vocab_size=options.size - len(last), special_tokens=first, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in last])
    tokenizer.save(str(build / "tokenizer.json"))
    print(f"{len((build / 'words.txt').read_text().split())} words, "
          f"{tokenizer.get_vocab_size()} tokens; for example",
          tokenizer.encode(" Quillmere Junction, 48,210 passengers\nThe total is £30.97").tokens)


if __name__ == "__main__":
    main()
