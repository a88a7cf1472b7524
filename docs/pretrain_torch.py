"""The recipe of jobs/pretrain.yaml in PyTorch, to compare Tributary's own learning with; no part of Tributary.

Same tokens, model, objective, budget and initial weights; other random numbers. Packed tokens, groups of similar
length batched across records, keys and values of a token computed once for both views. Reads the Parquet table of
`tributary data synthetic` and a folder made by `tributary model init`; writes a folder that `tributary fuse` reads.
A run that is started again with the same --out goes on from its last checkpoint.

    pip install torch numpy pyarrow pillow safetensors
    tributary data synthetic --records 20000 --seed 2 --bad 5 --out t/data
    tributary model init conf/models/elastic-small.yaml --seed 1 --out t/start
    python docs/pretrain_torch.py train --data t/data --model t/start --out t/model
    python docs/pretrain_torch.py check --data t/data --model t/start --table t/fused   # against a table of `fuse`
"""

import argparse
import io
import json
import math
import os
import shutil
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

COLUMNS = {"audio": "sound", "image": "picture", "series": "sensors", "text": "caption"}  # by modality, sorted

# ------------------------------------------------------------------------------------------------ tokens

RATE, FRAME, HOP, BANDS, FFT = 16000, 400, 160, 64, 512
SILENCE = 16 / 32768
CROSSINGS, ROLLOFF, BETA, FINENESS = 32, 0.92, 7.857, 512
SIDE, PATCH = 256, 16
PERIODS = 0.01 * (86400 / 0.01) ** (np.arange(8) / 7)


