#!/usr/bin/env bash
# Makes the artefacts of a release: Debian package, chart, SBOM and, with SDK and BASE, the image; see docs/releasing.md.
# usage: tools/release.sh VERSION OUT    for example SDK=… BASE=… tools/release.sh 0.2.0 out
# HELM names the program helm. The sources are those of HEAD.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
version=$1
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] ||
  { echo "release.sh: '$version' is no version such as 0.2.0 or 0.2.0-rc.1" >&2; exit 2; }
cd "$(dirname "$0")/.."
mkdir -p "$2"
out=$(realpath "$2")
[ -z "$(ls -A "$out")" ] || { echo "release.sh: $out is not empty" >&2; exit 2; }
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
git archive HEAD | tar -x -C "$work/source"
cd "$work/source"
# One version everywhere.
sed -i "s|<Version>.*</Version>|<Version>$version</Version>|" Directory.Build.props
sed -i "s|^version:.*|version: $version|; s|^appVersion:.*|appVersion: \"$version\"|" k8s/postfleet/Chart.yaml

echo "== Debian package"
packaging/publish.sh . "$version" "$work/published"
packaging/deb.sh "$work/published" "$version" "$out"
packaging/sbom.py "$work/published" "$version" "$SOURCE_DATE_EPOCH" >"$out/postfleet-$version.cdx.json"

echo "== chart"
if command -v "${HELM:=helm}" >/dev/null; then
  "$HELM" package k8s/postfleet --destination "$work" >/dev/null
  # helm puts the time of the build into the archive.
  mkdir "$work/chart"
  tar -xzf "$work/postfleet-$version.tgz" -C "$work/chart"
  tar -C "$work/chart" --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u=rwX --mtime="@$SOURCE_DATE_EPOCH" -cf - postfleet |
    gzip -9n >"$out/postfleet-$version.tgz"
else
  echo "== no chart: there is no $HELM" >&2
fi

if [ -n "${SDK:-}" ] && [ -n "${BASE:-}" ]; then
  echo "== image"
  buildah bud --file k8s/Dockerfile --ignorefile k8s/Dockerfile.dockerignore --timestamp "$SOURCE_DATE_EPOCH" \
    --build-arg "SDK=$SDK" --build-arg "BASE=$BASE" --tag "postfleet:$version" .
  buildah push "postfleet:$version" "oci-archive:$out/postfleet-$version.oci.tar:postfleet:$version"
else
  echo "== no image: SDK and BASE, the images to build with and on, are not set" >&2
fi
(cd "$out" && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
