"""Records what the published chat templates make of some conversations.

    python3 Tests/Golden/record_chat.py CONFIGS        CONFIGS: a folder with one folder a model

Needs transformers 5.23.0, which brings jinja2. The templates of Llama 2 and 3, whose files are not
in CONFIGS, are restated below. Writes Tests/Golden/chat/conversations.json: for each format its
template and, for each conversation, the rendered prompt.
"""

import json
import pathlib
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template

HERE = pathlib.Path(__file__).parent

LLAMA2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}"
    "{% endif %}{% endfor %}"
)
LLAMA3 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}"
    "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
    "+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}"
    "{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}"
    "{% endif %}"
)
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + "
    "message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

TEXT_CONVERSATIONS = {
    "one question": [("user", "What is the capital of France?")],
    "a system message": [("system", "You are terse.  \n"), ("user", " Hello \n")],
    "several turns": [
        ("user", "Hi"),
        ("assistant", "\n Hello there "),
        ("user", "Tell me more\nplease"),
    ],
    "several turns and a system message": [
        ("system", "Be kind."),
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "And now?"),
        ("assistant", "Now this."),
        ("user", "Thanks"),
    ],
}
# A picture is `P`, a video `V`; anything else is text.
VISION_CONVERSATIONS = {
    "text only": [("user", ["What is the capital of France?"])],
    "picture then text": [("user", ["P", "Can you describe this image?"])],
    "text then picture": [("user", ["What color is the car?", "P"])],
    "three pictures among text": [("user", ["P", "Image 1", "P", "and", "P", " differ how?"])],
    "a second turn": [
        ("user", ["P", "What is it?"]),
        ("assistant", ["A cat."]),
        ("user", ["What breed?"]),
    ],
    "a system message": [("system", ["You are terse."]), ("user", ["P", "Hm?"])],
}
SMOLLM3_EXTRAS = {
    "no_think by the system message": [("system", "Be brief. /no_think \n"), ("user", "Hi")],
    "think by the system message": [("system", "/think"), ("user", "Hi")],
    "a flag of a user says nothing": [("user", "Hi /no_think")],
    "override": [("system", "Only this. /system_override  "), ("user", "Hi")],
    "override without thinking": [("system", "Only this./system_override/no_think"), ("user", "Hi")],
    "a tool's answer": [
        ("user", "Weather?"),
        ("assistant", "<tool_call>{}</tool_call>"),
        ("tool", "sunny"),
    ],
}
TOOLS = [
    {
        "name": "weather",
        "description": "Tells the day's weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "min": 1.5}},
            "required": ["city"],
            "strict": True,
            "extra": None,
        },
    },
    {"name": "say \"it's\"\n", "x": 'a"b', "é": "\u200b🙂\\"},
]


def rendered(template, messages, **variables):
    compiled = _compile_jinja_template(template)
    compiled.globals["strftime_now"] = lambda form: {"%d %B %Y": "05 July 2025"}[form]
    return compiled.render(
        messages=messages, add_generation_prompt=True, bos_token="<s>", eos_token="</s>",
        **variables)


def plain(turns):
    return [{"role": role, "content": content} for role, content in turns]


def parts(turns):
    kinds = {"P": {"type": "image"}, "V": {"type": "video"}}
    return [
        {"role": role, "content": [kinds.get(p, {"type": "text", "text": p}) for p in content]}
        for role, content in turns
    ]


def main():
    configs = pathlib.Path(sys.argv[1])
    smolvlm = json.loads((configs / "SmolVLM2-500M-Video-Instruct/chat_template.json").read_text())
    smollm2 = json.loads((configs / "SmolLM2-135M-Instruct/tokenizer_config.json").read_text())
    templates = {
        "smolvlm": smolvlm["chat_template"],
        "granite-docling": (configs / "granite-docling-258M/chat_template.jinja").read_text(),
        "smollm2": smollm2["chat_template"],
        "smollm3": (configs / "SmolLM3-3B/chat_template.jinja").read_text(),
        "chatml": CHATML,
        "llama2": LLAMA2,
        "llama3": LLAMA3,
    }
    records = []

    def record(form, name, turns, messages, **variables):
        bos = {"llama3": "<|begin_of_text|>"}.get(form, "<s>")
        text = rendered(templates[form], messages, **variables).replace("<s>", bos)
        records.append({
            "format": form, "name": name, "turns": turns, "prompt": text,
            "thinking": variables.get("enable_thinking", True),
            "xmlTools": variables.get("xml_tools", []),
            "pythonTools": variables.get("python_tools", []),
        })

    for form in ["smolvlm", "granite-docling"]:
        for name, turns in VISION_CONVERSATIONS.items():
            record(form, name, turns, parts(turns))
    for form in ["smollm2", "smollm3", "chatml", "llama2", "llama3"]:
        for name, turns in TEXT_CONVERSATIONS.items():
            record(form, name, turns, plain(turns))
    for name, turns in {**SMOLLM3_EXTRAS, **TEXT_CONVERSATIONS}.items():
        record("smollm3", name + ", quiet", turns, plain(turns), enable_thinking=False)
    for name, turns in SMOLLM3_EXTRAS.items():
        record("smollm3", name, turns, plain(turns))
    turns = TEXT_CONVERSATIONS["one question"]
    record("smollm3", "tools", turns, plain(turns), xml_tools=TOOLS)
    record("smollm3", "python tools", turns, plain(turns), python_tools=TOOLS[:1])
    record("smollm3", "both", turns, plain(turns), xml_tools=TOOLS[:1], python_tools=TOOLS[1:])

    out = HERE / "chat/conversations.json"
    out.parent.mkdir(exist_ok=True)
    text = json.dumps({"templates": templates, "records": records}, indent=1, ensure_ascii=False)
    out.write_text(text + "\n")
    print(f"{len(records)} prompts in {out}")


main()
