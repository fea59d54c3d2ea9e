using Postfleet.Contracts.Signing;
using Postfleet.Dns;

namespace Postfleet.Signing.Stored;

/// <summary>Compares the answer of the DNS with the record of a key. Pure.</summary>
public static class RecordCheck
{
    /// <summary>What the answer shows. Receivers may take any of several records, so one alone is right.</summary>
    /// <param name="answer">The TXT records at the name of the key.</param>
    /// <param name="record">The record that belongs there.</param>
    public static RecordSight Of(DnsAnswer<string> answer, string record) => answer.Status switch
    {
        DnsStatus.Failed => RecordSight.Unknown,
        DnsStatus.Found when answer.Records is [var only] && Matches(only, record) => RecordSight.Published,
        DnsStatus.Found => RecordSight.Different,
        _ => RecordSight.Missing,
    };

    // White space in a key, other tags and their order do not matter to verifiers; version, kind and key do.
    private static bool Matches(string found, string record)
    {
        var (tags, wanted) = (Tags(found), Tags(record));
        return tags is not null && wanted is not null && tags.GetValueOrDefault("v", "DKIM1") == "DKIM1"
            && tags.GetValueOrDefault("k", "rsa") == wanted.GetValueOrDefault("k", "rsa")
            && tags.GetValueOrDefault("p") == wanted["p"];
    }

    private static Dictionary<string, string>? Tags(string text)
    {
        Dictionary<string, string> tags = [];
        foreach (var tag in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = tag.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || !tags.TryAdd(tag[..at].TrimEnd(), string.Concat(tag[(at + 1)..].Where(c => !char.IsWhiteSpace(c))))) return null;
        }

        return tags;
    }
}
