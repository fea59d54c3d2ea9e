#!/usr/bin/env bash
# Publishes the self-contained program of the Debian package. usage: packaging/publish.sh SOURCE VERSION OUT [ARCHITECTURE]
# SOURCE is a copy of the sources, as git archive makes it: the build leaves files there. ARCHITECTURE is x64 or arm64; by default, that of
# this machine. READY_TO_RUN=false leaves out the compiled code, which takes half a minute to make.
set -euo pipefail
source=$(cd "$1" && pwd -P) version=$2 out=$3 architecture=${4:-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Without symbols and with mapped paths, the files do not depend on the folder of the build.
dotnet publish "$source/src/Node/Node.csproj" -c Release --os linux --arch "$architecture" --self-contained true --nologo -v quiet \
  -p:Version="$version" -p:IncludeSourceRevisionInInformationalVersion=false -p:ContinuousIntegrationBuild=true \
  -p:PathMap="$source=/source" -p:DebugType=none -p:GenerateDocumentationFile=false -p:PublishReadyToRun="${READY_TO_RUN:-true}" -o "$out"
# Tracing with LTTng needs a library that Debian 12 does not have. createdump writes core dumps with all mail in memory.
rm -f "$out/libcoreclrtraceptprovider.so" "$out/createdump" "$out"/*.pdb "$out"/*.xml
