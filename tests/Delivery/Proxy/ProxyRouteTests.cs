using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Options;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Proxy;

/// <summary>Which mail is passed on, by the routes at this moment.</summary>
public sealed class ProxyRouteTests : ProxyBench
{
    [Theory]
    [InlineData("bulk:own.test", true)]
    [InlineData("default:own.test", false)]
    [InlineData("bulk:other.test", false)]
    public async Task Moved_mail_is_not_passed_on(string moved, bool isMoved)
    {
        await using var sink = new SmtpSink();
        var proxy = NewProxy([RouteTo("own.test", sink)], queue => queue.Value == moved);
        var result = isMoved ? ProxyResult.NotProxied : ProxyResult.Replied;
        Assert.Equal(result, (await AskAsync(proxy, "u@own.test", "bulk")).Result);
        var sent = await proxy.SendAsync(NewMessage(0, "u@own.test") with { Stream = "bulk" }, TimeSpan.Zero).WaitAsync(Patience);
        Assert.Equal((isMoved, !isMoved), (sent.IsNotProxied, sent.Outcomes[0].Reply.IsPositive));
        Assert.Equal(isMoved ? 0 : 1, sink.Messages.Count);
    }

    [Fact]
    public async Task A_message_for_several_hosts_is_not_passed_on()
    {
        await using var first = new SmtpSink();
        await using var second = new SmtpSink();
        var movedDomains = new HashSet<string>();
        var proxy = NewProxy(
            [RouteTo("own.test", first), RouteTo("old.test", first), RouteTo("other.test", second)],
            queue => movedDomains.Contains(queue.Domain));
        Assert.True((await SendAsync(proxy, "u@own.test", "u@other.test")).IsNotProxied);
        Assert.False((await SendAsync(proxy, "u@own.test", "u@old.test")).IsNotProxied);
        movedDomains.Add("old.test");
        Assert.True((await SendAsync(proxy, "u@own.test", "u@old.test")).IsNotProxied);
        Assert.Single(first.Messages);
        Assert.Empty(second.Messages);
    }

    private static RouteOptions RouteTo(string domain, SmtpSink sink) =>
        new() { Domain = DomainPattern.Parse(domain), To = RouteTarget.Parse($"smtp://{sink.EndPoint}") };
}
