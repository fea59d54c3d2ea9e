{{- /* Postfleet's configuration of a component. */ -}}

{{- define "postfleet.secrets" -}}/run/secrets/postfleet{{- end -}}

{{- /* Npgsql's connection string, without the password. Arguments: root, user. */ -}}
{{- define "postfleet.connectionString" -}}
{{- $database := .root.Values.database -}}
{{- $pairs := list (printf "Host=%s" $database.host) (printf "Port=%v" $database.port) (printf "Database=%s" $database.name) (printf "Username=%s" .user) (printf "SSL Mode=%s" $database.sslMode) -}}
{{- if $database.caSecret }}{{ $pairs = append $pairs (printf "Root Certificate=%s/database/ca.crt" (include "postfleet.secrets" .root)) }}{{ end -}}
{{- if and (contains "," $database.host) (not (hasKey $database.parameters "Target Session Attributes")) -}}
{{- $pairs = append $pairs "Target Session Attributes=primary" -}}
{{- end -}}
{{- range $name, $value := $database.parameters }}{{ $pairs = append $pairs (printf "%s=%v" $name $value) }}{{ end -}}
{{- join ";" $pairs -}}
{{- end -}}

{{- /* Seconds of a duration of Postfleet, rounded up. */ -}}
{{- define "postfleet.seconds" -}}
{{- $text := toString . | lower | nospace -}}
{{- $number := regexFind "^[0-9]+" $text | int64 -}}
{{- $unit := regexFind "[a-z]+$" $text -}}
{{- if eq $unit "ms" -}}{{ div (add $number 999) 1000 }}
{{- else if eq $unit "s" -}}{{ $number }}
{{- else if eq $unit "m" -}}{{ mul $number 60 }}
{{- else if eq $unit "h" -}}{{ mul $number 3600 }}
{{- else if eq $unit "d" -}}{{ mul $number 86400 }}
{{- else -}}{{ fail (printf "config: '%v' is no duration; allowed: a number with ms, s, m, h or d, such as 30s" .) }}
{{- end -}}
{{- end -}}

{{- /* Seconds in which a component's pods stop, as their configuration has them, and 30 s. Arguments: root, component. */ -}}
{{- define "postfleet.stopSeconds" -}}
{{- $node := (include "postfleet.config" . | fromJson).Node -}}
{{- add (include "postfleet.seconds" $node.ShutdownGrace) (include "postfleet.seconds" $node.DrainDelay) 30 -}}
{{- end -}}

{{- /*
The configuration as JSON: config, the component's config over it, and what the chart decides. Arguments: root, component.
*/ -}}
{{- define "postfleet.config" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $settings := include "postfleet.settings" . | fromYaml -}}
{{- $secrets := include "postfleet.secrets" $root -}}
{{- $defaults := dict "Node" (dict "ShutdownGrace" "1m" "DrainDelay" "5s") "Log" (dict "Format" "json") -}}
{{- $config := mergeOverwrite $defaults (deepCopy $values.config) (deepCopy (default dict $settings.config)) -}}

{{- $tokens := list -}}
{{- range $values.admin.tokens -}}
{{- $tokens = append $tokens (dict "Name" .name "TokenFile" (printf "%s/admin/tokens/%s" $secrets .name) "Scope" (default "read" .scope)) -}}
{{- end -}}
{{- $admin := dict "Endpoint" (printf "[::]:%v" $values.admin.port) "TokenFile" (printf "%s/admin/token" $secrets) -}}
{{- if $tokens }}{{ $_ := set $admin "Tokens" $tokens }}{{ end -}}

{{- $own := dict "Node" (dict "Roles" (include "postfleet.componentRoles" .component | fromYamlArray)) "Admin" $admin -}}
{{- if include "postfleet.usesPostgres" $root -}}
{{- $_ := set $own "Storage" (dict "Provider" "postgres" "ConnectionString" (include "postfleet.connectionString" (dict "root" $root "user" $values.database.user)) "PasswordFile" (printf "%s/database/password" $secrets)) -}}
{{- $cluster := dict "Port" $values.cluster.port -}}
{{- if include "postfleet.clusterTlsSecret" $root -}}
{{- $_ := set $cluster "Tls" (dict "Certificate" (printf "%s/cluster/tls.crt" $secrets) "Key" (printf "%s/cluster/tls.key" $secrets) "Authority" (printf "%s/cluster/ca.crt" $secrets)) -}}
{{- end -}}
{{- $_ := set $own "Cluster" $cluster -}}
{{- else -}}
{{- $_ := set $own "Storage" (dict "Provider" "sqlite" "Path" "/var/lib/postfleet") -}}
{{- end -}}

{{- /* Keys that config.Dkim names itself, in further volumes, stay. */ -}}
{{- $keys := default list $config.Dkim -}}
{{- range $index, $key := $values.dkim.keys -}}
{{- $entry := dict "Domain" $key.domain "Selector" $key.selector "Key" (printf "%s/dkim/%d.pem" $secrets $index) -}}
{{- with $key.stream }}{{ $_ := set $entry "Stream" . }}{{ end -}}
{{- with $key.validity }}{{ $_ := set $entry "Validity" . }}{{ end -}}
{{- $keys = append $keys $entry -}}
{{- end -}}
{{- if $keys }}{{ $_ := set $own "Dkim" $keys }}{{ end -}}
{{- if $values.dkim.sealing.existingSecret }}{{ $_ := set $own "Signing" (dict "SecretFile" (printf "%s/dkim/sealing" $secrets)) }}{{ end -}}

{{- $listeners := list -}}
{{- if include "postfleet.isFrontend" .component -}}
{{- range $values.smtp.listeners -}}
{{- $listener := dict "Endpoint" (printf "[::]:%v" .containerPort) "Service" (default "relay" .service) -}}
{{- with .stream }}{{ $_ := set $listener "Stream" . }}{{ end -}}
{{- if .implicitTls }}{{ $_ := set $listener "ImplicitTls" true }}{{ end -}}
{{- if $values.smtp.proxyProtocol.enabled }}{{ $_ := set $listener "ProxyProtocol" true }}{{ end -}}
{{- $listeners = append $listeners $listener -}}
{{- end -}}
{{- if include "postfleet.smtpTlsSecret" $root -}}
{{- $_ := set $own "Tls" (dict "Certificate" (printf "%s/smtp/tls.crt" $secrets) "Key" (printf "%s/smtp/tls.key" $secrets)) -}}
{{- end -}}
{{- if $values.smtp.proxyProtocol.enabled -}}
{{- $_ := set $own "Smtp" (dict "TrustedProxies" $values.smtp.proxyProtocol.trustedProxies) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $own "Listeners" $listeners -}}
{{- toPrettyJson (mergeOverwrite $config $own) -}}
{{- end -}}

{{- /* The content of a component's ConfigMap. Arguments: root, component. */ -}}
{{- define "postfleet.configData" -}}
postfleet.json: |
  {{- include "postfleet.config" . | nindent 2 }}
{{- end -}}
