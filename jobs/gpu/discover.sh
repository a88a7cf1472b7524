#!/usr/bin/env bash
# What Spark asks a worker or an executor for its GPUs: one line of JSON with the numbers that nvidia-smi knows.
set -euo pipefail
numbers=$(nvidia-smi --query-gpu=index --format=csv,noheader | sed 's/.*/"&"/' | paste -sd,)
echo "{\"name\":\"gpu\",\"addresses\":[$numbers]}"
