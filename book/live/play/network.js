// The trained network and its probes in plain JavaScript, to be read and to be embedded:
//
//   <script src="play/network.js"></script>
//   const network = await OthelloGPT.load("play");   // the folder of network.json, network.bin
//   network.logits([2, 7, 9]);                       // of tokens 1..32: the next move's 33 logits
//   network.stream([2, 7, 9]);                       // the residual stream at the last position
//   network.edit([2, 7, 9], "resid_mid 4", vector);  // the logits after adding a vector there
//   network.run([2, 7, 9], { silent: ["L7N35"] });   // without a neuron; see `run`
//
// Tensors have nanoGPT's names. Keys and values of moves that have been seen are kept, so one
// more move costs one position.
"use strict";

const OthelloGPT = (() => {
  const EPSILON = 1e-5;

  // y = W x + b for a matrix [out, in] that lies row by row.
  function linear(W, b, x, y = new Float32Array(W.length / x.length)) {
    const width = x.length;
    for (let i = 0, at = 0; i < y.length; i++) {
      let a = 0, c = 0, d = 0, e = 0; // four sums, which don't wait for each other
      const end = at + width;
      for (let j = 0; at < end; at += 4, j += 4) {
        a += W[at] * x[j];
        c += W[at + 1] * x[j + 1];
        d += W[at + 2] * x[j + 2];
        e += W[at + 3] * x[j + 3];
      }
      y[i] = a + c + d + e + (b ? b[i] : 0);
    }
    return y;
  }

  function layerNorm(x, weight, bias) {
    let mean = 0, square = 0;
    for (const value of x) mean += value / x.length;
    for (const value of x) square += (value - mean) ** 2 / x.length;
    const scale = 1 / Math.sqrt(square + EPSILON);
    return x.map((value, i) => (value - mean) * scale * weight[i] + (bias ? bias[i] : 0));
  }

  // Abramowitz and Stegun 7.1.26: to 1.5e-7, finer than the weights are kept.
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const tail = t * Math.exp(-x * x) * (0.254829592 + t * (-0.284496736 +
      t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return x < 0 ? tail - 1 : 1 - tail;
  }
  const gelu = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));

  function softmax(x) {
    const most = Math.max(...x), powers = Array.from(x, (value) => Math.exp(value - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((value) => value / sum);
  }

  class Network {
    // `tensors`: name -> Float32Array; `about`: what network.json says.
    constructor(about, tensors) {
      this.about = about;
      this.config = about.config;
      this.tensors = tensors;
      this.sites = ["resid_pre 0"];
      for (let l = 0; l < this.config.n_layer; l++) {
        this.sites.push(`resid_mid ${l}`, `resid_post ${l}`);
      }
      this.seen = []; // by position: what it was made of, keys and values of each layer, stream
    }

    // Runs the tokens and returns what the last position holds: {logits, stream, patterns: by
    // layer and head, where it looks; outputs: by layer, what the neurons put out}. The same of
    // earlier positions is in `this.seen`.
    // `changes`: position -> {key, apply(site, x)}, which may change the stream x in place; two
    // changes with the same key do the same. `silent`: names of what writes nothing: "3.5" (layer
    // 3, head 5), "3.mlp", "L7N35" (layer 7, neuron 35). `frozen`: all heads look where they look
    // on average at their position, whatever was played.
    run(tokens, { changes = {}, silent = [], frozen = false } = {}) {
      const { block_size, vocab_size } = this.config;
      if (!tokens.length || tokens.length > block_size) {
        throw new Error(`${tokens.length} moves: the network reads 1 to ${block_size}`);
      }
      for (const name of silent) this._check(name);
      const off = new Set(silent), suffix = `|${[...off].sort()}|${frozen}`;
      tokens.forEach((token, t) => {
        if (!Number.isInteger(token) || token < 0 || token >= vocab_size) {
          throw new Error(`${token} is no token: they are 0 to ${vocab_size - 1}`);
        }
        const key = `${token}|${changes[t] ? changes[t].key : ""}${suffix}`;
        if (this.seen[t] && this.seen[t].key === key) return;
        this.seen.length = t; // what came later depends on it
        this.seen.push({ key, ...this._position(token, t, changes[t], off, frozen) });
      });
      return this.seen[tokens.length - 1];
    }

    _check(name) {
      const { n_layer, n_head, n_embd } = this.config;
      const found = /^(\d+)\.(\d+|mlp)$/.exec(name) || /^L(\d+)N(\d+)$/.exec(name) || [];
      const [, layer, part] = found, most = name[0] === "L" ? 4 * n_embd : n_head;
      if (!(layer < n_layer && (part === "mlp" || part < most))) {
        throw new Error(`${name} is no part: there are heads such as 3.5, 3.mlp, neurons such as ` +
          `L3N5; ${n_layer} layers, ${n_head} heads and ${4 * n_embd} neurons in each`);
      }
    }

    // Where a head looks on average from position t. The averages are kept without what is later:
    // a head has rows of 1, 2, 3, ... numbers, one after another.
    _average(layer, head, t) {
      const { n_head, block_size } = this.config, rows = (n) => n * (n + 1) / 2;
      const from = (layer * n_head + head) * rows(block_size) + rows(t);
      return Array.from(this.tensors["attention.averages"].subarray(from, from + t + 1));
    }

    _position(token, t, change, off, frozen) {
      const { n_layer, n_head, n_embd } = this.config, W = this.tensors, size = n_embd / n_head;
      const keys = [], values = [], stream = {}, patterns = [], outputs = [];
      const x = new Float32Array(n_embd);
      const visit = (site) => {
        if (change) change.apply(site, x);
        stream[site] = x.slice();
      };
      const add = (y) => y.forEach((value, i) => (x[i] += value));
      for (let i = 0; i < n_embd; i++) {
        x[i] = W["transformer.wte.weight"][token * n_embd + i] +
          W["transformer.wpe.weight"][t * n_embd + i];
      }
      visit("resid_pre 0");
      for (let l = 0; l < n_layer; l++) {
        const of = (name) => W[`transformer.h.${l}.${name}`];
        const qkv = linear(of("attn.c_attn.weight"), of("attn.c_attn.bias"),
          layerNorm(x, of("ln_1.weight"), of("ln_1.bias")));
        keys.push(qkv.slice(n_embd, 2 * n_embd));
        values.push(qkv.slice(2 * n_embd));
        const z = new Float32Array(n_embd), looks = [];
        for (let h = 0; h < n_head; h++) {
          const scores = new Float32Array(t + 1), from = h * size;
          for (let s = 0; s <= t && !frozen; s++) {
            const k = s === t ? keys[l] : this.seen[s].keys[l];
            for (let i = from; i < from + size; i++) scores[s] += qkv[i] * k[i] / Math.sqrt(size);
          }
          const pattern = frozen ? this._average(l, h, t) : softmax(scores);
          looks.push(pattern);
          if (off.has(`${l}.${h}`)) continue;
          for (let s = 0; s <= t; s++) {
            const v = s === t ? values[l] : this.seen[s].values[l];
            for (let i = from; i < from + size; i++) z[i] += pattern[s] * v[i];
          }
        }
        patterns.push(looks);
        add(linear(of("attn.c_proj.weight"), of("attn.c_proj.bias"), z));
        visit(`resid_mid ${l}`);
        const hidden = linear(of("mlp.c_fc.weight"), of("mlp.c_fc.bias"),
          layerNorm(x, of("ln_2.weight"), of("ln_2.bias"))).map(gelu);
        outputs.push(hidden);
        if (!off.has(`${l}.mlp`)) {
          const heard = hidden.slice();
          for (const name of off) if (name.startsWith(`L${l}N`)) heard[name.split("N")[1]] = 0;
          add(linear(of("mlp.c_proj.weight"), of("mlp.c_proj.bias"), heard));
        }
        visit(`resid_post ${l}`);
      }
      const last = layerNorm(x, W["transformer.ln_f.weight"], W["transformer.ln_f.bias"]);
      const unembed = W["lm_head.weight"] || W["transformer.wte.weight"];
      return { keys, values, stream, patterns, outputs, logits: linear(unembed, null, last) };
    }

    logits(tokens) { return this.run(tokens).logits; }

    stream(tokens) { return this.run(tokens).stream; }

    edit(tokens, site, vector) {
      if (!this.sites.includes(site)) throw new Error(`${site} is none of ${this.sites}`);
      const apply = (at, x) => at === site && x.forEach((_, i) => (x[i] += vector[i]));
      const changes = { [tokens.length - 1]: { key: `${site}:${Array.from(vector)}`, apply } };
      return this.run(tokens, { changes }).logits;
    }

    // The n neurons of a layer that put out most at a position that `run` returned: [{neuron,
    // output}], the largest first. A silent one is listed with what it would have put out.
    mostActive({ outputs }, layer, n) {
      return Array.from(outputs[layer], (output, neuron) => ({ neuron, output }))
        .sort((a, b) => b.output - a.output).slice(0, n);
    }

    // What the linear probe of a site reads of a stream there: by class (theirs, empty, mine) and
    // square, row by row.
    readings(site, x) {
      const { weight, bias } = this._probe(site);
      return linear(weight, bias, x);
    }

    // The class that is read at each square: 0 theirs, 1 empty, 2 mine.
    board(site, x) {
      const r = this.readings(site, x), n = r.length / 3;
      return Array.from({ length: n }, (_, square) =>
        [0, 1, 2].reduce((best, c) => (r[c * n + square] > r[best * n + square] ? c : best), 0));
    }

    // The minimum-norm edit of chapter `interventions` (its Project): moves x, in place, to where
    // the squares of `wanted` ({square: class}) read as wanted and all others as they do.
    project(site, x, wanted, dose = 1, penalty = 0.1) {
      const { weight } = this._probe(site), r = this.readings(site, x), n = r.length / 3;
      const rows = [...Array(n).keys()].concat([...Array(n).keys()].map((s) => 2 * n + s));
      const gap = rows.map((row) => {
        const square = row % n, of = row < n ? 0 : 2;
        return square in wanted ? (wanted[square] === of ? 1 : 0) - r[row] : 0;
      });
      const w = rows.map((row) => weight.subarray(row * x.length, (row + 1) * x.length));
      const solution = solve(this._gram(site, w, penalty), gap);
      w.forEach((direction, i) => {
        for (let j = 0; j < x.length; j++) x[j] += dose * solution[i] * direction[j];
      });
    }

    _probe(site) {
      const weight = this.tensors[`probe.${site}.weight`];
      if (!weight) throw new Error(`no probe of ${site}: there is one of ${this.about.probes}`);
      return { weight, bias: this.tensors[`probe.${site}.bias`] };
    }

    // The Cholesky factor of the directions' penalised products, which is always the same.
    _gram(site, w, penalty) {
      this.grams = this.grams || {};
      return (this.grams[`${site} ${penalty}`] ??= (() => {
        const gram = w.map((a) => w.map((b) => a.reduce((sum, v, i) => sum + v * b[i], 0)));
        const more = penalty * gram.reduce((sum, row, i) => sum + row[i] / w.length, 0);
        return cholesky(gram.map((row, i) => row.map((v, j) => (i === j ? v + more : v))));
      })());
    }
  }

  function cholesky(A) {
    const L = A.map((row) => row.map(() => 0));
    for (let i = 0; i < A.length; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = A[i][j];
        for (let k = 0; k < j; k++) sum -= L[i][k] * L[j][k];
        L[i][j] = i === j ? Math.sqrt(sum) : sum / L[j][j];
      }
    }
    return L;
  }

  function solve(L, b) {
    const y = b.slice(), n = b.length;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) y[i] -= L[i][k] * y[k];
      y[i] /= L[i][i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) y[i] -= L[k][i] * y[k];
      y[i] /= L[i][i];
    }
    return y;
  }

  const half = (bits) => {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, part = bits & 1023;
    if (exponent === 31) return part ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + part / 1024) : 2 ** -24 * part);
  };

  // What network.json and network.bin (half precision, little endian) hold.
  // Throws a sentence if the weights aren't what the description says.
  function read(about, buffer) {
    if (buffer.byteLength !== about.bytes) {
      throw new Error(`the weights are ${buffer.byteLength} bytes instead of ${about.bytes}: ` +
        "they were cut short on the way; load the page again");
    }
    const bits = new Uint16Array(buffer);
    let sum = 0;
    for (let i = 0; i < bits.length; i++) sum = (sum + Math.imul(bits[i], i + 1)) >>> 0;
    if (sum !== about.checksum) {
      throw new Error("the weights are damaged (another checksum); load the page again");
    }
    const table = Float32Array.from({ length: 65536 }, (_, i) => half(i)), tensors = {};
    for (const { name, offset, length } of about.tensors) {
      tensors[name] = Float32Array.from(bits.subarray(offset, offset + length), (b) => table[b]);
    }
    return new Network(about, tensors);
  }

  // Loads a folder's network; `progress` is told which share has come. Under Node a path will do.
  async function load(folder, progress = () => {}) {
    if (typeof window === "undefined" && !/^https?:/.test(folder)) {
      const { readFileSync } = require("node:fs");
      const bytes = readFileSync(`${folder}/network.bin`);
      const about = JSON.parse(readFileSync(`${folder}/network.json`, "utf8"));
      return read(about, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    }
    const [about, weights] = await Promise.all(
      ["network.json", "network.bin"].map((file) => fetch(`${folder}/${file}`)));
    for (const answer of [about, weights]) {
      if (!answer.ok) throw new Error(`${answer.url} can't be loaded (${answer.status})`);
    }
    const told = await about.json(), reader = weights.body.getReader();
    const bytes = new Uint8Array(told.bytes);
    for (let at = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return read(told, at === told.bytes ? bytes.buffer : bytes.buffer.slice(0, at));
      if (at + value.length > told.bytes) throw new Error("the weights are longer than announced");
      bytes.set(value, at);
      at += value.length;
      progress(at / told.bytes);
    }
  }

  return { load, read, softmax, Network };
})();
if (typeof module !== "undefined") module.exports = OthelloGPT;
globalThis.OthelloGPT = OthelloGPT; // for who imports this file as a module
