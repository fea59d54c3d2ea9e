{{- /* Names for Prometheus. */ -}}

{{- /* How long due messages wait, in seconds, by Little's law: their number over the rate at which messages leave. */ -}}
{{- define "postfleet.dueQuery" -}}
{{- $selector := printf "{namespace=%q, release=%q}" .Release.Namespace .Release.Name -}}
sum(postfleet_due_messages{{ $selector }}) / clamp_min(sum(rate(postfleet_queue_time_seconds_count{{ $selector }}[5m])), 1)
{{- end -}}
