using System.Buffers;
using System.Net;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Inbound;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Spf;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Inbound;

/// <summary>All checks of a message together.</summary>
public sealed class MessageAuthenticatorTests
{
    private static readonly SpfRequest Origin = new(IPAddress.Parse("192.0.2.1"), "mail.example.org", "news@example.org", "mx.test");

    private static readonly string Signed = RawSigner.Sign(
        TestMessages.Simple, "v=1; a=ed25519-sha256; d=example.org; s=s1; h=from:to:subject:date; bh=BH; b=B", TestMessages.Ed25519);

    private static ZoneDns Zone() => new ZoneDns().Text("example.org", "v=spf1 ip4:192.0.2.0/24 -all")
        .Text("s1._domainkey.example.org", TestMessages.Ed25519.Record);

    [Fact]
    public async Task Signed_mail_of_a_permitted_client_passes() => Assert.Equal(
        "Authentication-Results: mx.test; spf=pass smtp.mailfrom=news@example.org; dkim=pass ",
        (await WriteAsync(Zone(), Signed, Origin))[..84]);

    [Fact]
    public async Task Mail_of_unknown_origin_has_no_result_of_spf() =>
        Assert.Equal(
            "Authentication-Results: mx.test; dkim=none; dmarc=none header.from=example.org",
            await WriteAsync(Zone(), TestMessages.Simple, null));

    [Fact]
    public async Task Null_reverse_path_is_checked_by_the_name_of_the_client() => Assert.StartsWith(
        "Authentication-Results: mx.test; spf=pass smtp.helo=example.org;",
        await WriteAsync(Zone(), Signed, Origin with { Helo = "example.org", ReversePath = "" }), StringComparison.Ordinal);

    [Theory]
    [InlineData("v=DMARC1; p=reject", true, "dmarc=pass (p=reject) header.from=example.org")]
    [InlineData("v=DMARC1; p=reject", false, "dmarc=fail (p=reject) reason=")]
    [InlineData("v=DMARC1; p=reject; adkim=s", true, "dmarc=pass (p=reject) header.from=example.org")]
    public async Task Signature_of_the_author_domain_is_aligned(string record, bool isSigned, string result) => Assert.Contains(
        result, await WriteAsync(Zone().Text("_dmarc.example.org", record), isSigned ? Signed : TestMessages.Simple, null),
        StringComparison.Ordinal);

    [Fact]
    public async Task Two_fields_From_cannot_pass() => Assert.Contains(
        "dmarc=permerror",
        await WriteAsync(Zone().Text("_dmarc.example.org", "v=DMARC1; p=reject"), $"From: eve@example.org\r\n{Signed}", Origin),
        StringComparison.Ordinal);

    [Fact]
    public async Task Signature_by_a_key_that_is_only_tested_counts_as_none()
    {
        var zone = new ZoneDns().Text("_dmarc.example.org", "v=DMARC1; p=reject")
            .Text("s1._domainkey.example.org", TestMessages.Ed25519.Record + "; t=y");
        Assert.Contains("dmarc=fail", await WriteAsync(zone, Signed, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silent_dns_ends_each_check_with_temperror_in_the_time_of_all()
    {
        var zone = new ZoneDns().Silent("example.org").Silent("s1._domainkey.example.org");
        var found = await new MessageAuthenticator(zone, TimeProvider.System).CheckAsync(
            new ReadOnlySequence<byte>(TestMessages.Octets(Signed)), Origin, TimeSpan.FromMilliseconds(50), default);
        Assert.Equal(SpfResult.TempError, found.Spf!.Result);
        Assert.Equal(DkimStatus.TempError, Assert.Single(found.Dkim).Status);
    }

    [Fact]
    public async Task A_caller_who_gives_up_ends_the_checks()
    {
        using var end = new CancellationTokenSource();
        var zone = new ZoneDns().Silent("example.org");
        var check = new MessageAuthenticator(zone, TimeProvider.System).CheckAsync(
            new ReadOnlySequence<byte>(TestMessages.Octets(Signed)), Origin, TimeSpan.FromMinutes(5), end.Token).AsTask();
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
    }

    private static async Task<string> WriteAsync(ZoneDns zone, string message, SpfRequest? origin)
    {
        var found = await new MessageAuthenticator(zone, TimeProvider.System).CheckAsync(
            new ReadOnlySequence<byte>(TestMessages.Octets(message)), origin, TimeSpan.FromMinutes(1), default);
        return AuthenticationResultsWriter.Write("mx.test", found.ToMethodResults()).Replace("\r\n", "", StringComparison.Ordinal);
    }
}
