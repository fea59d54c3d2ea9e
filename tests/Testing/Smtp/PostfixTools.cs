using System.Globalization;
using System.Net;

namespace Postfleet.Testing;

/// <summary>Foreign SMTP programs: smtp-source and smtp-sink of Postfix, and swaks. They come from Debian packages.</summary>
public static class PostfixTools
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Sends messages with smtp-source. Each message has a different Message-Id.</summary>
    /// <param name="server">To whom.</param>
    /// <param name="messages">The number of messages.</param>
    /// <param name="sessions">The number of concurrent connections.</param>
    /// <param name="octets">The size of a body.</param>
    /// <param name="recipient">The recipient of each message.</param>
    /// <param name="recipients">Recipients of each message. A number precedes the second and further addresses
    /// (<c>2to@example.com</c>).</param>
    /// <exception cref="InvalidOperationException">A reply was negative or a connection broke.</exception>
    public static Task SourceAsync(
        IPEndPoint server, int messages, int sessions = 50, int octets = 4096, string recipient = "to@example.com", int recipients = 1) =>
        ProcessHost.RunAsync(
            new ProcessSpec(
                "/usr/sbin/smtp-source",
                [
                    "-d", "-s", Text(sessions), "-m", Text(messages), "-l", Text(octets), "-r", Text(recipients),
                    "-f", "from@source.test", "-t", recipient, $"inet:{server.Address}:{server.Port}",
                ]),
            Limit);

    /// <summary>Starts smtp-sink on a loopback port. It writes message counts to standard output, separated by carriage returns.</summary>
    /// <param name="port">A free port.</param>
    /// <param name="options">More of its options, for example <c>-f .,data</c>.</param>
    public static async Task<ChildProcess> SinkAsync(int port, params string[] options)
    {
        // smtp-sink requires a user when it is started by root.
        string[] user = Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        var sink = ProcessHost.Start(
            new ProcessSpec("/usr/sbin/smtp-sink", [.. user, .. options, "-c", $"inet:127.0.0.1:{port}", "1024"]));
        try
        {
            await sink.WaitForPortAsync(port, TimeSpan.FromSeconds(20));
            return sink;
        }
        catch
        {
            await sink.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends one message with swaks.</summary>
    /// <param name="server">To whom.</param>
    /// <param name="recipient">Its recipient.</param>
    /// <param name="options">More of its options.</param>
    /// <returns>The SMTP dialogue.</returns>
    /// <exception cref="InvalidOperationException">The message was not accepted; the exception has the end of the dialogue.</exception>
    public static Task<IReadOnlyList<string>> SwaksAsync(IPEndPoint server, string recipient, params string[] options) =>
        ProcessHost.RunAsync(
            new ProcessSpec(
                "swaks",
                ["--server", server.Address
                    .ToString(), "--port", Text(server.Port), "--from", "swaks@source.test", "--to", recipient, .. options]),
            Limit);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
