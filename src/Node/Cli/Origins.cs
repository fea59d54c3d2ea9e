using System.Net;
using Postfleet.Authentication.Spf;
using Postfleet.Core.Mail;

namespace Postfleet.Node.Cli;

/// <summary>Reads the client and its envelope from options of the verb <c>inspect</c>.</summary>
internal static class Origins
{
    /// <summary>Reads the options.</summary>
    /// <param name="client">The address; null for a message of unknown origin.</param>
    /// <param name="helo">The name in EHLO; null for the address as a literal.</param>
    /// <param name="from">The reverse-path; null or <c>&lt;&gt;</c> for the null reverse-path.</param>
    /// <param name="receiver">The name of this host.</param>
    /// <param name="origin">The origin; null without a client.</param>
    /// <returns>Null, or the fault as a line of text.</returns>
    public static string? TryRead(string? client, string? helo, string? from, string receiver, out SpfRequest? origin)
    {
        origin = null;
        if (client is null)
        {
            return helo is null && from is null ? null
                : $"{(helo is null ? "--from" : "--helo")} has no effect without --client; allowed: with the address of the client";
        }

        if (!IPAddress.TryParse(client, out var address)) return $"--client is '{client}'; allowed: an IP address";
        var path = from is null or "<>" ? "" : from.Trim('<', '>');
        if (path.Length > 0 && !Mailbox.TryParse(path, out _)) return $"--from is '{from}'; allowed: a mail address, or <>";
        origin = new SpfRequest(address, helo ?? $"[{address}]", path, receiver);
        return null;
    }
}
