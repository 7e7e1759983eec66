"""Muon for the matrices inside the layers, AdamW for everything else.
https://kellerjordan.github.io/posts/muon/
"""
import torch
import torch.distributed as together


def has_fast_bf16(device):
    """Whether products of 16-bit numbers are quicker than those of floats there."""
    return device == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def orthogonal(g, steps=5):
    """The nearest matrix with equal singular values, by five steps of a polynomial."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16() if has_fast_bf16(g.device.type) else g
    flipped = x.size(-2) > x.size(-1)
    if flipped:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if flipped else x).to(g.dtype)


def orthogonal_together(stack):
    """Processes that learn together have the same matrices, so each does its part of them."""
    ranks = together.get_world_size() if together.is_initialized() else 1
    if ranks == 1:
        return orthogonal(stack)
    each = -(-len(stack) // ranks)
    mine = stack[together.get_rank() * each:][:each]
    room = torch.zeros(each, *stack.shape[1:], dtype=torch.bfloat16)
    if len(mine):
        room[:len(mine)] = orthogonal(mine).bfloat16()
    parts = [torch.empty_like(room) for _ in range(ranks)]
    together.all_gather(parts, room)
    return torch.cat(parts)[:len(stack)].to(stack.dtype)


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.01):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}
            for p in group["params"]:
                if p.grad is not None:
                    alike.setdefault(p.shape, []).append(p)
            for shape, ps in alike.items():
                for p in ps:
                    if "momentum" not in self.state[p]:
                        self.state[p]["momentum"] = torch.zeros_like(p)
                kept = [self.state[p]["momentum"] for p in ps]
                grads = [p.grad for p in ps]
                torch._foreach_lerp_(kept, grads, 1 - group["momentum"])
                ahead = torch._foreach_lerp(grads, kept, group["momentum"])
                update = orthogonal_together(torch.stack(ahead))
                rate = group["lr"] * 0.2 * max(shape) ** 0.5
                torch._foreach_mul_(ps, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(ps, list(update.unbind(0)), alpha=-rate)


def optimizers(network, lr, kind, fused):
    """The optimizers of a network, and the parameters' names in each, for the checkpoint."""
    inner, rest, plain, first = [], [], [], []
    for name, p in network.named_parameters():
        matrix = p.ndim == 2 and "layers." in name
        (inner if matrix and kind == "muon" else first if "vision_model.embeddings" in name
         else rest if p.ndim > 1 else plain).append(p)
    out = []
    if inner:
        out.append(Muon(inner, lr))
    out.append(torch.optim.AdamW([dict(params=rest, weight_decay=0.02, share=0.6),
                                  dict(params=plain, weight_decay=0.0, share=0.6),
                                  # These begin near where they end.
                                  dict(params=first, weight_decay=0.0, share=0.1)],
                                 lr=lr, betas=(0.9, 0.98), fused=fused))
    return out
