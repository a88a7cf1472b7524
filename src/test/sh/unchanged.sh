#!/usr/bin/env bash
# What a change of structure must not change, as text files that two checkouts are compared by:
#
#   bash src/test/sh/unchanged.sh CHECKOUT FOLDER
#
# writes into FOLDER, from what is built in CHECKOUT:
#   demo.jsonl    the demo's rows ordered by id: embedding, norm, tokens, present, input hash
#   tensors.txt   `model show --tensors` of every preset of CHECKOUT/conf/models
#   onnx.txt      SHA-256 of every exported graph: presets of under 200 MB, and every form of fusion; without the metadata, which holds
#                 the model's hash and so its decoder
#   parity.txt    the errors of `parity` on java and cpu, every digit
#
# Then: diff -r BEFORE AFTER
set -euo pipefail
checkout=$(cd -- "$1" && pwd)
mkdir -p -- "$2"
folder=$(cd -- "$2" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd -- "$scratch"
tributary() { "$checkout/jobs/tributary" "$@"; }

# --- the demo ---------------------------------------------------------------------------------------------------------------
tributary fuse "$checkout/jobs/demo.yaml" --set output.path="$scratch/demo" --set output.format=json --set input.options.records=300 \
  >fuse.log 2>&1 || { cat fuse.log >&2; exit 1; }
cat demo/*.json | jq -cS '{id, embedding, norm, tokens, present, input_hash}' | sort >"$folder/demo.jsonl"

# --- the presets ------------------------------------------------------------------------------------------------------------
for file in "$checkout"/conf/models/*.yaml; do
  echo "== $(basename "$file")"
  tributary model show "$file" --tensors
done >"$folder/tensors.txt"

# --- the graphs -------------------------------------------------------------------------------------------------------------
# ONNX's ModelProto ends with metadata_props (field 14, tag 0x72): cut off at the first key, `encoder`.
hashes() {
  local file
  for file in "$2"/*.onnx "$2"; do
    [[ -f $file ]] || continue
    python3 - "$file" <<'PY' | sha256sum | sed "s|-|$1 $(basename "$file")|"
import sys
b = open(sys.argv[1], "rb").read()
def varint(i):
    n = s = 0
    while True:
        c = b[i]; i += 1; n |= (c & 127) << s; s += 7
        if c < 128: return n, i
i = 0
while i < len(b):
    start = i
    tag, i = varint(i)
    if tag & 7 == 0: _, i = varint(i)
    elif tag & 7 == 2:
        n, i = varint(i); i += n
    else: raise SystemExit("wire type %d" % (tag & 7))
    if tag >> 3 != 14: sys.stdout.buffer.write(b[start:i])
PY
  done
}
export_one() {
  tributary model init "$2" --seed 3 --out "models/$1" >/dev/null
  tributary model export "models/$1" --onnx "onnx/$1" >"export-$1.log" 2>&1 || { cat "export-$1.log" >&2; exit 1; }
  hashes "$1" "onnx/$1"
}
two='/^modalities:/,$d'
modalities=$'modalities:\n  - {name: image, kind: image, canvas: 256, patch: 16}\n  - {name: text, kind: text}'
form() {
  sed -e "s/^fusion: .*/fusion: $2/" -e "$two" "$checkout/conf/models/elastic.yaml" >"$1.yaml"
  printf '%s\n' "$modalities" >>"$1.yaml"
}
form transformer-decoder '{form: transformer-decoder, latents: 16, channels: 256, self_layers: 2, self_heads: 8, cross_heads: 6}'
form persistent-memory '{form: persistent-memory, memory: 4, latents: 16, channels: 256, self_layers: 2, self_heads: 8, cross_heads: 6}'
form retro '{form: retro, chunk: 8, latents: 16, channels: 256, self_layers: 2, self_heads: 8, cross_heads: 6}'
form selfdoc '{form: selfdoc, latents: 32, channels: 192, self_layers: 2, self_heads: 6, cross_heads: 6}'
form crossvit '{form: crossvit, latents: 32, channels: 192, self_layers: 2, self_heads: 6, cross_heads: 6}'
form film '{form: film, condition: text, latents: 16, channels: 192, self_layers: 2, self_heads: 6, cross_heads: 1}'
{
  for preset in elastic elastic-all hip-mini perceiver; do export_one "$preset" "$checkout/conf/models/$preset.yaml"; done
  for fusion in transformer-decoder persistent-memory retro selfdoc crossvit film; do export_one "$fusion" "$fusion.yaml"; done
} >"$folder/onnx.txt"

# --- parity -----------------------------------------------------------------------------------------------------------------
tributary parity "$checkout/src/test/resources/golden" --json parity.json >/dev/null 2>&1 || true
jq -r '.[] | [.name, .kind, .backend, .tensors, .largestError, .status] | @tsv' parity.json >"$folder/parity.txt"
wc -l "$folder"/*
