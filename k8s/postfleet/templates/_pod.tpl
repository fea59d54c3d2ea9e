{{- /* The pod template of a component. Arguments: root, component, settings. */ -}}

{{- define "postfleet.podTemplate" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $settings := .settings -}}
{{- $labels := mergeOverwrite (deepCopy $values.commonLabels) (deepCopy (default dict $settings.labels)) (include "postfleet.selectorLabels" $root | fromYaml) (dict "postfleet.io/node" "true" "app.kubernetes.io/component" .component "app.kubernetes.io/version" (toString $root.Chart.AppVersion)) -}}
{{- $annotations := mergeOverwrite (deepCopy $values.commonAnnotations) (deepCopy (default dict $settings.annotations)) (dict "checksum/config" (include "postfleet.configData" . | sha256sum)) -}}
metadata:
  labels:
    {{- toYaml $labels | nindent 4 }}
  annotations:
    {{- range $key, $value := $annotations }}
    {{ $key }}: {{ $value | toString | quote }}
    {{- end }}
spec:
  serviceAccountName: {{ include "postfleet.serviceAccountName" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- $grace := $settings.terminationGracePeriodSeconds }}
  terminationGracePeriodSeconds: {{ if kindIs "invalid" $grace }}{{ include "postfleet.stopSeconds" . }}{{ else }}{{ int $grace }}{{ end }}
  {{- range $key := list "priorityClassName" "runtimeClassName" "schedulerName" "dnsPolicy" }}
  {{- with get $settings $key }}
  {{ $key }}: {{ . }}
  {{- end }}
  {{- end }}
  {{- range $key := list "dnsConfig" "hostAliases" "nodeSelector" "tolerations" "affinity" }}
  {{- with get $settings $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- if kindIs "invalid" $settings.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "postfleet.selectorLabels" $root | nindent 10 }}
          app.kubernetes.io/component: {{ $.component }}
    {{- end }}
  {{- else }}
  {{- with $settings.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  securityContext:
    {{- toYaml $settings.podSecurityContext | nindent 4 }}
  {{- with $settings.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: postfleet
      image: {{ include "postfleet.image" $root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: [serve, --config, /etc/postfleet/postfleet.json]
      securityContext:
        {{- toYaml $settings.securityContext | nindent 8 }}
      env:
        {{- include "postfleet.env" . | nindent 8 }}
        {{- with $settings.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $settings.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        {{- if include "postfleet.isFrontend" .component }}
        {{- range $values.smtp.listeners }}
        - name: {{ .name }}
          containerPort: {{ .containerPort }}
          protocol: TCP
        {{- end }}
        {{- end }}
        - name: admin
          containerPort: {{ $values.admin.port }}
          protocol: TCP
        {{- if include "postfleet.usesPostgres" $root }}
        - name: cluster
          containerPort: {{ $values.cluster.port }}
          protocol: TCP
        {{- end }}
      {{- range $probe := list "startupProbe" "livenessProbe" "readinessProbe" }}
      {{- with get $settings $probe }}
      {{ $probe }}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      resources:
        {{- toYaml $settings.resources | nindent 8 }}
      volumeMounts:
        {{- include "postfleet.volumeMounts" . | nindent 8 }}
        {{- with $settings.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with $settings.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "postfleet.volumes" . | nindent 4 }}
    {{- with $settings.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "postfleet.env" -}}
- name: DOTNET_EnableDiagnostics
  value: "0"
- name: DOTNET_gcServer
  value: "0"
{{- if include "postfleet.usesPostgres" .root }}
- name: POSTFLEET_Cluster__Host
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
{{- end }}
{{- end -}}

{{- define "postfleet.volumeMounts" -}}
- name: config
  mountPath: /etc/postfleet
  readOnly: true
- name: secrets
  mountPath: {{ include "postfleet.secrets" .root }}
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- if eq .component "single" }}
- name: data
  mountPath: /var/lib/postfleet
{{- end }}
{{- end -}}

{{- define "postfleet.volumes" -}}
- name: config
  configMap:
    name: {{ include "postfleet.fullname" .root }}-{{ .component }}
- name: secrets
  projected:
    defaultMode: 288
    sources:
      {{- include "postfleet.secretSources" . | nindent 6 }}
- name: tmp
  emptyDir:
    sizeLimit: {{ .settings.tmpSizeLimit }}
{{- if eq .component "single" }}
{{- with .root.Values.single.persistence.existingClaim }}
- name: data
  persistentVolumeClaim:
    claimName: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* The secrets that a component's configuration names. Arguments: root, component. */ -}}
{{- define "postfleet.secretSources" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
- secret:
    name: {{ $values.admin.existingSecret }}
    items: [{ key: {{ $values.admin.tokenKey }}, path: admin/token }]
{{- range $values.admin.tokens }}
- secret:
    name: {{ .existingSecret }}
    items: [{ key: {{ default "token" .key }}, path: {{ printf "admin/tokens/%s" .name }} }]
{{- end }}
{{- range $index, $key := $values.dkim.keys }}
- secret:
    name: {{ $key.existingSecret }}
    items: [{ key: {{ default "dkim.key" $key.key }}, path: {{ printf "dkim/%d.pem" $index }} }]
{{- end }}
{{- with $values.dkim.sealing.existingSecret }}
- secret:
    name: {{ . }}
    items: [{ key: {{ $values.dkim.sealing.key }}, path: dkim/sealing }]
{{- end }}
{{- if include "postfleet.usesPostgres" $root }}
{{- include "postfleet.databaseSources" (dict "root" $root "secret" $values.database.existingSecret "key" $values.database.passwordKey) | nindent 0 }}
{{- with include "postfleet.clusterTlsSecret" $root }}
- secret:
    name: {{ . }}
    items:
      - { key: tls.crt, path: cluster/tls.crt }
      - { key: tls.key, path: cluster/tls.key }
      - { key: ca.crt, path: cluster/ca.crt }
{{- end }}
{{- end }}
{{- if include "postfleet.isFrontend" .component }}
{{- with include "postfleet.smtpTlsSecret" $root }}
- secret:
    name: {{ . }}
    items:
      - { key: tls.crt, path: smtp/tls.crt }
      - { key: tls.key, path: smtp/tls.key }
{{- end }}
{{- end }}
{{- end -}}

{{- /* The secrets for connecting to the database. Arguments: root, secret, key. */ -}}
{{- define "postfleet.databaseSources" -}}
- secret:
    name: {{ .secret }}
    items: [{ key: {{ .key }}, path: database/password }]
{{- with .root.Values.database.caSecret }}
- secret:
    name: {{ . }}
    items: [{ key: {{ $.root.Values.database.caKey }}, path: database/ca.crt }]
{{- end }}
{{- end -}}
