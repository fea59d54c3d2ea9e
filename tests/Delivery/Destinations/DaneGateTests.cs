using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Tests.Smtp;
using Postfleet.Dns;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>Mail hosts with TLSA records: a message leaves only on a connection that meets the records of its domain.</summary>
public sealed class DaneGateTests : PolicyGateFixture
{
    private static readonly string[] Names = ["mx1.example", "mx2.example"];

    [Fact]
    public async Task A_certificate_that_no_authority_has_issued_meets_a_record_for_it()
    {
        _first.Certificate = Certificates.For("mx.other.test", DateTimeOffset.UtcNow.AddDays(-1));
        PublishDane("dane.test", RecordOf(_first.Certificate));
        PublishDane("other.test", RecordOf(Certificates.For("mx1.example")));
        await using (var loop = Start([]))
        {
            foreach (var domain in (string[])["dane.test", "lax.test", "dane.test"])
                Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob(domain))));
            Assert.Equal((1, 3), (_first.Connections, _first.Messages.Count(message => message.IsSecure)));
            // The same host, by the records of another domain.
            var ended = await loop.RunAsync(NewJob("other.test"));
            Assert.Equal("Deferred", Verdict(ended));
            Assert.StartsWith("the DANE policy of other.test is not met: mx", Outcome(ended).Reply.Text, StringComparison.Ordinal);
        }

        await using var next = Start([]);
        Assert.Equal("Delivered", Verdict(await next.RunAsync(NewJob("dane.test"))));
        Assert.Equal(4, _first.Messages.Count);
    }

    /// <summary>An attacker suppresses STARTTLS, replaces the certificate, or the lookup of the records fails.</summary>
    [Theory]
    [InlineData("plain")]
    [InlineData("name")]
    [InlineData("unknown")]
    public async Task Mail_waits_rather_than_leaving_in_the_clear(string fault)
    {
        var records = new[] { _first, _second }.Select(sink => RecordOf(sink.Certificate!)).ToArray();
        if (fault == "unknown") PublishDane("dane.test", DaneHost.Unknown("the TLSA records cannot be looked up"));
        else PublishDane("dane.test", records);
        Break(_first, fault);
        Break(_second, fault);
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("lax.test"))));
        Assert.Equal("Deferred", Verdict(await loop.RunAsync(NewJob("dane.test"))));
        Assert.DoesNotContain(
            _first.Messages.Concat(_second.Messages), message => message.To[0].Contains("dane", StringComparison.Ordinal));
        Assert.Contains(_log.Lines, line => line.Name == "policy refused");
    }

    [Fact]
    public async Task The_next_host_is_used_where_the_first_does_not_meet_its_records()
    {
        PublishDane("dane.test", RecordOf(Certificates.For("mx1.example")), RecordOf(_second.Certificate!));
        await using var loop = Start();
        var ended = await loop.RunAsync(NewJob("dane.test"));
        Assert.Equal(("Delivered", false), (Verdict(ended), ended.IsUsable));
        Assert.Equal((0, 1), (_first.Messages.Count, _second.Messages.Count));
    }

    [Fact]
    public async Task A_host_without_records_beside_hosts_with_records_gets_mail_as_usual()
    {
        _first.Certificate = null;
        PublishDane("dane.test", host => host == "mx1.example" ? DaneHost.None : DaneHost.Unknown("no"));
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("dane.test"))));
        Assert.False(Assert.Single(_first.Messages).IsSecure);
    }

    /// <summary>RFC 7672 section 2.2: records that cannot be used still demand encryption.</summary>
    [Theory]
    [InlineData("name", "Delivered")]
    [InlineData("plain", "Deferred")]
    public async Task Unusable_records_demand_encryption(string fault, string verdict)
    {
        PublishDane("dane.test", new TlsaAssociation(0, 1, 1, [.. new byte[32]]));
        Break(_first, fault);
        Break(_second, fault);
        await using var loop = Start();
        Assert.Equal(verdict, Verdict(await loop.RunAsync(NewJob("dane.test"))));
    }

    /// <summary>RFC 8461 section 2: a valid MTA-STS policy does not outweigh records that are not met, and nothing more is asked of records
    /// that are met.</summary>
    [Theory]
    [InlineData(true, "mx.nowhere.test", "Delivered")]
    [InlineData(false, "*.example", "Deferred")]
    public async Task Records_come_before_MTA_STS(bool isMet, string pattern, string verdict)
    {
        Publish("both.test", StsMode.Enforce, pattern);
        PublishDane("both.test", isMet ? [RecordOf(_first.Certificate!), RecordOf(_second.Certificate!)]
            : [RecordOf(Certificates.For("x")), RecordOf(Certificates.For("x"))]);
        await using var loop = Start();
        Assert.Equal(verdict, Verdict(await loop.RunAsync(NewJob("both.test"))));
    }

    [Fact]
    public async Task The_name_in_the_handshake_is_the_one_with_the_records()
    {
        var end = Certificates.For("end.example");
        _first.ByName["end.example"] = end;
        PublishDane("dane.test", host => DaneHost.With("end.example", [.. Names], [RecordOf(end)]));
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("dane.test"))));
        Assert.Equal(2, Assert.Single(_first.Messages).Connection);
        // What was verified for another name proves nothing for a policy about names.
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("strict.test"))));
        Assert.Equal(3, _first.Messages[1].Connection);
    }

    /// <summary>RFC 8689 section 4.2.1: TLSA records prove the host for REQUIRETLS.</summary>
    [Theory]
    [InlineData(3, true, "Delivered", 1)]
    [InlineData(3, false, "Failed 5.7.30", 0)]
    [InlineData(0, true, "Failed 5.7.10", 0)]
    [InlineData(null, true, "Failed 5.7.10", 0)]
    public async Task REQUIRETLS_is_sent_to_hosts_that_records_prove(int? usage, bool isOffered, string verdict, int sent)
    {
        _first.Certificate = Certificates.For("mx.other.test");
        _first.Extensions = isOffered ? ["REQUIRETLS"] : [];
        var record = RecordOf(_first.Certificate);
        PublishDane("dane.test", _ => usage is { } known
            ? DaneHost.With("mx1.example", [.. Names], [record with { Usage = (byte)known }]) : DaneHost.None);
        await using var loop = Start([]);
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("me@us.example"), RequiresTls = true };
        var ended = await loop.RunAsync(NewJob("dane.test", envelope));
        Assert.StartsWith(verdict, $"{Verdict(ended)} {Outcome(ended).Reply.Status}", StringComparison.Ordinal);
        Assert.Equal(sent, _first.Messages.Count(message => message.From.EndsWith(" REQUIRETLS", StringComparison.Ordinal)));
        Assert.Equal(sent, _first.Messages.Count);
    }

    [Fact]
    public async Task REQUIRETLS_goes_to_the_host_that_records_prove()
    {
        _second.Extensions = ["REQUIRETLS"];
        PublishDane("dane.test", host => host == "mx1.example" ? DaneHost.None
            : DaneHost.With(host, [host], [RecordOf(_second.Certificate!)]));
        await using var loop = Start();
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("me@us.example"), RequiresTls = true };
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("dane.test", envelope))));
        Assert.Equal((0, 1), (_first.Messages.Count, _second.Messages.Count));
    }

    /// <summary>A lookup that fails is no proof that nothing proves the host: the message waits and is not returned.</summary>
    [Fact]
    public async Task REQUIRETLS_waits_while_records_cannot_be_looked_up()
    {
        PublishDane("dane.test", DaneHost.Unknown("the TLSA records cannot be looked up"));
        await using var loop = Start();
        var envelope = new MessageEnvelope { ReversePath = Mailbox.Parse("me@us.example"), RequiresTls = true };
        var ended = await loop.RunAsync(NewJob("dane.test", envelope));
        Assert.Equal(
            ("Deferred", "the DANE policy of dane.test is not met: the TLSA records cannot be looked up"),
            (Verdict(ended), Outcome(ended).Reply.Text));
    }

    /// <summary>Records may change, or be lost, while a stricter connection is opened.</summary>
    [Fact]
    public async Task A_connection_is_judged_by_the_records_in_force_when_mail_is_sent()
    {
        var certificate = _first.Certificate!;
        _first.Certificate = null;
        PublishDane("dane.test", host => _first.Connections < 2 ? DaneHost.With(host, [host], [RecordOf(certificate)])
            : DaneHost.Unknown("the TLSA records cannot be looked up"));
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("lax.test"))));
        _first.Certificate = certificate;
        Assert.Equal("Deferred", Verdict(await loop.RunAsync(NewJob("dane.test"))));
        Assert.Equal((2, 1), (_first.Connections, _first.Messages.Count));
    }

    /// <summary>What a connection was found to be holds for the records of that time alone.</summary>
    [Fact]
    public async Task A_connection_is_judged_again_when_records_change()
    {
        var (right, wrong) = (RecordOf(_first.Certificate!), RecordOf(Certificates.For("x")));
        PublishDane("dane.test", right);
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("dane.test"))));
        PublishDane("dane.test", wrong);
        Assert.Equal("Deferred", Verdict(await loop.RunAsync(NewJob("dane.test"))));
        Assert.Single(_first.Messages);
    }

    [Fact]
    public async Task A_sender_may_prefer_delivery_to_records()
    {
        PublishDane("dane.test", DaneHost.Unknown("no"));
        await using var loop = Start();
        Assert.Equal("Delivered", Verdict(await loop.RunAsync(NewJob("dane.test", null, "TLS-Required: No\r\n\r\nhello\r\n"))));
        Assert.Contains(_log.Lines, line => line.Name == "policy not met");
    }

    private static TlsaAssociation RecordOf(X509Certificate2 certificate) =>
        new(3, 1, 1, [.. SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())]);

    private void PublishDane(string domain, DaneHost host) => PublishDane(domain, _ => host);

    // One record for all hosts, or one for each.
    private void PublishDane(string domain, params TlsaAssociation[] records) => PublishDane(
        domain, host => DaneHost.With(host, [host, domain], [records[records.Length == 1 ? 0 : Array.IndexOf(Names, host)]]));
}
