#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image in which submissions are graded.
# With AUTOGRADER_PYTHON nothing is installed: that Python has to have torch, numpy and tqdm.
set -euo pipefail
umask 022
source=${AUTOGRADER_ROOT:-/autograder}/source
python=${AUTOGRADER_PYTHON:-}
torch_index=@TORCH_INDEX@

if [ -z "$python" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends python3 python3-venv
    python3 -m venv /opt/autograder # not below the source, which is closed to submissions
    python=/opt/autograder/bin/python
    pip=("$python" -m pip install --no-cache-dir --constraint "$source/constraints.txt")
    "${pip[@]}" ${torch_index:+--index-url "$torch_index"} 'torch>=2.6'
    "${pip[@]}" numpy tqdm
fi

chmod -R go= "$source"
cd "$source"
echo "trying it with the file that students were given:"
"$python" -E -s -m autograder check @STUB@ --assignment @NAME@ --train never
