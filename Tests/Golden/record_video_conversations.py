"""Records conversations about videos with the tiny models: Tests/Golden/video-conversations.json.

    PYTHONPATH=FOLDER python Tests/Golden/record_video_conversations.py

Run it after record_conversations.py, with what it needs and num2words==0.5.14; record_video.py says
what FOLDER is. Frames are made by a formula, of mixed sizes. The prompt is that of the SmolVLM
processor of transformers, which is given the number and the times of the frames (it takes frames of
one size only: blank ones). Their pixels come from its picture processor without splitting: the two
resizes of its video processor, by Pillow. Of each case the ids, all stages as make_models.py keeps
them, and 64 greedy ids are recorded.
"""
import json

import numpy as np
import torch

# See record_video.py.
operators = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    operators.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from tokenizers import Tokenizer
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil
from transformers.models.smolvlm.processing_smolvlm import SmolVLMProcessor
from transformers.models.smolvlm.video_processing_smolvlm import SmolVLMVideoProcessor
from transformers.video_utils import VideoMetadata

from make_models import Watch, answer, smallest_lead, summary
from record_conversations import HERE, MODELS, SMOLVLM, picture, tokenizer

# Frames by width, height and seed; the rate and the number of each frame; seconds; the question.
CASES = {
    "three frames": ([(80, 60, 1), (60, 80, 2), (200, 40, 3)], 1.0, [0, 4, 9], 10.0,
                     "What happens?"),
    "one frame": ([(40, 40, 4)], 30.0, [0], 0.4, "Read it."),
    "times over a minute, no duration": (
        [(128, 128, 5), (300, 200, 6), (33, 65, 7), (128, 127, 8), (16, 9, 9)], 2.5,
        [0, 60, 121, 180, 302], None, "When does it end?"),
}


def processor(sizes, tokens):
    coder = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(tokenizer()))
    kept = {key: sizes[key] for key in ("size", "max_image_size", "image_mean", "image_std")}
    return SmolVLMProcessor(SmolVLMImageProcessorPil(**sizes), coder,
                            SmolVLMVideoProcessor(**kept), image_seq_len=tokens,
                            chat_template=SMOLVLM), coder


def asked(writer, rate, places, seconds, question):
    """The ids of the prompt."""
    text = f"<|im_start|>User: <video>{question}<end_of_utterance>\nAssistant:"
    metadata = VideoMetadata(total_num_frames=places[-1] + 1, fps=rate, duration=seconds,
                             frames_indices=places)
    blank = np.zeros((len(places), 8, 8, 3), np.uint8)
    found = writer(text=[text], videos=[blank], video_metadata=[metadata], do_sample_frames=False,
                   return_tensors="pt")
    return found["input_ids"][0].tolist()


def main():
    torch.set_num_threads(1)
    cases = []
    for name in ["patch16", "patch14", "tied"]:
        folder = MODELS / name
        sizes = json.loads((folder / "preprocessor_config.json").read_text())
        tokens = json.loads((folder / "processor_config.json").read_text())["image_seq_len"]
        writer, coder = processor(sizes, tokens)
        whole = SmolVLMImageProcessorPil(**{**sizes, "do_image_splitting": False})
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
        watch = Watch(model)
        for title, (frames, rate, places, seconds, question) in CASES.items():
            ids = asked(writer, rate, places, seconds, question)
            pixels = [whole(images=[[picture(*frame)]], return_tensors="pt")["pixel_values"][0]
                      for frame in frames]
            inputs = dict(input_ids=torch.tensor([ids]), pixel_values=torch.cat(pixels)[None])
            inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
            stages = watch.read(model, inputs)
            greedy, logits = answer(model, inputs)
            cases.append(dict(
                model=name, title=title, tiles=len(frames), seed=0, frames=frames,
                seconds=[place / rate for place in places], duration=seconds, question=question, ids=ids,
                stages={stage: summary(value) for stage, value in stages.items()},
                greedy=greedy, smallestLead=smallest_lead(logits)))
            print(name, title, len(ids), coder.decode(ids)[:150], coder.decode(greedy)[:40])
        watch.stop()
    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    (HERE / "video-conversations.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
