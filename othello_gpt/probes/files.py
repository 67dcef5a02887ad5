"""Probes on disk."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..devices import device_of
from .activations import fingerprint
from .probe import Probe
from .sources import Source


def save_probe(probe: Probe, path: str | Path) -> None:
    """Write a probe as a ``.safetensors`` file; whose it is and how good is in the metadata."""
    tensors = {f"{target}.weight": w.contiguous() for target, w in probe.weight.items()}
    tensors |= {f"{target}.bias": b.contiguous() for target, b in probe.bias.items()}
    about = {name: getattr(probe, name) for name in _METADATA}
    save_file(tensors, path, {name: json.dumps(value) for name, value in about.items()})


_METADATA = ("classes", "sites", "source", "fit", "games", "scores")


def load_probe(path: str | Path, source: Source) -> Probe:
    """Return the probe in a file that ``save_probe`` wrote, if it was fitted to this very source.

    Its tensors are where the source is.

    Raises ``ValueError``, in one sentence, if the file isn't a probe, was fitted to another model
    or to sites that this one doesn't have, or holds tensors of a wrong shape or NaN.
    """
    device = device_of(source)
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name).to(device) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: truncated or not a safetensors file ({error})") from error
    if missing := [name for name in _METADATA if name not in about]:
        raise ValueError(f"{path}: not a probe, its metadata has no {missing[0]!r}")
    given = {name: json.loads(about[name]) for name in _METADATA}
    if given["source"] != fingerprint(source):
        raise ValueError(
            f"{path}: fitted to model {given['source']}, but this one is {fingerprint(source)}"
        )
    sites = tuple(given.pop("sites"))
    if unknown := [site for site in sites if site not in source.sites]:
        raise ValueError(f"{path}: fitted at {unknown[0]!r}, a site that this model doesn't have")
    classes = {target: tuple(names) for target, names in given.pop("classes").items()}
    weight = {target: tensors.pop(f"{target}.weight", torch.empty(0)) for target in classes}
    bias = {target: tensors.pop(f"{target}.bias", torch.empty(0)) for target in classes}
    one = torch.ones(1, 1, dtype=torch.long, device=device)
    width = next(source.residual_stream(one)).shape[-1]
    for target, w in weight.items():
        cells = w.shape[2] if w.ndim == 4 else "cells"
        want = (len(sites), len(classes[target]), cells, width)
        if tuple(w.shape) != want or bias[target].shape != w.shape[:-1]:
            have = tuple(w.shape)
            raise ValueError(f"{path}: the probe of {target} has shape {have}, not {want}")
        if not (w.isfinite().all() and bias[target].isfinite().all()):
            raise ValueError(f"{path}: the probe of {target} holds NaN or infinite values")
    return Probe(weight, bias, classes, sites, **given)
