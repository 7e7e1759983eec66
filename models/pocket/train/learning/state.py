"""Keeps a run: exactly on one machine, or as small 16-bit files that can be carried to another."""
import json
import os

import torch

PART_BYTES = 15 * 1024 * 1024


def keep(path, network, optims, done, tokens):
    """Everything that is needed to go on exactly, written beside and moved into place."""
    aside = path.with_suffix(".new")
    torch.save(dict(network=network.state_dict(), optims=[o.state_dict() for o in optims],
                    done=done, tokens=tokens), aside)
    os.replace(aside, path)


def kept(path, network, optims, device):
    """How far the run got that is kept here; 0 when there is none."""
    if not path.exists():
        return 0, 0
    state = torch.load(path, map_location=device, weights_only=True)
    network.load_state_dict(state["network"])
    for o, s in zip(optims, state["optims"]):
        o.load_state_dict(s)
    return state["done"], state["tokens"]


def carry(folder, network, optims, done, tokens):
    """Weights, and the momenta of Muon, as bf16 files of at most PART_BYTES."""
    from safetensors.torch import save_file
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-*.safetensors"):
        old.unlink()
    named = {id(p): n for n, p in network.named_parameters()}
    tensors = {"weight:" + n: p for n, p in network.state_dict().items()}
    for o in optims:
        for p, s in o.state.items():
            if "momentum" in s:
                tensors["momentum:" + named[id(p)]] = s["momentum"]
    part, size, number = {}, 0, 0
    for name, t in list(tensors.items()) + [(None, None)]:
        more = 0 if t is None else 2 * t.numel()
        if part and (t is None or size + more > PART_BYTES):
            save_file(part, folder / f"part-{number}.safetensors")
            part, size, number = {}, 0, number + 1
        if t is not None:
            part[name] = t.detach().to("cpu", torch.bfloat16).contiguous()
            size += more
    (folder / "carry.json").write_text(json.dumps(dict(done=done, tokens=tokens, parts=number)))


def carried(folder, network, optims):
    """Goes on from carried files: the weights are rounded, AdamW's moments start anew."""
    from safetensors.torch import load_file
    about = json.loads((folder / "carry.json").read_text())
    tensors = {}
    for number in range(about["parts"]):
        tensors.update(load_file(folder / f"part-{number}.safetensors"))
    network.load_state_dict({k[7:]: v.float() for k, v in tensors.items() if k[:7] == "weight:"})
    named = dict(network.named_parameters())
    inner = {id(p) for o in optims[:-1] for g in o.param_groups for p in g["params"]}
    for name, value in tensors.items():
        if name.startswith("momentum:") and id(named[name[9:]]) in inner:
            p = named[name[9:]]
            optims[0].state[p]["momentum"] = value.to(p.device, torch.float32)
    return about["done"], about["tokens"]
