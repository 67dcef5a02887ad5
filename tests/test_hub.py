"""Publishing and fetching for real, over loopback: a small server speaks the Hub's API."""

import os
import subprocess
import sys

import pytest

from othello_gpt import data
from tests.hub import serving


@pytest.fixture
def hub():
    with serving() as server:
        yield server


# Between two tries the Hub's client waits longer and longer, for a Hub that is far away.
IMPATIENT = "import time\nreal = time.sleep\ntime.sleep = lambda seconds: real(seconds / 100)\n"


def run(code, hub, tmp_path, token="hf_dummy"):
    """Run code in a fresh process whose Hub is the local one: it is read at import."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HTTP", "http"))}
    environment |= {
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": token,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT + code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_model_is_pushed_and_loaded_again(hub, tmp_path):
    said = run(
        """
import torch
from othello_gpt.model import GPT, GPTConfig, load_model, push_model
model = GPT(GPTConfig(n_layer=1, n_head=2, n_embd=8))
model.save_pretrained("toy")
open("toy/state.pt", "w").write("what only its owner needs")
print(push_model("toy", "me/toy"))
again = load_model("me/toy")
for name, tensor in again.state_dict().items():
    assert torch.equal(tensor, model.state_dict()[name])
assert torch.equal(GPT.from_pretrained("me/toy").lm_head.weight, model.lm_head.weight)
try:
    load_model("me/nothing")
except ConnectionError as error:
    print(error)
""",
        hub,
        tmp_path,
    )
    files = hub.repos["models/me/toy"].keys()
    assert {"config.json", "model.safetensors"} <= files
    assert "state.pt" not in files
    assert f"http://127.0.0.1:{hub.server_port}/me/toy" in said
    assert "me/nothing: not a local path and the Hugging Face Hub could not provide it" in said


def test_what_was_fetched_once_loads_without_the_hub(hub, tmp_path):
    weights = """
import torch
from othello_gpt.model import GPT, GPTConfig, load_model
model = GPT(GPTConfig(n_layer=1, n_head=2, n_embd=8))
model.save_pretrained("toy")
torch.save(model.state_dict(), "toy/pytorch_model.bin")
"""
    run(weights, hub, tmp_path)
    files = {file.name: file.read_bytes() for file in (tmp_path / "toy").iterdir()}
    repos = {
        "me/whole": ["config.json", "model.safetensors"],
        "me/bin": ["config.json", "pytorch_model.bin"],
        "me/bare": ["model.safetensors"],
        "me/partly": ["config.json"],
    }
    for name, held in repos.items():
        hub.repos[f"models/{name}"] = {file: files[file] for file in held}
    load = """
import sys
from othello_gpt.model import load_model
heads = {"me/bare": 2}
there = load_model("toy").lm_head.weight
for name in ("me/whole", "me/bin", "me/bare"):
    assert load_model(name, heads.get(name)).lm_head.weight.equal(there)
try:
    load_model("me/partly")
except OSError as error:
    print(error)
"""
    neither = "could not provide it (it has neither model.safetensors nor pytorch_model.bin)"
    assert neither in run(load, hub, tmp_path)
    hub.shutdown()
    hub.server_close()
    assert neither in run(load, hub, tmp_path)


def test_games_are_pushed_and_loaded_again(hub, tmp_path):
    run(
        """
from othello_gpt import data
data.write_games("some", 30, seed=3, shard=20)
print(data.push_games("some", "me/some"))
again = data.load_games("me/some")
assert again["moves"] == data.sample_games(30, seed=3)["moves"]
assert len(data.load_games("me/some", games=7)) == 7
""",
        hub,
        tmp_path,
    )
    assert sum(p.endswith(".parquet") for p in hub.repos["datasets/me/some"]) == 2


def test_games_that_were_read_once_are_read_without_the_hub(hub, tmp_path):
    code = """
from othello_gpt import data
data.write_games("some", 30, seed=3, shard=20)
data.push_games("some", "me/some")
print(len(data.load_games("me/some")))
"""
    run(code, hub, tmp_path)
    hub.repos.clear()
    again = "from othello_gpt import data; print(data.load_games('me/some')['moves'][29])"
    moves = run(again, hub, tmp_path)
    assert moves.strip() == str(data.sample_games(30, seed=3)["moves"][29])


PROBE = """
import torch
from othello_gpt import cli, game, probes
from othello_gpt.model import GPT, GPTConfig, load_model
from othello_gpt.probes.publishing import fetch_probe
torch.manual_seed(0)
model = GPT(GPTConfig(n_layer=1, n_head=2, n_embd=8)).eval()
moves = game.sample_moves(60, 0)
board = [probes.TARGETS["board"]]
"""


def test_probes_are_pushed_and_fetched_again_even_without_the_hub(hub, tmp_path):
    said = run(
        PROBE
        + """
from pathlib import Path
Path("fitted").mkdir()
for penalty in (1e-3, 1.0):
    probe = probes.fit_ridge(model, moves, board, penalty=penalty)
    probes.save_probe(probe, f"fitted/ridge-{penalty}.safetensors")
