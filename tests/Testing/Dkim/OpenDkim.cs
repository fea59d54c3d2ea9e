using System.Text.RegularExpressions;

namespace Postfleet.Testing;

/// <summary>OpenDKIM as a verifier, in its test mode: a process for each message, without a network.</summary>
public static partial class OpenDkim
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly string[] Accepted =
        ["BadSignature", "Default", "DNSError", "InternalError", "KeyNotFound", "NoSignature", "Security", "SignatureError"];

    /// <summary>Verifies messages.</summary>
    /// <param name="messages">The messages by name; of messages with one name, the first.</param>
    /// <param name="keys">The names and texts of the key records.</param>
    /// <returns>The results of the signatures of each message, such as <c>pass</c>, in the order of the fields.</returns>
    public static async Task<Dictionary<string, IReadOnlyList<string>>> VerifyAsync(
        IEnumerable<(string Name, byte[] Content)> messages, IEnumerable<(string Name, string Record)> keys)
    {
        using var folder = new TempFolder("opendkim");
        await File.WriteAllLinesAsync(folder["keys"], keys.Select(key => $"{key.Name} {key.Record}"));
        await File.WriteAllLinesAsync(
            folder["conf"],
            ["Mode v", "Syslog no", "MaximumSignaturesToVerify 16", $"TestPublicKeys {folder["keys"]}",
                .. Accepted.Select(result => $"On-{result} accept")]);
        var results = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, content) in messages)
        {
            await File.WriteAllBytesAsync(folder["message"], content);
            await using var process = ProcessHost.Start(
                new ProcessSpec("opendkim", ["-x", folder["conf"], "-vv", "-t", folder["message"]]));
            await process.WaitForExitAsync(Limit);
            results.TryAdd(name, [.. process.Output.SelectMany(line => Result().Matches(line)).Select(match => match.Groups[1].Value)]);
        }

        return results;
    }

    [GeneratedRegex(@"\bdkim=(\w+)")]
    private static partial Regex Result();
}
