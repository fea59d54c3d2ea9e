using System.Text.Json;
using System.Text.Json.Nodes;

namespace Postfleet.Testing;

/// <summary>
/// Runs requests in one process of another implementation of DKIM, by a script in the folder <c>Dkim</c> beside the tests. The scripts
/// describe the requests.
/// </summary>
public static class DkimPeer
{
    // Debian's interpreters, which have the packages; others may come first on the path.

    /// <summary>dkimpy, by <c>dkimpy.py</c>.</summary>
    public static readonly IReadOnlyList<string> DkimPy = ["/usr/bin/python3", "dkimpy.py"];

    /// <summary>Mail::DKIM, by <c>mail-dkim.pl</c>.</summary>
    public static readonly IReadOnlyList<string> MailDkim = ["/usr/bin/perl", "mail-dkim.pl"];

    /// <summary>Runs requests.</summary>
    /// <param name="peer">The interpreter and the name of the script.</param>
    /// <param name="requests">The requests, as they are written in JSON.</param>
    /// <returns>The results, in the order of the requests.</returns>
    public static async Task<JsonArray> RunAsync(IReadOnlyList<string> peer, IEnumerable<object> requests)
    {
        using var folder = new TempFolder();
        var (input, output) = (folder["requests"], folder["results"]);
        await File.WriteAllTextAsync(input, JsonSerializer.Serialize(requests));
        await ProcessHost.RunAsync(new ProcessSpec(peer[0], [Path.Combine(AppContext.BaseDirectory, "Dkim", peer[1]), input, output]));
        return JsonNode.Parse(await File.ReadAllTextAsync(output))!.AsArray();
    }
}
