"""Loading a network by name, folder, file or Hub address."""

import os
from pathlib import Path

from .files import read_checkpoint
from .flavours import network_of
from .gpt import GPT, PRETRAINED
from .hub import download


def load_model(source: str | Path | None = None, n_head: int | None = None, device="cpu") -> GPT:
    """Return a trained model, ready for inference.

    State dicts of minGPT, such as those of the 8x8 Othello-GPT, are converted to nanoGPT's names.
    ``source``: nothing for the model that comes with this package, or for the one that the
    environment's ``OTHELLO_GPT_MODEL`` names, which is how ``othello-gpt report`` has chapters
    look at another network; a folder with ``config.json``
    and ``model.safetensors`` or ``pytorch_model.bin``; a checkpoint file (``.safetensors``, or
    nanoGPT's ``.pt``); or a repository on the Hugging Face Hub, ``"user/repo"``, from the cache if
    the Hub is out of reach. ``"user/repo@revision"`` pins a commit, a tag or a branch. Checkpoints
    without a configuration are read from their tensors' shapes; only the number of heads can't be:
    then ``n_head`` is needed.
    Whether the network is tied is read from its weights, where no configuration says it. The one
    that comes with this package is untied: nanoGPT's own ``GPT``, which ties, can't hold it.

    Raises ``FileNotFoundError`` or ``ConnectionError`` if there is nothing to load, ``ValueError``
    naming the tensor and both shapes if what is there is not such a model, or if its configuration
    says another number of heads.
    """
    source = os.environ.get("OTHELLO_GPT_MODEL") or PRETRAINED if source is None else source
    state, settings = (
        read_checkpoint(Path(source)) if Path(source).exists() else download(str(source))
    )
    model = network_of(state, settings, n_head, str(source))
    return model.to(device).eval().requires_grad_(False)
