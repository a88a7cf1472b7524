#!/usr/bin/env bash
# A Spark of its own from Maven's jars: src/clusters/spark-home.sh FOLDER VERSION [PROFILE ...]
#
# FOLDER becomes a SPARK_HOME with jars/ and bin/spark-submit, which starts what Apache's starts: the command that Spark's
# launcher makes. PROFILE: of pom.xml beside this file, such as spark-yarn.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
folder=$1 version=$2
shift 2
profiles=spark
for profile in "$@"; do profiles+=,$profile; done
mkdir -p "$folder/bin"
folder=$(cd -- "$folder" && pwd -P)
mvn -B -ntp -q -f "$here/pom.xml" -P"$profiles" -Dspark.version="$version" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$folder/jars"
cat >"$folder/bin/spark-submit" <<'SUBMIT'
#!/usr/bin/env bash
set -euo pipefail
SPARK_HOME=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
export SPARK_HOME SPARK_SCALA_VERSION=2.13
command=()
while IFS= read -r -d '' word; do command+=("$word"); done < <(
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@"
)
# Before the command comes a mark: a zero byte and the end of a line.
exec "${command[1]#$'\n'}" "${command[@]:2}"
SUBMIT
chmod +x "$folder/bin/spark-submit"
