"""Publishing and fetching for real, over loopback: a small server speaks the Hub's API."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from othello_gpt import data

COMMIT = "a" * 40
DATE = "2026-01-01T00:00:00.000Z"


class Hub(BaseHTTPRequestHandler):
    """Keeps files of repositories in memory; knows what huggingface_hub and datasets ask for."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, host = urlsplit(self.path).path, f"http://{self.headers['Host']}"
        if path == "/api/repos/create":
            request = json.loads(body)
            name, kind = request["name"], request.get("type", "model")
            owner = request.get("organization") or "me"
            self.server.repos.setdefault(f"{kind}s/{owner}/{name}", {})
            prefix = "datasets/" if kind == "dataset" else ""
            return self.answer({"url": f"{host}/{prefix}{owner}/{name}"})
        if path == "/api/validate-yaml":
            return self.answer({"errors": [], "warnings": []})
        repo, action = re.fullmatch(r"/api/(\w+/[\w-]+/[\w-]+)/(.+)", path).groups()
        files = self.server.repos[repo]
        if action.startswith("preupload/"):
            asked = json.loads(body)["files"]
            plain = [{"path": f["path"], "uploadMode": "regular"} for f in asked]
            return self.answer({"files": [f | {"shouldIgnore": False, "oid": None} for f in plain]})
        if action.startswith("commit/"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    value = line["value"]
                    files[value["path"]] = base64.b64decode(value["content"])
            url = f"{host}/{repo.removeprefix('models/')}/commit/{COMMIT}"
            return self.answer({"success": True, "commitOid": COMMIT, "commitUrl": url})
        if action.startswith("paths-info/"):
            paths = json.loads(body)["paths"]
            return self.answer([entry(p, files[p]) for p in paths if p in files])
        return self.answer({"error": f"unknown: {self.path}"}, 404)

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        if match := re.fullmatch(r"/api/(\w+/[\w-]+/[\w-]+)(/revision/[\w%]+)?", path):
            if match[1] not in self.server.repos:
                return self.missing()
            files = self.server.repos[match[1]]
            about = {"id": match[1].split("/", 1)[1], "sha": COMMIT, "private": False}
            about |= {"lastModified": DATE, "siblings": [{"rfilename": f} for f in files]}
            return self.answer(about | {"tags": [], "downloads": 0, "likes": 0})
        if match := re.fullmatch(r"/api/(\w+/[\w-]+/[\w-]+)/tree/\w+/?(.*)", path):
            files = self.server.repos[match[1]]
            inside = {p: c for p, c in files.items() if p.startswith(match[2])}
            folders = {os.path.dirname(p) for p in inside} - {""}
            listed = [{"type": "directory", "path": f, "oid": "0", "size": 0} for f in folders]
            return self.answer(listed + [entry(p, c) for p, c in inside.items()])
        if match := re.fullmatch(r"/(datasets/)?([\w-]+/[\w-]+)/resolve/\w+/(.+)", path):
            kind = "datasets" if match[1] else "models"
            content = self.server.repos.get(f"{kind}/{match[2]}", {}).get(match[3])
            return self.missing() if content is None else self.answer(content)
        return self.missing()

    do_HEAD = do_GET  # noqa: N815

    def missing(self):
        self.answer({"error": "not found"}, 404, {"X-Error-Code": self.why_missing()})

    def why_missing(self):
        return "EntryNotFound" if "/resolve/" in self.path else "RepoNotFound"

    def answer(self, content, status=200, more=None):
        plain = isinstance(content, bytes)
        data = content if plain else json.dumps(content).encode()
        first, last = 0, len(data) - 1
        if plain and (asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))):
            first, last, status = int(asked[1]), int(asked[2] or last), 206
        part = data[first : last + 1]
        self.send_response(status)
        headers = {"Content-Length": len(part), "X-Repo-Commit": COMMIT, **(more or {})}
        if plain:
            headers |= {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "Accept-Ranges": "bytes"}
            headers |= {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
        headers["Content-Type"] = "application/octet-stream" if plain else "application/json"
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(part)


def entry(path, content):
    oid = hashlib.sha1(content).hexdigest()
    return {"type": "file", "path": path, "size": len(content), "oid": oid}


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.repos = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(code, hub, tmp_path):
    """Run code in a fresh process whose Hub is the local one: it is read at import."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HTTP", "http"))}
    environment |= {
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": "hf_dummy",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True
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
