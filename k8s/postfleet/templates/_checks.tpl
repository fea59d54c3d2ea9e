{{- /*
Checks of values that a schema cannot make, or not with a line that helps. Each line names the value and says what to do.
*/ -}}

{{- define "postfleet.checks" -}}
{{- $values := .Values -}}
{{- if not $values.admin.existingSecret -}}
{{- fail (printf "admin.existingSecret is empty; make a secret with a token, and name it: kubectl create secret generic postfleet-admin --namespace %s --from-literal=token=\"$(openssl rand -hex 24)\"" .Release.Namespace) -}}
{{- end -}}
{{- if include "postfleet.usesPostgres" . -}}
{{- if not $values.database.host -}}
{{- fail (printf "database.host is empty; the mode '%s' needs PostgreSQL (the mode 'single' does not)" $values.mode) -}}
{{- end -}}
{{- if not $values.database.existingSecret -}}
{{- fail (printf "database.existingSecret is empty; make a secret with the password of the user '%s', and name it: kubectl create secret generic postfleet-database --namespace %s --from-file=password=FILE" $values.database.user .Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- if $values.migration.enabled -}}
{{- if eq $values.mode "single" }}{{ fail "migration.enabled is true; the mode 'single' needs no migration, since its only node makes its tables" }}{{ end -}}
{{- if not $values.migration.user }}{{ fail "migration.user is empty; name the database user who owns the tables" }}{{ end -}}
{{- if not $values.migration.existingSecret }}{{ fail "migration.existingSecret is empty; name the secret with the password of migration.user" }}{{ end -}}
{{- end -}}
{{- include "postfleet.configChecks" (dict "root" . "name" "config" "config" $values.config) -}}
{{- include "postfleet.configChecks" (dict "root" . "name" "pods.config" "config" $values.pods.config) -}}
{{- range $component := include "postfleet.components" . | fromYamlArray -}}
{{- $settings := include "postfleet.settings" (dict "root" $ "component" $component) | fromYaml -}}
{{- include "postfleet.configChecks" (dict "root" $ "name" (printf "%s.config" $component) "config" $settings.config) -}}
{{- include "postfleet.podChecks" (dict "root" $ "component" $component "settings" $settings) -}}
{{- end -}}
{{- include "postfleet.smtpChecks" . -}}
{{- if and $values.cluster.tls.certificate.enabled (not $values.cluster.tls.certificate.issuerRef.name) -}}
{{- fail "cluster.tls.certificate.issuerRef.name is empty; name an issuer of cert-manager that signs for this cluster only" -}}
{{- end -}}
{{- if and $values.admin.ingress.enabled (not $values.admin.ingress.hosts) }}{{ fail "admin.ingress.hosts is empty; name the hosts of the Ingress" }}{{ end -}}
{{- if and $values.admin.httpRoute.enabled (not $values.admin.httpRoute.parentRefs) }}{{ fail "admin.httpRoute.parentRefs is empty; name the gateway of the HTTPRoute" }}{{ end -}}
{{- $names := list "admin" -}}
{{- range $values.admin.tokens -}}
{{- if has .name $names }}{{ fail (printf "admin.tokens has the name '%s' twice, or it is 'admin', which is the name of admin.existingSecret" .name) }}{{ end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $needsToken := dig "Metrics" "NeedsToken" true $values.config -}}
{{- if and $values.metrics.serviceMonitor.enabled (not $values.metrics.serviceMonitor.tokenSecret) (eq (toString $needsToken | lower) "true") -}}
{{- fail "metrics.serviceMonitor.tokenSecret is empty; name the secret with a token of the scope 'read' (see admin.tokens), or set config.Metrics.NeedsToken to false" -}}
{{- end -}}
{{- end -}}

{{- /* Keys that the chart sets, and open relays. Arguments: root, name, config. */ -}}
{{- define "postfleet.configChecks" -}}
{{- $name := .name -}}
{{- $config := default dict .config -}}
{{- $set := dict "Listeners" "smtp.listeners" "Storage" "database and single.persistence" "Tls" "smtp.tls" -}}
{{- range $key, $instead := $set -}}
{{- if hasKey $config $key }}{{ fail (printf "%s.%s is set by the chart; use %s" $name $key $instead) }}{{ end -}}
{{- end -}}
{{- $keys := dict "Node.Roles" "mode" "Cluster.Host" "mode (each pod has its own address)" "Cluster.Port" "cluster.port" "Cluster.Seeds" "mode (nodes find each other in the database)" "Cluster.Tls" "cluster.tls" "Admin.Endpoint" "admin.port" "Admin.Token" "admin.existingSecret" "Admin.TokenFile" "admin.existingSecret" "Admin.Tokens" "admin.tokens" "Smtp.TrustedProxies" "smtp.proxyProtocol" -}}
{{- range $key, $instead := $keys -}}
{{- $parts := splitList "." $key -}}
{{- if hasKey (default dict (get $config (first $parts))) (last $parts) }}{{ fail (printf "%s.%s is set by the chart; use %s" $name $key $instead) }}{{ end -}}
{{- end -}}
{{- $trusted := dig "Relay" "TrustedNetworks" list $config -}}
{{- if kindIs "string" $trusted }}{{ $trusted = splitList "," (nospace $trusted) }}{{ end -}}
{{- range $network := $trusted -}}
{{- $length := regexFind "[0-9]+$" (toString $network) | int -}}
{{- $isOpen := lt $length (ternary 16 8 (contains ":" $network)) -}}
{{- if and $isOpen (not $.root.Values.iKnowThisIsAnOpenRelay) -}}
{{- fail (printf "%s.Relay.TrustedNetworks has %v, which makes an open relay: everybody there may send to any domain. Name the networks of your clients, or set iKnowThisIsAnOpenRelay to true" $name $network) -}}
{{- end -}}
{{- $service := $.root.Values.smtp.service -}}
{{- $isLoopback := or (hasPrefix "127." $network) (hasPrefix "::1/" $network) -}}
{{- $hidesClients := and (ne $service.type "ClusterIP") (eq $service.externalTrafficPolicy "Cluster") (not $.root.Values.smtp.proxyProtocol.enabled) -}}
{{- if and $hidesClients (not $isLoopback) (not $.root.Values.iKnowThisIsAnOpenRelay) -}}
{{- fail (printf "smtp.service.externalTrafficPolicy is Cluster, so clients from anywhere have the address of a cluster node, and %s.Relay.TrustedNetworks trusts %v: that may be an open relay. Use Local, or smtp.proxyProtocol, or set iKnowThisIsAnOpenRelay to true" $name $network) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Settings of a component. Arguments: root, component, settings. */ -}}
{{- define "postfleet.podChecks" -}}
{{- $settings := .settings -}}
{{- $least := include "postfleet.stopSeconds" . | int -}}
{{- $grace := $settings.terminationGracePeriodSeconds -}}
{{- if and (not (kindIs "invalid" $grace)) (lt (int $grace) $least) -}}
{{- fail (printf "terminationGracePeriodSeconds of %s is %d; a node needs Node.ShutdownGrace, Node.DrainDelay and 30 s to leave, which is %d" .component (int $grace) $least) -}}
{{- end -}}
{{- $scaling := $settings.autoscaling -}}
{{- if and $scaling.enabled (ne .component "single") -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
{{- fail (printf "%s.autoscaling.minReplicas is %d and maxReplicas %d" .component (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- end -}}
{{- if and (eq $scaling.type "keda") (not $scaling.keda.prometheusAddress) -}}
{{- fail (printf "%s.autoscaling.keda.prometheusAddress is empty; KEDA needs the address of Prometheus" .component) -}}
{{- end -}}
{{- if and (eq $scaling.type "hpa") (not (int $scaling.targetCPUUtilizationPercentage)) (not $scaling.metrics) -}}
{{- fail (printf "%s.autoscaling has no metric; set targetCPUUtilizationPercentage or metrics" .component) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "postfleet.smtpChecks" -}}
{{- $smtp := .Values.smtp -}}
{{- $config := include "postfleet.config" (dict "root" . "component" (include "postfleet.frontendComponent" .)) | fromJson -}}
{{- if and $smtp.proxyProtocol.enabled (not $smtp.proxyProtocol.trustedProxies) -}}
{{- fail "smtp.proxyProtocol.trustedProxies is empty; name the networks of the load balancer, whose PROXY headers are believed" -}}
{{- end -}}
{{- if $smtp.proxyProtocol.enabled -}}
{{- range $network := $smtp.proxyProtocol.trustedProxies -}}
{{- $length := regexFind "[0-9]+$" $network | int -}}
{{- if and (lt $length (ternary 16 8 (contains ":" $network))) (not $.Values.iKnowThisIsAnOpenRelay) -}}
{{- fail (printf "smtp.proxyProtocol.trustedProxies has %v, which makes an open relay: everybody there may claim a trusted address with a PROXY header. Name the networks of the load balancer, or set iKnowThisIsAnOpenRelay to true" $network) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $ports := list (int .Values.admin.port) (int .Values.cluster.port) -}}
{{- $names := list -}}
{{- range $smtp.listeners -}}
{{- if has (int .containerPort) $ports }}{{ fail (printf "smtp.listeners: containerPort %d of '%s' is that of another listener, admin.port or cluster.port" (int .containerPort) .name) }}{{ end -}}
{{- if has .name $names }}{{ fail (printf "smtp.listeners has the name '%s' twice" .name) }}{{ end -}}
{{- if and (eq (default "relay" .service) "submission") (not (include "postfleet.smtpTlsSecret" $)) (not (dig "Auth" "PlaintextNetworks" list $config)) }}{{ fail (printf "smtp.listeners: '%s' has the service submission, where users send passwords; name the certificate in smtp.tls.existingSecret" .name) }}{{ end -}}
{{- if and .implicitTls (not (include "postfleet.smtpTlsSecret" $)) }}{{ fail (printf "smtp.listeners: '%s' has implicitTls; name the certificate in smtp.tls.existingSecret" .name) }}{{ end -}}
{{- $ports = append $ports (int .containerPort) -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- if eq (int .Values.admin.port) (int .Values.cluster.port) }}{{ fail (printf "admin.port and cluster.port are both %d" (int .Values.admin.port)) }}{{ end -}}
{{- $certificate := $smtp.tls.certificate -}}
{{- if $certificate.enabled -}}
{{- if not $certificate.issuerRef.name }}{{ fail "smtp.tls.certificate.issuerRef.name is empty; name an issuer of cert-manager" }}{{ end -}}
{{- if not (or $certificate.dnsNames (dig "Node" "Hostname" "" .Values.config)) }}{{ fail "smtp.tls.certificate.dnsNames is empty, and config.Node.Hostname too; name the host in the certificate" }}{{ end -}}
{{- end -}}
{{- end -}}
