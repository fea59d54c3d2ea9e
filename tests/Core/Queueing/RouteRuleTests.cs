using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Core.Tests.Queueing;

/// <summary>What routes say about a domain before the stream of a message is known.</summary>
public sealed class RouteRuleTests
{
    [Theory]
    [InlineData("*=mx", TargetKind.Mx, false)]
    [InlineData("a.test=reject *=mx", TargetKind.Reject, true)]
    [InlineData("b.test=mx", null, true)]
    // A route of a stream decides nothing for the others.
    [InlineData("*/bulk=reject *=mx", TargetKind.Mx, false)]
    [InlineData("*/bulk=capture *=mx", TargetKind.Mx, false)]
    // Mail of the stream may be taken.
    [InlineData("a.test/bulk=mx *=reject", TargetKind.Reject, false)]
    [InlineData("a.test/bulk=mx", null, false)]
    [InlineData("a.test=reject a.test/bulk=mx", TargetKind.Reject, true)]
    [InlineData("a.test/bulk=reject", null, true)]
    public void First_route_for_all_streams_decides_and_a_stream_may_keep_the_domain_open(string routes, object? kind, bool rejects)
    {
        RouteRule[] rules = [.. routes.Split(' ').Select(Read)];

        Assert.Equal((kind, rejects), ((object?)RouteRule.KindOf(rules, "a.test"), RouteRule.Rejects(rules, "a.test")));
    }

    private static RouteRule Read(string text)
    {
        var (domain, kind) = (text.Split('=')[0], Enum.Parse<TargetKind>(text.Split('=')[1], ignoreCase: true));
        var stream = domain.Split('/') is [_, var name] ? name : "";
        return new RouteRule(DomainPattern.Parse(domain.Split('/')[0]), kind) { Stream = stream };
    }
}
