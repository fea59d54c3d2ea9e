using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>The site of each domain's mail. Several domains share a site.</summary>
internal sealed class Routes(World world)
{
    private static readonly SmtpReply NoAnswer = new(451, new EnhancedStatus(4, 4, 3), "the DNS does not answer");
    private static readonly SmtpReply NoDomain = new(556, new EnhancedStatus(5, 1, 10), "the domain takes no mail");

    private readonly Chance _chance = new(world.Plan.Seed, 6);
    private readonly Dictionary<QueueKey, Site> _sites = [];

    /// <summary>Domains whose route is not known now.</summary>
    public HashSet<QueueKey> Unknown { get; } = [];

    /// <summary>Domains currently refusing all mail.</summary>
    public HashSet<QueueKey> None { get; } = [];

    public Site this[QueueKey queue]
    {
        get => _sites[queue];
        set => _sites[queue] = value;
    }

    public TimeSpan Time() => _chance.Is(0.05) ? _chance.Seconds(0.1, 5) : _chance.Milliseconds(0.1, 50);

    public RouteDecision Resolve(QueueKey queue) =>
        Unknown.Contains(queue) ? new RouteDecision.Defer(NoAnswer)
        : None.Contains(queue) ? new RouteDecision.Fail(NoDomain)
        : new RouteDecision.Deliver(_sites[queue].Target, _chance.Seconds(20, 600));
}
