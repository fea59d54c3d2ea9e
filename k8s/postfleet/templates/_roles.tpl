{{- /* The kinds of pods of the mode, and their settings. */ -}}

{{- define "postfleet.components" -}}
{{- if eq .Values.mode "cluster" -}}
- frontend
- queue
- delivery
{{- else -}}
- {{ .Values.mode }}
{{- end -}}
{{- end -}}

{{- /* The roles of a component, as a YAML list. */ -}}
{{- define "postfleet.componentRoles" -}}
{{- if has . (list "all" "single") -}}
[frontend, queue, delivery]
{{- else -}}
[{{ . }}]
{{- end -}}
{{- end -}}

{{- /* Whether pods of a component accept mail: "true" or empty. */ -}}
{{- define "postfleet.isFrontend" -}}
{{- if has "frontend" (include "postfleet.componentRoles" . | fromYamlArray) -}}true{{- end -}}
{{- end -}}

{{- /* Whether pods of a component deliver mail: "true" or empty. */ -}}
{{- define "postfleet.isDelivery" -}}
{{- if has "delivery" (include "postfleet.componentRoles" . | fromYamlArray) -}}true{{- end -}}
{{- end -}}

{{- /* The component with the listeners. */ -}}
{{- define "postfleet.frontendComponent" -}}
{{- ternary "frontend" .Values.mode (eq .Values.mode "cluster") -}}
{{- end -}}

{{- /*
The settings of a component: those of all pods, overridden by those of the component. Maps are merged, lists are replaced; probes and
security contexts are replaced as a whole, since their fields exclude each other. Arguments: root, component.
*/ -}}
{{- define "postfleet.settings" -}}
{{- $own := deepCopy (get .root.Values .component) -}}
{{- $settings := mergeOverwrite (deepCopy .root.Values.pods) $own -}}
{{- range $key := list "startupProbe" "livenessProbe" "readinessProbe" "podSecurityContext" "securityContext" "affinity" "dnsConfig" -}}
{{- if hasKey $own $key }}{{ $_ := set $settings $key (get $own $key) }}{{ end -}}
{{- end -}}
{{- if eq .component "single" }}{{ $_ := set $settings "kind" "StatefulSet" }}{{ $_ := set $settings "replicas" 1 }}{{ end -}}
{{- if not $settings.kind }}{{ $_ := set $settings "kind" "Deployment" }}{{ end -}}
{{- toYaml $settings -}}
{{- end -}}

{{- define "postfleet.usesPostgres" -}}
{{- if ne .Values.mode "single" -}}true{{- end -}}
{{- end -}}

{{- define "postfleet.smtpTlsSecret" -}}
{{- if .Values.smtp.tls.certificate.enabled -}}
{{- default (printf "%s-smtp-tls" (include "postfleet.fullname" .)) .Values.smtp.tls.existingSecret -}}
{{- else -}}
{{- .Values.smtp.tls.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "postfleet.clusterTlsSecret" -}}
{{- if ne .Values.mode "single" -}}
{{- if .Values.cluster.tls.certificate.enabled -}}
{{- default (printf "%s-cluster-tls" (include "postfleet.fullname" .)) .Values.cluster.tls.existingSecret -}}
{{- else -}}
{{- .Values.cluster.tls.existingSecret -}}
{{- end -}}
{{- end -}}
{{- end -}}
