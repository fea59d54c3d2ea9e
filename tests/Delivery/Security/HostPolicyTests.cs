using Postfleet.Delivery.Security;
using Postfleet.Delivery.Smtp;
using Postfleet.Dns;
using Xunit;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>What a report about TLS counts of a policy (RFC 8460 sections 4.3 and 4.4).</summary>
public sealed class HostPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly StsPolicy Enforce = new(StsMode.Enforce, TimeSpan.FromDays(7), ["mx.a.test"]);

    private static readonly TlsaAssociation Record = new(3, 1, 1, [.. new byte[32]]);

    [Theory]
    [InlineData("none", "none", true, "no-policy-found a.test", "", "")]
    [InlineData("none", "enforce", false, "sts a.test", "starttls-not-supported", "version: STSv1")]
    [InlineData("none", "enforce", true, "sts a.test", "certificate-not-trusted", "version: STSv1")]
    [InlineData("records", "enforce", false, "tlsa end.a.test", "starttls-not-supported", "3 1 1 0000")]
    [InlineData("records", "enforce", true, "tlsa end.a.test", "certificate-not-trusted", "3 1 1 0000")]
    [InlineData("unusable", "none", true, "tlsa end.a.test", "", "0 1 1 0000")]
    [InlineData("unusable", "enforce", true, "sts a.test", "certificate-not-trusted", "version: STSv1")]
    [InlineData("unknown", "enforce", true, "tlsa a.test", "dnssec-invalid", "")]
    public void A_policy_has_a_result(string dane, string sts, bool hasTls, string policy, string failure, string first)
    {
        var host = dane switch
        {
            "records" => DaneHost.With("end.a.test", ["mx.a.test"], [Record]),
            "unusable" => DaneHost.With("end.a.test", ["mx.a.test"], [Record with { Usage = 0 }]),
            "unknown" => DaneHost.Unknown("no answer"),
            _ => DaneHost.None,
        };
        var tls = hasTls ? new TlsFacts(default, default, IsVerified: false) : null;
        var result = new HostPolicy("a.test", "mx.a.test", sts == "enforce" ? Enforce : null, host).Judge(tls, Now).Result;
        Assert.Equal(policy, $"{TlsResult.WordOf(result.Type)} {result.PolicyDomain}");
        Assert.Equal(failure, result.Failure is { } found ? TlsResult.WordOf(found) : "");
        Assert.StartsWith(first, result.Strings.Count > 0 ? result.Strings[0] : "", StringComparison.Ordinal);
        Assert.Equal(first.Length > 0, result.Strings.Count > 0);
        Assert.Equal(failure.Length > 0, result.Reason.Length > 0);
    }

    [Fact]
    public void Each_failure_has_a_word_of_its_own()
    {
        string[] words = [.. Enum.GetValues<TlsFailure>().Select(TlsResult.WordOf)];
        Assert.Equal(words.Length, words.Distinct().Count());
    }
}
