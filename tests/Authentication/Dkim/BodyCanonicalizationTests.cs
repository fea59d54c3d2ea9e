using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using CsCheck;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Tests.Fixtures;
using Xunit;

namespace Postfleet.Authentication.Tests.Dkim;

/// <summary>RFC 6376 sections 3.4.3 and 3.4.4.</summary>
public sealed partial class BodyCanonicalizationTests
{
    private static readonly Gen<string> Bodies = Gen.OneOf(
        "\r\n", "\n", "\r", " ", "\t", "  \t", "a", "word", "\u00ff", "\0", " b ", "\r\n\r\n", "=20\r\n", ".").Array[0, 20]
            .Select(string.Concat);

    [Theory]
    [InlineData("", "\r\n", "")]
    [InlineData("\r\n", "\r\n", "")]
    [InlineData("\r\n\r\n\r\n", "\r\n", "")]
    [InlineData("a", "a\r\n", "a\r\n")]
    [InlineData("a\r\n\r\n\r\n", "a\r\n", "a\r\n")]
    [InlineData("\r\na\r\n", "\r\na\r\n", "\r\na\r\n")]
    [InlineData(" \r\n", " \r\n", "")]
    [InlineData("a \t b \r\n", "a \t b \r\n", "a b\r\n")]
    [InlineData(" a\r\n \r\n", " a\r\n \r\n", " a\r\n")]
    [InlineData("a \r\n\t\r\nb", "a \r\n\t\r\nb\r\n", "a\r\n\r\nb\r\n")]
    [InlineData("a\nb\n\n", "a\r\nb\r\n", "a\r\nb\r\n")]
    [InlineData("a\rb\r", "a\rb\r\r\n", "a\rb\r\r\n")]
    [InlineData("a \r b\r\n", "a \r b\r\n", "a \r b\r\n")]
    public void Bodies_have_their_canonical_form(string body, string simple, string relaxed)
    {
        Assert.Equal(Hash(simple), HashOf(body, Canonicalization.Simple, 1));
        Assert.Equal(Hash(relaxed), HashOf(body, Canonicalization.Relaxed, 1));
    }

    [Fact]
    public void Canonical_form_is_that_of_the_text_of_the_rfc() => Gen.Select(Bodies, Gen.Int[1, 7]).Sample((body, length) =>
    {
        Assert.Equal(Hash(Simple(body)), HashOf(body, Canonicalization.Simple, length));
        Assert.Equal(Hash(Relaxed(body)), HashOf(body, Canonicalization.Relaxed, length));
    }, iter: 10_000);

    [Fact]
    public void Hashes_of_beginnings_come_from_one_pass() => Gen.Select(Bodies, Gen.Int[0, 40].Array[1, 4], Gen.Int[1, 7]).Sample(
        (body, limits, length) =>
        {
            var canonical = Relaxed(body);
            using var hash = BodyCanonicalizer.Hash(
                TestMessages.Split(TestMessages.Octets(body), length), Canonicalization.Relaxed,
                [.. limits.Select(limit => (long)limit), BodyHash.Whole]);
            foreach (var limit in limits)
            {
                var expected = limit > canonical.Length ? null : Hash(canonical[..limit]);
                Assert.Equal(expected, hash[limit] is { } found ? Convert.ToHexString(found) : null);
            }

            Assert.Equal(Hash(canonical), Convert.ToHexString(hash[BodyHash.Whole]!));
            Assert.Equal(canonical.Length, hash.Length);
        }, iter: 5_000);

    /// <summary>Bodies that are all trouble: empty lines, spaces, and one long line, 8 MB each.</summary>
    [Theory]
    [InlineData("\r\n")]
    [InlineData(" ")]
    [InlineData(" \r\n\r\n")]
    [InlineData("a ")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")]
    public void Large_bodies_take_constant_memory_and_linear_time(string pattern)
    {
        var segment = TestMessages.Octets(string.Concat(Enumerable.Repeat(pattern, 1_000_000 / pattern.Length)));
        var pieces = new Core.Mail.ContentPieces();
        for (var i = 0; i < 8; i++) pieces.Add(segment);
        pieces.Add("end"u8.ToArray());
        var body = pieces.Build().Octets;
        foreach (var form in (ReadOnlySpan<Canonicalization>)[Canonicalization.Simple, Canonicalization.Relaxed])
        {
            var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
            BodyCanonicalizer.Hash(body, form, [BodyHash.Whole]).Dispose();
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        }
    }

    private static string HashOf(string body, Canonicalization form, int length)
    {
        using var hash = BodyCanonicalizer.Hash(TestMessages.Split(TestMessages.Octets(body), length), form, [BodyHash.Whole]);
        return Convert.ToHexString(hash[BodyHash.Whole]!);
    }

    private static string Hash(string canonical) => Convert.ToHexString(SHA256.HashData(TestMessages.Octets(canonical)));

    private static string Simple(string body)
    {
        var lines = Lines(body);
        while (lines is [.., ""]) lines.RemoveAt(lines.Count - 1);
        return lines.Count == 0 ? "\r\n" : string.Join("\r\n", lines) + "\r\n";
    }

    private static string Relaxed(string body)
    {
        var lines = Lines(body).Select(line => WhiteSpace().Replace(line, " ")).Select(line => line.TrimEnd(' ')).ToList();
        while (lines is [.., ""]) lines.RemoveAt(lines.Count - 1);
        return lines.Count == 0 ? "" : string.Join("\r\n", lines) + "\r\n";
    }

    private static List<string> Lines(string body) => [.. LineEnd().Split(body)];

    [GeneratedRegex("\r?\n")]
    private static partial Regex LineEnd();

    [GeneratedRegex("[ \t]+")]
    private static partial Regex WhiteSpace();
}
