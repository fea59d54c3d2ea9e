using System.Collections.Immutable;
using CsCheck;
using Postfleet.Delivery.Security;
using Postfleet.Dns;
using Xunit;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>TLSA records by RFC 7671 and RFC 7672, with a host, an issuer and a root that the tests make.</summary>
public sealed class DaneVerifierTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TestChain Good = new(Now);

    public static TheoryData<int, int, int> Digests
    {
        get
        {
            var all = new TheoryData<int, int, int>();
            for (var depth = 0; depth <= 2; depth++)
                for (var selector = 0; selector <= 1; selector++)
                    for (var type = 0; type <= 2; type++) all.Add(depth, selector, type);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Digests))]
    public void A_record_vouches_for_a_certificate_of_the_chain(int depth, int selector, int type)
    {
        var usage = depth == 0 ? TlsaSet.EndEntity : TlsaSet.Authority;
        var record = Good.Record(depth, usage, selector, type);
        // A key that has signed the certificate below vouches for it, even without the certificate of the key.
        var expected = usage == TlsaSet.Authority && (selector, type) == (1, 0) ? depth - 1 : depth;
        Assert.Equal(new DaneVerdict(expected, null, ""), Verify([record], Good.Sent));
        var data = record.Data.ToArray();
        data[^1] ^= 1;
        Assert.Equal(TlsFailure.CertificateNotTrusted, Verify([record with { Data = [.. data] }], Good.Sent).Failure);
    }

    /// <summary>RFC 7671 section 5.2.2: records with the authority itself serve hosts that do not send it.</summary>
    [Theory]
    [InlineData(2, 0, 2, 2)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(2, 1, 2, 1)]
    [InlineData(1, 1, 1, 0)]
    public void An_authority_in_a_record_need_not_be_sent(int record, int selector, int sent, int depth) => Assert.Equal(
        new DaneVerdict(depth, null, ""), Verify([Good.Record(record, TlsaSet.Authority, selector, 0)], Good.Sent[..sent]));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public void A_digest_of_an_authority_that_is_not_sent_vouches_for_nothing(int record, int type)
    {
        var verdict = Verify([Good.Record(record, TlsaSet.Authority, 1, type)], Good.Sent[..record]);
        Assert.Equal((-1, TlsFailure.CertificateNotTrusted), (verdict.Depth, verdict.Failure));
    }

    [Fact]
    public void A_record_for_an_authority_does_not_vouch_for_the_certificate_of_a_host() =>
        Assert.Equal(TlsFailure.CertificateNotTrusted, Verify([Good.Record(0, TlsaSet.Authority, 1, 1)], Good.Sent).Failure);

    /// <summary>RFC 7671 section 5.1: a record for the host binds the key alone.</summary>
    [Fact]
    public void A_record_for_the_host_has_no_names_and_no_dates()
    {
        var old = new TestChain(Now) { HostUntil = Now.AddDays(-1), Host = "other.test" };
        Assert.Null(Verify([old.Record(0, TlsaSet.EndEntity, 1, 1)], old.Sent).Failure);
    }

    [Theory]
    [InlineData("mx.example", null)]
    [InlineData("example", null)]
    [InlineData("*.example", null)]
    [InlineData("*.mx.example", TlsFailure.CertificateHostMismatch)]
    [InlineData("mx.other.test", TlsFailure.CertificateHostMismatch)]
    [InlineData("", TlsFailure.CertificateHostMismatch)]
    internal void Behind_an_authority_the_certificate_needs_a_name(string host, TlsFailure? failure)
    {
        var chain = new TestChain(Now) { Host = host };
        Assert.Equal(failure, Verify([chain.Record(2, TlsaSet.Authority, 0, 1)], chain.Sent).Failure);
    }

    [Theory]
    [InlineData("mx.example", true)]
    [InlineData("MX.example", true)]
    [InlineData("mx_1.example", false)]
    [InlineData("a b.example", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("[192.0.2.1]", false)]
    [InlineData("..", false)]
    [InlineData("", false)]
    public void Any_text_may_be_asked_for_as_a_name(string name, bool isMet)
    {
        var verdict = DaneVerifier.Verify(TlsaSet.Of([Good.Record(2, TlsaSet.Authority, 0, 1)]), Good.Sent, [name], Now);
        Assert.Equal(isMet ? null : TlsFailure.CertificateHostMismatch, verdict.Failure);
    }

    /// <summary>Strangers publish records: the work for a set of them is bounded.</summary>
    [Fact]
    public void Few_keys_of_a_set_are_tried()
    {
        var key = Good.Record(2, TlsaSet.Authority, 1, 0);
        var others = Enumerable.Range(0, DaneVerifier.MaxKeys).Select(i => key with { Data = [.. key.Data.AsSpan()[..^1], (byte)i] });
        Assert.Null(Verify([.. others.Skip(1), key], Good.Sent[..2]).Failure);
        Assert.NotNull(Verify([.. others, key], Good.Sent[..2]).Failure);
    }

    public static TheoryData<string> Broken => ["host", "issuer", "root", "signature", "authority", "purpose"];

    [Theory]
    [MemberData(nameof(Broken))]
    public void Behind_an_authority_the_chain_is_checked(string fault)
    {
        var chain = new TestChain(Now)
        {
            HostUntil = fault == "host" ? Now.AddDays(-1) : Now.AddDays(9),
            IssuerUntil = fault == "issuer" ? Now.AddDays(-1) : Now.AddDays(9),
            RootUntil = fault == "root" ? Now.AddDays(-1) : Now.AddDays(9),
            IsForged = fault == "signature",
            IsIssuerAuthority = fault != "authority",
            Purpose = fault == "purpose" ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1",
        };
        var expected = fault is "host" or "issuer" or "root" ? TlsFailure.CertificateExpired : TlsFailure.CertificateNotTrusted;
        Assert.Equal(expected, Verify([chain.Record(2, TlsaSet.Authority, 0, 1)], chain.Sent).Failure);
        // The issuer itself is the authority: nothing above it counts, and it must be valid.
        var atIssuer = Verify([chain.Record(1, TlsaSet.Authority, 0, 1)], chain.Sent[..2]).Failure;
        Assert.Equal(fault == "root" ? null : expected, atIssuer);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 0)]
    public void Of_several_digests_the_strongest_counts(int selector, int wrong)
    {
        var right = Good.Record(0, TlsaSet.EndEntity, selector, 1);
        var stronger = Good.Record(2, TlsaSet.EndEntity, selector, 2);
        Assert.Equal(TlsFailure.CertificateNotTrusted, Verify([right, stronger], Good.Sent).Failure);
        // Another selector, or the content itself, does not weaken it.
        Assert.Null(Verify([right, Good.Record(2, TlsaSet.EndEntity, 1 - selector, 2)], Good.Sent).Failure);
        Assert.Null(Verify([right, Good.Record(wrong, TlsaSet.EndEntity, selector, 0)], Good.Sent).Failure);
    }

    [Theory]
    [InlineData(0, 1, 1, 32)]
    [InlineData(1, 1, 1, 32)]
    [InlineData(4, 1, 1, 32)]
    [InlineData(255, 1, 1, 32)]
    [InlineData(3, 2, 1, 32)]
    [InlineData(3, 1, 3, 32)]
    [InlineData(3, 1, 1, 31)]
    [InlineData(3, 1, 1, 33)]
    [InlineData(3, 1, 2, 32)]
    [InlineData(2, 0, 0, 0)]
    [InlineData(2, 0, 0, TlsaSet.MaxContent + 1)]
    public void A_record_may_be_unusable(byte usage, byte selector, byte type, int length)
    {
        var record = new TlsaAssociation(usage, selector, type, [.. new byte[length]]);
        Assert.False(TlsaSet.Of([record]).IsUsable);
        Assert.True(TlsaSet.Of([record, Good.Record(0, TlsaSet.EndEntity, 1, 1)]).IsUsable);
    }

    [Fact]
    public void Any_records_and_certificates_end_with_a_verdict() => Gen.Select(
        Gen.Select(Gen.Byte[2, 3], Gen.Byte[0, 1], Gen.Byte.Array[1, 200]).List[1, 4], Gen.Int[0, 2], Gen.Int[0, 300], Gen.Byte)
        .Sample((records, certificate, place, octet) =>
        {
            // Damaged certificates, among records that contain authorities and keys.
            var damaged = Good.Sent[certificate].ToArray();
            damaged[place % damaged.Length] = octet;
            var sent = Good.Sent.SetItem(certificate, damaged);
            TlsaAssociation[] set = [.. records.Select(record => new TlsaAssociation(record.Item1, record.Item2, 0, [.. record.Item3]))];
            Assert.NotNull(Verify(set, sent).Failure);
            Assert.NotNull(Verify([new TlsaAssociation(2, 0, 0, [.. damaged]), .. set], [damaged]).Problem);
        }, iter: 300);

    private static DaneVerdict Verify(IEnumerable<TlsaAssociation> records, ImmutableArray<ReadOnlyMemory<byte>> sent) =>
        DaneVerifier.Verify(TlsaSet.Of(records), sent, ["mx.example", "example"], Now);
}
