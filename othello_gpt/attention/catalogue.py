"""All heads in one table: what each looks at, its kind, what silencing it costs."""

from jaxtyping import Float
from numpy import ndarray

from .ablation import WAYS, Ablations
from .summary import AttentionSummary


def catalogue(
    seen: AttentionSummary, lost: Ablations, **more: Float[ndarray, "layers heads"]
) -> dict[str, list]:
    """Return columns, one row a head, in the order of ``AttentionSummary.names``.

    First those of ``AttentionSummary.table``; then what is lost without the head: ``loss, zero``
    and so on in nats a move; ``illegal, mean`` and ``board lost, mean`` and so on, as shares, where
    its average output stands for it; last ``more``, by name. Raises ``ValueError`` if the heads
    of ``lost`` aren't those of ``seen``.
    """
    if lost.loss.shape[1:3] != seen.parity.shape:
        raise ValueError(f"{lost.loss.shape[1:3]} heads silenced, {seen.parity.shape} looked at")
    costs = {f"loss, {way}": lost.loss[k].mean(-1) for k, way in enumerate(WAYS)}
    mean = WAYS.index("mean")
    costs["illegal, mean"] = lost.illegal[mean].mean(-1)
    costs |= {f"{name} lost, mean": x[mean].mean(-1) for name, x in lost.cells.items()}
    return seen.table() | {name: x.ravel().tolist() for name, x in (costs | more).items()}
