{{- /* Ports that the configuration names, for network policies. Arguments: root, component. */ -}}

{{- /* The ports of mail hosts, as a YAML list: Delivery.Port, those of the routes, and networkPolicy.deliveryPorts. */ -}}
{{- define "postfleet.deliveryPorts" -}}
{{- $config := include "postfleet.config" . | fromJson -}}
{{- $ports := list (int (dig "Delivery" "Port" 25 $config)) -}}
{{- range default list $config.Routes -}}
{{- if regexMatch "^(smtps?|lmtp)://.*:[0-9]+$" .To }}{{ $ports = append $ports (regexFind "[0-9]+$" .To | int) }}{{ end -}}
{{- end -}}
{{- range .root.Values.networkPolicy.deliveryPorts }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- toYaml ($ports | uniq) -}}
{{- end -}}

{{- /* The port of the collector of traces; empty without one. */ -}}
{{- define "postfleet.tracingPort" -}}
{{- $endpoint := dig "Tracing" "Endpoint" "" (include "postfleet.config" . | fromJson) -}}
{{- if $endpoint -}}
{{- $port := regexFind ":[0-9]+/?$" $endpoint | trimPrefix ":" | trimSuffix "/" -}}
{{- default (ternary "443" "80" (hasPrefix "https:" $endpoint)) $port -}}
{{- end -}}
{{- end -}}
