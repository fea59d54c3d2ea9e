using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Kubernetes.Tests.Tools;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Schema;

/// <summary>Wrong and unknown values: Helm fails, and its message names the value.</summary>
public sealed class RefusalTests
{
    private const string Submission = "smtp.listeners[0].name=submission,smtp.listeners[0].port=587,smtp.listeners[0].containerPort=2587";
    private const string Smtps = "smtp.listeners[0].name=smtps,smtp.listeners[0].port=465,smtp.listeners[0].containerPort=4465";

    /// <summary>The values file, a value to set, and words of the message.</summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        // Unknown values.
        { "default", "replicaCount=3", "additional properties 'replicaCount' not allowed" },
        { "default", "queue.replica=3", "at '/queue': additional properties 'replica' not allowed" },
        { "default", "smtp.listeners[0].proxy=true", "at '/smtp/listeners/0'" },
        { "default", "config.Queue.FirstRetry=1m", "at '/config': additional properties 'Queue' not allowed" },
        { "default", "config.Queues.FirtRetry=1m", "at '/config/Queues': additional properties 'FirtRetry' not allowed" },
        { "default", "delivery.config.Dns.Time=2s", "at '/delivery/config/Dns': additional properties 'Time' not allowed" },
        { "single", "single.replicas=2", "at '/single': additional properties 'replicas' not allowed" },

        // Values of another type, form or range.
        { "default", "mode=many", "at '/mode'" },
        { "default", "queue.replicas=two", "at '/queue/replicas': got string, want integer" },
        { "default", "queue.replicas=0", "at '/queue/replicas': minimum: got 0, want 1" },
        { "default", "delivery.kind=DaemonSet", "at '/delivery/kind'" },
        { "default", "image.digest=sha256:12", "at '/image/digest'" },
        { "default", "image.pullPolicy=Sometimes", "at '/image/pullPolicy'" },
        { "default", "admin.port=80", "at '/admin/port': minimum: got 80, want 1,024" },
        { "default", "cluster.port=66000", "at '/cluster/port': maximum" },
        { "default", "smtp.listeners[0].containerPort=25", "at '/smtp/listeners/0/containerPort'" },
        { "default", "smtp.listeners[0].name=admin", "at '/smtp/listeners/0/name'" },
        { "default", "smtp.service.type=ExternalName", "at '/smtp/service/type'" },
        { "default", "smtp.service.externalTrafficPolicy=None", "at '/smtp/service/externalTrafficPolicy'" },
        { "default", "database.host=db;Trust Server Certificate", "at '/database/host'" },
        { "default", "database.user=a=b", "at '/database/user'" },
        { "default", "database.sslMode=verify-full", "at '/database/sslMode'" },
        { "default", "database.parameters.Password=secret", "invalid propertyName 'Password'" },
        { "default", "database.parameters.Options=a;b", "at '/database/parameters/Options'" },
        { "default", "config.Queues.FirstRetry=soon", "at '/config/Queues/FirstRetry'" },
        { "default", "config.Smtp.MaxRecipients=0", "at '/config/Smtp/MaxRecipients': minimum" },
        { "default", "config.Log.Level=loud", "at '/config/Log/Level'" },
        { "default", "config.Routes[0].Domain=example.org", "at '/config/Routes/0': missing property 'To'" },
        { "default", "pods.maxSurge=0", "at '/pods/maxSurge'" },
        { "default", "queue.podDisruptionBudget.maxUnavailable=0", "at '/queue/podDisruptionBudget/maxUnavailable'" },
        { "default", "frontend.autoscaling.type=vpa", "at '/frontend/autoscaling/type'" },
        { "default", "admin.tokens[0].name=a,admin.tokens[0].existingSecret=b,admin.tokens[0].scope=all", "at '/admin/tokens/0/scope'" },
        { "single", "single.persistence.size=big", "at '/single/persistence/size'" },

        // Values that are missing. A name without a value is null.
        { "default", "config=null", "missing property 'config'" },
        { "default", "mode=null", "missing property 'mode'" },
        { "default", "queue.replicas=null", "at '/queue': missing property 'replicas'" },
        { "default", "database.host=null", "at '/database': missing property 'host'" },
        { "default", "admin.existingSecret=", "admin.existingSecret is empty" },
        { "default", "database.host=", "database.host is empty; the mode 'cluster' needs PostgreSQL" },
        { "all", "database.existingSecret=", "database.existingSecret is empty" },
        { "default", "migration.enabled=true", "migration.user is empty" },
        { "default", "migration.enabled=true,migration.user=owner", "migration.existingSecret is empty" },
        { "default", "smtp.proxyProtocol.enabled=true", "smtp.proxyProtocol.trustedProxies is empty" },
        { "default", "smtp.listeners[0].implicitTls=true," + Smtps, "'smtps' has implicitTls; name the certificate" },
        { "default", "smtp.listeners[0].service=submission," + Submission, "name the certificate in smtp.tls.existingSecret" },
        { "default", "smtp.tls.certificate.enabled=true", "smtp.tls.certificate.issuerRef.name is empty" },
        { "default", "smtp.tls.certificate.enabled=true,smtp.tls.certificate.issuerRef.name=ca", "smtp.tls.certificate.dnsNames is empty" },
        { "default", "cluster.tls.certificate.enabled=true", "cluster.tls.certificate.issuerRef.name is empty" },
        { "default", "admin.ingress.enabled=true", "admin.ingress.hosts is empty" },
        { "default", "admin.httpRoute.enabled=true", "admin.httpRoute.parentRefs is empty" },
        { "default", "metrics.serviceMonitor.enabled=true", "metrics.serviceMonitor.tokenSecret is empty" },
        { "default", "queue.autoscaling.enabled=true,queue.autoscaling.type=keda", "queue.autoscaling.keda.prometheusAddress is empty" },
        { "default", "queue.autoscaling.enabled=true,queue.autoscaling.targetCPUUtilizationPercentage=0",
            "queue.autoscaling has no metric" },

