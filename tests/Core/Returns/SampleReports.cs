using System.Formats.Tar;
using System.IO.Compression;

namespace Postfleet.Core.Tests.Returns;

/// <summary>
/// The mails of github.com/sisimai/set-of-emails (folders maildir/bsd and maildir/not, commit 18e585c2), and what Sisimai finds in them
/// (github.com/sisimai/rb-sisimai, test/public, commit 9c4a1847). The licence of both stands beside them.
/// </summary>
internal static class SampleReports
{
    private static readonly Lazy<SortedDictionary<string, byte[]>> Mails = new(Read);

    /// <summary>The mails by name, such as <c>lhost-postfix-01</c>.</summary>
    public static IReadOnlyDictionary<string, byte[]> All => Mails.Value;

    /// <summary>The expected recipients of each mail, in their order.</summary>
    public static ILookup<string, ExpectedReport> Expected { get; } = File.ReadLines(PathOf("expected.tsv"))
        .Select(line => line.Split('\t')).ToLookup(cells => cells[0], cells => new ExpectedReport(cells[1], cells[3], cells[5]));

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Returns", "Samples", file);

    private static SortedDictionary<string, byte[]> Read()
    {
        var mails = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        using var packed = new GZipStream(File.OpenRead(PathOf("set-of-emails.tar.gz")), CompressionMode.Decompress);
        using var archive = new TarReader(packed);
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is not { } data) continue;
            using var octets = new MemoryStream();
            data.CopyTo(octets);
            mails.Add(Path.GetFileNameWithoutExtension(entry.Name), octets.ToArray());
        }

        return mails;
    }
}

/// <summary>What Sisimai finds about one recipient.</summary>
/// <param name="Status">The enhanced code; one of its own (<c>5.0.9xx</c>) where the mail has none.</param>
/// <param name="Reason">Sisimai's word for the reason.</param>
/// <param name="Feedback">The type of a complaint; empty for others.</param>
internal sealed record ExpectedReport(string Status, string Reason, string Feedback)
{
    /// <summary>Whether the mail has the status itself.</summary>
    public bool HasStatus => Status.Length > 0 && !Status.Contains(".0.9", StringComparison.Ordinal);
}
