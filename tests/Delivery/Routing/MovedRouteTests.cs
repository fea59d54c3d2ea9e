using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>Queues that an operator has moved to a named route.</summary>
public sealed class MovedRouteTests : RouteResolverFixture
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:example.org");

    private readonly FakeTimeProvider _time = new(Start);
    private readonly Moves _moves = new();

    [Fact]
    public async Task A_named_route_without_a_domain_is_used_only_by_a_move()
    {
        var routes = Create(Named("backup", "smtp://backup.lan:25"), Route("*", "smtp://relay.lan:25"));
        Assert.Equal(["backup"], routes.Names);
        Assert.Equal("default|relay.lan", await SiteAsync(routes));
        Assert.Equal(0, _moves.Asked);
        _moves.Move = new Redirection(7, "backup", null);
        Assert.Equal("default|backup.lan", await SiteAsync(routes));
        Assert.Equal(_moves.Move, (await routes.ResolveAsync(Queue, default)).Redirection);
        _moves.Move = null;
        Assert.Equal("default|relay.lan", await SiteAsync(routes));
    }

    [Fact]
    public async Task A_move_to_an_mx_route_takes_the_hosts_of_the_domain_and_the_egress_of_the_route()
    {
        _dns.WithMx("example.org", (10, "mx.example.org")).WithAddresses("mx.example.org", "192.0.2.1");
        var routes = Create(Named("second", "mx") with { Source = RouteSource.Parse("198.51.100.9") }, Route("*", "mx"));
        Assert.Equal("default|mx.example.org", await SiteAsync(routes));
        _moves.Move = new Redirection(7, "second", null);
        Assert.Equal("198.51.100.9|mx.example.org", await SiteAsync(routes));
    }

    [Fact]
    public async Task A_move_by_site_looks_at_the_destination_of_the_own_route()
    {
        var routes = Create(Named("backup", "smtp://backup.lan:25"), Route("*", "smtp://relay.lan:25"));
        (_moves.Move, _moves.Site) = (new Redirection(7, "backup", null), "default|relay.lan");
        Assert.Equal("default|backup.lan", await SiteAsync(routes));
        _moves.Site = "default|backup.lan";
        Assert.Equal("default|relay.lan", await SiteAsync(routes));
    }

    [Fact]
    public async Task Mail_waits_for_a_route_that_the_node_lacks_and_goes_no_other_way()
    {
        var routes = Create(Named("backup", "smtp://backup.lan:25"), Route("*", "smtp://relay.lan:25"));
        _moves.Move = new Redirection(7, "backup", null);
        RouteOptions[] reloaded = [Route("*", "smtp://relay.lan:25")];
        routes.Use(Resolver(reloaded));
        Assert.Empty(routes.Names);
        var defer = Assert.IsType<RouteDecision.Defer>(await routes.ResolveAsync(Queue, default));
        Assert.Equal(
            "451 4.3.5 action 7 moves the mail to the route 'backup', which this node does not have", defer.Reply.ToString());
        Assert.Equal(_moves.Move, defer.Redirection);
    }

    [Fact]
    public async Task The_answer_is_kept_until_the_end_of_the_move_at_most()
    {
        var routes = Create(Named("backup", "smtp://backup.lan:25"));
        _moves.Move = new Redirection(7, "backup", Start.AddMinutes(5));
        Assert.Equal(TimeSpan.FromMinutes(5), Assert.IsType<RouteDecision.Deliver>(await routes.ResolveAsync(Queue, default)).ValidFor);
        _moves.Move = new Redirection(7, "backup", Start.AddDays(1));
        Assert.Equal(TimeSpan.FromHours(1), Assert.IsType<RouteDecision.Deliver>(await routes.ResolveAsync(Queue, default)).ValidFor);
    }

    private static RouteOptions Named(string name, string to) => new() { Name = name, To = RouteTarget.Parse(to) };

    private RouteResolver Resolver(IReadOnlyList<RouteOptions> routes) =>
        new(routes, new EgressTable(routes, []), new DeliveryOptions(), Own, _dns);

    private CurrentRoutes Create(params RouteOptions[] routes) => new(Resolver(routes), _moves, _time);

    private static async Task<string> SiteAsync(CurrentRoutes routes) =>
        Assert.IsType<RouteDecision.Deliver>(await routes.ResolveAsync(Queue, default)).Target.Destination.Value;

    /// <summary>A move of all queues, or of queues with a destination.</summary>
    private sealed class Moves : IRedirections
    {
        public Redirection? Move { get; set; }

        public string? Site { get; set; }

        public int Asked { get; private set; }

        public bool IsEmpty => Move is null;

        public bool NeedsSite(QueueKey queue) => Site is not null;

        public Redirection? Find(QueueKey queue, DestinationId? own)
        {
            Asked++;
            return Site is null || own?.Value == Site ? Move : null;
        }
    }
}