torch.save(model.state_dict(), "model.pt")
assert cli.main(["push", "fitted", "--repo", "me/probes"]) == 0
again = fetch_probe("me/probes", "ridge-1.0.safetensors", model)
assert again.weight["board"].equal(probe.weight["board"])
(Path("fitted") / "other.safetensors").write_bytes(b"no probe")
assert cli.main(["push", "fitted", "--repo", "me/other"]) == 1
try:
    fetch_probe("me/probes", "ridge-2.0.safetensors", model)
except ConnectionError as error:
    print(error)
""",
        hub,
        tmp_path,
    )
    assert f"http://127.0.0.1:{hub.server_port}/me/probes" in said
    assert "me/probes: the Hugging Face Hub could not provide ridge-2.0.safetensors (" in said
    assert "models/me/other" not in hub.repos
    card = hub.repos["models/me/probes"]["README.md"].decode()
    assert card.count("| ridge-") == 2
    assert "| board |" in card
    hub.shutdown()
    hub.server_close()
    gone = """
model = load_model("model.pt", n_head=2)
assert fetch_probe("me/probes", "ridge-1.0.safetensors", model).games == 60
try:
    fetch_probe("me/probes", "ridge-0.001.safetensors", model)
except ConnectionError as error:
    print(error)
"""
    assert "could not provide ridge-0.001.safetensors (" in run(PROBE + gone, hub, tmp_path)


MODELS = """
import sys
from pathlib import Path
import torch
from othello_gpt import cli
from othello_gpt.model import GPT, GPTConfig
for value in {values}:
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=1, n_head=2, n_embd=8))
    torch.nn.init.constant_(model.lm_head.weight, value)
    folder = Path(f"toy{{value}}")
    if not folder.exists():  # the order of a file's notes differs from one writing to the next
        model.save_pretrained(folder)
    print(cli.main(["push", str(folder), "--repo", "me/toy"]), file=sys.stderr)
"""


def test_a_pinned_revision_stays_what_it_was(hub, tmp_path):
    run(MODELS.format(values=(1, 1, 2)), hub, tmp_path)
    first, last = hub.history["models/me/toy"]  # what hadn't changed wasn't committed again
    load = """
from othello_gpt.model import load_model
print([load_model(f"me/toy{{at}}").lm_head.weight[0, 0].item() for at in {places}])
for wrong in {wrong}:
    try:
        load_model(wrong)
    except OSError as error:
        print(type(error).__name__)
"""
    unknown = "me/toy@" + "9" * 40
    places, wrong = ["", f"@{first}", f"@{last}", "@main"], [unknown, "me/toy@", "me/toy@x/y"]
    expected = "[2.0, 1.0, 2.0, 2.0]\nConnectionError\nFileNotFoundError\nConnectionError\n"
    assert run(load.format(places=places, wrong=wrong), hub, tmp_path) == expected
    hub.shutdown()
    hub.server_close()
    offline = load.format(places=places[1:3], wrong=[unknown])
    assert run(offline, hub, tmp_path) == "[1.0, 2.0]\nConnectionError\n"


def test_a_wrong_token_is_one_sentence(hub, tmp_path):
    code = """
from othello_gpt import data
data.write_games("some", 30, seed=3)
try:
    data.push_games("some", "me/some")
except ConnectionError as error:
    print(error)
"""
    said = run(code, hub, tmp_path, "hf_wrong")
    assert said.startswith("some can't be published as 'me/some' (")
    assert said.count("\n") == 1
    assert "the login (`hf auth login`)" in said
    assert not hub.repos


def test_an_upload_that_was_cut_off_goes_on_where_it_was(hub, tmp_path):
    hub.cut = {"PUT /upload/": 1, "POST .*/commit/": 1}
    code = """
from othello_gpt import cli, data
data.write_games("some", 30, seed=3, shard=10)
codes = [1]
while codes[-1] and len(codes) < 5:
    codes.append(cli.main(["push", "some", "--repo", "me/some"]))
print("pushed", codes[-1], cli.main(["push", "some", "--repo", "me/some"]))
print(len(data.load_games("me/some")))
"""
    said = run(code, hub, tmp_path)
    assert "pushed 0 0\n" in said
    assert said.endswith("30\n")
    assert hub.cut == {"PUT /upload/": 0, "POST .*/commit/": 0}
    # Nothing is sent twice but what was cut off, and what is there isn't committed again.
    sent = sum(one.startswith("PUT /upload/") for one in hub.seen)
    assert sent == len(hub.objects) + 1
    assert len(hub.objects) >= 3
    assert len(hub.history["datasets/me/some"]) == 1


def test_a_download_that_is_cut_off_goes_on_or_is_one_sentence(hub, tmp_path):
    run(MODELS.format(values=(1,)), hub, tmp_path)
    load = """
from othello_gpt.model import load_model
try:
    print(load_model("me/toy").lm_head.weight[0, 0].item())
except ConnectionError as error:
    print(error)
"""
    hub.cut = {"GET .*/model.safetensors": 99}
    said = run(load, hub, tmp_path)
    assert "me/toy: not a local path and the Hugging Face Hub could not provide it (" in said
    assert said.count("\n") == 1
    hub.cut = {"GET .*/model.safetensors": 1}
    while (said := run(load, hub, tmp_path)) != "1.0\n":
        assert "could not provide it" in said
        assert hub.cut == {"GET .*/model.safetensors": 0}
