"""transformers' GPT-2, and its loss as one function that compiles well.

The blocks are called directly instead of through ``GPT2LMHeadModel.forward``: without a mask they
take the causal flash path of scaled_dot_product_attention, while the full forward builds a dense
mask under torch.compile. A test holds the two losses together.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from hardinstances.errors import DataError

if TYPE_CHECKING:
    from gpt2_validation.protocol import ModelShape


def build_model(shape: ModelShape, seed: int) -> nn.Module:
    """GPT2LMHeadModel in float32 on the CPU, initialised from ``seed``; dropout is off.

    Raises
    ------
    DataError
        If transformers is not installed.
    """
    try:
        from transformers import GPT2Config, GPT2LMHeadModel
    except ImportError as error:
        msg = "The package transformers is not installed. Run: pip install 'signcheck[gpt2]'"
        raise DataError(msg) from error
    config = GPT2Config(
        vocab_size=shape.vocabulary,
        n_positions=shape.context,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        use_cache=False,
        bos_token_id=None,
        eos_token_id=None,
        attn_implementation="sdpa",
    )
    # transformers draws its initial weights from torch's global generator: borrow it, then restore.
    state = torch.get_rng_state()
    try:
        torch.manual_seed(seed)
        return GPT2LMHeadModel(config)
    finally:
        torch.set_rng_state(state)


def load_initial(model: nn.Module, shape: ModelShape, seed: int) -> None:
    """Overwrite the parameters of ``model`` with the initial ones of ``seed``, in place."""
    fresh = dict(build_model(shape, seed).named_parameters())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(fresh[name])
            parameter.grad = None


@cache
def shared_losses(
    shape: ModelShape, device: torch.device, *, compiled: bool
) -> tuple[nn.Module, Any, NextTokenLoss, NextTokenLoss]:
    """One model a shape and process, with its training, plain and float32 losses.

    Runs that follow one another in a process share it, so that a model is compiled once.
    """
    model = build_model(shape, 0).to(device)
    plain = NextTokenLoss(model, low_precision=device.type == "cuda")
    loss: Any = torch.compile(plain, dynamic=False) if compiled else plain
    return model, loss, plain, NextTokenLoss(model, low_precision=False)


class NextTokenLoss(nn.Module):
    """Mean cross-entropy of the next token; ``forward`` takes windows of ``context + 1`` ids.

    Parameters
    ----------
    model
        A GPT2LMHeadModel.
    low_precision
        Run matrix products in bfloat16 (autocast); the loss is always float32.
    """

    def __init__(self, model: Any, *, low_precision: bool) -> None:
        super().__init__()
        self.model = model
        self.low_precision = low_precision

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Loss of int64 windows of shape ``(sequences, context + 1)``: a scalar, nats a token."""
        inputs, targets = windows[:, :-1], windows[:, 1:]
        body = self.model.transformer
        with torch.autocast(windows.device.type, torch.bfloat16, enabled=self.low_precision):
            positions = torch.arange(inputs.shape[1], device=inputs.device)
            hidden = body.wte(inputs) + body.wpe(positions)
            for block in body.h:
                output = block(hidden)
                hidden = output[0] if isinstance(output, tuple) else output
            logits = functional.linear(body.ln_f(hidden), self.model.lm_head.weight)
        flat = logits.reshape(-1, logits.shape[-1]).float()
        return functional.cross_entropy(flat, targets.reshape(-1))
