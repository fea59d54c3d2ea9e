# Sourced by the benchmark scripts: a temporary folder, children stopped by id, free ports, waiting.

pids=()

# start LOG COMMAND...: starts a child that also ends when this script is killed. Its output goes to LOG; $started is its id.
start() {
  local log=$1
  shift
  setpriv --pdeathsig TERM -- "$@" >"$log" 2>&1 &
  started=$!
  pids+=("$started")
}

# stop PID: ends a child with SIGTERM, or with SIGKILL after 20 s.
stop() {
  local pid=$1 n
  kill -TERM "$pid" 2>/dev/null || true
  for ((n = 0; n < 200; n++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# make_root DIR: creates a temporary folder $root in DIR. The folder and the children are removed when the script ends.
make_root() {
  root=$(mktemp -d "$1/postfleet-bench.XXXXXX") own_folder=$root
  chmod 755 "$root"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
}

# Stops all children, last started first, and deletes the folder.
clean_up() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do stop "${pids[i]}"; done
  pids=()
  rm -rf -- "$own_folder"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# await SECONDS PURPOSE COMMAND...: waits until the command succeeds.
await() {
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    if ((SECONDS >= limit)); then
      echo "waited in vain: $what" >&2
      return 1
    fi
    sleep 0.1
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
