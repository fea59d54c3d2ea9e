# Sourced. A Postfleet node below $root: its configuration file, data folder and log.

node_assembly=src/Node/bin/Release/net10.0/postfleet.dll
tool_assembly=tools/Postfleet.Tools/bin/Release/net10.0/Postfleet.Tools.dll
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

build_node() { [ -f "$node_assembly" ] || dotnet build src/Node -c Release -v quiet --nologo -nodeReuse:false; }
build_tools() { [ -f "$tool_assembly" ] || dotnet build tools/Postfleet.Tools -c Release -v quiet --nologo -nodeReuse:false; }

# The address after "endpoint=" in the first log line with the text.
logged_endpoint() { grep -m1 -F "$2" "$1" | sed -n 's/.*endpoint="\{0,1\}\([^ "]*\).*/\1/p'; }

ready() {
  local endpoint
  kill -0 "$2" 2>/dev/null || { echo "the node ended:" >&2; tail -20 "$1" >&2; exit 1; }
  endpoint=$(logged_endpoint "$1" "admin listening ")
  [ -n "$endpoint" ] &&
    python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "http://$endpoint/healthz/ready" 2>/dev/null
}

# configure_postfleet NAME SINK_PORT STORAGE_JSON: writes the configuration. $listener_settings has more JSON for its listener, $node_settings for the node,
# $cluster_settings for the cluster, $more_listeners for listeners behind the first, $first_routes for routes
# before the one to the sink.
configure_postfleet() {
  local home=$root/$1 cluster='"Host": "127.0.0.1", "Port": 0, "Seeds": []'
  mkdir -p "$home"
  cat >"$home/postfleet.json" <<JSON
{
  "Node": { "Hostname": "postfleet.bench.test"${node_settings:+, $node_settings} },
  "Cluster": { ${cluster_settings:-$cluster} },
  "Storage": $3,
  "Listeners": [ { "Endpoint": "127.0.0.1:0", "Service": "relay"${listener_settings:+, $listener_settings} }${more_listeners:+, $more_listeners} ],
  "Routes": [ ${first_routes:+$first_routes, }{ "Domain": "*", "To": "smtp://127.0.0.1:$2" } ],
  "Delivery": { "AllowLoopbackMx": true, "MaxConnectionsPerSite": $concurrency, "MaxMessagesPerConnection": 100000 },
  "Admin": { "Endpoint": "127.0.0.1:0" }
}
JSON
}

# start_postfleet NAME SINK_PORT STORAGE_JSON: sets $postfleet_port and $postfleet_pid (its process id).
start_postfleet() {
  local log=$root/$1.log
  configure_postfleet "$@"
  start "$log" dotnet "$node_assembly" serve --config "$root/$1/postfleet.json"
  postfleet_pid=$started
  await 60 "Postfleet is ready" ready "$log" "$postfleet_pid" || { tail -20 "$log" >&2; return 1; }
  postfleet_port=$(logged_endpoint "$log" "listening service=relay ")
  postfleet_port=${postfleet_port##*:}
}
