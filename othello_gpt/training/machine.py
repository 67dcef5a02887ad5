"""What the machine at hand makes fast."""

import os
import shutil
from dataclasses import dataclass

import torch

from .ranks import told_neighbours, told_world


@dataclass(frozen=True)
class Machine:
    """How a run uses its machine. None of it changes what is computed, up to rounding.

    Some ``micro`` positions go through the network at a time: few enough for a core's cache.
    """

    processes: int
    threads: int
    device: str
    bfloat16: bool
    compiled: bool
    micro: int

    def __str__(self) -> str:
        if self.device == "cuda":
            several = f"{self.processes} x " if self.processes > 1 else ""
            return several + torch.cuda.get_device_name()
        return f"{self.processes} x {self.threads} CPU cores (processes x cores of each)"


def this_machine(processes: int | None = None, compiled: bool | None = None) -> Machine:
    """Return what is fast here: a GPU if there is one, else one process per core.

    Under ``torchrun`` there are as many processes as it started, on all hosts. Raises
    ``ValueError`` if other ``processes`` are asked for.
    """
    told = told_world()
    if told and processes not in (None, told):
        raise ValueError(
            f"torchrun started {told} processes, not {processes}: leave the number to it alone"
        )
    if torch.cuda.is_available():
        return Machine(
            told or 1, torch.get_num_threads(), "cuda", True, compiled is not False, 131_072
        )
    affinity = getattr(os, "sched_getaffinity", None)  # which cores are ours; Linux alone says
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    processes = told or processes or cores
    threads = max(1, cores // (told_neighbours() if told else processes))
    fast_bfloat16 = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    if compiled is None:
        compiled = shutil.which(os.environ.get("CXX", "g++")) is not None
        if not compiled and os.environ.get("RANK", "0") == "0":
            print("No C++ compiler (g++) found: training runs uncompiled, which is slower.")
    return Machine(processes, threads, "cpu", fast_bfloat16, compiled, 512)
