#!/usr/bin/env bash
# Fetches Fashion-MNIST (Debian dataset-fashion-mnist, MIT, 31 MB) and makes Parquet of it: id, image (PNG), label, in the folders
# split=train (60,000 rows) and split=test (10,000) of OUT/table. Prints the path of the table, and only that, on stdout. Needs no root.
#
#   jobs/fetch-fashion-mnist.sh [OUT]        default: fashion-mnist
#
# Runs again without fetching or writing again.
set -euo pipefail
export LC_ALL=C

PACKAGE=dataset-fashion-mnist
VERSION=0.0~git20200523.55506a9-1
OUT=${1:-fashion-mnist}
FILES=root/usr/share/datasets/fashion-mnist
NAMES='T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'
JOBS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

fail() {
  echo "Cannot fetch Fashion-MNIST: $1" >&2
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

# One part, by the prefix of its files; one that is cut off is written anew.
part() {
  [ -e "$OUT/table/split=$1/_SUCCESS" ] && return
  rm -rf "$OUT/table/split=$1"
  "$JOBS/tributary" data idx "$OUT/$FILES/$2-images-idx3-ubyte.gz" "$OUT/$FILES/$2-labels-idx1-ubyte.gz" \
    --names "$NAMES" --prefix "$1-" --out "$OUT/table/split=$1" >&2 || fail "its pictures could not be written"
}

mkdir -p "$OUT"
[ -d "$OUT/$FILES" ] || fetch
part train train
part test t10k
echo "$OUT/table"
