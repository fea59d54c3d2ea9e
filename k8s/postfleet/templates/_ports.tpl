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
{{- include "postfleet.urlPort" (dig "Tracing" "Endpoint" "" (include "postfleet.config" . | fromJson)) -}}
{{- end -}}

{{- /* The port of the issuer of tokens, whose keys a frontend reads there; empty without one, or with the keys in a file. */ -}}
{{- define "postfleet.issuerPort" -}}
{{- $config := include "postfleet.config" . | fromJson -}}
{{- $oauth := dig "Auth" "OAuth" dict $config -}}
{{- if and (include "postfleet.isFrontend" .component) (not $oauth.KeyFile) -}}
{{- include "postfleet.urlPort" (default "" $oauth.Issuer) -}}
{{- end -}}
{{- end -}}

{{- /* The port of a URL; empty for an empty URL. */ -}}
{{- define "postfleet.urlPort" -}}
{{- with . -}}
{{- $port := regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" -}}
{{- default (ternary "443" "80" (hasPrefix "https:" .)) $port -}}
{{- end -}}
{{- end -}}
