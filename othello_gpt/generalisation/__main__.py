"""``python -m othello_gpt.generalisation 9 out.json``: ask after every beginning of so many moves.

It can be stopped and started again: what is done stays in ``out.json.partial``.
"""

import sys
from pathlib import Path

from ..model import load_model
from .certificate import certify, save

out = Path(sys.argv[2])
save(certify(load_model(), int(sys.argv[1]), out.with_name(out.name + ".partial")), out)
