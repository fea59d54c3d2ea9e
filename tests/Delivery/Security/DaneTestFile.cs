using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Dns;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>
/// The cases of OpenSSL's file <c>test/danetest.in</c>: numbers (TLSA records, certificates, name checks, result, depth), the records, and
/// the certificates in PEM form.
/// </summary>
internal static class DaneTestFile
{
    public sealed record Case(
        int Number, bool HasNoNameChecks, int Result, int Depth, ImmutableArray<TlsaAssociation> Records,
        ImmutableArray<ReadOnlyMemory<byte>> Chain);

    public static IEnumerable<Case> Read(string path)
    {
        var lines = File.ReadAllLines(path).Where(line => !line.StartsWith('#') && line.Length > 0).ToArray();
        var number = 0;
        for (var i = 0; i < lines.Length;)
        {
            int[] head = [.. lines[i++].Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
            var records = ImmutableArray.CreateBuilder<TlsaAssociation>();
            for (var r = 0; r < head[0]; r++)
            {
                var words = lines[i++].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                records.Add(new(Byte(words[0]), Byte(words[1]), Byte(words[2]), [.. Convert.FromHexString(words[3])]));
            }

            var from = i;
            for (var seen = 0; seen < head[1]; i++)
                if (lines[i].StartsWith("-----END", StringComparison.Ordinal)) seen++;
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(string.Join('\n', lines[from..i]));
            yield return new Case(
                ++number, head[2] != 0, head[3], head[4], records.ToImmutable(),
                [.. certificates.Select(certificate => certificate.RawDataMemory)]);
        }
    }

    private static byte Byte(string text) => byte.Parse(text, CultureInfo.InvariantCulture);
}
