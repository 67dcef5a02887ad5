"""A small server that speaks the Hub's API, on this machine."""

import base64
import hashlib
import json
import os
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "a" * 40
DATE = "2026-01-01T00:00:00.000Z"


class Hub(BaseHTTPRequestHandler):
    """Keeps files of repositories in memory; knows what huggingface_hub and datasets ask for.

    ``server.repos`` has the newest files and ``server.history`` those of each commit,
    ``server.objects`` what was uploaded of large files, ``server.cut`` how often a request whose
    path matches is cut off half-way, ``server.seen`` all requests.
    """

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def parse_request(self):
        fine = super().parse_request()
        if fine:
            self.server.seen.append(f"{self.command} {self.path}")
        return fine

    def cuts(self):
        """Say whether this request is one of those that are to be cut off."""
        for pattern, left in self.server.cut.items():
            if left and re.search(pattern, f"{self.command} {self.path}"):
                self.server.cut[pattern] -= 1
                return True
        return False

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def refused(self):
        """Answer as the Hub does to a token that isn't known."""
        if self.headers.get("Authorization") == "Bearer hf_dummy":
            return False
        self.answer({"error": "Invalid username or password."}, 401)
        return True

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.cuts():
            return self.hang_up()
        self.server.objects[self.path.rpartition("/")[2]] = body
        return self.answer({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, host = urlsplit(self.path).path, f"http://{self.headers['Host']}"
        if self.refused():
            return None
        if self.cuts():
            return self.hang_up()
        if path.endswith(".git/info/lfs/objects/batch"):
            return self.answer(
                {"objects": [self.wanted(o, host) for o in json.loads(body)["objects"]]}
            )
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
            asked = [self.told(f["path"], files) for f in json.loads(body)["files"]]
            return self.answer({"files": asked})
        if action.startswith("commit/"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    value = line["value"]
                    files[value["path"]] = base64.b64decode(value["content"])
                if line["key"] == "lfsFile":
                    files[line["value"]["path"]] = self.server.objects[line["value"]["oid"]]
            commits = self.server.history.setdefault(repo, {})
            sha = f"{len(commits) + 1:040x}"
            commits[sha] = dict(files)
            url = f"{host}/{repo.removeprefix('models/')}/commit/{sha}"
            return self.answer({"success": True, "commitOid": sha, "commitUrl": url})
        if action.startswith("paths-info/"):
            paths = json.loads(body)["paths"]
            return self.answer([entry(p, files[p]) for p in paths if p in files])
        return self.answer({"error": f"unknown: {self.path}"}, 404)

    def told(self, path, files):
        """Return how a file is to be uploaded, and the hash of what is there by its name."""
        large = path.endswith((".parquet", ".safetensors"))
        content, oid = files.get(path), None
        if content is not None:
            git = hashlib.sha1(b"blob %d\0" % len(content) + content)
            oid = (hashlib.sha256(content) if large else git).hexdigest()
        mode = "lfs" if large else "regular"
        return {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid}

    def wanted(self, asked, host):
        """Return where an object is to be uploaded, or that it is there already."""
        found = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] in self.server.objects:
            return found
        return found | {"actions": {"upload": {"href": f"{host}/upload/{asked['oid']}"}}}

    def commit_of(self, repo):
        return next(reversed(self.server.history.get(repo, {COMMIT: None})))

    def files_of(self, repo, revision):
        """Return a repository's files at a commit; None for one that it doesn't have."""
        commits = self.server.history.get(repo, {})
        if revision in (None, "main", COMMIT):
            return self.server.repos.get(repo)
        return commits.get(revision)

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        if match := re.fullmatch(r"/api/(\w+/[\w-]+/[\w-]+)(?:/revision/([\w%]+))?", path):
            files = self.files_of(match[1], match[2])
            if files is None:
                return self.missing()
            sha = match[2] if match[2] not in (None, "main") else self.commit_of(match[1])
            about = {"id": match[1].split("/", 1)[1], "sha": sha, "private": False}
            about |= {"lastModified": DATE, "siblings": [{"rfilename": f} for f in files]}
            return self.answer(about | {"tags": [], "downloads": 0, "likes": 0})
        if match := re.fullmatch(r"/api/(\w+/[\w-]+/[\w-]+)/tree/(\w+)/?(.*)", path):
            files = self.files_of(match[1], match[2])
            inside = {p: c for p, c in files.items() if p.startswith(match[3])}
            folders = {os.path.dirname(p) for p in inside} - {""}
            listed = [{"type": "directory", "path": f, "oid": "0", "size": 0} for f in folders]
            return self.answer(listed + [entry(p, c) for p, c in inside.items()])
        if match := re.fullmatch(r"/(datasets/)?([\w-]+/[\w-]+)/resolve/(\w+)/(.+)", path):
            repo = f"{'datasets' if match[1] else 'models'}/{match[2]}"
            files = self.files_of(repo, match[3])
            if files is None and repo in self.server.repos:
                return self.answer({"error": "no"}, 404, {"X-Error-Code": "RevisionNotFound"})
            content = (files or {}).get(match[4])
            if content is None:
                return self.missing(repo)
            here = match[3] if match[3] in self.server.history.get(repo, {}) else None
            return self.answer(content, more={"X-Repo-Commit": here or self.commit_of(repo)})
        return self.missing()

    do_HEAD = do_GET  # noqa: N815

    def missing(self, repo=""):
        why = {"X-Error-Code": self.why_missing(), "X-Repo-Commit": self.commit_of(repo)}
        self.answer({"error": "not found"}, 404, why)

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
        headers = {"Content-Length": len(part), **(more or {})}
        if plain:
            headers |= {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "Accept-Ranges": "bytes"}
            headers |= {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
        headers["Content-Type"] = "application/octet-stream" if plain else "application/json"
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            if plain and self.cuts():
                self.wfile.write(part[: len(part) // 2])
                return self.hang_up()
            self.wfile.write(part)
        return None


def entry(path, content):
    oid = hashlib.sha1(content).hexdigest()
    return {"type": "file", "path": path, "size": len(content), "oid": oid}


@contextmanager
def serving():
    """Yield the server, at work."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.repos, server.history, server.objects = {}, {}, {}
    server.cut, server.seen = {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
