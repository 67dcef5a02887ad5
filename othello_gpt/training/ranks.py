"""Several processes that train together: who is who, and what one of them does for all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from jaxtyping import Float

from ..launching import LostError

_Result = TypeVar("_Result")
_ADDRESS = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def told_world() -> int | None:
    """Return among how many processes a launcher such as ``torchrun`` started this one, if any."""
    return int(os.environ["WORLD_SIZE"]) if all(os.environ.get(n) for n in _ADDRESS) else None


def told_neighbours() -> int:
    """Return how many of a launcher's processes are on this host; without a launcher, one."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if told_world() else 1


def join() -> None:
    """Meet the other processes that a launcher started, if there are any and it hasn't been done.

    They stay together to the end: a second run in the same processes needs them again, and torch's
    store remembers old addresses. With GPUs each process takes its own, as far as they go. Raises
    ``ConnectionError`` if the others don't come.
    """
    if dist.is_initialized() or (told_world() or 1) == 1:
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    with others():
        dist.init_process_group("gloo")


def rank() -> int:
    """Return which of the processes this is; the first, 0, alone writes and reports."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """Return how many processes have joined."""
    return dist.get_world_size() if dist.is_initialized() else 1


def first_has_ended() -> bool:
    """Return whether this isn't the first process; then only when that one has ended.

    A launcher ends all others as soon as one fails: the first one is to have said why.
    """
    if rank() == 0:
        return False
    with suppress(RuntimeError):  # its end, or a minute without it
        waiting = dist.irecv(torch.zeros(1), src=0)  # for what never comes
        if waiting is not None:
            waiting.wait(timedelta(minutes=1))
    return True


def by_first(make: Callable[[], _Result]) -> _Result:
    """Return in all processes what the first one makes, or raise in all of them what it raises.

    So a folder needs to be there for the first process only.
    """
    if not dist.is_initialized():
        return make()
    made, error = None, None
    if rank() == 0:
        try:
            made = make()
        except Exception as raised:
            error = raised
    told = [made, error]
    with others():
        dist.broadcast_object_list(told)
    if rank() == 0 and error is not None:
        raise error  # with its own traceback
    made, error = told
    if error is not None:
        raise error
    return made


def summed(x: Float[torch.Tensor, "*any"]) -> Float[torch.Tensor, "*any"]:
    """Return the sum of a tensor over all processes, on the tensor's own device."""
    if not dist.is_initialized():
        return x
    message = x.cpu()  # gloo's way, whatever the device
    with others():
        dist.all_reduce(message)
    return message.to(x.device)


def gathered(
    x: Float[torch.Tensor, "n rows cols"],
) -> Float[torch.Tensor, "everyones rows cols"]:
    """Return the matrices [n, rows, cols] of all processes, one process's after the other's.

    Each process brings as many. They are on the tensor's own device.
    """
    if not dist.is_initialized():
        return x
    message = x.cpu().contiguous()
    parts = [torch.empty_like(message) for _ in range(world())]
    with others():
        dist.all_gather(parts, message)
    return torch.cat(parts).to(x.device)


@contextmanager
def others() -> Iterator[None]:
    """Raise ``ConnectionError``, in one sentence, if another process can't be reached any more."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise LostError(
                "another process of the run has ended or can't be reached: run the same command "
                "again to go on from the last checkpoint"
            ) from error
        raise
