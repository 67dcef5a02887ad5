"""Probes that the original notebook saved: a bare tensor in a ``.pt`` file."""

from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float

from ..devices import device_of
from ..model import read_tensors
from .probe import Probe, probe_of
from .sources import Source
from .targets import ORIGINAL, SINGLE, TARGETS, Target

_NAMES = tuple(target.name for target in ORIGINAL)


def load_original_probe(
    path: str | Path,
    source: Source,
    targets: Sequence[str] = _NAMES,
    site: str = "resid_post 5",
    centred: bool = True,
) -> Probe:
    """Return the probe in a ``.pt`` file of the original notebook, for use as any other one.

    The file holds one tensor [width, rows, columns, targets], saved with ``torch.save``, and
    nothing that says what it is for: so ``targets`` are named in the order of its last axis (the
    notebook's "mine" is ``just_moved``), and ``source`` and ``site`` are taken on trust. A cell has
    the property where the tensor's output is above 0.5. ``Probe.games`` is 0, for unknown.

    The notebook's network went through TransformerLens' ``load_and_process_state_dict``, which
    takes the mean over the width off the stream, so that what the tensor has in common over the
    width was never used. ``centred`` takes it out of the tensor, which gives the same outputs on
    this package's stream; ``False`` is for tensors fitted to a stream as it is.

    No code in the file is run. Raises ``FileNotFoundError``, and ``ValueError``, in one sentence,
    if the file is truncated or holds something else, a tensor of another shape or one with NaN, if
    there are more or fewer names than targets, and for names that aren't targets of two classes on
    each square or a site that the source doesn't have.
    """
    path, named = Path(path), [_target(name) for name in targets]
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    if site not in source.sites:
        raise ValueError(f"no site {site!r} here: the sites are {', '.join(source.sites)}")
    tensor = _checked(path, read_tensors(path), _width(source, site), [t.name for t in named])
    tensor = tensor.to(device_of(source))
    if centred:
        tensor = tensor - tensor.mean(0)
    parts = tensor.flatten(1, 2).permute(2, 1, 0)[:, None, None]  # [targets, 1 site, 1, 36, width]
    weight = {t.name: torch.cat([-w, w], 1) for t, w in zip(named, parts, strict=True)}
    # As in ``fit_adamw``: w x > 0.5 where w x > 1 - w x.
    offset = tensor.new_tensor([[1.0], [0.0]])
    bias = {name: offset.expand(w.shape[:-1]).contiguous() for name, w in weight.items()}
    return probe_of(source, named, [site], weight, bias, f"original notebook: {path.name}", 0)


def _target(name: str) -> Target:
    target = TARGETS.get(name)
    if target is None or len(target.classes) != 2 or name in SINGLE:
        fitting = [n for n, t in TARGETS.items() if len(t.classes) == 2 and n not in SINGLE]
        raise ValueError(
            f"{name!r} isn't a target of two classes on each square: these are {', '.join(fitting)}"
        )
    return target


def _width(source: Source, site: str) -> int:
    tokens = torch.ones(1, 1, dtype=torch.long, device=device_of(source))
    streams = zip(source.sites, source.residual_stream(tokens), strict=True)
    return next(x.shape[-1] for name, x in streams if name == site)


def _checked(
    path: Path, content: object, width: int, names: list[str]
) -> Float[torch.Tensor, "width 6 6 targets"]:
    """Return what a file holds, if it is such a tensor, as float32."""
    if not isinstance(content, torch.Tensor):
        raise ValueError(
            f"{path}: holds a {type(content).__name__}, not the notebook's bare tensor"
        )
    if content.ndim != 4 or content.shape[1:3] != (6, 6) or content.shape[0] != width:
        raise ValueError(
            f"{path}: has shape {tuple(content.shape)}, not ({width}, 6, 6, targets): only probes "
            "with one output per property of a square can be read"
        )
    if content.shape[-1] != len(names):
        raise ValueError(
            f"{path}: is for {content.shape[-1]} targets, but {len(names)} are named: "
            f"{', '.join(names)}"
        )
    if len(set(names)) < len(names):
        raise ValueError(f"a target is named twice: {', '.join(names)}")
    if not content.is_floating_point():
        raise ValueError(f"{path}: holds {content.dtype}, not numbers with a fraction")
    if not content.isfinite().all():
        raise ValueError(f"{path}: the probe holds NaN or infinite values")
    return content.detach().float()