        // Values that contradict each other, or what the chart sets.
        { "single", "migration.enabled=true", "the mode 'single' needs no migration" },
        { "default", "config.Listeners[0].Endpoint=0.0.0.0:25", "config.Listeners is set by the chart; use smtp.listeners" },
        { "default", "config.Storage.Provider=sqlite", "config.Storage is set by the chart" },
        { "default", "config.Admin.Token=secret", "config.Admin.Token is set by the chart; use admin.existingSecret" },
        { "default", "queue.config.Node.Roles={queue}", "queue.config.Node.Roles is set by the chart; use mode" },
        { "default", "config.Cluster.Seeds={a:4053}", "config.Cluster.Seeds is set by the chart" },
        { "default", "admin.port=4053", "admin.port and cluster.port are both 4053" },
        { "default", "admin.port=2525", "containerPort 2525 of 'smtp' is that of another listener, admin.port or cluster.port" },
        { "default", "queue.terminationGracePeriodSeconds=60", "terminationGracePeriodSeconds of queue is 60; a node needs" },
        { "default", "queue.terminationGracePeriodSeconds=95,config.Node.ShutdownGrace=2m", "which is 155" },
        { "default", "queue.autoscaling.enabled=true,queue.autoscaling.maxReplicas=2",
            "queue.autoscaling.minReplicas is 3 and maxReplicas 2" },
        { "production", "admin.tokens[1].name=prometheus", "admin.tokens has the name 'prometheus' twice" },

        // Open relays.
        { "default", "config.Relay.TrustedNetworks={0.0.0.0/0}", "config.Relay.TrustedNetworks has 0.0.0.0/0, which makes an open relay" },
        { "default", "config.Relay.TrustedNetworks={10.0.0.0/8,::/0}", "config.Relay.TrustedNetworks has ::/0, which makes an open relay" },
        { "default", "config.Relay.TrustedNetworks=0.0.0.0/1\\,128.0.0.0/1", "set iKnowThisIsAnOpenRelay to true" },
        { "default", "frontend.config.Relay.TrustedNetworks={0.0.0.0/0}", "frontend.config.Relay.TrustedNetworks has 0.0.0.0/0" },
        { "default", "smtp.proxyProtocol.enabled=true,smtp.proxyProtocol.trustedProxies={10.0.0.0/8,0.0.0.0/0}",
            "smtp.proxyProtocol.trustedProxies has 0.0.0.0/0, which makes an open relay" },
        { "all", "smtp.service.externalTrafficPolicy=Cluster",
            "clients from anywhere have the address of a cluster node, and config.Relay.TrustedNetworks trusts 10.20.0.0/16" },
    };

    [ToolTheory]
    [MemberData(nameof(Cases))]
    public async Task A_wrong_value_is_named(string example, string set, string message)
    {
        Assert.Contains(example, Chart.Examples);
        var result = await Chart.TemplateAsync("-f", Chart.ExamplePath(example), "--set", set);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(message, result.Errors, StringComparison.Ordinal);
    }

    [ToolTheory]
    [InlineData("default", "iKnowThisIsAnOpenRelay=true,config.Relay.TrustedNetworks={0.0.0.0/0}")]
    [InlineData("default", "queue.terminationGracePeriodSeconds=95")]
    [InlineData("default", "pods.labels=null,pods.annotations=null,pods.resources.limits.memory=null")]
    [InlineData(
        "all", "smtp.service.externalTrafficPolicy=Cluster,smtp.proxyProtocol.enabled=true,smtp.proxyProtocol.trustedProxies={10.0.0.0/8}")]
    [InlineData("default", "smtp.listeners[0].service=submission," + Submission + ",config.Auth.PlaintextNetworks={10.0.0.0/8}")]
    [InlineData(
        "all", "iKnowThisIsAnOpenRelay=true,smtp.proxyProtocol.enabled=true,smtp.proxyProtocol.trustedProxies={0.0.0.0/0}")]
    [InlineData("default", "config.Metrics.NeedsToken=false,metrics.serviceMonitor.enabled=true")]
    [InlineData("default", "global.imageRegistry=registry.example.org")]
    public async Task An_allowed_value_is_taken(string example, string set)
    {
        var result = await Chart.TemplateAsync("-f", Chart.ExamplePath(example), "--set", set);
        Assert.True(result.ExitCode == 0, result.Errors);
    }
}
