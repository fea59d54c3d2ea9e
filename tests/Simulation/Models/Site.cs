using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// The mail hosts of a site: accept, defer and refuse recipients, answer slowly, drop connections, and count connections.
/// </summary>
internal sealed class Site
{
    private static readonly SmtpReply Ok = new(250, new EnhancedStatus(2, 0, 0), "ok");
    private static readonly SmtpReply Later = new(450, new EnhancedStatus(4, 2, 0), "later");
    private static readonly SmtpReply Never = new(550, new EnhancedStatus(5, 1, 1), "no such user");

    private readonly Chance _chance;
    private readonly HashSet<ConnectionShell> _connections = [];
    private readonly double _deferring;
    private readonly double _refusing;

    // Whether no attempt takes long.
    private readonly bool _isSteady;

    public Site(World world, int number)
    {
        _chance = new Chance(world.Plan.Seed, 20 + number);
        TargetHost[] hosts = [.. Enumerable.Range(1, _chance.Between(1, 2))
            .Select(host => new TargetHost(10 * host, $"mx{host}.s{number}.example"))];
        Id = SiteNames.For(hosts, 25);
        Target = new DeliveryTarget(Id, TargetKind.Mx, hosts, 25);
        (_deferring, _refusing) = (0.4 * _chance.Share(), 0.3 * _chance.Share());
        AcceptsAll = _isSteady = world.Plan.HasStreams;
    }

    public DestinationId Id { get; }

    public DeliveryTarget Target { get; }

    public bool IsUp { get; set; } = true;

    /// <summary>Share of attempts whose connection is dropped.</summary>
    public double Drops { get; set; }

    /// <summary>Whether the hosts accept everything.</summary>
    public bool AcceptsAll { get; set; }

    public int Connections => _connections.Count;

    /// <summary>A connection is made. Connections of removed nodes, which the cluster cannot stop, do not count.</summary>
    public void Connect(ConnectionShell connection)
    {
        _connections.Add(connection);
        if (connection.Node.IsRemoved) return;
        var open = _connections.Count(other => !other.Node.IsRemoved);
        if (open > World.DestinationRules.MaxConnections) throw new PromiseBrokenException("limit", $"{Id} sees {open} connections");
    }

    public void Disconnect(ConnectionShell connection) => _connections.Remove(connection);

    public TimeSpan ConnectTime() => IsUp ? _chance.Milliseconds(1, 300) : _chance.Seconds(0.01, 30);

    public TimeSpan Latency() => _chance.Milliseconds(1, 100);

    /// <summary>From the beginning of an attempt to its final dot.</summary>
    public TimeSpan EnvelopeTime() => !_isSteady && _chance.Is(0.03) ? _chance.Seconds(5, 60) : _chance.Milliseconds(5, 500);

    /// <summary>From the final dot to the remote host's answer. Some take minutes: RFC 5321 section 4.5.3.2 allows ten.</summary>
    public TimeSpan AnswerTime() =>
        _isSteady ? _chance.Milliseconds(20, 1000)
        : _chance.Is(0.04) ? _chance.Seconds(10, 100) : _chance.Is(0.2) ? _chance.Seconds(1, 10) : _chance.Milliseconds(20, 1000);

    public bool IsStale() => _chance.Is(0.02);

    public bool IsTired() => _chance.Is(0.1);

    /// <summary>Whether a lost connection was lost before the final dot.</summary>
    public bool IsLate() => _chance.Is(0.5);

    /// <summary>
    /// The reaction of a host to the final dot: its replies, its accepted recipients, and whether it drops the connection instead of
    /// replying.
    /// </summary>
    public (IReadOnlyList<RecipientOutcome> Outcomes, RecipientSet Accepted, bool IsDropped) Receive(RecipientSet open, int host)
    {
        var outcomes = Judge(open, host);
        var accepted = outcomes.Where(outcome => outcome.Disposition == Disposition.Delivered)
            .Aggregate(RecipientSet.Empty, (set, outcome) => set.Union(outcome.Recipients));
        var isDropped = _chance.Is(Drops);
        return (outcomes, isDropped && IsLate() ? RecipientSet.Empty : accepted, isDropped);
    }

    private IReadOnlyList<RecipientOutcome> Judge(RecipientSet open, int host)
    {
        // The whole message may be put off at its end.
        if (!AcceptsAll && _chance.Is(_deferring / 4))
            return [new RecipientOutcome(open, Disposition.Deferred, Later, Target.Hosts[host].Name)];
        return [.. open.Indexes().GroupBy(_ => Judge()).Select(group =>
            new RecipientOutcome(RecipientSet.Of(group), group.Key.Disposition, group.Key.Reply, Target.Hosts[host].Name))];
    }

    private (Disposition Disposition, SmtpReply Reply) Judge() =>
        AcceptsAll ? (Disposition.Delivered, Ok)
        : _chance.Is(_deferring) ? (Disposition.Deferred, Later)
        : _chance.Is(_refusing) ? (Disposition.Failed, Never)
        : (Disposition.Delivered, Ok);
}
