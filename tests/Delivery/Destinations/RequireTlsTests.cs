using Postfleet.Core.Mail;
using Postfleet.Delivery.Security;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>REQUIRETLS and the field TLS-Required (RFC 8689) at MX hosts, whose names a policy of the domain proves.</summary>
public sealed class RequireTlsTests : PolicyGateFixture
{
    [Theory]
    [InlineData("testing.test", true, "Delivered", true)]
    [InlineData("strict.test", true, "Delivered", true)]
    [InlineData("lax.test", true, "Failed 5.7.10", false)]
    [InlineData("strict.test", false, "Failed 5.7.30", false)]
    public async Task REQUIRETLS_is_sent_to_hosts_that_a_policy_names(string domain, bool isOffered, string verdict, bool isSent)
    {
        _first.Extensions = isOffered ? ["REQUIRETLS"] : [];
        await using var loop = Start();
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("me@us.example"), RequiresTls = true };
        var ended = await loop.RunAsync(NewJob(domain, envelope));
        Assert.StartsWith(verdict, $"{Verdict(ended)} {Outcome(ended).Reply.Status}", StringComparison.Ordinal);
        Assert.Equal(isSent ? 1 : 0, _first.Messages.Count(message => message.From.EndsWith(" REQUIRETLS", StringComparison.Ordinal)));
        Assert.Equal(isSent ? 1 : 0, _first.Messages.Count);
    }

    /// <summary>A report is sent in any case, and demands of the host what the host has proven to keep (RFC 8689 section 5).</summary>
    [Theory]
    [InlineData("mx1.example", "MAIL FROM:<> REQUIRETLS")]
    [InlineData("mx.other.test", "MAIL FROM:<>")]
    public async Task A_report_demands_TLS_of_hosts_that_a_policy_names(string pattern, string command)
    {
        Publish("reports.test", StsMode.Testing, pattern);
        _first.Extensions = ["REQUIRETLS"];
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("reports.test", new MessageEnvelope { RequiresTls = true }))));
        Assert.Equal(command, Assert.Single(_first.Messages).From.Replace(" BODY=7BIT", "", StringComparison.Ordinal));
    }

    /// <summary>REQUIRETLS needs a proven host even where the domain only tests its policy.</summary>
    [Fact]
    public async Task REQUIRETLS_makes_a_policy_that_is_tested_strict()
    {
        Break(_first, "name");
        Break(_second, "name");
        await using var loop = Start();
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("me@us.example"), RequiresTls = true };
        Assert.Equal("Deferred", Verdict(await loop.RunAsync(NewJob("testing.test", envelope))));
        Assert.Empty(_first.Messages);
    }

    [Theory]
    [InlineData("TLS-Required: No\r\n", false, "Delivered")]
    [InlineData("Received: x\r\ntls-required:\r\n no \r\n", false, "Delivered")]
    [InlineData("TLS-Required: Yes\r\n", false, "Deferred")]
    [InlineData("X-TLS-Required: No\r\n", false, "Deferred")]
    [InlineData("\r\nTLS-Required: No\r\n", false, "Deferred")]
    [InlineData("TLS-Required: No\r\n", true, "Deferred")]
    public async Task A_sender_may_prefer_delivery_to_security(string field, bool requiresTls, string verdict)
    {
        _first.Certificate = null;
        _second.Certificate = null;
        await using var loop = Start();
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("me@us.example"), RequiresTls = requiresTls };
        Assert.Equal(verdict, Verdict(await loop.RunAsync(NewJob("strict.test", envelope, field + "Subject: x\r\n\r\nhello\r\n"))));
        Assert.Equal(verdict == "Delivered" ? 1 : 0, _first.Messages.Count);
    }
}
