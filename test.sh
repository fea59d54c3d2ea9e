#!/usr/bin/env bash
# For Debian 12, run as root. Installs missing Debian packages, builds with warnings as errors, checks the format and runs all tests. The
# last line is "N passed, N failed"; the exit code is 0 only when nothing failed. usage: ./test.sh [PROJECT ...]     for example ./test.sh
# Core Spool; without names, all of tests/
set -euo pipefail
cd "$(dirname "$0")"
source tools/lib/packages.sh
supported_system

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# Programs of a test run live for seconds: the profiles of PGO would cost more time (12 % of an end-to-end test's) than they save, and
# pages of code that are never writable and executable together cost 5 % of a node's start.
export DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0
# The time limits of a project and of a hanging test.
project_limit=25m
hang_limit=5m

work=$(mktemp -d)
# Each project of a lane appends a line "passed failed" to the lane's file.
failed=0
began=$SECONDS

# The compiler process of this run, by the name of its pipe.
compiler=postfleet-$$
end_compiler() { pkill -f -- "-pipename:$compiler" || true; }

finish() {
  local code=$? lane p f passed=0
  for lane in "$work"/*.counts; do
    [ -f "$lane" ] || continue
    while read -r p f; do
      passed=$((passed + p))
      failed=$((failed + f))
    done <"$lane"
  done
  # A failed command outside of step() must not look like success.
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  end_compiler
  rm -rf "$work"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] || exit 1
}
trap finish EXIT

step() {
  local what=$1 from=$SECONDS
  shift
  echo "== $what"
  if ! "$@"; then
    echo "== $what FAILED"
    failed=$((failed + 1))
    return 1
  fi
  echo "== $what took $((SECONDS - from)) s"
}

# The changed and untracked files, to which a run must not add.
tree_state() { git status --porcelain 2>/dev/null || true; }

# run_project LANE NAME [FILTER]: runs the tests of a project and prints their output at the end in one piece.
run_project() {
  local lane=$1 name=$2 filter=${3:-} code=0 counters="" p f from=$SECONDS
  local results arguments=()
  [ -z "$filter" ] || arguments=(--filter "$filter")
  results=$(mktemp -d "$work/$lane.$name.XXXX")
  echo "== test $name${filter:+, $filter}: begins"
  timeout --kill-after=10s "$project_limit" dotnet test "tests/$name/$name.Tests.csproj" -c Release --no-build \
    --results-directory "$results" --logger "trx;LogFileName=$name.trx" "${arguments[@]}" \
    --blame-hang-timeout "$hang_limit" --blame-hang-dump-type none >"$results/out" 2>&1 || code=$?

  if [ -f "$results/$name.trx" ]; then
    counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" || true)
  fi
  p=$(sed -n 's/.* passed="\([0-9]*\)".*/\1/p' <<<"$counters")
  f=$(sed -n 's/.* failed="\([0-9]*\)".*/\1/p' <<<"$counters")
  p=${p:-0} f=${f:-0}
  {
    echo "== test $name${filter:+, $filter}: $p passed, $f failed, $((SECONDS - from)) s"
    cat "$results/out"
    if [ "$((p + f))" -eq 0 ]; then
      echo "== $name ran no test" | tee -a "$work/troubles"
      f=1
    elif [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then
      echo "== $name ended with code $code although no test failed: it crashed or took too long" | tee -a "$work/troubles"
      f=1
    fi
  } >"$results/all"
  flock "$work" cat "$results/all"
  echo "$p $f" >>"$work/$lane.counts"
}

# check_format LANE: dotnet format has three parts: white space, style and analyzers. The build has just run style and analyzers with
# warnings as errors, and tests/Architecture checks the order of usings, so white space is left, which needs no projects. All of it by
# dotnet format would take ten times the processor time.
check_format() {
  local lane=$1 code=0 from=$SECONDS
  dotnet format whitespace . --folder --verify-no-changes >>"$work/format.out" 2>&1 || code=1
  {
    echo "== format: $((SECONDS - from)) s"
    cat "$work/format.out"
    [ "$code" -eq 0 ] || echo "== format FAILED" | tee -a "$work/troubles"
  } >"$work/format.all"
  flock "$work" cat "$work/format.all"
  echo "0 $code" >>"$work/$lane.counts"
}

# One compiler process builds all projects: each start of it costs seconds of a core (69 s instead of 173 s on 2 cores).
build_all() {
  local code=0
  dotnet build Cluster.sln -c Release --no-restore -warnaserror -p:RunAnalyzersDuringBuild=true \
    -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler" || code=$?
  return $code
}

# The node for tests that start it: with code compiled ahead of time, since some hundred starts cost more than the compilation.
compile_node() {
  local code=0
  dotnet publish src/Node/Node.csproj -c Release --use-current-runtime --no-self-contained -p:PublishReadyToRun=true -p:DebugType=none \
    -o "$work/node" -v quiet -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler" || code=$?
  export POSTFLEET_TEST_NODE=$work/node/postfleet.dll
  return $code
}

before=$(tree_state)

install_missing curl git haproxy microsocks postfix libsasl2-modules dovecot-lmtpd swaks gsasl libnet-ssleay-perl libio-socket-ssl-perl libauthen-sasl-perl s-nail msmtp dnsmasq-base postgresql pgbouncer python3 python3-dkim python3-milter opendkim rspamd clamav-daemon clamav-milter libmail-dkim-perl libsisimai-perl libfaketime openssl iproute2 procps util-linux passwd prometheus lintian man-db buildah
# DANE: a validating resolver, and the tools that sign its zones.
install_missing unbound ldnsutils
# Tests of the admin API and of the chart use tools of npm, which they install. Node.js from elsewhere stays.
command -v npm >/dev/null || install_missing nodejs npm
unpack_exim
step restore dotnet restore Cluster.sln || exit 1
step build build_all || exit 1
[[ $# -gt 0 && " $* " != *" EndToEnd "* ]] || step "compile the node" compile_node || exit 1
# The compiler process has half a gigabyte.
end_compiler
if [ $# -gt 0 ]; then
  check_format named
  for name in "$@"; do run_project named "$name"; done
else
  # Three lanes run the jobs of one list, longest first. End-to-end tests wait about half of their time (for starts, failure detection and
  # retries), so three lanes keep two cores busy. The tests of one job run one after another.
  tests="FullyQualifiedName~EndToEnd.Tests"
  others=${tests/\~/!~}
  jobs=("EndToEnd $tests.Cluster.|$tests.Membership." "EndToEnd $tests.Relay."
    "EndToEnd $others.Relay.&$others.Cluster.&$others.Membership." Kubernetes Cluster format Admin Spool)
  for project in tests/*/*.Tests.csproj; do
    name=$(basename "$project" .Tests.csproj)
    [[ " EndToEnd Kubernetes Cluster Admin Spool " = *" $name "* ]] || jobs+=("$name")
  done

  lane() {
    local job
    while job=$(next_job); do
      case ${jobs[$job]} in
        format) check_format "$1" ;;
        # shellcheck disable=SC2086 # a name, and perhaps a filter
        *) run_project "$1" ${jobs[$job]} ;;
      esac
    done
  }
  next_job() {
    exec 8>"$work/next.lock"
    flock 8
    local n
    n=$(cat "$work/next" 2>/dev/null || echo 0)
    [ "$n" -lt ${#jobs[@]} ] || return 1
    echo $((n + 1)) >"$work/next"
    echo "$n"
  }
  lane one &
  lane two &
  lane three
  wait
fi

if [ "$(tree_state)" != "$before" ]; then
  echo "== the run left files in the tree:" | tee -a "$work/troubles"
  tree_state | tee -a "$work/troubles"
  failed=$((failed + 1))
fi

# The failed tests with their messages come last, where they are easy to find.
python3 tools/lib/failures.py "$work"
[ ! -f "$work/troubles" ] || cat "$work/troubles"
echo "== all of it took $((SECONDS - began)) s"