def wav(payload):
    """Samples [frames, channels] and their rate, of 16 bits PCM."""
    if payload[:4] != b"RIFF" or payload[8:12] != b"WAVE":
        raise ValueError("no WAVE file")
    at, shape = 12, None
    while at + 8 <= len(payload):
        name, size = payload[at : at + 4], struct.unpack_from("<I", payload, at + 4)[0]
        if name == b"fmt ":
            shape = struct.unpack_from("<HHIIHH", payload, at + 8)
        elif name == b"data":
            if shape is None or shape[0] != 1 or shape[5] != 16 or at + 8 + size > len(payload):
                raise ValueError("no 16 bits PCM, or less than the header says")
            channels = shape[1]
            samples = np.frombuffer(payload, "<i2", size // (2 * channels) * channels, at + 8)
            return samples.reshape(-1, channels), shape[2]
        at += 8 + size + (size & 1)
    raise ValueError("no samples")


def mono(samples):
    """The mean of the channels that are not silent."""
    x = samples.astype(np.float32) * np.float32(1 / 32768)
    if x.shape[1] == 1:
        return x[:, 0]
    heard = np.abs(x).max(0) > SILENCE if len(x) else np.zeros(x.shape[1], bool)
    return x[:, heard].mean(1) if heard.any() else np.zeros(len(x), np.float32)


class Resampler:
    """From one rate to 16 kHz by a Kaiser-windowed sinc, as a banded matrix over blocks of input."""

    def __init__(self, rate):
        self.rate, common = rate, math.gcd(rate, RATE)
        times = max(1, 64 // (RATE // common))
        self.up, self.down = RATE // common * times, rate // common * times
        scale = min(1, RATE / rate)
        self.half = 2 * math.ceil(CROSSINGS / scale / 2)
        i = np.arange(CROSSINGS * FINENESS + 2) / FINENESS
        kernel = np.sinc(ROLLOFF * i) * np.i0(BETA * np.sqrt(np.maximum(0, 1 - (i / CROSSINGS) ** 2))) / np.i0(BETA)
        kernel[CROSSINGS * FINENESS :] = 0
        n = np.arange(self.up)
        place, beyond = n * self.down // self.up, n * self.down % self.up / self.up
        taps = np.abs(np.arange(2 * self.half)[None] - self.half + 1 - beyond[:, None])
        step = np.minimum(taps * scale, CROSSINGS) * FINENESS
        floor = step.astype(int)
        weights = kernel[floor] + (step - floor) * (kernel[floor + 1] - kernel[floor])
        weights /= weights.sum(1, keepdims=True)
        self.parts = []
        for a in range(0, self.up, 80):
            b = min(self.up, a + 80)
            first = place[a]
            matrix = np.zeros((place[b - 1] + 2 * self.half - first, b - a))
            for j in range(a, b):
                matrix[place[j] - first : place[j] - first + 2 * self.half, j - a] = weights[j]
            self.parts.append((int(first), torch.from_numpy(matrix)))

    def __call__(self, x):
        n = -(-len(x) * RATE // self.rate)
        blocks = -(-n // self.up)
        padded = torch.zeros((blocks + 1) * self.down + 2 * self.half, dtype=torch.float64)
        padded[self.half - 1 : self.half - 1 + len(x)] = torch.from_numpy(x)
        out = [padded.as_strided((blocks, len(m)), (self.down, 1), first) @ m for first, m in self.parts]
        return torch.cat(out, 1).float().view(-1)[:n]


def mel_filters():
    """Triangles [FFT / 2 + 1, BANDS], evenly spaced in mel from 0 to half the rate."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    corners = 700 * (10 ** (top * np.arange(BANDS + 2) / (BANDS + 1) / 2595) - 1)
    f = np.arange(FFT // 2 + 1) * RATE / FFT
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.maximum(0, np.minimum((f - low) / (peak - low), (high - f) / (high - peak)))
    return torch.from_numpy(triangles.T.copy())


class LogMel:
    def __init__(self):
        self.filters = mel_filters()
        self.window = torch.from_numpy(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME))
        self.resamplers = {RATE: lambda x: torch.from_numpy(np.ascontiguousarray(x))}

    def __call__(self, payload):
        """Frames [n, BANDS] of a WAVE file."""
        samples, rate = wav(payload)
        if rate not in self.resamplers:
            self.resamplers[rate] = Resampler(rate)
        x = self.resamplers[rate](np.ascontiguousarray(mono(samples)))
        if len(x) == 0:
            return np.zeros((0, BANDS), np.float32)
        count = 1 + max(0, -(-(len(x) - FRAME) // HOP))
        x = F.pad(x, (0, (count - 1) * HOP + FRAME - len(x))).as_strided((count, FRAME), (HOP, 1))
        s = torch.fft.rfft(x * self.window, n=FFT)
        return (s.real.square() + s.imag.square()).mm(self.filters).clamp_(min=1e-10).log_().float().numpy()


def picture(payload):
    """Pixels [h, w, 3], uint8, on white where transparent."""
    image = Image.open(io.BytesIO(payload))
    if image.mode != "RGB":
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image).convert("RGB")
    pixels = np.asarray(image)
    if max(pixels.shape) > SIDE:
        raise NotImplementedError("downscaling is not in this program")
    return pixels


def patches(pictures):
    """Pictures scaled to a white canvas, in patches [n, 256, 3 * 16 * 16] in Morton order, values -1 to 1."""
    bits = (SIDE // PATCH).bit_length() - 1
    interleaved = [d for b in range(bits) for d in (1 + b, 2 + bits + b)]  # rows and columns of patches bit by bit
    canvas = torch.empty(3, SIDE, SIDE)
    by_patch = canvas.view(3, *[2] * bits, PATCH, *[2] * bits, PATCH).permute(*interleaved, 0, 1 + bits, 2 + 2 * bits)
    out = torch.empty(len(pictures), 4**bits, 3 * PATCH * PATCH)
    for pixels, to in zip(pictures, out):
        h, w, _ = pixels.shape
        longer = max(h, w)
        height, width = (max(1, (n * SIDE * 2 + longer) // (2 * longer)) for n in (h, w))
        x = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None]
        x = F.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)[0]
        top, left = (SIDE - height) // 2, (SIDE - width) // 2
        canvas.fill_(1)
        torch.sub(x.mul_(1 / 127.5), 1, out=canvas[:, top : top + height, left : left + width])
        to.view(by_patch.shape).copy_(by_patch)
    return out


def series(points):
    """Values, then sine and cosine of the time by period: [n, 19]."""
    t = np.array([p["t"] for p in points])
    out = np.empty((len(points), 3 + 2 * len(PERIODS)), np.float32)
    out[:, :3] = np.array([p["values"] for p in points]).reshape(-1, 3)
    phase = t[:, None] % PERIODS / PERIODS * (2 * np.pi)
    out[:, 3::2], out[:, 4::2] = np.sin(phase), np.cos(phase)
    if not np.isfinite(out).all():
        raise ValueError("a value that is not finite")
    return out


def text(payload):
    payload.decode()  # refuses what is not UTF-8
    return np.frombuffer(payload, np.uint8)


class Records:
    """The table's records that can be decoded: by modality a list with an array, or None, for each."""

    def __init__(self, folder):
        table = pq.read_table(folder)
        table = table.set_column(table.schema.get_field_index("caption"), "caption", pc.cast(table["caption"], pa.binary()))
        decode = {"audio": LogMel(), "image": picture, "series": series, "text": text}
        self.ids, self.refused = [], []
        self.tokens = {name: [] for name in COLUMNS}
        for batch in table.to_batches(max_chunksize=500):
            for row in batch.to_pylist():
                try:
                    made = {m: decode[m](row[c]) if row[c] else None for m, c in COLUMNS.items()}
                except (ValueError, OSError, SyntaxError, Image.DecompressionBombError) as e:
                    self.refused.append((row["id"], str(e)))
                    continue
                self.ids.append(row["id"])
                for m, x in made.items():
                    self.tokens[m].append(x if x is not None and len(x) else None)

    def count(self, modality, record):
        x = self.tokens[modality][record]
        return 0 if x is None else (SIDE // PATCH) ** 2 if modality == "image" else len(x)


# ------------------------------------------------------------------------------------------------ what is looked at


class Recipe:
    """The section `learn` of jobs/pretrain.yaml, defaults of conf/defaults.yaml among it."""

    batch, steps, seed = 64, 3564, 1
    rate, warm_up, clip, decay = 1e-3, 50, 1.0, 0.05
    view_from, view_to, dropout, tokens_per_record = 0.5, 1.0, 0.3, 1024
    temperature, hidden, dim = 0.1, 512, 256
    fused, between = 1.0, 1.0
    held_out = 0.05


def even(wanted, budget):
    """What each is given of a budget: all that it wants, or an even part of what the others leave."""
    given, left = [0] * len(wanted), budget
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    for k, i in enumerate(order):
        given[i] = min(wanted[i], left // (len(order) - k))
        left -= given[i]
    return given


def drawn(random, counts, recipe, size):
    """By modality the tokens that are learnt from now: all, or of a long record whole groups."""
    if sum(counts.values()) <= recipe.tokens_per_record:
        return {m: np.arange(n) for m, n in counts.items()}
    out = {}
    for (m, n), part in zip(counts.items(), even(list(counts.values()), recipe.tokens_per_record)):
        if part >= n:
            out[m] = np.arange(n)
        else:
            groups = np.sort(random.choice(-(-n // size), part // size, replace=False))
            tokens = (groups[:, None] * size + np.arange(size)).ravel()
            out[m] = tokens[tokens < n]
    return out


def kept(random, present, p):
    """Modalities that are not dropped; never none."""
    u = random.random(len(present))
    keep = [m for m, x in zip(present, u) if x >= p]
    return keep or [present[int(np.argmin(u))]]


class Batch:
    """Inputs of all tokens of some records, and for each view of them which tokens it shows.

    trees: (view, record, modality, groups of the whole modality), leaves: (tree, group, rows of its visible tokens);
    together: modalities by (view, record), where a view is looked at together.
    """

    def __init__(self, records, chosen, size, recipe=None, random=None):
        self.inputs, self.offsets = {}, []
        self.trees, self.leaves, self.together = [], [], {}
        chosen = [r for r in chosen if any(records.count(m, r) for m in COLUMNS)]
        self.records, self.views = len(chosen), 1 if recipe is None else 2
        start, first = 0, {}
        for m in COLUMNS:
            own = [(i, records.tokens[m][r]) for i, r in enumerate(chosen) if records.count(m, r)]
            if not own:
                continue
            arrays = [x for _, x in own]
            self.inputs[m] = patches(arrays) if m == "image" else torch.from_numpy(np.concatenate(arrays))
            for i, _ in own:
                first[i, m] = start
                start += records.count(m, chosen[i])
                self.offsets.append(np.arange(records.count(m, chosen[i])) % size)
        self.offsets = torch.from_numpy(np.concatenate(self.offsets))
        for i, r in enumerate(chosen):
            counts = {m: records.count(m, r) for m in COLUMNS if records.count(m, r)}
            tokens = drawn(random, counts, recipe, size) if recipe else {m: np.arange(n) for m, n in counts.items()}
            for view in range(self.views):
                self.together[view, i] = kept(random, list(counts), recipe.dropout) if recipe else list(counts)
                for m, n in counts.items():
                    seen = tokens[m]
                    if recipe:
                        share = random.uniform(recipe.view_from, recipe.view_to)
                        count = max(1, math.floor(share * len(seen) + 0.5))
                        seen = seen[np.sort(random.permutation(len(seen))[:count])]
                    self._tree(view, i, m, n, seen, first[i, m], size)

    def _tree(self, view, record, modality, tokens, seen, first, size):
        group = seen // size
        for g in np.unique(group):
            self.leaves.append((len(self.trees), int(g), first + seen[group == g]))
        self.trees.append((view, record, modality, -(-tokens // size)))


# ------------------------------------------------------------------------------------------------ the model


def buckets(lengths, widest=1.15):
    """Places in order of length, cut where padding to a part's longest would cost more than so much."""
    order = np.argsort(lengths, kind="stable")
    at = 0
    while at < len(order):
        end = np.searchsorted(lengths[order], max(lengths[order[at]] * widest, lengths[order[at]] + 4), "right")
        yield order[at:end]
        at = end


def spans(places, rows):
    """The rows of things that have so many each."""
    return (places[:, None] * rows + np.arange(rows)).ravel()


def heads(x, h):
    """[g, n, c] to [g, h, n, c / h]."""
    return x.unflatten(-1, (h, -1)).transpose(1, 2)


class Elastic:
    """The elastic hierarchy, trained in place: `p` are its weights by Tributary's names."""

    def __init__(self, folder, learns=False):
        self.config = json.loads((Path(folder) / "config.json").read_text())
        if self.config["encoder"] != "elastic" or not self.config["proportional"]:
            raise ValueError("only the elastic encoder with proportional attention is in this program")
        self.p = load_file(Path(folder) / "model.safetensors")
        for w in self.p.values():
            w.requires_grad_(learns)
        self.size, self.fan = self.config["group_size"], self.config["fan_in"]
        self.squared = self.config["activation"] == "squared_relu"

    def linear(self, name, x):
        return F.linear(x, self.p[name + ".weight"], self.p.get(name + ".bias"))

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.p[name + ".weight"], self.p[name + ".bias"])

    def mlp(self, name, x):
        y = self.linear(name + ".mlp.hidden", self.norm(name + ".mlp_norm", x))
        return x + self.linear(name + ".mlp.output", F.relu(y).square() if self.squared else F.gelu(y))

    def block(self, name, spec, keys, sets, counts=None):
        """Latents [sets, K, C] that attend each to its set of rows of keys [rows, width], then to themselves.

        counts: how many keys each row of `keys` counts as; None: one."""
        p, h = self.p, spec["cross_heads"]
        a, latents = f"{name}.cross.attention.", p[f"{name}.latents"]
        query = heads(self.linear(a + "query", self.norm(f"{name}.cross.query_norm", latents))[None], h)
        weight = torch.cat([p[a + "key.weight"], p[a + "value.weight"]])
        bias = torch.cat([p[a + "key.bias"], p[a + "value.bias"]])
        kv = F.linear(self.norm(f"{name}.cross.input_norm", keys), weight, bias)
        lengths = np.array([len(s) for s in sets])
        parts, order, shapes, indices, masks = [], list(buckets(lengths)), [], [], []
        for bucket in order:
            shapes.append((len(bucket), lengths[bucket].max()))
            index, fill = np.zeros(shapes[-1], np.int64), np.full(shapes[-1], -np.inf, np.float32)
            for row, s in enumerate(bucket):
                index[row, : lengths[s]] = sets[s]
                fill[row, : lengths[s]] = 0 if counts is None else np.log(counts[sets[s]])
            indices.append(index.ravel())
            masks.append(torch.from_numpy(fill)[:, None, None] if fill.any() else None)
        gathered = F.embedding(torch.from_numpy(np.concatenate(indices)), kv).split([len(i) for i in indices])
        for (sets_here, longest), mask, x in zip(shapes, masks, gathered):
            k, v = x.view(sets_here, longest, 2, h, -1).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(query.expand(sets_here, -1, -1, -1), k, v, attn_mask=mask)
            parts.append(y.transpose(1, 2).flatten(2))
        back = torch.from_numpy(np.argsort(np.concatenate(order)))
        z = self.mlp(f"{name}.cross", self.linear(a + "output", torch.cat(parts).index_select(0, back)) + latents)
        for s in range(spec["self_layers"]):
            n = f"{name}.self.{s}"
            x = self.norm(n + ".norm", z)
            q, k, v = (heads(self.linear(f"{n}.attention.{w}", x), spec["self_heads"]) for w in ("query", "key", "value"))
            y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
            z = self.mlp(n, z + self.linear(n + ".attention.output", y))
        return z

    def embed(self, batch):
        """All tokens of a batch with their positions: [T, E]."""
        parts, at = [], 0
        for m, x in batch.inputs.items():
            if m == "text":
                y = F.embedding(x.long(), self.p["embed.text.table"])
            elif m == "image":  # weights have the colours of a pixel side by side
                w = self.p["embed.image.weight"].view(-1, PATCH, PATCH, 3).permute(0, 3, 1, 2).flatten(1)
                y = F.linear(x.flatten(0, 1), w, self.p["embed.image.bias"])
            else:
                y = self.linear("embed." + m, x)
            parts.append(y + F.embedding(batch.offsets[at : at + len(y)], self.p[f"position.{m}.table"]))
            at += len(y)
        return torch.cat(parts)

    def roots(self, batch):
        """Of each tree its root, modality code added: [trees, K, C]."""
        levels = self.config["levels"]
        trees = np.array([t for t, _, _ in batch.leaves])  # of each node
        groups = np.array([g for _, g, _ in batch.leaves])
        tokens = np.array([len(rows) for _, _, rows in batch.leaves])
        left = np.array([n for _, _, _, n in batch.trees])  # nodes of each tree at this level, empty ones too
        z = self.block("levels.0", levels[0], self.embed(batch), [rows for _, _, rows in batch.leaves])
        level, capacity, done = 1, self.size, []  # done: trees and their roots
        while level < len(levels) or left.max() > 1:
            if level >= len(levels):
                ends = left[trees] == 1
                done.append((trees[ends], z[torch.from_numpy(ends)]))
                z, trees, groups, tokens = z[torch.from_numpy(~ends)], trees[~ends], groups[~ends], tokens[~ends]
                left[done[-1][0]] = 0
            name, spec = (f"levels.{level}", levels[level]) if level < len(levels) else ("merge", self.config["merge"])
            rows = z.shape[1]
            z = z + F.embedding(torch.from_numpy(groups % self.fan), self.p[name + ".slots"])[:, None]
            parents, of = np.unique(np.stack([trees, groups // self.fan], 1), axis=0, return_inverse=True)
            trees, groups = parents.T
            children = np.split(np.argsort(of.ravel(), kind="stable"), np.cumsum(np.bincount(of.ravel()))[:-1])
            z = self.block(name, spec, z.flatten(0, 1), [spans(c, rows) for c in children], np.repeat(tokens / capacity, rows))
            tokens = np.array([tokens[c].sum() for c in children])
            left = -(-left // self.fan)
            level, capacity = level + 1, capacity * self.fan
        done.append((trees, z))
        back = torch.from_numpy(np.argsort(np.concatenate([t for t, _ in done])))
        names = torch.tensor([list(COLUMNS).index(m) for _, _, m, _ in batch.trees])
        codes = F.embedding(names, torch.stack([self.p["modality." + m] for m in COLUMNS]))
        return torch.cat([x for _, x in done]).index_select(0, back) + codes[:, None]

    def fuse(self, roots, sets):
        """Embeddings [sets, D] of sets of roots."""
        sets = [spans(np.array(s), roots.shape[1]) for s in sets]
        return self.linear("head", self.block("fusion", self.config["fusion"], roots.flatten(0, 1), sets).mean(1))


# ------------------------------------------------------------------------------------------------ the objective


def contrast_head(recipe, width, random):
    """Weights by the rule for a model's: truncated normal of deviation 1 / sqrt(inputs), biases 0, norms 1 and 0."""
    shapes = {"first": (recipe.hidden, width), "second": (recipe.hidden, recipe.hidden), "output": (recipe.dim, recipe.hidden)}
    p = {}
    for name, shape in shapes.items():
        deviation = 1 / math.sqrt(shape[1]) / 0.87962566103423978
        w = torch.nn.init.trunc_normal_(torch.empty(shape), std=deviation, a=-2 * deviation, b=2 * deviation, generator=random)
        p[name + ".weight"], p[name + ".bias"] = w, torch.zeros(shape[0])
        if name != "output":
            p[name + "_norm.weight"], p[name + "_norm.bias"] = torch.ones(shape[0]), torch.zeros(shape[0])
    return {n: w.requires_grad_() for n, w in p.items()}


def project(p, x):
    for name in ("first", "second"):
        x = F.linear(x, p[name + ".weight"], p[name + ".bias"])
        x = F.relu(F.layer_norm(x, x.shape[-1:], p[name + "_norm.weight"], p[name + "_norm.bias"]))
    return F.linear(x, p["output.weight"], p["output.bias"])


def compared(batch):
    """What is fused, as sets of trees, and by (view, modality or all) of each record its set; -1: absent."""
    own = {(v, r, m): t for t, (v, r, m, _) in enumerate(batch.trees)}
    sets = [[t] for t in range(len(batch.trees))]
    places = {(v, m): np.full(batch.records, -1) for v in range(batch.views) for m in (*COLUMNS, "all")}
    for (v, r, m), t in own.items():
        places[v, m][r] = t
    for (v, r), names in batch.together.items():
        places[v, "all"][r] = own[v, r, names[0]] if len(names) == 1 else len(sets)
        if len(names) > 1:
            sets.append([own[v, r, m] for m in names])
    return sets, places


def terms(recipe):
    """(place, place, weight) of each comparison: CoMM's, and between modalities."""
    names = list(COLUMNS)
    out = [((0, "all"), (1, "all"), recipe.fused)]
    out += [((v, m), (1 - v, "all"), recipe.fused / 2) for m in names for v in (0, 1)]
    pairs = [(m, k) for i, m in enumerate(names) for k in names[i + 1 :]]
    return out + [((v, m), (1 - v, k), recipe.between / 2) for m, k in pairs for v in (0, 1)]


def contrast(units, places, recipe):
    """The sum of all terms: symmetric InfoNCE among the records that have both."""
    total = units.new_zeros(())
    for a, b, weight in terms(recipe):
        both = np.flatnonzero((places[a] >= 0) & (places[b] >= 0))
        if weight > 0 and len(both) > 1:
            x, y = (units[torch.from_numpy(places[k][both])] for k in (a, b))
            logits, right = x @ y.T / recipe.temperature, torch.arange(len(both))
            total = total + weight * (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
    return total


def loss_of(model, head, batch, recipe):
    sets, places = compared(batch)
    x = project(head, model.fuse(model.roots(batch), sets))
    return contrast(x / (x.square().sum(1, keepdim=True) + 1e-12).sqrt(), places, recipe)


# ------------------------------------------------------------------------------------------------ the run


def rate(step, recipe):
    """Of a step from 0: linear warm-up, then half a cosine to 0."""
    if step < recipe.warm_up:
        return recipe.rate * (step + 1) / recipe.warm_up
    return recipe.rate * (1 + math.cos(math.pi * (step - recipe.warm_up) / (recipe.steps - recipe.warm_up))) / 2


def optimiser(parameters, recipe):
    decays = [w for n, w in parameters.items() if n.endswith(".weight") and w.dim() == 2]
    rest = [w for n, w in parameters.items() if not (n.endswith(".weight") and w.dim() == 2)]
    groups = [{"params": decays, "weight_decay": recipe.decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.999), eps=1e-8, fused=True)


def chosen(step, training, recipe):
    """Records of a step from 0: a new order in each epoch, what makes no whole batch left out."""
    per = len(training) // recipe.batch
    order = np.random.default_rng([recipe.seed, 1, step // per]).permutation(len(training))
    at = step % per * recipe.batch
    return training[order[at : at + recipe.batch]]


def train(args, records):
    recipe = Recipe()
    for key in ("steps", "seed"):
        setattr(recipe, key, getattr(args, key))
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    model = Elastic(args.model, learns=True)
    head = contrast_head(recipe, model.config["embedding_dim"], torch.Generator().manual_seed(recipe.seed))
    parameters = {**model.p, **{"objective.head." + n: w for n, w in head.items()}}
    adam = optimiser(parameters, recipe)
    start, seconds, checkpoint = 0, 0.0, out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        start, seconds = saved["step"], saved["seconds"]
        adam.load_state_dict(saved["adam"])
        with torch.no_grad():
            for n, w in parameters.items():
                w.copy_(saved["weights"][n])
        print(f"goes on after step {start}", flush=True)
    held = np.random.default_rng([recipe.seed, 0]).random(len(records.ids)) < recipe.held_out
    training = np.flatnonzero(~held)
    print(
        f"{len(records.ids)} records, {len(training)} of them to learn from, {len(records.refused)} refused; "
        f"{sum(w.numel() for w in model.p.values()):,} parameters",
        flush=True,
    )

    def prepare(step):
        return Batch(records, chosen(step, training, recipe), model.size, recipe, np.random.default_rng([recipe.seed, 2, step]))

    began = last = time.monotonic()
    losses = []
    with ThreadPoolExecutor(1) as ahead:
        following = ahead.submit(prepare, start)
        for step in range(start, recipe.steps):
            batch = following.result()
            if step + 1 < recipe.steps:
                following = ahead.submit(prepare, step + 1)
            loss = loss_of(model, head, batch, recipe)
            adam.zero_grad()
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters.values(), recipe.clip)
            if not torch.isfinite(norm):
                raise FloatingPointError(f"step {step + 1}: the gradient is not finite")
            for group in adam.param_groups:
                group["lr"] = rate(step, recipe)
            adam.step()
            losses.append(loss.item())
            if (step + 1) % args.every == 0 or step + 1 == recipe.steps:
                spent = time.monotonic() - began
                state = {"step": step + 1, "seconds": seconds + spent, "adam": adam.state_dict(), "weights": parameters}
                torch.save(state, out / "checkpoint.tmp")
                os.replace(out / "checkpoint.tmp", checkpoint)
                write(model, args.model, out, f"PyTorch, {step + 1} steps, seed {recipe.seed}")
            if (step + 1) % 50 == 0 or step + 1 == recipe.steps:
                now = time.monotonic()
                print(
                    f"step {step + 1}/{recipe.steps} loss {np.mean(losses):.4f} norm {norm:.3f} "
                    f"records/s {len(losses) * recipe.batch / (now - last):.1f} "
                    f"seconds {seconds + now - began:.0f} processor {time.process_time():.0f}",
                    flush=True,
                )
                last, losses = now, []


def write(model, source, folder, origin):
    save_file({n: w.detach().contiguous() for n, w in model.p.items()}, folder / "model.safetensors", {"origin": origin})
    shutil.copyfile(Path(source) / "config.json", folder / "config.json")


# ------------------------------------------------------------------------------------------------ the checks


def naive(units, places, recipe):
    """The contrast written out: every logit, every logarithm, in double."""
    total, u = 0.0, units.detach().double().numpy()
    for a, b, weight in terms(recipe):
        both = [r for r in range(len(places[a])) if places[a][r] >= 0 and places[b][r] >= 0]
        if len(both) < 2:
            continue
        own = 0.0
        for r in both:
            x, y = u[places[a][r]], u[places[b][r]]
            right = math.exp(x @ y / recipe.temperature)
            row = sum(math.exp(x @ u[places[b][s]] / recipe.temperature) for s in both)
            column = sum(math.exp(u[places[a][s]] @ y / recipe.temperature) for s in both)
            own -= (math.log(right / row) + math.log(right / column)) / 2
        total += weight * own / len(both)
    return total


@torch.no_grad()
def check(args, records):
    """Embeddings against those of a table that `fuse` made with the same model of the same records; then the loss."""
    recipe, model = Recipe(), Elastic(args.model)
    table = pq.read_table(args.table, columns=["id", "embedding"])
    ours = dict(zip(table["id"].to_pylist(), np.array(table["embedding"].to_pylist(), np.float32)))
    some = [r for r in range(len(records.ids)) if any(records.count(m, r) for m in COLUMNS)][: args.records]
    batch = Batch(records, some, model.size)
    sets, places = compared(batch)
    made = model.fuse(model.roots(batch), sets)[torch.from_numpy(places[0, "all"])].numpy()
    theirs = np.stack([ours[records.ids[r]] for r in some])
    print(f"{len(some)} records: largest difference {np.abs(made - theirs).max():.2e}, largest value {np.abs(theirs).max():.2f}")
    batch = Batch(records, some[: recipe.batch], model.size, recipe, np.random.default_rng(1))
    head = contrast_head(recipe, model.config["embedding_dim"], torch.Generator().manual_seed(1))
    sets, places = compared(batch)
    units = F.normalize(project(head, model.fuse(model.roots(batch), sets)))
    print(f"loss of a batch {contrast(units, places, recipe):.6f}, written out {naive(units, places, recipe):.6f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    for name, run in (("train", train), ("check", check)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--data", required=True, help="folder of Parquet files by `tributary data synthetic`")
        command.add_argument("--model", required=True, help="folder with config.json and model.safetensors")
        command.add_argument("--threads", type=int, default=2)
        if name == "train":
            command.add_argument("--out", required=True, help="folder of the model that is learnt, and its checkpoint")
            command.add_argument("--steps", type=int, default=Recipe.steps)
            command.add_argument("--seed", type=int, default=Recipe.seed)
            command.add_argument("--every", type=int, default=300, help="steps between checkpoints")
        else:
            command.add_argument("--table", required=True, help="table that `tributary fuse` made of the same records")
            command.add_argument("--records", type=int, default=100)
    args = parser.parse_args()
    torch.set_num_threads(1)  # for decoding, whose pieces are too small to share
    records = Records(args.data)
    torch.set_num_threads(args.threads)
    args.run(args, records)


if __name__ == "__main__":
    main()
