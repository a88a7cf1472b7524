#!/usr/bin/env bash
# The jars of a profile of pom.xml: src/clusters/jars.sh FOLDER PROFILE
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
mvn -B -ntp -q -f "$here/pom.xml" "-P$2" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$1"
