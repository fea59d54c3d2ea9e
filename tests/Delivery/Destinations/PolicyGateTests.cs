using Postfleet.Delivery.Security;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>
/// Domains with different policies share a site and its connections: a message leaves only on a connection that meets the policy of its
/// domain.
/// </summary>
public sealed class PolicyGateTests : PolicyGateFixture
{
    [Fact]
    public async Task Domains_share_a_connection_that_meets_their_policies()
    {
        await using var loop = Start();
        foreach (var domain in (string[])["lax.test", "strict.test", "testing.test", "strict.test"])
            Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob(domain))));
        Assert.Equal((1, 4), (_first.Connections, _first.Messages.Count(message => message.IsSecure)));
    }

    public static TheoryData<string> Faults => ["plain", "name", "authority"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Mail_of_a_domain_that_enforces_waits_and_mail_of_the_others_leaves(string fault)
    {
        Break(_first, fault);
        Break(_second, fault);
        await using (var loop = Start(fault == "authority" ? [] : null))
        {
            Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("lax.test"))));
            Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("testing.test"))));
            var ended = await loop.RunAsync(NewJob("strict.test"));
            Assert.Equal("Deferred", Verdict(ended));
            Assert.StartsWith("the MTA-STS policy of strict.test is not met: mx", Outcome(ended).Reply.Text, StringComparison.Ordinal);
            Assert.False(ended.IsUsable);
        }

        // For a while, the policy costs no further connection, and the connection is left to the other domains.
        var before = _second.Connections;
        await using var next = Start(fault == "authority" ? [] : null);
        Assert.Equal("Deferred", Verdict(await next.RunAsync(NewJob("strict.test"))));
        Assert.Equal("Delivered", Verdict(await next.RunAsync(NewJob("lax.test"))));
        Assert.Equal((3, before), (_first.Messages.Count, _second.Connections));
        Assert.DoesNotContain(
            _first.Messages.Concat(_second.Messages), message => message.To[0].Contains("strict", StringComparison.Ordinal));
        Assert.Contains(_log.Lines, line => line.Name == "policy not met");
    }

    [Fact]
    public async Task A_stricter_connection_takes_the_place_of_one_in_clear_and_stays()
    {
        var certificate = _first.Certificate;
        _first.Certificate = null;
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("lax.test"))));
        _first.Certificate = certificate;
        foreach (var domain in (string[])["strict.test", "lax.test", "strict.test"])
            Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob(domain))));
        Assert.Equal(
            [(1, false), (2, true), (2, true), (2, true)],
            _first.Messages.Select(message => (message.Connection, message.IsSecure)));
        Assert.Equal(0, _second.Connections);
    }

    [Fact]
    public async Task Mail_goes_to_the_host_that_the_policy_names()
    {
        Publish("second.test", StsMode.Enforce, "mx2.example");
        Publish("other.test", StsMode.Enforce, "mx.other.test");
        await using (var loop = Start())
        {
            var ended = await loop.RunAsync(NewJob("second.test"));
            Assert.Equal(("Delivered", false), (Verdict(ended), ended.IsUsable));
        }

        await using var next = Start();
        Assert.Equal("Delivered", Verdict(await next.RunAsync(NewJob("lax.test"))));
        Assert.Equal(
            "the MTA-STS policy of other.test is not met: the policy names none of the mail hosts mx1.example, mx2.example",
            Outcome(await next.RunAsync(NewJob("other.test"))).Reply.Text);
        Assert.Equal(("RCPT TO:<x@lax.test>", "RCPT TO:<x@second.test>"), (_first.Messages[0].To[0], _second.Messages[0].To[0]));
    }

    /// <summary>The host that is asked next must meet the policy, too.</summary>
    [Theory]
    [InlineData("strict.test", 0)]
    [InlineData("lax.test", 1)]
    public async Task Deferred_recipients_are_not_offered_to_a_host_that_does_not_meet_the_policy(string domain, int taken)
    {
        _first.Script = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "452 4.3.1 disk full" : null;
        _second.Certificate = null;
        await using var loop = Start();
        Assert.Equal(taken == 1 ? "Delivered" : "Deferred", Verdict(await loop.RunAsync(NewJob(domain))));
        Assert.Equal((1, taken), (_first.Connections, _second.Messages.Count));
    }

    /// <summary>What one domain demands of a host does not make the host a bad one for the others.</summary>
    [Fact]
    public async Task A_host_that_does_not_meet_a_policy_stays_the_best_host_of_the_other_domains()
    {
        Publish("first.test", StsMode.Enforce, "mx1.example");
        Break(_first, "name");
        await using (var loop = Start()) Assert.Equal("Deferred", Verdict(await loop.RunAsync(NewJob("first.test"))));
        await using var next = Start();
        Assert.Equal("Delivered", Verdict(await next.RunAsync(NewJob("lax.test"))));
        Assert.Equal((1, 0), (_first.Messages.Count, _second.Messages.Count));
    }

    [Fact]
    public async Task Mail_waits_while_its_policy_cannot_be_read()
    {
        _isAway = true;
        await using var loop = Start();
        Assert.Equal("Deferred", Verdict(await loop.RunAsync(NewJob("strict.test"))));
        Assert.Empty(_first.Messages);
    }
}
