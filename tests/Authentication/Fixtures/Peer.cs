using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.Testing;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>Runs requests in one process of another implementation, by a script beside the tests.</summary>
internal static class Peer
{
    // Debian's interpreters, which have the packages; others may come first on the path.
    public static readonly string[] DkimPy = ["/usr/bin/python3", "dkimpy.py"];

    public static readonly string[] MailDkim = ["/usr/bin/perl", "mail-dkim.pl"];

    public static async Task<JsonArray> RunAsync(string[] peer, IEnumerable<object> requests)
    {
        using var folder = new TempFolder();
        var (input, output) = (folder["requests"], folder["results"]);
        await File.WriteAllTextAsync(input, JsonSerializer.Serialize(requests));
        await ProcessHost.RunAsync(new ProcessSpec(peer[0], [Path.Combine(AppContext.BaseDirectory, "Dkim", peer[1]), input, output]));
        return JsonNode.Parse(await File.ReadAllTextAsync(output))!.AsArray();
    }
}
