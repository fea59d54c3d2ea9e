using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Testing.Fakes;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>The routes of a test, and connections to their hosts over real sockets.</summary>
/// <param name="Resolver">Finds the route of a queue.</param>
/// <param name="Sites">Connects to a host.</param>
internal sealed record NextHosts(RouteResolver Resolver, SiteConnector Sites)
{
    /// <summary>The connections use the clock of the machine, so that no time limit is over while a test advances the other.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="dns">The names.</param>
    /// <param name="time">The clock of the test.</param>
    /// <param name="dialer">Opens the connections.</param>
    public static NextHosts Create(RouteOptions[] routes, FakeDns dns, TimeProvider time, Dialer dialer)
    {
        var egress = new EgressTable(routes, []);
        var own = new MailLoopDetector("us.test", [], allowsLoopback: true, () => [], () => []);
        var connector = new SmtpConnector(
            "client.test", new DeliveryOptions(), new TlsClient([]), TimeProvider.System, NullLogger.Instance)
        { Dialer = dialer };
        return new NextHosts(
            new RouteResolver(routes, egress, new DeliveryOptions(), own, dns),
            new SiteConnector(dns, connector, new(egress), own, new MemoryCapture(), time, new Random(1).Next, NullLogger.Instance));
    }
}
