#!/usr/bin/env bash
# Makes target/classes-BYTES.jsa of a small run: the classes that a job loads, as the JVM has them parsed (class-data sharing).
# jobs/tributary starts from it in half the time. `mvn package` runs this (not with -Dclass-archive.skip); run it again for another JDK,
# or where target/ was copied: the JVM uses an archive only with the jars, their dates included, and the JDK that it was made of.
#
# Ends with 0 where there can be no archive, too: everything runs without one, slower to start.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
rm -f target/classes-*.jsa
# The launcher builds what is missing with Maven, which runs this.
for needed in target/lib target/spark/jars target/jvm.options target/tributary-*.jar; do
  if [[ ! -e $needed ]]; then
    echo "No class archive: there is no $needed" >&2
    exit 0
  fi
done

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
unset SPARK_HOME

cat >"$folder/job.yaml" <<JOB
model: {init: conf/models/elastic.yaml, seed: 1}
input: {format: parquet, path: $folder/records}
id: id
modalities: {text: caption, image: picture, audio: sound, series: sensors}
keep: [label]
output: {path: $folder/out, mode: overwrite}
JOB

made=target/classes.jsa.$$
if jobs/tributary data synthetic --records 40 --seed 1 --bad 1 --out "$folder/records" --master 'local[2]' >"$folder/log" 2>&1 \
  && jobs/tributary fuse "$folder/job.yaml" --master 'local[2]' --driver-java-options \
    "-Xlog:disable -XX:ArchiveClassesAtExit=$made" >>"$folder/log" 2>&1 \
  && [[ -s $made ]]; then
  # Under its name only when it is whole: a JVM that maps half an archive crashes.
  mv -- "$made" "target/classes-$(wc -c <"$made").jsa"
else
  rm -f -- "$made"
  echo "No class archive: runs start without one. $(tail -n 1 "$folder/log")" >&2
fi
