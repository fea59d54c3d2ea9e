#!/usr/bin/env bash
# Makes each restore below a folder fail unless its packages were checked for known vulnerabilities.
# usage: packaging/audit.sh FOLDER [URL ...]
# By itself, NuGet checks with the data of the package sources, and says nothing about a source that has no data. The script writes a
# nuget.config that names the sources of the data, by default the configured package sources: a source without data is then NU1905.
set -euo pipefail
folder=$1
shift
[ $# -gt 0 ] || mapfile -t sources < <(dotnet nuget list source --format short | sed -n 's/^E[A-Z]* //p')
[ $# -eq 0 ] || sources=("$@")
{
  echo '<configuration>'
  echo '  <auditSources>'
  echo '    <clear />'
  for source in "${sources[@]}"; do
    insecure=
    [[ $source != http://127.0.0.1:* ]] || insecure=' allowInsecureConnections="true"'
    source=${source//&/&amp;}
    echo "    <add key=\"${source//\"/&quot;}\" value=\"${source//\"/&quot;}\"$insecure />"
  done
  echo '  </auditSources>'
  echo '</configuration>'
} >"$folder/nuget.config"
