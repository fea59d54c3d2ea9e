using Microsoft.Extensions.Time.Testing;
using Postfleet.Cluster.Liveness;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Delivery.Tests.Smtp;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>Two mail hosts with TLS on real sockets, domains with policies, and connection loops to the hosts.</summary>
public abstract class PolicyGateFixture : IAsyncLifetime, IDomainPolicies
{
    private readonly MemorySpool _spool = new();
    private readonly FakeDns _dns = new();
    private protected readonly LogCollector _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly StallDetector _stalls;
    private readonly Dictionary<string, DomainPolicy> _policies = [];
    private protected readonly TlsSink _first = new("127.203.0.1");
    private protected readonly TlsSink _second;
    private readonly TargetHost[] _hosts = [new(10, "mx1.example"), new(20, "mx2.example")];
    private protected bool _isAway;
    private ulong _lastMessage;
    private PolicyServices? _services;
    private SiteConnector? _connector;

    protected PolicyGateFixture()
    {
        _stalls = new StallDetector(new FrozenTime(), _log);
        _second = new TlsSink("127.203.0.2", _first.Port) { Certificate = Certificates.For("mx2.example") };
        _first.Certificate = Certificates.For("mx1.example");
        _dns.WithAddresses("mx1.example", "127.203.0.1").WithAddresses("mx2.example", "127.203.0.2");
        Publish("strict.test", StsMode.Enforce, "*.example");
        Publish("testing.test", StsMode.Testing, "*.example");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _stalls.Dispose();
    }

    bool IDomainPolicies.IsOn => true;

    ValueTask<PublishedPolicy?> IDomainPolicies.PrepareAsync(string domain, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    ValueTask<DomainPolicy?> IDomainPolicies.FindAsync(string domain, CancellationToken cancellationToken) =>
        _isAway ? throw new SpoolUnavailableException("away", new IOException()) : new(_policies.GetValueOrDefault(domain));

    private protected static string Verdict(ConnectionEvent.Ended ended) => Outcome(ended).Disposition.ToString();

    private protected static RecipientOutcome Outcome(ConnectionEvent.Ended ended) => Assert.Single(ended.Outcome!.Recipients);

    private protected static void Break(TlsSink sink, string fault)
    {
        if (fault == "plain") sink.Certificate = null;
        else if (fault == "name") sink.Certificate = Certificates.For("mx.other.test");
    }

    private protected void Publish(string domain, StsMode mode, string pattern) => _policies[domain] = new DomainPolicy(
        domain, new StsPolicy(mode, TimeSpan.FromDays(1), [pattern]), DateTimeOffset.MaxValue);

    private protected void PublishDane(string domain, Func<string, DaneHost> find) =>
        _policies[domain] = (_policies.GetValueOrDefault(domain) ?? new DomainPolicy(domain, null, DateTimeOffset.MaxValue)) with
        {
            Dane = (host, _) => new(find(host)),
        };

    private protected Job NewJob(string domain, MessageEnvelope? envelope = null, string content = "Subject: x\r\n\r\nhello\r\n")
    {
        var part = new PartId(MessageId.FromHalves(7, ++_lastMessage), QueueKey.FromTrusted($"default:{domain}"));
        _spool.Add(
            part, DateTimeOffset.UnixEpoch, envelope ?? new MessageEnvelope { ReversePath = Mailbox.Parse("me@us.example") }, content,
            $"x@{domain}");
        return new Job(part, 1, RecipientSet.All(1), new QueueLine(part.Queue), _stalls.Mark());
    }

    private protected RunningLoop Start(System.Security.Cryptography.X509Certificates.X509Certificate2Collection? authorities = null)
    {
        var options = new DeliveryOptions { Port = _first.Port };
        var connector = _connector ??= new SiteConnector(
            _dns,
            new SmtpConnector(
                "us.example", options, new TlsClient(authorities ?? [Certificates.Authority]) { KeepsCertificates = true },
                TimeProvider.System, _log),
            new(new EgressTable([], [])), new MailLoopDetector("us.example", [], true, () => [], () => []), new MemoryCapture(),
            TimeProvider.System, _ => 0, _log);
        var target = new DeliveryTarget(SiteNames.For(_hosts, _first.Port), TargetKind.Mx, _hosts, _first.Port);
        var queueNodes = new QueueNodeReachability(TimeProvider.System);
        var services = new ConnectionServices(_spool, connector, _time, _log, _stalls, queueNodes)
        {
            Policies = _services ??= new PolicyServices(this, _time, _log),
        };
        return new RunningLoop(target, services, CancellationToken.None, CancellationToken.None);
    }
}
