#!/usr/bin/env bash
# Fetches the Tux Paint stamps (Debian tuxpaint-stamps-default, GPL-2, 161 MB) and writes one TSV row for every stamp and
# language that has a text, a picture and speech. Prints the path of the TSV, and only that, on stdout. Needs no root.
#
#   jobs/fetch-stamps.sh [OUT] [LANGS]        default: stamps "fr es ru ro bg ca be el da en"
#
# Columns, tab-separated, no header, no quoting: id (stamp:language), language, text, image, audio, effect (often empty),
# label (topic), sublabel. Paths are relative to the folder of the TSV. Runs again without fetching again.
set -euo pipefail
export LC_ALL=C

PACKAGE=tuxpaint-stamps-default
VERSION=2022.06.04-1
OUT=${1:-stamps}
LANGS=${2:-fr es ru ro bg ca be el da en}
STAMPS=root/usr/share/tuxpaint/stamps

fail() {
  echo "Cannot fetch the stamps: $1" >&2
  exit 1
}

# Unpacks the package into OUT/root; a run that is cut off leaves no half of it.
fetch() {
  for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null ||
      fail "$tool is not here (it comes with Debian and Ubuntu; elsewhere unpack $PACKAGE $VERSION into $OUT/root)"
  done
  rm -rf "$OUT/fetching"
  mkdir "$OUT/fetching"
  (cd "$OUT/fetching" && apt-get -qq download "$PACKAGE=$VERSION" >&2) ||
    fail "apt-get could not download $PACKAGE=$VERSION (are the package lists there? apt-get update makes them)"
  dpkg-deb -x "$OUT/fetching/$PACKAGE"_*.deb "$OUT/fetching/root" || fail "$PACKAGE=$VERSION could not be unpacked"
  rm -rf "$OUT/root"
  mv "$OUT/fetching/root" "$OUT/root"
  rm -rf "$OUT/fetching"
}

# The first of the files that exists, or nothing.
first() {
  for file in "$@"; do
    if [ -f "$file" ]; then
      printf %s "$file"
      return
    fi
  done
}

# Text of one stamp in each of LANGS: "language TAB text", the first line being English, the rest "fr.utf8=...".
texts() {
  awk -v langs="$LANGS" '
    function clean(s) { gsub(/[\r\t]/, "", s); return s }
    NR == 1 { text["en"] = clean($0) }
    NR > 1 && match($0, /^[A-Za-z_@]+\.utf8=/) {
      lang = substr($0, 1, RLENGTH - 6)
      if (lang != "en" && !(lang in text)) text[lang] = clean(substr($0, RLENGTH + 1))
    }
    END { n = split(langs, l, " "); for (i = 1; i <= n; i++) if (text[l[i]] != "") print l[i] "\t" text[l[i]] }' "$1"
}

# The rows of one stamp: only languages with text and speech, only stamps with a picture.
rows() {
  local base=${1%.txt} stamp topic folder image effect lang text audio
  stamp=${base#"$STAMPS"/}
  topic=${stamp%%/*}
  folder=$(printf %s "${stamp%/*}" | cut -d/ -f1-2)
  image=$(first "$base.png" "$base.svg")
  [ -n "$image" ] || return 0
  effect=$(first "$base.ogg" "$base.wav")
  texts "$1" | while IFS=$'\t' read -r lang text; do
    if [ "$lang" = en ]; then
      audio=$(first "${base}_desc.ogg" "${base}_desc.wav")
    else
      audio=$(first "${base}_desc_$lang.ogg")
    fi
    [ -n "$audio" ] || continue
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
      "$stamp:$lang" "$lang" "$text" "$image" "$audio" "$effect" "$topic" "$folder"
  done
}

mkdir -p "$OUT"
[ -d "$OUT/$STAMPS" ] || fetch
cd "$OUT"
find "$STAMPS" -name '*.txt' | sort | while IFS= read -r txt; do rows "$txt"; done >rows.tsv.part
mv rows.tsv.part rows.tsv
echo "$(wc -l <rows.tsv | tr -d ' ') rows" >&2
echo "$OUT/rows.tsv"
