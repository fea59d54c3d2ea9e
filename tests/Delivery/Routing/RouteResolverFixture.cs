using System.Net;
using Postfleet.Contracts;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>A route resolver with DNS in memory.</summary>
public abstract class RouteResolverFixture
{
    private protected static readonly MailLoopDetector Own = new(
        "Mail.Here.example", [IPEndPoint.Parse("198.51.100.1:25")], allowsLoopback: false, () => [],
        () => [new ClusterHost("other.here.example", [IPEndPoint.Parse("198.51.100.2:25")])]);

    private protected readonly FakeDns _dns = new();

    private protected async Task<DeliveryTarget> DeliverAsync(string domain, IReadOnlyList<RouteOptions>? routes = null)
    {
        var target = Assert.IsType<RouteDecision.Deliver>(await ResolveAsync(domain, routes)).Target;
        Assert.True(SiteNames.Fits(target));
        return target;
    }

    private protected async Task<RouteDecision.Fail> FailAsync(string domain, IReadOnlyList<RouteOptions>? routes = null) =>
        Assert.IsType<RouteDecision.Fail>(await ResolveAsync(domain, routes));

    private protected ValueTask<RouteDecision> ResolveAsync(string domain, IReadOnlyList<RouteOptions>? routes = null)
    {
        Assert.True(DomainName.TryParse(domain, out var name));
        routes ??= [new RouteOptions { Domain = DomainPattern.All }];
        var resolver = new RouteResolver(routes, new EgressTable(routes, []), new DeliveryOptions(), Own, _dns);
        return resolver.ResolveAsync(QueueKey.For(QueueKey.DefaultStream, name), CancellationToken.None);
    }

    private protected async Task<string> DestinationAsync(
        string stream, IReadOnlyList<RouteOptions> routes, IReadOnlyList<SourceOptions> sources)
    {
        Assert.True(DomainName.TryParse("b.test", out var domain));
        var resolver = new RouteResolver(routes, new EgressTable(routes, sources), new DeliveryOptions(), Own, _dns);
        var decision = await resolver.ResolveAsync(QueueKey.For(stream, domain), CancellationToken.None);
        return decision is RouteDecision.Deliver deliver ? deliver.Target.Destination.Value : ((RouteDecision.Fail)decision).Reply.Text;
    }

    private protected static RouteOptions Route(string domain, string to) =>
        new() { Domain = DomainPattern.Parse(domain), To = RouteTarget.Parse(to) };

    private protected static string Code(SmtpReply reply) => $"{reply.Code} {reply.Status}";
}
