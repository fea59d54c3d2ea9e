#!/usr/bin/env bash
# Makes the artefacts of a release: Debian package and SBOM, chart, checksums and, with IMAGE=yes, the image; see docs/releasing.md.
# usage: tools/release.sh VERSION OUT    for example MAINTAINER='Mail team <mail@example.org>' IMAGE=yes tools/release.sh 0.2.0 out
# The sources are those of HEAD. HELM is the program helm. SDK and BASE name the images to build with and on. AUDIT=no makes a release of
# packages that were not checked for known vulnerabilities, where the package source has no data.
set -euo pipefail
die() {
  echo "release.sh: $*" >&2
  exit 2
}
[ $# -eq 2 ] || die "usage: tools/release.sh VERSION OUT"
version=$1
number='(0|[1-9][0-9]*)'
[[ $version =~ ^$number\.$number\.$number(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?$ ]] || die "'$version' is no version such as 0.2.0 or 0.2.0-rc.1"
if [ -e "$2" ] && { [ ! -d "$2" ] || [ -n "$(ls -A "$2")" ]; }; then die "$2 is not an empty folder"; fi
# The tests of the chart keep their helm there.
helm=${XDG_CACHE_HOME:-$HOME/.cache}/postfleet/kubernetes-tools/bin/helm
[ -n "${HELM:-}" ] || HELM=$(command -v helm || { [ ! -x "$helm" ] || echo "$helm"; })
image=${IMAGE:-no} audit=${AUDIT:-yes}
[[ "$image" =~ ^(yes|no)$ ]] || die "IMAGE is '$image', not yes or no"
[[ "$audit" =~ ^(yes|no)$ ]] || die "AUDIT is '$audit', not yes or no"
tools=(dotnet git python3 dpkg-deb gzip xz "${HELM:-helm}")
if [ "$image" = yes ]; then
  tools+=(buildah)
  for name in SDK BASE; do [ -n "${!name:-}" ] || die "$name is empty; with IMAGE=yes it names an image (k8s/Dockerfile)"; done
fi
for tool in "${tools[@]}"; do
  command -v "$tool" >/dev/null || die "needs the program $tool"
done

repository=$(cd "$(dirname "$0")/.." && pwd)
date=$(git -C "$repository" log -1 --format=%ct 2>/dev/null) || die "needs a clone of the repository"
[ -z "$(git -C "$repository" status --porcelain)" ] || echo "release.sh: the release does not contain the uncommitted changes" >&2
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$date}
umask 022
mkdir -p "$2"
out=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
git -C "$repository" archive HEAD | tar -x -C "$work/source"
cd "$work/source"
if [ "$audit" = yes ]; then packaging/audit.sh "$work"; else echo "release.sh: packages are not checked for vulnerabilities" >&2; fi
# One version everywhere.
sed -i "s|<Version>.*</Version>|<Version>$version</Version>|" Directory.Build.props
sed -i "s|^version:.*|version: $version|; s|^appVersion:.*|appVersion: \"$version\"|" k8s/postfleet/Chart.yaml

# pack FOLDER NAME...: an archive of files in the folder that depends on nothing but their names and contents.
pack() {
  tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u=rwX --mtime="@$SOURCE_DATE_EPOCH" -cf - "${@:2}"
}

echo "== chart"
"$HELM" package k8s/postfleet --destination "$work" >/dev/null
# helm puts the time of the build into the archive.
mkdir "$work/chart"
tar -xzf "$work/postfleet-$version.tgz" -C "$work/chart"
pack "$work/chart" postfleet | gzip -9n >"$out/postfleet-$version.tgz"

echo "== Debian package"
packaging/publish.sh . "$version" "$work/published"
package=$(packaging/deb.sh "$work/published" "$version" "$out")
python3 packaging/sbom.py "$work/published" "$version" "$SOURCE_DATE_EPOCH" >"${package%.deb}.cdx.json"
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error,warning "$package" >&2 || die "lintian finds faults in the package"
else
  echo "release.sh: lintian is not installed and has not checked the package" >&2
fi

if [ "$image" = yes ]; then
  echo "== image"
  arguments=(--build-arg "VERSION=$version" --build-arg "REVISION=$(git -C "$repository" rev-parse HEAD)")
  for name in SDK BASE; do arguments+=(--build-arg "$name=${!name}"); done
  # Docker's format: OCI images have no health check.
  buildah bud --format docker --file k8s/Dockerfile --ignorefile k8s/Dockerfile.dockerignore --timestamp "$SOURCE_DATE_EPOCH" \
    "${arguments[@]}" --tag "postfleet:$version" .
  buildah push "postfleet:$version" "docker-archive:$work/image.tar:postfleet:$version"
  mkdir "$work/image"
  tar -xf "$work/image.tar" -C "$work/image"
  # shellcheck disable=SC2046 # The names are digests.
  pack "$work/image" $(ls "$work/image") >"$out/postfleet-$version.image.tar"
fi
(cd "$out" && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
